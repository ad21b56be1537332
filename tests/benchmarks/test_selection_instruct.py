"""The proof's instruct model computes a prompt once for its answers, and gives what its model does.

`transformers`' own forward pass is what it is held against.
"""

from pathlib import Path
from random import Random

import pytest
import torch
from models import tiny_model

from benchmarks.selection.instruct import Instruct
from benchmarks.selection.learning import Group, gold, learn, level_rates, warm_up
from benchmarks.selection.llama import LONGEST_ANSWER
from benchmarks.selection.policy import Machine, load
from benchmarks.selection.problems import FAMILIES
from verifiers.errors import BadInput

PROMPTS = ["2 + 3?", "What is 96 + 7?"]
ANSWERS = [["\\boxed{5}", "5"], ["\\boxed{103}", "\\boxed{1}"]]


@pytest.fixture(scope="module")
def directory(tmp_path_factory) -> Path:
    path = tiny_model(tmp_path_factory.mktemp("instruct") / "model")
    policy = Instruct.load(path, Machine())
    with torch.no_grad():
        for weight in policy.model.parameters():
            if weight.ndim == 2:
                weight.mul_(4)  # so that places and masks matter
    policy.save(path.with_name("sharp"))
    return path.with_name("sharp")


@pytest.fixture
def policy(directory: Path) -> Instruct:
    torch.set_num_threads(1)
    return Instruct.load(directory, Machine())


def log_chance(policy: Instruct, prompt: str, answer: str) -> torch.Tensor:
    asked, told = policy.asked(prompt), policy.answer(answer)
    logits = policy.model(torch.tensor([asked + told])).logits[0]
    rows = logits[len(asked) - 1 : -1].log_softmax(-1)
    return rows.gather(-1, torch.tensor(told)[:, None]).sum()


def test_chances_and_gradients_are_those_of_the_model(policy: Instruct):
    weights = [[0.5, -1.0], [2.0, 1.0]]
    loss = torch.zeros(())
    for prompt, answers, row in zip(PROMPTS, ANSWERS, weights, strict=True):
        for answer, weight in zip(answers, row, strict=True):
            chance = log_chance(policy, prompt, answer)
            assert policy.chances([prompt], [answer]).item() == pytest.approx(
                chance.exp().item(), rel=1e-3
            )
            loss = loss - weight * chance / 7
    expected = torch.autograd.grad(loss, list(policy.model.parameters()))
    optimizer = policy.optimizer(1e-3, weight_decay=0.0)
    policy.backward(
        [policy.asked(prompt) for prompt in PROMPTS],
        [[policy.answer(answer) for answer in row] for row in ANSWERS],
        weights,
        divisor=7,
    )
    for one, master in zip(expected, optimizer.param_groups[0]["params"], strict=True):
        torch.testing.assert_close(master.grad, one, rtol=1e-3, atol=1e-4)


def test_the_likeliest_answers_are_those_of_the_model(policy: Instruct):
    generator = torch.Generator().manual_seed(0)
    found = policy.sample(PROMPTS, n=2, generator=generator, greedy=True)
    for prompt, row in zip(PROMPTS, found, strict=True):
        ids = policy.asked(prompt)
        for place in range(len(row[0].ids)):
            assert policy.model(torch.tensor([ids])).logits[0, -1].argmax() == row[1].ids[place]
            ids = [*ids, row[1].ids[place]]
        assert row[1].ended or len(row[1].ids) == LONGEST_ANSWER


def test_tokens_come_up_as_often_as_they_are_likely(policy: Instruct):
    found = policy.sample(PROMPTS[:1] * 64, n=8, generator=torch.Generator().manual_seed(0))
    row = [one for group in found for one in group]
    logits = policy.model(torch.tensor([policy.asked(PROMPTS[0])])).logits[0, -1]
    chances = logits.softmax(-1)
    for token in chances.topk(3).indices.tolist():
        share = sum(one.ids[0] == token for one in row) / len(row)
        assert share == pytest.approx(chances[token].item(), abs=0.08)


def test_what_is_rewarded_becomes_likelier(policy: Instruct):
    problem = FAMILIES[0].generate(Random(0), 1)
    (completions,) = policy.sample([problem.prompt], n=8, generator=torch.Generator())
    group = Group(problem, completions, [1.0, 0, 0, 0, 0, 0, 0, 0])
    asked, first = policy.asked(problem.prompt), completions[0].ids[0]

    def likelihood() -> float:
        return policy.model(torch.tensor([asked])).logits[0, -1].log_softmax(-1)[first].item()

    assert first not in {one.ids[0] for one in completions[1:]}
    before = likelihood()
    optimizer = policy.optimizer(1e-3, weight_decay=0.0)
    for _ in range(3):
        learn(policy, optimizer, [group])
    assert likelihood() > before


def test_a_policy_that_was_warmed_is_the_same_when_it_is_loaded(policy: Instruct, tmp_path: Path):
    problems = [FAMILIES[0].generate(Random(number), 1) for number in range(30)]
    before = level_rates(policy, problems)[1]
    steps = warm_up(
        policy,
        problems,
        levels={1: 1.0},
        rate=3e-3,
        until=1.0,
        most_steps=4,
        batch_size=8,
        check_every=4,
    )
    assert steps == 4
    after = level_rates(policy, problems)[1]
    assert after > before
    policy.save(tmp_path / "warm")
    assert level_rates(load(tmp_path / "warm", "smollm2-135m", Machine()), problems)[1] == after


def test_what_has_no_room_is_refused(policy: Instruct, tmp_path: Path):
    with pytest.raises(BadInput, match="at most 72 have room"):
        policy.asked("why? " * 20)
    with pytest.raises(BadInput, match="at most 16 have room"):
        policy.chances(["?"], [gold(FAMILIES[0].generate(Random(0), 1)) * 4])
    with pytest.raises(BadInput, match="holds no model"):
        Instruct.load(tmp_path, Machine())


def test_certainty_is_the_chance_of_the_likeliest_token(policy: Instruct):
    opened = policy.tokenizer.encode("\\boxed{", add_special_tokens=False)
    found = policy.certainties(PROMPTS, "\\boxed{").tolist()
    for prompt, certainty in zip(PROMPTS, found, strict=True):
        logits = policy.model(torch.tensor([policy.asked(prompt) + opened])).logits[0, -1]
        assert certainty == pytest.approx(logits.log_softmax(-1).max().item(), rel=1e-3)
