"""Runs `gen run loop.yaml` in a directory, and once more in a copy made while it was under way.

    python loops.py whole out/loop-trained/round-2/settings.json broken
    ->  [0, 0]                                   # the exit statuses

The copy is made when the file is there, with the run stopped: what is on the disk then is what a
kill would have left. What a run prints goes to `told` in its directory. Both are forked from this
process, which has imported vLLM and TRL: that takes longer than a small loop takes in all.
"""

import gc
import json
import os
import shutil
import signal
import sys
import time
import traceback
from pathlib import Path

KV_CACHE_BYTES = 16 << 20
"""Enough for a tiny model; filling the gigabytes that a real one has with zeros takes a second."""


def main(whole: Path, copied_at: str, copy: Path) -> None:
    _import_all()
    run = _start(whole)
    while not (whole / copied_at).exists():
        if os.waitid(os.P_PID, run, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            raise SystemExit(f"the run ended without {copied_at}")
        time.sleep(0.01)
    os.kill(run, signal.SIGSTOP)
    os.waitid(os.P_PID, run, os.WSTOPPED | os.WEXITED | os.WNOWAIT)  # or it still writes
    shutil.copytree(whole, copy)
    os.kill(run, signal.SIGCONT)
    print(json.dumps([_ended(run), _ended(_start(copy))]))


def _import_all() -> None:
    from gen.backends import vllm_engine

    vllm_engine.prepare_environment(on_cpu=True)
    vllm_engine.CPU_KV_CACHE_BYTES = KV_CACHE_BYTES
    from trainer.policies import import_trl

    import_trl()
    from trl.trainer.grpo_trainer import GRPOTrainer  # noqa: F401
    from vllm import LLM  # noqa: F401
    from vllm.platforms import current_platform
    from vllm.triton_utils import dispatcher
    from vllm.v1.worker.cpu_worker import CPUWorker  # noqa: F401

    # For each model vLLM looks through all that is imported for kernels, and has the collector of
    # garbage look through it several times.
    current_platform.register_triton_kernel_overrides()
    dispatcher.register_kernels = lambda overrides: None
    gc.unfreeze = lambda: None
    gc.freeze()


def _start(directory: Path) -> int:
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        os.chdir(directory)
        os.dup2(os.open("told", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
        sys.argv[1:] = ["run", "loop.yaml"]
        from gen.cli import main

        main()
    except SystemExit as ended:
        status = ended.code
    except BaseException:
        traceback.print_exc()
    finally:  # without taking apart what all have imported
        sys.stdout.flush()
        os._exit(status if isinstance(status, int) else 1)


def _ended(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
