"""Solving on a Ray cluster: several nodes on this machine, with a fake server as the model.

What the driver does with a cluster that loses things is tested without Ray: the same workers, in
this process, behind a cluster that drops blocks and breaks off.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Self
from uuid import UUID

import pytest
from openai_server import OpenAIServer

from curation.store import Store
from gen.backends import Sampling
from gen.engines.blocks import answers_in, asked
from gen.engines.ray_engine import Cluster, blocks_of, solve_on_ray
from gen.engines.ray_workers import Job, Solver
from gen.errors import BackendFailed
from gen.runs import running
from gen.solving import Plan, Sampled, sampled, solve
from gen.spending import Budget, Meter
from gen.writer import Writer
from verifiers.pool import GradingPool

os.environ.setdefault("RAY_raylet_start_wait_time_s", "300")  # a busy machine takes its time
ray = pytest.importorskip("ray")

N_PROBLEMS, SAMPLES = 120, 4
N = N_PROBLEMS * SAMPLES
OBJECT_STORE_BYTES = 80 << 20


@pytest.fixture(scope="module")
def server():
    with OpenAIServer(delay_s=0.3) as server:
        yield server


@pytest.fixture(scope="module")
def problems(tmp_path_factory) -> Path:
    """A store of problems without rollouts; tests copy it."""
    from conftest import Gen

    gen = Gen(tmp_path_factory.mktemp("problems"))
    gen("problems", "--domain", "math", "-n", N_PROBLEMS, "--level", 1)
    return gen.directory / "assay.duckdb"


@pytest.fixture
def store(problems, tmp_path) -> Store:
    return Store(Path(shutil.copy(problems, tmp_path)))


@pytest.fixture(scope="module")
def cluster():
    """A head that does no work, and one machine that does."""
    from ray.cluster_utils import Cluster

    head = {"num_cpus": 0, "object_store_memory": OBJECT_STORE_BYTES}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    cluster.machine = add_machine(cluster)
    yield cluster
    cluster.shutdown()


def add_machine(cluster):
    return cluster.add_node(num_cpus=1, object_store_memory=OBJECT_STORE_BYTES)


@pytest.fixture(scope="module")
def local(server, problems, tmp_path_factory):
    """What one machine makes of the problems, without a cluster."""
    store = Store(Path(shutil.copy(problems, tmp_path_factory.mktemp("local"))))
    solve_here(store, plan_for(server))
    return contents(store)


def plan_for(server, *, samples: int = SAMPLES, adaptive: bool = False) -> Plan:
    model = f"{server.url}#adder"
    sampling = Sampling(max_tokens=64)
    return Plan(model=model, sampling=sampling, samples=samples, adaptive=adaptive)


def solve_here(store: Store, plan: Plan) -> None:
    with (
        store.writing("test"),
        running(store, "solutions", {}) as run,
        Writer(store) as writer,
        GradingPool(workers=1) as pool,
    ):
        have = sampled(store, plan)
        everything = store.records("problems", "SELECT * FROM problems")
        solve(everything, plan=plan, have=have, run_id=run.run_id, writer=writer, pool=pool)


def solve_there(
    store: Store, plan: Plan, open_cluster: Callable[[str, Job], Cluster], meter: Meter
) -> Sampled:
    with store.writing("test"), running(store, "solutions", {}) as run, Writer(store) as writer:
        return solve_on_ray(
            store.records("problems", "SELECT * FROM problems"),
            plan=plan,
            have=sampled(store, plan),
            run_id=run.run_id,
            writer=writer,
            address="there",
            meter=meter,
            open_cluster=open_cluster,
        )


def contents(store: Store) -> dict[str, list]:
    """What two engines must agree on: not when, and by which run, it was made."""
    rollouts = "SELECT * EXCLUDE (run_id) FROM rollouts ORDER BY rollout_id"
    verdicts = "SELECT * EXCLUDE (run_id, seconds) FROM verdicts ORDER BY verdict_id"
    return {"rollouts": store.rows(rollouts), "verdicts": store.rows(verdicts)}


class LossyCluster(Cluster):
    """The workers in this process; of their blocks it loses some, and now and then all the rest."""

    errors = (ConnectionError,)

    def __init__(self, address: str, job: Job, *, loses: float = 0.3) -> None:
        super().__init__(address, job)
        self.random, self.loses = Random(0), loses
        self.solver = Solver(job)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None: ...

    def answers(self, wanted) -> Iterator:
        for block in blocks_of(wanted):
            solved = self.solver(asked(block))
            if self.random.random() < self.loses:
                if self.random.random() < 0.3:
                    raise ConnectionError("all machines left")
                continue
            for answer in answers_in(solved):
                if isinstance(answer, str):
                    raise BackendFailed(answer)
                yield answer


def test_what_a_cluster_loses_is_asked_for_again(store, server, local):
    plan = plan_for(server)
    done = solve_there(store, plan, LossyCluster, Meter())
    assert done.n_rollouts == N
    assert contents(store) == local


@pytest.mark.deep
def test_few_rollouts_where_few_are_enough_as_on_one_machine(store, server, problems, tmp_path):
    plan = plan_for(server, samples=16, adaptive=True)
    solve_there(store, plan, LossyCluster, Meter())
    (tmp_path / "here").mkdir()
    here = Store(Path(shutil.copy(problems, tmp_path / "here")))
    solve_here(here, plan)
    assert contents(store) == contents(here)


@pytest.mark.parametrize("tokens", [300, 1_000, 10_000])
def test_a_budget_is_never_overdrawn(store, server, tokens):
    meter = Meter(Budget(tokens=tokens))
    done = solve_there(store, plan_for(server), LossyCluster, meter)
    assert done.stopped_by == "tokens"
    assert tokens - SAMPLES * 64 < meter.n_tokens <= tokens


def test_a_worker_s_failure_is_told_in_its_words(store, server):
    plan = Plan(model=f"{server.url}#nobody", samples=1)
    with pytest.raises(BackendFailed, match=r"unknown model at .* 'nobody'"):
        solve_there(store, plan, LossyCluster, Meter())


def test_a_cluster_that_gives_nothing_back_is_lost(store, server):
    def open_cluster(address: str, job: Job) -> Cluster:
        return LossyCluster(address, job, loses=1.0)

    with pytest.raises(BackendFailed, match="the cluster at 'there' is lost"):
        solve_there(store, plan_for(server), open_cluster, Meter())


def on_ray(server, cluster, *more: object) -> tuple:
    model = ("--model", f"{server.url}#adder", "--samples", SAMPLES, "--max-tokens", 64)
    return ("solutions", *model, "--engine", "ray", "--ray-address", cluster.address, *more)


def start(gen, arguments: tuple) -> subprocess.Popen:
    return subprocess.Popen(
        gen.command(*arguments),
        cwd=gen.directory,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def wait_until(condition: Callable[[], bool], process: subprocess.Popen) -> None:
    while not condition():
        assert process.poll() is None, "it ended before it was disturbed"
        time.sleep(0.02)


def n_kept(store: Store) -> int:
    """Rollouts that are in the store, and segments of them beside it."""
    segments = store.path.with_name(f"{store.path.name}.segments")
    ((n,),) = store.rows("SELECT count(*) FROM rollouts")
    return n + len(list(segments.glob("*-add-rollouts.arrow")))


def test_a_machine_lost_in_the_middle_loses_nothing(gen, store, server, cluster, local):
    before = server.counts["completed"]
    process = start(gen, on_ray(server, cluster))
    wait_until(lambda: server.counts["completed"] - before > N // 4, process)
    other = add_machine(cluster)
    cluster.remove_node(cluster.machine, allow_graceful=False)
    cluster.machine = other
    complaint = process.communicate()[1].decode()
    assert process.returncode == 0, complaint
    assert contents(store) == local
    assert server.counts["completed"] - before > N  # what was under way was done again


@pytest.mark.deep
def test_a_killed_driver_goes_on_where_it_was(gen, store, server, cluster, local):
    process = start(gen, on_ray(server, cluster))
    wait_until(lambda: n_kept(store) > 0, process)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert len(contents(store)["rollouts"]) < N
    gen(*on_ray(server, cluster))
    assert contents(store) == local
    assert '"rollouts": 0' in gen(*on_ray(server, cluster, "--json")).stdout


def test_options_that_do_not_go_together_are_one_line(gen, store, server):
    model = ("solutions", "--model", f"{server.url}#adder")
    assert "--ray-address is for --engine ray" in gen.fails(*model, "--ray-address", "auto")
    assert "--workers is for one machine" in gen.fails(*model, "--engine", "ray", "--workers", 2)
    nowhere = (*model, "--engine", "ray", "--ray-address", "127.0.0.1:1")
    assert "no Ray cluster at '127.0.0.1:1'" in gen.fails(*nowhere)
    assert "--batch and --engine ray" in gen.fails(*model, "--engine", "ray", "--batch")


@pytest.mark.deep
@pytest.mark.model
def test_the_vllm_stage_is_given_our_tokens_seeds_and_settings(problems):
    import pyarrow as pa
    from vllm import SamplingParams

    from gen.backends.base import sample_seed
    from gen.engines import ray_vllm

    plan = Plan(model="vllm:smollm2-135m", sampling=Sampling(max_tokens=64, thinking_tokens=8))
    job = Job(plan=plan, run_id=UUID(int=1))
    config = ray_vllm.processor_config(job, n_engines=2)
    assert config.concurrency == 2
    assert config.should_continue_on_error
    stages = (config.chat_template_stage, config.tokenize_stage, config.detokenize_stage)
    assert stages == (False, False, False)
    assert config.engine_kwargs["tensor_parallel_size"] == 1

    (problem, *_) = Store(problems).records("problems", "SELECT * FROM problems")
    rows = ray_vllm.Prompts(job)(asked([(problem, (0, 3))])).to_pylist()
    assert [row["sample_index"] for row in rows] == [0, 3]
    params = SamplingParams(**rows[1]["sampling_params"])
    assert params.seed == sample_seed(plan.seed, problem.problem_id, 3)
    assert (params.max_tokens, params.thinking_token_budget) == (64, 8)

    generated = rows[0]["tokenized_prompt"][:5]
    given = {"generated_text": "\\boxed{1}", "generated_tokens": generated}
    rows[0] |= given | {"__inference_error__": ""}
    rows[1] |= given | {"__inference_error__": "ValueError: the prompt is too long"}
    cut, refused = answers_in(ray_vllm.Answers(job)(pa.Table.from_pylist(rows)))
    assert (cut.rollout.finish_reason, cut.rollout.n_tokens) == ("length", 5)
    assert cut.rollout.n_prompt_tokens == len(rows[0]["tokenized_prompt"])
    assert cut.verdict.outcome == "rejected"
    assert (refused.rollout.finish_reason, refused.verdict) == ("error", None)
