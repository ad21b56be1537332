"""The judge of the kind `stdio`: the candidate is a script, run anew for each test.

judge_scripts(truth, code, options, sandbox)   ->  Judged(n_passed=1, n_tests=1, ...)
"""

import os
import tempfile
import time

from verifiers.code.calls import loading_fault
from verifiers.code.equality import same_output
from verifiers.code.judging import Judged, ended_badly, passed, shown, shuffled, too_slow
from verifiers.code.truth import Exchange, Options, Stdio
from verifiers.sandbox import wire
from verifiers.sandbox.limits import OUTPUT_MB
from verifiers.sandbox.sandbox import Sandbox, cell_for


def judge_scripts(truth: Stdio, code: str, options: Options, sandbox: Sandbox) -> Judged:
    """Run the script over each test's standard input, and compare its standard output."""
    n_passed, first = 0, None
    n_tests = len(truth.tests)
    deadline = time.monotonic() + options.most_s
    for number in shuffled(n_tests, code, repr(truth.tests)):
        fault = _fault(truth.tests[number], code, options, sandbox)
        if fault is None:
            n_passed += 1
        elif first is None:
            first = f"{fault} (test {number + 1} of {n_tests})"
        if (fault and not options.partial) or time.monotonic() > deadline:
            break
    if first is None and n_passed == n_tests:
        return passed(n_tests)
    return Judged(n_passed=n_passed, n_tests=n_tests, reason=first or too_slow(options))


def _fault(test: Exchange, code: str, options: Options, sandbox: Sandbox) -> str | None:
    stdin, stdout = _file(test.stdin.encode(errors="surrogateescape")), _file(b"")
    try:
        with sandbox.run(
            "script",
            options.limits,
            wall_s=options.wall_s,
            cell=cell_for(code),
            fds=(stdin, stdout),
        ) as program:
            try:
                program.send([code])
                fault = _exit_fault(program.receive())
            except TimeoutError:
                fault = too_slow(options)
            except wire.Closed:
                ended = program.end()
                fault = None if ended.status == 0 else ended_badly(ended, options)
            except (wire.NotData, wire.TooLong) as error:
                fault = f"no_data: {error}"
        return fault or _output_fault(stdout, test)
    finally:
        os.close(stdin)
        os.close(stdout)


def _exit_fault(answer: object) -> str | None:
    if isinstance(answer, list) and len(answer) == 3 and answer[1] == "exit":
        return None if answer[2] == 0 else f"exit: it ended with status {answer[2]!r:.10}"
    return loading_fault(answer) or "no_data: it answered what was not asked"


def _output_fault(stdout: int, test: Exchange) -> str | None:
    most = OUTPUT_MB << 20
    output = os.pread(stdout, most, 0)
    if len(output) >= most:
        return f"output: more than {OUTPUT_MB} MiB"
    text = output.decode(errors="replace")
    if same_output(text, test.stdout):
        return None
    return f"wrong_answer: wrote {shown(text.strip())}, expected {shown(test.stdout.strip())}"


def _file(content: bytes) -> int:
    """A file without a name that holds the content, at its start; the caller closes it."""
    if hasattr(os, "memfd_create"):
        fd = os.memfd_create("stdio")
    else:
        with tempfile.TemporaryFile() as file:
            fd = os.dup(file.fileno())
    view = memoryview(content)
    while view:
        view = view[os.write(fd, view) :]
    os.lseek(fd, 0, os.SEEK_SET)
    return fd
