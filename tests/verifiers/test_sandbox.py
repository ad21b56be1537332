"""What programs leave behind, what they cost the judge, and how a lost sandbox comes back."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from programs import Program, ground_truth, programs, right

from verifiers.code import CodeVerifier
from verifiers.errors import VerifierFailed
from verifiers.records import Verdict
from verifiers.sandbox import sandbox
from verifiers.sandbox.levels import LANDLOCK, NAMESPACES, RLIMITS
from verifiers.sandbox.sandbox import probe

ROOT = Path(__file__).parents[2]

ATTACKS = {program.name: program for program in programs(Path(__file__).parent / "attacks")}

BOMBS = (
    "forks_without_end", "starts_threads_without_end", "takes_all_memory", "maps_memory",
    "takes_memory_in_many_processes", "floods_standard_output", "fills_the_disk",
    "makes_many_files", "sleeps_for_ever", "leaves_an_orphan", "leaves_many_orphans_that_fork",
    "clones_beside_itself", "joins_another_group", "closes_everything_and_goes_on",
    "keeps_copies_of_the_channel", "stops_itself", "ignores_all_signals", "keeps_files_busy",
    "makes_a_deep_tree", "kills_everybody", "hands_over_descriptors",
)  # fmt: skip

WEAKER = (
    "exits_at_import", "exits_at_once_in_the_call", "raises_stop_iteration", "aborts",
    "dies_by_a_real_time_signal", "loops_for_ever", "sleeps_for_ever", "takes_all_memory",
    "is_equal_to_everything", "is_a_list_that_lies_in_everything", "patches_builtins",
    "forges_changed_arguments", "writes_frames_to_every_descriptor", "says_that_it_loaded_twice",
    "closes_everything_and_goes_on", "knows_the_example_only", "answers_twice_from_a_fork",
    "gives_a_deep_list", "fills_pipes", "opens_files_without_end", "sends_many_small_lists",
)  # fmt: skip
"""Attacks that are tried at every level of isolation: none touches a file or another process."""

CLOSED = (
    "connects_by_tcp", "sends_by_udp", "listens", "opens_other_sockets", "looks_up_names",
    "uses_other_ways_to_talk", "runs_other_programs", "makes_its_own_program_and_runs_it",
    "reads_secrets", "reads_proc", "reads_devices", "reads_others_memory",
    "attaches_as_a_debugger", "writes_elsewhere", "changes_pythons_files", "makes_devices",
    "makes_namespaces", "changes_its_root", "becomes_somebody_else", "raises_its_limits",
    "lowers_others_limits", "walks_all_files", "leaves_an_orphan", "joins_another_group",
    "fills_its_folder", "shadows_standard_modules", "remembers_in_a_file",
)  # fmt: skip
"""Attacks that are tried where the file system and the network are closed."""


@pytest.fixture(scope="module", autouse=True)
def temporary_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One that nobody else has: others may run programs at the same time."""
    with pytest.MonkeyPatch.context() as patch:
        folder = str(tmp_path_factory.mktemp("scratch"))
        patch.setenv("TMPDIR", folder)
        patch.setattr(tempfile, "tempdir", folder)
        yield


needs_proc = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="no /proc to count in")


@pytest.fixture(scope="module")
def levels() -> dict[str, str | None]:
    """Why a level cannot be had here; None where it can."""
    return probe()


@pytest.fixture(scope="module")
def verifier() -> Iterator[CodeVerifier]:
    verifier = CodeVerifier()
    yield verifier
    verifier.close()


def _verdict(
    verifier: CodeVerifier, kind: str, completion: str, *, truth: str | None = None, **params: Any
) -> Verdict:
    return verifier.verify(
        ground_truth=truth or ground_truth(kind),
        completion=completion,
        prompt=None,
        params={"wall_s": 4.0, **params},
    )


def _level(verifier: CodeVerifier) -> str:
    return json.loads(_verdict(verifier, "function", right("function")).details)["isolation"]


