import os
import signal
import threading
import time
from pathlib import Path

import pytest

from verifiers.errors import UnknownName
from verifiers.pool import GradingPool, GradingTask


def task(completion: str, ground_truth: str = "5") -> GradingTask:
    return GradingTask(verifier="math", ground_truth=ground_truth, completion=completion)


@pytest.fixture(scope="module")
def pool():
    with GradingPool(workers=2, wall_s=2.0) as pool:
        yield pool


def test_verdicts_come_in_the_tasks_order(pool: GradingPool):
    tasks = [task(f"\\boxed{{{n % 10}}}") for n in range(2_000)]
    verdicts = list(pool.grade(tasks))
    assert [verdict.extracted for verdict in verdicts] == [str(n % 10) for n in range(2_000)]
    assert sum(bool(verdict.correct) for verdict in verdicts) == 200


def test_what_takes_for_ever_is_rejected_and_harms_nobody_else(pool: GradingPool):
    tasks = (
        [task("\\boxed{5}")] * 40
        + [task("\\boxed{9^{9^{9^9}}}", "\\sqrt{5}")]
        + [task("\\boxed{5}")] * 40
    )
    started = time.monotonic()
    verdicts = list(pool.grade(tasks))
    assert time.monotonic() - started < 30
    assert verdicts[40].outcome == "rejected"
    assert verdicts[40].reason.startswith("timeout")
    assert all(verdict.correct for verdict in verdicts[:40] + verdicts[41:])


def test_a_ground_truth_that_hangs_the_verifier_is_undecided(pool: GradingPool):
    (verdict,) = pool.grade([task("\\boxed{5}", ground_truth="9^{9^{9^9}}")])
    assert (verdict.outcome, verdict.reward) == ("undecided", None)


def test_a_ground_truth_without_content_is_undecided(pool: GradingPool):
    (verdict,) = pool.grade([task("\\boxed{5}", ground_truth="")])
    assert verdict.outcome == "undecided"
    assert verdict.reason.startswith("verifier_failed")


@pytest.mark.parametrize("depth", [100, 900])
def test_deep_nesting_is_judged_in_bounded_time(pool: GradingPool, depth: int):
    (verdict,) = pool.grade([task("\\boxed{" + "(" * depth + "5" + ")" * depth + "}")])
    assert verdict.outcome in ("accepted", "rejected")


def test_a_killed_worker_costs_no_verdict():
    with GradingPool(workers=1, wall_s=20.0) as pool:
        assert next(pool.grade([task("\\boxed{5}")])).correct
        stop = threading.Event()

        def kill_workers() -> None:
            while not stop.wait(1.0):
                for child in workers_of(os.getpid()):
                    os.kill(child, signal.SIGKILL)

        killer = threading.Thread(target=kill_workers)
        killer.start()
        try:
            verdicts = list(
                pool.grade([task(f"\\boxed{{\\sqrt{{{n}}}}}", "\\sqrt{5}") for n in range(1_000)])
            )
        finally:
            stop.set()
            killer.join()
    wrong = [
        (n, verdict.reason) for n, verdict in enumerate(verdicts) if verdict.correct != (n == 5)
    ]
    assert wrong == []


def test_a_worker_killed_while_idle_is_replaced():
    with GradingPool(workers=1, wall_s=20.0) as pool:
        assert next(pool.grade([task("\\boxed{5}")])).correct
        for worker in workers_of(os.getpid()):
            os.kill(worker, signal.SIGKILL)
        time.sleep(0.2)
        assert next(pool.grade([task("\\boxed{5}")])).correct


def test_a_verifier_nobody_has_is_named_at_once(pool: GradingPool):
    with pytest.raises(UnknownName, match="did you mean math"):
        pool.submit(GradingTask(verifier="maths", ground_truth="5", completion="5"))


def workers_of(parent: int) -> list[int]:
    """Grandchildren: the fork server's children."""
    children: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(status.parent.name))
    return [
        grandchild for child in children.get(parent, []) for grandchild in children.get(child, [])
    ]
