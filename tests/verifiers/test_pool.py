import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest

from verifiers.errors import UnknownName
from verifiers.pool import GradingPool, GradingTask

MISBEHAVING = '''
"""Does what the completion (or a ground truth tried alone) says; else accepts what is equal."""

import os
import signal
import subprocess
import time

from verifiers.records import Verdict

kept = []


class Misbehaving:
    name = "misbehaving"
    version = "1"

    def validate(self, ground_truth):
        self.verify(ground_truth=ground_truth, completion=ground_truth, prompt=None, params={})

    def verify(self, *, ground_truth, completion, prompt, params):
        extracted = completion
        if completion == "hang in C":
            sum(range(10**15))
        elif completion == "hang and swallow":
            while True:
                try:
                    time.sleep(1)
                except BaseException:
                    pass
        elif completion == "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        elif completion == "eat":
            bytearray(8 << 30)
        elif completion == "grow":
            kept.append(bytes([1]) * (60 << 20))
        elif completion == "dawdle":
            time.sleep(0.05)
            extracted = str(os.getpid())
        elif completion == "breed":
            child = subprocess.Popen(["sleep", "1000"])
            extracted = f"{os.getpid()} {os.getppid()} {child.pid}"
        elif completion == "breed and hang":
            subprocess.Popen(["sleep", "1000"], stdout=open(ground_truth, "w"))
            time.sleep(1000)
        elif completion == "talk nonsense":
            extracted = 5
        equal = completion == ground_truth
        return Verdict(
            verifier="misbehaving",
            verifier_version="1",
            outcome="accepted" if equal else "rejected",
            reward=float(equal),
            reason="compared",
            extracted=extracted,
        )
'''


def task(completion: str, ground_truth: str = "5") -> GradingTask:
    return GradingTask(verifier="math", ground_truth=ground_truth, completion=completion)


def odd_task(completion: str, ground_truth: str = "5") -> GradingTask:
    return GradingTask(verifier="misbehaving", ground_truth=ground_truth, completion=completion)


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Iterator[Path]:
    """A directory with an installed distribution whose verifier misbehaves, on the path."""
    site = tmp_path_factory.mktemp("site")
    (site / "misbehaving.py").write_text(MISBEHAVING)
    metadata = site / "misbehaving-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: misbehaving\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text(
        "[assay.verifiers]\nmisbehaving = misbehaving:Misbehaving\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(site)
        yield site


@pytest.fixture(scope="module")
def pool(installed: Path):
    with GradingPool(workers=2, wall_s=0.5) as pool:
        yield pool


def test_verdicts_come_in_the_tasks_order(pool: GradingPool):
    tasks = [task(f"\\boxed{{{n % 10}}}") for n in range(2_000)]
    verdicts = list(pool.grade(tasks))
    assert [verdict.extracted for verdict in verdicts] == [str(n % 10) for n in range(2_000)]
    assert sum(bool(verdict.correct) for verdict in verdicts) == 200


def test_a_batch_has_one_future_and_a_verdict_for_each_task(pool: GradingPool):
    assert pool.submit_many([]).result() == []
    futures = [pool.submit_many([odd_task(str(n)) for n in range(size)]) for size in (1, 7, 900)]
    for size, future in zip((1, 7, 900), futures, strict=True):
        assert [verdict.extracted for verdict in future.result()] == [str(n) for n in range(size)]
    assert pool.submit(odd_task("5")).result().correct


@pytest.mark.parametrize(
    ("completion", "code"),
    [
        ("hang in C", "timeout"),
        ("hang and swallow", "timeout"),
        ("crash", "crash"),
        ("eat", "memory"),
    ],
)
def test_only_the_one_that_misbehaves_is_rejected(pool: GradingPool, completion: str, code: str):
    tasks = [odd_task("5")] * 300
    tasks[140] = odd_task(completion)
    verdicts = pool.submit_many(tasks).result(timeout=20)
    assert (verdicts[140].outcome, verdicts[140].reason.partition(":")[0]) == ("rejected", code)
    assert all(verdict.correct for verdict in verdicts[:140] + verdicts[141:])


@pytest.mark.parametrize("ground_truth", ["hang in C", "crash", "eat"])
def test_what_the_ground_truth_does_is_undecided(pool: GradingPool, ground_truth: str):
    (verdict,) = pool.grade([odd_task(ground_truth, ground_truth)])
    assert (verdict.outcome, verdict.reward) == ("undecided", None)


def test_what_cannot_be_read_or_sent_is_undecided(pool: GradingPool):
    tasks = [task("5", ground_truth=""), odd_task("talk nonsense"), odd_task("\ud800")]
    verdicts = pool.submit_many([odd_task("5"), *tasks, odd_task("5")]).result()
    assert [verdict.outcome for verdict in verdicts] == ["accepted", *["undecided"] * 3, "accepted"]
    assert all(verdict.reason.startswith("verifier_failed") for verdict in verdicts[1:4])


def test_a_few_slow_tasks_are_shared_by_all_workers(pool: GradingPool):
    verdicts = pool.submit_many([odd_task("dawdle")] * 8).result()
    assert len({verdict.extracted for verdict in verdicts}) == 2


