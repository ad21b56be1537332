"""Runs a command and ends all that it started when whoever started us is gone; a script, no module.

    python nanny.py python -m vllm.entrypoints.openai.api_server ...

Our stdin is a pipe that the supervisor holds: the kernel closes it however the supervisor ends. The
command is asked to end, then the whole process group is killed, this process with it.
"""

import os
import signal
import subprocess
import sys
import threading

PATIENCE_S = 10.0


def main() -> None:
    """Run the command line's rest in our process group, which must be our own."""
    # A handler, not SIG_IGN: what is ignored stays ignored in the command.
    signal.signal(signal.SIGTERM, lambda *_: None)
    command = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    threading.Thread(target=_end_when_orphaned, args=(command,), daemon=True).start()
    command.wait()
    os.killpg(0, signal.SIGKILL)


def _end_when_orphaned(command: "subprocess.Popen[bytes]") -> None:
    while os.read(0, 1):
        pass
    os.killpg(0, signal.SIGTERM)
    try:
        command.wait(PATIENCE_S)
    finally:
        os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
