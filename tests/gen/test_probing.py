"""The memorisation probe: a policy that knows outcomes by heart is told from one that does not."""

from random import Random

import pytest
from openai_server import OpenAIServer

from gen.backends import Sampling, open_backend
from gen.domains.finance.outlooks import DailyChange
from gen.family import Card, Family
from gen.probing import Probed, bare_questions, probed
from verifiers.errors import BadInput
from verifiers.pool import GradingPool
from verifiers.records import Problem


class Remembered(Family):
    """Outcomes that the server's adder knows without being shown a feature."""

    name, domain, levels = "remembered", "test", (1,)
    card = Card(licence="Apache-2.0", source="generated", chance_level=0.05)

    def generate(self, rng: Random, level: int) -> Problem:
        a, b = rng.randrange(1000), rng.randrange(1000)
        return self.problem(level, f"The features of the case are {a} and {b}. What came?", a + b)

    def probe(self, problem: Problem) -> str | None:
        return f"What came of case {problem.ground_truth}?"


class Unidentified(Remembered):
    def probe(self, problem: Problem) -> str | None:
        return "What came of a case that you are not shown?"


class Silent(Remembered):
    def probe(self, problem: Problem) -> str | None:
        return None


@pytest.fixture(scope="module")
def pool():
    with GradingPool(workers=1) as pool:
        yield pool


def ask(family: Family, pool: GradingPool) -> Probed:
    problems = [family.generate(Random(f"probe:{i}"), 1) for i in range(24)]
    questions = bare_questions(family, problems)
    chance = family.card.chance_level
    with OpenAIServer() as server, open_backend(f"{server.url}#adder") as backend:
        return probed(
            questions, chance_level=chance, backend=backend, pool=pool, sampling=Sampling(), seed=0
        )


def test_what_is_known_without_the_features_is_memorised(pool: GradingPool):
    found = ask(Remembered(), pool)
    assert found.memorised
    assert found.unseen.n_accepted > 7
    low, high = found.unseen.share
    assert 0 < low < found.unseen.n_accepted / found.unseen.n < high < 1


def test_what_follows_from_the_features_alone_is_not(pool: GradingPool):
    found = ask(Unidentified(), pool)
    assert found.seen.n_accepted > 5
    assert found.unseen.n_accepted == 0
    assert not found.memorised


def test_a_family_with_nothing_to_probe_says_so(pool: GradingPool):
    with pytest.raises(BadInput, match="no question left"):
        ask(Silent(), pool)


def test_a_family_that_does_not_say_what_to_ask_cannot_be_probed():
    class Plain(Family):
        name, domain, levels, card = "plain", "test", (1,), Remembered.card
        generate = Remembered.generate

    with pytest.raises(BadInput, match="plain cannot be probed"):
        bare_questions(Plain(), [])


def test_the_probe_of_a_forecast_shows_no_change_and_no_date():
    family = DailyChange()
    problem = family.generate(Random("0"), 1)
    bare = family.probe(problem)
    assert "(not shown)" in bare
    assert not any(line.partition(": ")[2] in bare for line in problem.prompt.splitlines()[2:22])


def test_the_command_prints_both_sides_and_a_verdict(gen):
    asked = ("probe", "--domain", "finance", "--family", "forecasts.daily_change", "-n", 4)
    with OpenAIServer() as server:
        model = ("--model", f"{server.url}#adder", "--workers", 1)
        printed = gen(*asked, *model).stdout
    assert printed.splitlines()[1].startswith("with features    0 of 4 (0% to 49%)")
    assert printed.splitlines()[-1].startswith("no sign of memorisation")