def test_grading_draws_on_its_input_only_as_far_as_it_must(pool: GradingPool):
    drawn = count()
    verdicts = pool.grade(odd_task(str(next(drawn))) for _ in count())
    assert [next(verdicts).extracted for _ in range(3_000)] == [str(n) for n in range(3_000)]
    assert next(drawn) < 10_000
    verdicts.close()


def test_a_worker_that_grows_is_replaced(installed: Path):
    with GradingPool(workers=1, wall_s=5.0, memory_mb=1_024) as pool:
        verdicts = pool.submit_many([odd_task("grow")] * 20).result()
        assert pool.restarts > 0
    assert [verdict.reason for verdict in verdicts] == ["compared"] * 20


def test_a_killed_worker_costs_no_verdict(installed: Path):
    with GradingPool(workers=1, wall_s=20.0) as pool:
        pid = int(str(pool.submit(odd_task("dawdle")).result().extracted))
        server = parent_of(pid)
        stop = threading.Event()

        def kill_workers() -> None:
            while not stop.wait(0.3):
                for child in children_of(server):
                    with suppress(ProcessLookupError):
                        os.kill(child, signal.SIGKILL)

        killer = threading.Thread(target=kill_workers)
        killer.start()
        try:
            verdicts = pool.submit_many([odd_task("dawdle")] * 40).result()
        finally:
            stop.set()
            killer.join()
        assert pool.restarts > 0
    assert [verdict.reason for verdict in verdicts] == ["compared"] * 40


def test_a_worker_or_its_server_killed_while_idle_is_replaced(installed: Path):
    with GradingPool(workers=1, wall_s=20.0) as pool:
        for _ in range(2):
            pid = int(str(pool.submit(odd_task("dawdle")).result().extracted))
            os.kill(pid, signal.SIGKILL)
            wait_until_gone(pid)
        pid = int(str(pool.submit(odd_task("dawdle")).result().extracted))
        os.kill(parent_of(pid), signal.SIGKILL)
        os.kill(pid, signal.SIGKILL)
        assert pool.submit(odd_task("5")).result().correct


def test_what_a_verifier_started_ends_with_its_worker(installed: Path, tmp_path: Path):
    held = tmp_path / "held"
    with GradingPool(workers=1, wall_s=0.5) as pool:
        (verdict,) = pool.grade([odd_task("breed and hang", str(held))])
        assert verdict.reason.startswith("timeout")
        wait_until(lambda: holders_of(held) == [])
        (verdict,) = pool.grade([odd_task("breed")])
    for pid in str(verdict.extracted).split():
        assert gone(int(pid))


def test_nothing_is_left_when_the_parent_is_killed(installed: Path):
    code = (
        "import sys\n"
        f"sys.path[:] = {sys.path!r}\n"
        "from verifiers.pool import GradingPool, GradingTask\n"
        "with GradingPool(workers=1, wall_s=600) as pool:\n"
        "    def submit(completion):\n"
        "        return pool.submit(GradingTask(\n"
        "            verifier='misbehaving', ground_truth='5', completion=completion))\n"
        "    print(submit('breed').result().extracted, flush=True)\n"
        "    submit('hang in C').result()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        time.sleep(0.2)
        parent.kill()
    assert len(pids) == 3
    for pid in pids:
        wait_until_gone(pid)


def test_an_interrupt_ends_the_pool_at_once_and_cancels_what_is_left(installed: Path):
    futures = []

    def interrupted() -> None:
        with GradingPool(workers=1, wall_s=60) as pool:
            assert pool.submit(odd_task("5")).result().correct
            futures.append(pool.submit(odd_task("hang in C")))
            futures.append(pool.submit_many([odd_task("5")] * 9))
            time.sleep(0.2)
            raise KeyboardInterrupt

    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert time.monotonic() - started < 20
    for future in futures:
        with pytest.raises(CancelledError):
            future.result(timeout=0)


def test_a_verifier_nobody_has_is_named_at_once(pool: GradingPool):
    with pytest.raises(UnknownName, match="did you mean math"):
        pool.submit(GradingTask(verifier="maths", ground_truth="5", completion="5"))


def test_a_pool_that_is_not_open_takes_nothing():
    with pytest.raises(RuntimeError, match="with block"):
        GradingPool(workers=1).submit(task("5"))


def gone(pid: int) -> bool:
    try:
        return stat_of(pid)[0] in "ZX"
    except OSError:
        return True


def wait_until_gone(pid: int) -> None:
    wait_until(lambda: gone(pid))


def wait_until(true) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def stat_of(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()


def parent_of(pid: int) -> int:
    return int(stat_of(pid)[1])


def processes() -> list[int]:
    return [int(path.name) for path in Path("/proc").glob("[0-9]*")]


def children_of(parent: int) -> list[int]:
    found: list[int] = []
    for pid in processes():
        with suppress(OSError):  # others come and go meanwhile
            state, its_parent, *_ = stat_of(pid)
            if state not in "ZX" and int(its_parent) == parent:
                found.append(pid)
    return found


def holders_of(file: Path) -> list[int]:
    """Processes that have a file open."""
    return [pid for pid in processes() if any(held == file for held in open_files(pid))]


def open_files(pid: int) -> list[Path]:
    try:
        return [link.readlink() for link in Path(f"/proc/{pid}/fd").iterdir()]
    except OSError:
        return []
