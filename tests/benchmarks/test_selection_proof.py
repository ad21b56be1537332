"""The proof that selection pays counts every token, pairs its arms, and goes on where it was."""

import fcntl
import random
from pathlib import Path

import pytest
import torch

from benchmarks.selection import arms
from benchmarks.selection.__main__ import changed
from benchmarks.selection.arms import Scoring
from benchmarks.selection.experiment import (
    INSTRUCT,
    Ledger,
    Point,
    Result,
    Run,
    Settings,
    draw_groups,
    make_chooser,
)
from benchmarks.selection.figures import summarise, tokens_to
from benchmarks.selection.learning import gold, judge
from benchmarks.selection.policy import Completion
from benchmarks.selection.problems import FAMILIES, LEVELS, MIXES, draw, fresh_problems, is_fresh
from benchmarks.selection.runs import Places, read_result, run_missing, write_result
from benchmarks.selection.small import Small, Vocabulary
from verifiers.errors import BadInput

SETTINGS = Settings(
    pool=80, budget_tokens=4000, scoring=Scoring(first_problems=24, first_rollouts=2)
)


@pytest.fixture(scope="module")
def pool():
    return draw(MIXES["expert"], SETTINGS.pool, stream="test")


@pytest.fixture
def policy(pool):
    torch.set_num_threads(1)
    vocabulary = Vocabulary.of(problem.prompt for problem in pool)
    return Small.new(vocabulary, seed=0, n_embd=8, n_layer=1, n_head=1)


def planned(arm: str, *, strict: float, seed: int = 0, tokens: int = 4000) -> Result:
    points = [Point(tokens=0, strict=0.5, lenient=0.5)]
    points.append(Point(tokens=tokens, strict=strict, lenient=strict))
    return Result(
        arm=arm,
        seed=seed,
        settings=SETTINGS,
        points=points,
        steps=1,
        groups=4,
        flat_groups=1,
        scoring_tokens=0,
        rejected_tokens=0,
        fresh=10,
        greedy=(0.5, 0.6),
        levels={1: (0.9, 1.0)},
        cpu_s=1.0,
    )


def test_nothing_that_is_evaluated_on_is_in_a_pool(pool):
    fresh = fresh_problems(3)
    assert len(fresh) == 3 * len(FAMILIES) * len(LEVELS)
    assert all(is_fresh(problem) for problem in fresh)
    assert not {problem.prompt for problem in fresh} & {problem.prompt for problem in pool}


@pytest.mark.parametrize("arm", ["random", "dynamic", "ours"])
def test_every_sampled_token_is_on_the_ledger(arm, pool, policy, tmp_path: Path, monkeypatch):
    sampled = []
    sample = Small.sample

    def counted(self, *args, **settings):
        found = sample(self, *args, **settings)
        sampled.append(sum(len(one.ids) for row in found for one in row))
        return found

    asked = Small.certainties

    def counted_too(self, prompts, opening):
        sampled.append(len(prompts))
        return asked(self, prompts, opening)

    monkeypatch.setattr(Small, "certainties", counted_too)
    monkeypatch.setattr(Small, "sample", counted)
    ledger, generator = Ledger(SETTINGS.budget_tokens), torch.Generator().manual_seed(0)
    chooser = make_chooser(Run(0, arm), pool, policy, SETTINGS, tmp_path)
    step = 0
    while ledger.open:
        groups = draw_groups(chooser, policy, step, SETTINGS, ledger, generator, arm)
        chooser.learnt(step, groups)
        step += 1
    assert ledger.spent == sum(sampled) >= SETTINGS.budget_tokens
    assert (ledger.scoring_tokens > 0) == (arm == "ours")
    # A policy that knows nothing never has a mixed group: dynamic sampling rejects all.
    assert (ledger.rejected_tokens > 0) == (arm == "dynamic")


