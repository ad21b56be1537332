"""Gives rollouts their verdicts, through the grading pool and into the store.

n = judge_pending(store, pool=pool, writer=writer, run_id=run.run_id)   # rollouts that lack one
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from dataclasses import replace
from uuid import UUID

from curation.store import Store
from gen.progress import Advance
from gen.writer import Writer
from verifiers.errors import BadInput
from verifiers.pool import GradingPool, GradingTask
from verifiers.ray_pool import RayPool
from verifiers.records import Problem, Rollout, Verdict
from verifiers.registry import find_verifier

ROLLOUTS_AT_ONCE = 2_000
"""Verdicts committed at a time: what a kill can cost, in verdicts to be made again."""

TOGETHER = 32
TOGETHER_S = 0.05
"""Fresh rollouts that are handed to the pool at once, and how long one may wait for others."""

TRUNCATED = "truncated"

OnVerdict = Callable[[Verdict], None]

PENDING = """
    SELECT r.rollout_id FROM rollouts r JOIN problems p USING (problem_id)
    ANTI JOIN verdicts v
        ON v.rollout_id = r.rollout_id AND v.verifier = p.verifier AND v.verifier_version = $version
    WHERE p.verifier = $verifier AND r.finish_reason <> 'error'
    ORDER BY r.rollout_id
"""

TEXTS = """
    SELECT r.rollout_id, p.ground_truth, p.prompt, p.params, r.completion, r.finish_reason
    FROM rollouts r JOIN problems p USING (problem_id)
    WHERE r.rollout_id IN (SELECT unnest($ids::UUID[]))
    ORDER BY r.rollout_id
"""


class Judging:
    """Judges fresh rollouts while the next ones are sampled, a few at a time.

    Messages to a worker cost as much as an easy verdict: rollouts that come in quick succession
    travel together. A verdict goes to the writer, and to whoever asked for it, when it is there.
    """

    def __init__(self, pool: GradingPool, *, writer: Writer, run_id: UUID) -> None:
        self._pool, self._writer, self._run_id = pool, writer, run_id
        self._waiting: list[tuple[GradingTask, Rollout, OnVerdict]] = []
        self._since = 0.0

    def put(self, problem: Problem, rollout: Rollout, on_verdict: OnVerdict) -> None:
        """Take a rollout; one that ended in an error says nothing, and gets no verdict."""
        now = time.monotonic()
        if rollout.finish_reason != "error":
            if not self._waiting:
                self._since = now
            self._waiting.append((task_of(problem, rollout), rollout, on_verdict))
        if len(self._waiting) >= TOGETHER or now - self._since > TOGETHER_S:
            self.flush()

    def flush(self) -> None:
        """Hand what waits to the pool, which may make the caller wait where thousands do."""
        if not self._waiting:
            return
        batch, self._waiting = self._waiting, []

        def keep(future: "Future[list[Verdict]]") -> None:
            try:
                verdicts = future.result()
            except CancelledError:  # interrupted: the next run finds that they are missing
                return
            for verdict, (_, rollout, on_verdict) in zip(verdicts, batch, strict=True):
                verdict = verdict_on(rollout, verdict, self._run_id)
                self._writer.put("verdicts", verdict)
                on_verdict(verdict)

        self._pool.submit_many([task for task, *_ in batch]).add_done_callback(keep)


def task_of(problem: Problem, rollout: Rollout) -> GradingTask:
    """What a grading worker is given to judge a rollout."""
    return GradingTask(
        verifier=problem.verifier,
        ground_truth=problem.ground_truth,
        completion=rollout.completion,
        prompt=problem.prompt,
        params=problem.params,
    )


def verdict_on(rollout: Rollout, verdict: Verdict, run_id: UUID) -> Verdict:
    """A worker's verdict as that of a rollout, as a run stores it."""
    verdict = of_truncated(verdict, finish_reason=rollout.finish_reason)
    return replace(verdict, rollout_id=rollout.rollout_id, run_id=run_id)


def of_truncated(verdict: Verdict, *, finish_reason: str) -> Verdict:
    """The verdict as it is, but where a rejected answer was cut off its reason says so first."""
    if finish_reason == "length" and verdict.outcome == "rejected":
        return replace(verdict, reason=f"{TRUNCATED}: {verdict.reason}")
    return verdict


def judge_pending(
    store: Store,
    *,
    pool: GradingPool | RayPool,
    run_id: UUID,
    limit: int | None = None,
    redo: str | None = None,
    on_verdict: Advance = lambda step: None,
) -> int:
    """Judge the rollouts that lack a verdict of the installed verifier, at most `limit`.

    `redo` names an installed verifier's version: rollouts it judged before are judged again, and
    the new verdicts take the old ones' place. Gives how many were judged; raises BadInput for a
    version that is not installed.
    """
    n_judged = 0
    for verifier, rollout_ids in pending_rollouts(store, redo=redo).items():
        wanted = rollout_ids[: None if limit is None else limit - n_judged]
        for start in range(0, len(wanted), ROLLOUTS_AT_ONCE):
            chunk = wanted[start : start + ROLLOUTS_AT_ONCE]
            verdicts = []
            for rollout_id, verdict in _verdicts(store, verifier, chunk, pool):
                verdicts.append(replace(verdict, rollout_id=rollout_id, run_id=run_id))
                on_verdict(1)
            store.put("verdicts", verdicts)
        n_judged += len(wanted)
    return n_judged


def pending_rollouts(store: Store, *, redo: str | None = None) -> dict[str, list[UUID]]:
    """Rollouts to judge, by verifier: those without a verdict of the installed version, or all."""
    names = [name for (name,) in store.rows("SELECT DISTINCT verifier FROM problems ORDER BY 1")]
    versions = {name: find_verifier(name).version for name in names}
    if redo is not None and redo not in versions.values():
        installed = ", ".join(f"{name} {version}" for name, version in versions.items())
        raise BadInput(f"no installed verifier has version {redo!r} (installed: {installed})")
    return {
        name: [
            rollout_id
            for (rollout_id,) in store.rows(
                PENDING, {"verifier": name, "version": None if version == redo else version}
            )
        ]
        for name, version in versions.items()
    }


def outcomes(store: Store, run_id: UUID) -> dict[str, int]:
    """How many verdicts of each outcome a run made, and how many judged rollouts were cut off."""
    counts = dict.fromkeys(("accepted", "rejected", "undecided"), 0)
    counts |= dict(
        store.rows(
            "SELECT outcome, count(*) FROM verdicts WHERE run_id = ? GROUP BY 1", (str(run_id),)
        )
    )
    ((n_truncated,),) = store.rows(
        "SELECT count(*) FROM verdicts v JOIN rollouts r USING (rollout_id) "
        "WHERE v.run_id = ? AND r.finish_reason = 'length'",
        (str(run_id),),
    )
    return counts | {TRUNCATED: n_truncated}


def _verdicts(
    store: Store, verifier: str, rollout_ids: list[UUID], pool: GradingPool | RayPool
) -> Iterator[tuple[UUID, Verdict]]:
    rows = store.query(TEXTS, {"ids": [str(one) for one in rollout_ids]}).to_pylist()
    tasks = (
        GradingTask(
            verifier=verifier,
            ground_truth=row["ground_truth"],
            completion=row["completion"],
            prompt=row["prompt"],
            params=row["params"],
        )
        for row in rows
    )
    for row, verdict in zip(rows, pool.grade(tasks), strict=True):
        yield row["rollout_id"], of_truncated(verdict, finish_reason=row["finish_reason"])
