"""A job with all that it needs around it: who stores, who judges, and what a terminal shows.

with running(store, "problems", parameters, meter=meter) as run, Progress() as progress:
    made = run_job(store, job, meter=meter, run_id=run.run_id, progress=progress)
"""

from collections.abc import Callable
from uuid import UUID

from curation.store import Store
from gen.backends import Backend, open_backend
from gen.pipeline.job import Job, Made
from gen.pipeline.making import make
from gen.progress import Progress
from gen.spending import Meter
from gen.writer import Writer
from verifiers.pool import GradingPool

PROGRAM_WALL_S = 10.0
"""Wall seconds that one judgement may take: a proposed program is run twice."""


def run_job(
    store: Store,
    job: Job,
    *,
    meter: Meter,
    run_id: UUID,
    progress: Progress,
    workers: int | None = None,
    open_model: Callable[[str], Backend] = open_backend,
) -> Made:
    """Make a job's problems into `store`, which must be writing; raises what `make` does."""
    # The pool is left before the writer is, so that nothing judged is lost.
    with Writer(store) as writer, GradingPool(workers=workers, wall_s=PROGRAM_WALL_S) as pool:
        return make(
            store,
            job,
            writer=writer,
            pool=pool,
            meter=meter,
            run_id=run_id,
            on_asked=progress.bar("proposed"),
            on_accepted=progress.bar("accepted", total=job.n),
            open_model=open_model,
        )