def _below(process_id: int) -> set[int]:
    """All processes that this one started, and those that they did, living or not yet reaped."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError):  # it has ended
            continue
        parents.setdefault(parent, []).append(int(folder.name))
    found: set[int] = set()
    waiting = [process_id]
    while waiting:
        children = parents.get(waiting.pop(), [])
        found.update(children)
        waiting += children
    return found


def _is_there(process_id: int) -> bool:
    try:
        stat = Path(f"/proc/{process_id}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def _wait_until(holds: Any, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def _memory_kib(field: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1])
    return 0


def _scratch() -> set[str]:
    return {path.name for path in Path(tempfile.gettempdir()).glob("assay-*")}


def _settled(verifier: CodeVerifier) -> None:
    """Have each cell run a right program, so that all of them have ended what they ran before."""
    for _ in range(4):
        assert _verdict(verifier, "function", right("function")).outcome == "accepted"


@needs_proc
@pytest.mark.parametrize("name", BOMBS)
def test_bomb_leaves_nothing_behind(verifier: CodeVerifier, name: str) -> None:
    if _level(verifier) != NAMESPACES:
        pytest.skip("not without namespaces of its own")
    bomb = ATTACKS[name]

    def explode() -> None:
        verdict = _verdict(verifier, "function", bomb.source("function"), **bomb.params)
        assert verdict.outcome == "rejected", verdict.reason
        started = time.monotonic()
        _settled(verifier)
        assert time.monotonic() - started < 4.0

    for _ in range(3):  # it may be the first to need cells of its kind
        explode()
    time.sleep(0.1)
    processes, files, scratch = len(_below(os.getpid())), _open_files(), _scratch()
    explode()
    spare = 2 * sandbox.CELLS  # cells of the bomb's kind may have been lost, and be back now
    assert _wait_until(lambda: len(_below(os.getpid())) <= processes + spare, 3.0)
    assert _open_files() <= files + spare
    assert _scratch() == scratch


LISTS_ITS_FOLDER = """
import glob, os
def arrange(xs):
    found = [name for place in (".", "/tmp", "/dev/shm") for name in os.listdir(place)]
    for name in ("a", "b/c"):
        os.makedirs(name + "/d")
        open(name + "/file", "w").close()
    return [name for name in found if name != "stdin" and name not in xs]
