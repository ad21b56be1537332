"""How certain a policy is of what it must answer at once: asked for, told, kept, and not twice."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from openai_server import OpenAIServer
from planted import plant, problem

from curation.records import Certainty
from curation.scoring.certainty import worth_asking
from curation.store import Store
from gen.backends import BackendOptions, ModelName, Request, Sampling
from gen.backends.batch import BatchBackend
from gen.backends.http import HttpBackend
from gen.certainty import Asked, Asking, ask, load, to_foresee
from gen.errors import BackendFailed, RecipeError
from gen.prompts import OPENINGS, TEMPLATES, begun
from gen.recipes import read_recipe
from gen.runs import running
from gen.spending import Budget, Meter
from gen.writer import Writer

LOG_CHANCE = math.log(0.5)
"""Of every token that the server says."""


def model_at(server: OpenAIServer) -> ModelName:
    return ModelName.parse(f"{server.url}#adder")


def requests(n: int, *, opening: str = "\\boxed{") -> Iterator[Request]:
    for number in range(n):
        yield Request(
            key=UUID(int=number),
            messages=begun(f"What is {number} + 2?", template="math-1", opening=opening),
            sample_indexes=(0,),
            sampling=Sampling(temperature=0.0, max_tokens=4),
            log_chance=True,
        )


def test_every_template_says_how_an_answer_begins():
    assert set(OPENINGS) == set(TEMPLATES)


def test_an_answer_is_begun_by_a_last_message_of_the_models():
    asked, answer = begun("2 + 3?", template="sql-1", opening="```sql\n")
    assert asked.content.startswith("2 + 3?")
    assert (answer.role, answer.content) == ("assistant", "```sql\n")
    assert [one.role for one in begun("2 + 3?", template="plain-1", opening="")] == ["user"]


def test_a_server_is_asked_to_go_on_and_to_tell_chances():
    with OpenAIServer(log_chance=LOG_CHANCE) as server, HttpBackend(model_at(server)) as backend:
        (completion,) = backend.sample(requests(1), seed=0)
        list(backend.sample(requests(1, opening=""), seed=0))
    begun_body, fresh_body = server.bodies
    assert begun_body["messages"][-1] == {"role": "assistant", "content": "\\boxed{"}
    assert (begun_body["continue_final_message"], begun_body["add_generation_prompt"]) == (1, 0)
    assert "continue_final_message" not in fresh_body
    assert begun_body["logprobs"] is fresh_body["logprobs"] is True
    assert completion.n_tokens == 4
    assert completion.log_chance == pytest.approx(4 * LOG_CHANCE)


def test_a_batch_tells_them_too(tmp_path):
    options = BackendOptions(batch=tmp_path / "b")
    with OpenAIServer(log_chance=LOG_CHANCE) as server:
        with BatchBackend(model_at(server), options=options, poll_s=0.01) as backend:
            found = list(backend.sample(requests(5), seed=0))
        assert [one.log_chance for one in found] == pytest.approx([4 * LOG_CHANCE] * 5)


@pytest.mark.parametrize(
    ("server", "complaint"),
    [
        ({}, "tells no log-probabilities: use a vLLM server"),
        ({"refuses": ("logprobs",)}, "tells no log-probabilities (400 "),
        (
            {"refuses": ("continue_final_message",)},
            "does not go on with an answer that is begun (400 ",
        ),
    ],
)
@pytest.mark.parametrize("batched", [False, True])
def test_a_server_that_cannot_is_one_clear_line(tmp_path, server, complaint, batched):
    with OpenAIServer(**server) as owner:
        options = BackendOptions(batch=tmp_path / "b")
        backend = (
            BatchBackend(model_at(owner), options=options, poll_s=0.01)
            if batched
            else HttpBackend(model_at(owner))
        )
        with backend, pytest.raises(BackendFailed) as failure:
            list(backend.sample(requests(3), seed=0))
    message = str(failure.value)
    assert complaint in message
    assert "vllm:DIR" in message
    assert "\n" not in message


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Ten problems that nobody has sampled."""
    store = Store(tmp_path / "assay.duckdb")
    with store.writing("test"):
        store.add("problems", [problem(f"What is {number} + 2?") for number in range(10)])
    return store


def ask_all(
    store: Store,
    server: OpenAIServer,
    *,
    budget: Budget | None = None,
    opening: str | None = None,
    n_tokens: int = 4,
) -> Asked:
    plan = Asking(model=f"{server.url}#adder", opening=opening, n_tokens=n_tokens)
    with (
        store.writing("test"),
        running(store, "certainty", {}, meter=(meter := Meter(budget))) as run,
        Writer(store) as writer,
    ):
        problems = load(store, worth_asking(store, plan.policy))
        return ask(problems, plan=plan, writer=writer, run_id=run.run_id, meter=meter)


def test_what_was_answered_before_a_server_was_lost_is_kept_and_not_asked_again(store):
    class Dying(OpenAIServer):
        def reply_to(self, call: dict[str, Any]) -> tuple[int, dict[str, Any]]:
            if self.counts["completed"] >= 4:
                return 401, {}
            return super().reply_to(call)

    with Dying(log_chance=LOG_CHANCE) as server, pytest.raises(BackendFailed, match="401"):
        ask_all(store, server)
    ((n_kept,),) = store.rows("SELECT count(*) FROM certainties")
    assert 0 < n_kept <= 4
    with OpenAIServer(log_chance=LOG_CHANCE) as server:
        assert ask_all(store, server).n_problems == 10 - n_kept
        assert server.counts["requests"] == 10 - n_kept