def test_nothing_is_judged_while_the_store_is_written(pool, policy, tmp_path: Path, monkeypatch):
    """A verifier may fork a process, which keeps the lock that this one held."""

    def judged(problem, completion):
        with (tmp_path / "store.duckdb.lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return judge(problem, completion)

    monkeypatch.setattr(arms, "judge", judged)
    chooser = make_chooser(Run(0, "ours"), pool, policy, SETTINGS, tmp_path)
    assert len(chooser.next_problems(0, 8)) == 8


def test_only_a_whole_box_is_rewarded(pool):
    problem = pool[0]
    whole, cut = gold(problem), gold(problem)[:-1]
    assert judge(problem, Completion([], whole, ended=True)) == (1.0, True)
    assert judge(problem, Completion([], whole, ended=False)) == (0.0, True)
    assert judge(problem, Completion([], cut, ended=True))[0] == 0.0
    assert judge(problem, Completion([], "\\boxed{-7}" + whole, ended=True))[0] == 0.0


def test_chances_are_what_sampling_comes_to(pool, policy):
    vocabulary = policy.vocabulary
    prompts = [pool[0].prompt, pool[1].prompt]
    generator = torch.Generator().manual_seed(0)
    found = policy.sample(prompts, n=500, generator=generator)
    for prompt, row in zip(prompts, found, strict=True):
        ends_at_once = sum(len(one.ids) == 1 and one.ended for one in row) / len(row)
        (chance,) = policy.chances([prompt], [""]).tolist()
        assert ends_at_once == pytest.approx(chance, abs=0.04)
    assert vocabulary.text(vocabulary.ids("\\boxed{(41,0)}")) == "\\boxed{(41,0)}"


def test_certainty_is_the_chance_of_the_likeliest_token(pool, policy):
    prompts = [problem.prompt for problem in pool[:3]]
    found = policy.certainties(prompts, "\\boxed{").tolist()
    opened = policy.vocabulary.ids("\\boxed{")
    for prompt, certainty in zip(prompts, found, strict=True):
        logits = policy.model(torch.tensor([policy.asked(prompt) + opened])).logits[0, -1]
        assert certainty == pytest.approx(logits.log_softmax(-1).max().item(), abs=1e-4)


def test_results_that_are_there_are_not_made_again(tmp_path: Path):
    write_result(tmp_path, planned("random", strict=0.6))
    at = Places(warm=tmp_path / "none.pt", out=tmp_path)
    found = run_missing([Run(0, "random")], SETTINGS, at=at, workers=1)
    assert [result.arm for result in found] == ["random"]
    assert read_result(tmp_path, Run(0, "ours"), SETTINGS) is None
    with pytest.raises(BadInput, match="other settings"):
        read_result(tmp_path, Run(0, "random"), Settings(pool=7))


def test_no_run_is_begun_when_time_is_up(tmp_path: Path, capsys):
    (tmp_path / "warm.pt").touch()
    at = Places(warm=tmp_path / "warm.pt", out=tmp_path)
    runs = [Run(0, "random"), Run(0, "ours")]
    assert run_missing(runs, SETTINGS, at=at, workers=1, until_s=0) == []
    assert "2 runs were not begun" in capsys.readouterr().err


def test_settings_are_changed_by_name():
    settings = changed(INSTRUCT, ["rate=1e-5", "fresh_each=3"])
    assert (settings.rate, settings.fresh_each, settings.pool) == (1e-5, 3, INSTRUCT.pool)
    with pytest.raises(BadInput, match="rates=1"):
        changed(INSTRUCT, ["rates=1"])
    with pytest.raises(BadInput, match="pool=many"):
        changed(INSTRUCT, ["pool=many"])


def test_without_a_seed_that_all_have_there_are_no_figures():
    with pytest.raises(BadInput, match="no seed has ended"):
        summarise([planned("random", strict=0.6), planned("ours", strict=0.6, seed=1)])
    with pytest.raises(BadInput, match="random"):
        summarise([planned("ours", strict=0.6)])


def test_arms_are_compared_on_the_seeds_that_all_have():
    results = [
        planned(arm, strict=0.6, seed=seed) for arm in ("random", "oracle") for seed in (0, 1)
    ]
    results.append(planned("ours", strict=0.7))
    random.Random(0).shuffle(results)
    figures = summarise(results)
    assert (figures.seeds, figures.devices) == ([0], ["CPU"])
    ours = figures.arms["ours"]
    assert ours.tokens_to_target.mean == pytest.approx(0.5)
    assert ours.above_random.mean == pytest.approx(0.1)
    assert ours.share_of_oracle is not None
    assert ours.share_of_oracle.mean == pytest.approx(2.0)


def test_a_target_that_is_never_met_has_no_tokens():
    points = planned("ours", strict=0.6).points
    assert tokens_to(points, 0.61) is None
    assert tokens_to(points, 0.55) == pytest.approx(2000)