"""


def test_program_finds_no_files_of_another(verifier: CodeVerifier) -> None:
    # Python itself may be installed below /tmp, and is shown there.
    shown = [path.parts[2] for path in map(Path, (sys.prefix, sys.base_prefix))
             if path.parts[1] == "tmp"]  # fmt: skip
    truth = {
        "kind": "function", "entry_point": "arrange",
        "tests": [{"args": f"({shown},)", "expected": "[]"}],
    }  # fmt: skip
    for _ in range(6):
        verdict = _verdict(verifier, "function", LISTS_ITS_FOLDER, truth=json.dumps(truth))
        assert verdict.outcome == "accepted", verdict.reason


@needs_proc
def test_five_hundred_executions_cost_no_files_no_processes_and_no_memory(
    verifier: CodeVerifier,
) -> None:
    cases = [
        *[(kind, right(kind), "accepted") for kind in ("function", "stdio", "check", "asserts")],
        *[
            (kind, ATTACKS[name].source(kind), "rejected")
            for name in ("exits_at_once_in_the_call", "is_equal_to_everything", "aborts",
                         "raises_an_error_whose_text_is_endless", "closes_the_channel")
            for kind in ("function", "stdio")
        ],
    ]  # fmt: skip
    for kind, source, outcome in cases * 2:
        assert _verdict(verifier, kind, source).outcome == outcome
    processes, files, memory = len(_below(os.getpid())), _open_files(), _memory_kib("VmRSS")
    for kind, source, outcome in cases * 36:
        assert _verdict(verifier, kind, source).outcome == outcome
    assert _open_files() <= files
    assert _memory_kib("VmRSS") - memory < 8_192
    assert _wait_until(lambda: len(_below(os.getpid())) <= processes, 3.0)


@needs_proc
@pytest.mark.parametrize("name", [
    "sends_many_small_lists", "sends_a_set_of_colliding_tuples", "gives_a_large_text",
    "gives_a_huge_text", "gives_a_large_list", "sends_a_number_of_a_million_digits",
    "sends_brackets_without_end", "begins_a_frame_of_four_gigabytes", "gives_a_deep_list",
    "sends_a_reason_of_any_length", "floods_the_channel", "gives_a_list_of_long_numbers",
])  # fmt: skip
def test_judge_bears_any_answer(verifier: CodeVerifier, name: str) -> None:
    attack = ATTACKS[name]
    _settled(verifier)
    Path("/proc/self/clear_refs").write_text("5")  # the high-water mark starts anew
    memory, started = _memory_kib("VmRSS"), time.monotonic()
    verdict = _verdict(verifier, "function", attack.source("function"), wall_s=2.0)
    assert verdict.outcome == "rejected", verdict.reason
    assert time.monotonic() - started < 60.0  # the load's part is not told from the judge's
    assert _memory_kib("VmHWM") - memory < 200_000
    assert len(verdict.reason) < 2_000


@needs_proc
def test_killed_servers_are_started_again(verifier: CodeVerifier) -> None:
    _settled(verifier)
    for process_id in _below(os.getpid()):
        if _parent(process_id) == os.getpid():
            _kill(process_id)
    _settled(verifier)
    verifier.close()  # cells that are no children of its servers any more


@needs_proc
def test_killed_cells_are_made_again(verifier: CodeVerifier) -> None:
    _settled(verifier)
    for process_id in _below(os.getpid()):
        if _parent(process_id) != os.getpid():
            _kill(process_id)
    _settled(verifier)


@needs_proc
@pytest.mark.parametrize("kind", ["function", "stdio", "check", "asserts", "property"])
def test_everything_killed_in_the_midst_of_a_program_is_made_again(
    verifier: CodeVerifier, kind: str
) -> None:
    _settled(verifier)
    sleeper = ATTACKS["sleeps_for_ever"].source(kind)
    killer = threading.Timer(0.4, lambda: [_kill(one) for one in _below(os.getpid())])
    killer.start()
    started = time.monotonic()
    try:
        outcome = _verdict(verifier, kind, sleeper).outcome
    except VerifierFailed:  # which leaves the verdict undecided
        outcome = "undecided"
    killer.join()
    assert outcome in ("rejected", "undecided")
    assert time.monotonic() - started < 60.0
    assert _verdict(verifier, kind, right(kind)).outcome == "accepted"


def _parent(process_id: int) -> int:
    try:
        stat = Path(f"/proc/{process_id}/stat").read_text()
    except OSError:
        return 0
    return int(stat.rpartition(")")[2].split()[1])


def _kill(process_id: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process_id, signal.SIGKILL)


@contextmanager
def _verifier_at(level: str) -> Iterator[CodeVerifier]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("verifiers.sandbox.sandbox.LEVELS", (level,))
        patch.setenv("ASSAY_ISOLATION", level)
        verifier = CodeVerifier()
        try:
            assert _level(verifier) == level
            yield verifier
        finally:
            verifier.close()


@pytest.fixture(scope="module", params=[LANDLOCK, RLIMITS])
def weaker(request: Any, levels: dict[str, str | None]) -> Iterator[CodeVerifier]:
    """A verifier at one of the weaker levels."""
    if levels[request.param] is not None:
        pytest.skip(f"{request.param}: {levels[request.param]}")
    with _verifier_at(request.param) as verifier:
        yield verifier


def _attacked(verifier: CodeVerifier, attack: Program, kind: str) -> None:
    verdict = _verdict(verifier, kind, attack.source(kind), **attack.params)
    assert verdict.outcome == "rejected", verdict.reason
    for _ in range(2):
        assert _verdict(verifier, kind, right(kind)).outcome == "accepted"


@pytest.mark.parametrize("name", WEAKER)
def test_attack_is_rejected_at_a_weaker_level(weaker: CodeVerifier, name: str) -> None:
    for kind in ATTACKS[name].kinds:
        if kind in ("function", "stdio", "asserts"):
            _attacked(weaker, ATTACKS[name], kind)


@pytest.mark.parametrize("name", CLOSED)
def test_attack_from_a_closed_room_is_rejected(weaker: CodeVerifier, name: str) -> None:
    level = _level(weaker)
    if level == RLIMITS:
        pytest.skip("the file system and the network stay open at this level")
    _attacked(weaker, ATTACKS[name], "function")


@pytest.mark.parametrize("kind", ["function", "stdio", "check", "asserts", "property"])
def test_right_program_is_accepted_at_a_weaker_level(weaker: CodeVerifier, kind: str) -> None:
    assert _verdict(weaker, kind, right(kind)).outcome == "accepted"


@pytest.mark.parametrize("level", [LANDLOCK, RLIMITS])
def test_closed_sandbox_leaves_no_folder(level: str, levels: dict[str, str | None]) -> None:
    if levels[level] is not None:
        pytest.skip(f"{level}: {levels[level]}")
    before = _scratch()
    with _verifier_at(level) as verifier:
        _settled(verifier)
    assert _wait_until(lambda: _scratch() <= before, 1.0)


LAYS_ITS_GROUP_OPEN = """
import os
def arrange(xs):
    os.kill(0, 0)
    return [os.getpgrp() != 0]