def test_a_budget_is_never_overdrawn(store):
    with OpenAIServer(log_chance=LOG_CHANCE) as server:
        done = ask_all(store, server, budget=Budget(tokens=30))
        assert (done.n_problems, done.n_tokens, done.stopped_by) == (7, 28, "tokens")
        done = ask_all(store, server, budget=Budget(tokens=3))
        assert (done.n_problems, done.mean_chance, done.stopped_by) == (0, None, "tokens")


def test_a_prompt_that_is_refused_is_none_of_the_answers(store):
    with store.writing("test"):
        store.add("problems", [problem("word " * 100)])
    with OpenAIServer(log_chance=LOG_CHANCE, max_model_len=80) as server:
        done = ask_all(store, server)
    assert (done.n_problems, done.n_refused) == (10, 1)
    assert done.mean_chance == pytest.approx(0.5**4)


def test_the_command_asks_each_problem_once_the_sampled_ones_first(gen, store):
    with OpenAIServer(log_chance=LOG_CHANCE) as server:
        command = ("certainty", "--model", f"{server.url}#adder", "--tokens", 2)
        sampled = problem("What is 7 + 2?")
        with store.writing("test"):
            plant(store, sampled, "ar", policy="adder")
        told = json.loads(gen(*command, "-n", 3, "--dry-run", "--json").stdout)
        assert (told["problems"], told["n_tokens"]) == (3, 6)
        assert told["n_prompt_tokens"] == 3 * 5  # as those of the rollouts
        assert server.counts["requests"] == 0
        done = json.loads(gen(*command, "-n", 3, "--json", "--price-output", 1).stdout)
        assert (done["problems"], done["tokens"]) == (3, 6)
        assert done["mean_chance"] == pytest.approx(0.25)
        assert done["cost"] == pytest.approx(6e-6)
        assert "7 problems asked, mean chance 0.250 of the first 2 tokens, 14 tokens" in (
            gen(*command).stdout
        )
        assert gen(*command).stdout.startswith("0 problems asked, 0 tokens")
        assert server.counts["requests"] == 10
    rows = store.rows(
        "SELECT opening, c.n_tokens, log_chance, command, u.n_tokens, problem_id = $sampled "
        "FROM certainties c JOIN runs u USING (run_id) ORDER BY u.started_at, 6 DESC",
        {"sampled": sampled.problem_id},
    )
    assert [row[3:] for row in rows] == [
        ("certainty", 6, True),
        *[("certainty", 6, False)] * 2,
        *[("certainty", 14, False)] * 7,
    ]
    assert {row[:2] for row in rows} == {("\\boxed{", 2)}
    assert [row[2] for row in rows] == pytest.approx([2 * LOG_CHANCE] * 10)


def test_an_answer_that_ends_early_counts_as_asked_like_the_others(store):
    with OpenAIServer(log_chance=LOG_CHANCE) as server:
        done = ask_all(store, server, n_tokens=400)
    assert done.n_tokens < 10 * 400
    assert store.rows("SELECT DISTINCT n_tokens FROM certainties") == [(400,)]


def test_an_opening_of_ones_own_takes_the_place_of_the_templates(store):
    with OpenAIServer(log_chance=LOG_CHANCE) as server:
        ask_all(store, server, budget=Budget(tokens=4), opening="It is ")
        assert server.bodies[0]["messages"][-1]["content"] == "It is "
    assert store.rows("SELECT opening FROM certainties") == [("It is ",)]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [(("--domain", "law"), "has no such problems"), (("--template", "t"), "unknown template 't'")],
)
def test_what_cannot_be_asked_is_one_line(gen, store, options, complaint):
    assert complaint in gen.fails("certainty", "--model", "cpu:smollm2-135m", *options)


def test_a_recipe_asks_about_what_it_samples_and_some_of_what_nobody_has(store):
    own, others = problem("sampled"), problem("sampled by another")
    with store.writing("test"):
        plant(store, own, "a", policy="adder")
        plant(store, others, "a", policy="another")
    unsampled = worth_asking(store, "adder")
    unsampled = [one for one in unsampled if one not in (own.problem_id, others.problem_id)]
    assert to_foresee(store, "adder", n=4) == [own.problem_id, *unsampled[:4]]
    told = {"policy": "adder", "opening": "", "n_tokens": 1, "log_chance": -1.0}
    with store.writing("test"):
        rows = [Certainty(problem_id=one, **told) for one in (own.problem_id, unsampled[0])]
        store.put("certainties", rows)
    assert to_foresee(store, "adder", n=4) == unsampled[1:4]
    assert to_foresee(store, "adder", n=1) == []
    assert to_foresee(store, "another", n=1) == [others.problem_id, unsampled[0]]


def test_a_recipe_that_samples_all_has_nothing_to_foresee(tmp_path):
    file = tmp_path / "recipe.yaml"
    file.write_text(
        "{name: r, model: cpu:smollm2-135m, problems: {domain: math}, "
        "select: {budget_problems: 4}, certainty: {n: 9}}"
    )
    with pytest.raises(RecipeError, match=r"certainty is for what is not sampled.*solutions"):
        read_recipe(file)