"""


def test_programs_group_is_not_the_judges(verifier: CodeVerifier) -> None:
    if _level(verifier) != NAMESPACES:
        pytest.skip("not without namespaces of its own")
    truth = {
        "kind": "function", "entry_point": "arrange",
        "tests": [{"args": "([],)", "expected": "[True]"}],
    }  # fmt: skip
    verdict = _verdict(verifier, "function", LAYS_ITS_GROUP_OPEN, truth=json.dumps(truth))
    assert verdict.outcome == "accepted", verdict.reason


JUDGE = """
import sys
sys.path[:0] = sys.argv[1:3]
from pathlib import Path
from programs import ground_truth
from verifiers.code import CodeVerifier
CodeVerifier().verify(
    ground_truth=ground_truth("function"), prompt=None, params={"wall_s": 60.0},
    completion="import os, time\\ndef arrange(xs):\\n    os.fork()\\n    time.sleep(60)\\n",
)
"""


@needs_proc
@pytest.mark.parametrize("level", [NAMESPACES, LANDLOCK, RLIMITS])
def test_killed_judge_leaves_no_processes(level: str, levels: dict[str, str | None]) -> None:
    if levels[level] is not None:
        pytest.skip(f"{level}: {levels[level]}")
    only = f"import verifiers.sandbox.sandbox as s\ns.LEVELS = ({level!r},)\n"
    code = JUDGE.replace("CodeVerifier()", f"exec({only!r})\nCodeVerifier()", 1)
    judge = subprocess.Popen(
        [sys.executable, "-c", code, str(ROOT), str(ROOT / "tests")],
        env={**os.environ, "ASSAY_ISOLATION": level},
    )
    try:
        assert _wait_until(lambda: len(_below(judge.pid)) >= 4, 20.0)
        time.sleep(0.3)
        left = _below(judge.pid)
    finally:
        judge.kill()
        judge.wait()
    gone = _wait_until(lambda: not any(map(_is_there, left)), 3.0)
    for process_id in left:
        _kill(process_id) if _is_there(process_id) else None
    assert gone


PLAIN_USER = """
import json, os, sys
os.setsid()  # nothing of the tests is in its process group
sys.path[:0] = sys.argv[1:3]
from programs import ground_truth, right
from verifiers.code import CodeVerifier
verifier = CodeVerifier()
for kind in ("function", "stdio", "check", "asserts", "property"):
    for source in (right(kind), right(kind).replace("sorted", "list")):
        verdict = verifier.verify(
            ground_truth=ground_truth(kind), completion=source, prompt=None, params={}
        )
        print(kind, verdict.outcome, json.loads(verdict.details).get("isolation"))
"""


def test_cells_are_in_a_control_group_where_one_can_be_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()
              if line.split()[2] == "cgroup2"]  # fmt: skip
    if not mounts or not os.access(mounts[0], os.W_OK):
        pytest.skip("no control groups to make here")
    parent = Path(mounts[0])
    # Controllers may belong to version 1 here: whether cells join and leave is seen all the same.
    monkeypatch.setattr(sandbox, "home", lambda: str(parent))
    verifier = CodeVerifier()
    try:
        _settled(verifier)
        groups = list(parent.glob("assay-*"))
        members = [group.joinpath("cgroup.procs").read_text().split() for group in groups]
        assert members
        assert all(members)
    finally:
        verifier.close()
    assert not [group for group in groups if group.exists()]


def test_user_without_rights_is_served_too(levels: dict[str, str | None], tmp_path: Path) -> None:
    setpriv = shutil.which("setpriv")
    if setpriv is None or os.geteuid() != 0:
        pytest.skip("nobody here who could become another user")
    become = [setpriv, "--reuid", "65534", "--regid", "65534", "--clear-groups"]
    again = (
        "import subprocess as s, sys; s.run([sys.executable, '-c', 'import msgspec'], check=True)"
    )
    probing = [*become, sys.executable, "-c", again]
    tried = subprocess.run(probing, cwd=ROOT, capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        pytest.skip("another user cannot run this Python: it lies in a private folder")
    done = subprocess.run(
        [*become, sys.executable, "-c", PLAIN_USER, str(ROOT), str(ROOT / "tests")],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=60,
        env={**os.environ, "HOME": "/nonexistent", "TMPDIR": "/tmp"},
    )  # fmt: skip
    lines = [line.split() for line in done.stdout.splitlines()]
    assert [line[1] for line in lines] == ["accepted", "rejected"] * 5, done.stderr
    assert {line[2] for line in lines} <= {NAMESPACES, LANDLOCK}
