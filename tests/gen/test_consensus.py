"""Certificates by consensus: what agrees, how sure that makes it, and whether that is true."""

import json
import math
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.store import Store
from gen.consensus import (
    Answer,
    Candidate,
    Evidence,
    agree,
    certify,
    certify_evidence,
    load_calibration,
    read_solution,
    undecided,
    weigh,
)
from gen.consensus.calibration import (
    Labelled,
    Scored,
    brier,
    by,
    by_majority,
    fit,
    log_loss,
    reliability,
    scored,
    without_gold,
)
from gen.consensus.calibration_file import read_counts, write_calibration, write_counts
from gen.consensus.evidence import counted, from_json
from gen.consensus.stored import labelled, stored_answers
from gen.proposing.base import Claim, Question
from verifiers.errors import BadInput
from verifiers.pool import GradingPool
from verifiers.records import Problem, Rollout

SHIPPED = load_calibration()
FORMS = {
    "12": ("12", "12.0", "\\frac{24}{2}", "12\\text{ cm}"),
    "15": ("15", "+15", "\\frac{30}{2}"),
    "1/2": ("1/2", "0.5", "50\\%"),
}


@pytest.fixture(scope="module")
def judge():
    with GradingPool(workers=1) as pool:
        yield lambda tasks: pool.submit_many(tasks).result()


def question(**changes) -> Question:
    return Question(**{"prompt": "How long is it?", "verifier": "math", **changes})


def solution(text: str | None, model: str = "a", truncated: bool = False) -> Answer:
    return Answer(source="solution", model=model, text=text, truncated=truncated)


def evidence(*candidates: dict, lost: dict | None = None) -> Evidence:
    return Evidence(
        question="q",
        candidates=tuple(
            Candidate(text=str(index), texts={str(index): 1}, votes=votes)
            for index, votes in enumerate(candidates)
        ),
        truncated=lost or {},
    )


def confidence(*candidates: dict, lost: dict | None = None) -> float:
    """The probability that the first candidate is right."""
    return weigh(evidence(*candidates, lost=lost), SHIPPED).probabilities[0]


VOTES = st.dictionaries(
    st.sampled_from(("solution", "program", "stated")),
    st.dictionaries(st.sampled_from(("a", "b", "c")), st.integers(1, 8), min_size=1),
    min_size=1,
)


def test_forms_of_one_answer_are_one_candidate(judge):
    texts = [form for forms in FORMS.values() for form in forms]
    found = agree(question(), map(solution, texts), judge=judge)
    assert {frozenset(one.texts) for one in found.candidates} == set(map(frozenset, FORMS.values()))


def test_equality_holds_in_both_directions_or_not_at_all(judge):
    # A rounded ground truth accepts pi, but pi as the ground truth accepts no rounded value.
    found = agree(question(), map(solution, ("3.14", "\\pi", "\\pi")), judge=judge)
    assert [one.text for one in found.candidates] == ["\\pi", "3.14"]


def test_what_can_be_no_ground_truth_is_no_answer(judge):
    found = agree(question(), map(solution, ("12", "\\frac{1}{0", "{}")), judge=judge)
    assert [one.text for one in found.candidates] == ["12"]
    assert found.silent == {"solution": {"a": 2}}


@given(st.permutations([form for forms in FORMS.values() for form in forms] + ["12", "x"]))
def test_order_of_answers_changes_nothing(judge, texts):
    found = agree(question(), map(solution, texts), judge=judge)
    again = agree(question(), map(solution, sorted(texts)), judge=judge)
    assert found == again
    assert weigh(found, SHIPPED) == weigh(again, SHIPPED)


@pytest.mark.parametrize(
    ("completion", "truncated", "text"),
    [
        ("So it is \\boxed{\\frac{3}{4}}.", False, "\\frac{3}{4}"),
        ("Thus the answer is 5 cents.", False, "5"),
        ("She has 5 apples left.", False, "5"),
        ("It falls on **Tuesday**", False, "Tuesday"),
        ("So, the answer is \\( 78 \\).", False, "78"),
        ("So the answer is $\\frac{1}{2}$", False, "\\frac{1}{2}"),
        ("<think>\\boxed{3}</think>", False, None),
        ("First we add 3 and 4", True, None),
        ("So it is \\boxed{7}. Let me check: 3 + 4", True, "7"),
    ],
)
def test_final_answer_is_read_from_a_completion(completion, truncated, text):
    read = read_solution(completion, model="a", verifier="math", truncated=truncated)
    assert read.text == text


def test_programs_agree_with_a_reference_or_not(judge):
    truth = '{"kind": "asserts", "entry_point": "f", "tests": ["assert f(1) == 2"]}'
    asked = question(verifier="code", ground_truth=truth, certificate="execution", confidence=0.8)
    good, bad = (f"```python\ndef f(x):\n    return x + {n}\n```" for n in (1, 2))
    sure, unsure = (
        certify(
            asked,
            [read_solution(one, model=f"m{n}", verifier="code") for n, one in enumerate(answers)],
            judge=judge,
            min_confidence=0.9,
        )
        for answers in ([good, good, bad], [bad, bad, bad])
    )
    assert sure.ground_truth == unsure.ground_truth == truth
    assert sure.certificate == "execution"
    assert sure.confidence > 0.9 > unsure.confidence
    assert sure.quarantine is None
    assert unsure.quarantine is not None
    assert unsure.quarantine.endswith("(3 of 3 solutions fail)")


def test_certificate_keeps_all_evidence(judge):
    asked = question(
        claims=(Claim(source="program", text="12"), Claim(source="stated", text="15")),
        evidence={"program": "def answer(): return 12"},
    )
    answers = [*map(solution, ("12", "12.0", "12", "15", None)), solution(None, "b", True)]
    done = certify(asked, answers, judge=judge, min_confidence=0.99, origin="proposed")
    kept = json.loads(done.evidence)
    assert kept["question"] == str(asked.question_id)
    assert kept["program"] == "def answer(): return 12"
    assert kept["candidates"][0]["texts"] == {"12": 3, "12.0": 1}
    assert kept["candidates"][0]["votes"] == {
        "program": {"proposer": 1},
        "solution": {"a": 3},
    }
    assert kept["truncated"] == {"solution": {"b": 1}}
    assert kept["silent"] == {"solution": {"a": 1}}
    assert kept["confidence"]["model"] == "urns-1"
    assert kept["confidence"]["probabilities"][0] == round(done.confidence, 4)
    assert done.ground_truth == "12"
    assert done.certificate == "consensus"
    assert done.quarantine == (
        f"low_confidence: {done.confidence:.2f} (3 of 6 solutions say 12, 1 says 15, 1 cut off, "
        "program says 12, the proposer says 15)"
    )
    again = from_json(done.evidence)
    assert again is not None
    repeated = certify_evidence(
        again, ground_truth=None, certificate="consensus", min_confidence=0.99
    )
    assert repeated == done


def test_no_answer_at_all_is_quarantined(judge):
    done = certify(question(), [solution(None)] * 3, judge=judge, min_confidence=0.9)
    assert done.quarantine == "no_answer: none of 3 solutions gives an answer"
    assert done.confidence == 0


def test_solvers_outvote_a_wrong_gold_and_confirm_a_right_one(judge):
    asked = question(ground_truth="12", certificate="imported")
    three = [solution(None, model) for model in "abc" for _ in range(4)]
    right = [replace(one, text="12") for one in three]
    wrong = [replace(one, text="15") for one in three]
    confirmed = certify(asked, right, judge=judge, min_confidence=0.9)
    disputed = certify(asked, wrong, judge=judge, min_confidence=0.9)
    alone = certify(asked, [], judge=judge, min_confidence=0.9)
    assert confirmed.confidence > alone.confidence > 0.9 > 0.5 > disputed.confidence
    assert disputed.ground_truth == "12"
    assert disputed.quarantine is not None
    assert disputed.quarantine.endswith("(12 of 12 solutions say 15, gold says 12)")


@given(st.lists(VOTES, max_size=5), st.dictionaries(st.just("solution"), st.just({"a": 3})))
def test_confidences_are_probabilities(candidates, lost):
    posterior = weigh(evidence(*candidates, lost=lost), SHIPPED)
    everything = (*posterior.probabilities, posterior.none)
    assert all(0 <= one <= 1 for one in everything)
    assert math.isclose(sum(everything), SHIPPED.ceiling)


@given(
    st.lists(VOTES, min_size=1, max_size=4),
    st.sampled_from(("solution", "program", "stated")),
    st.sampled_from(("a", "b", "c", "new")),
)
def test_one_answer_more_for_a_candidate_never_speaks_against_it(candidates, source, model):
    before = evidence(*candidates)
    after = before.with_votes(0, (source, model), 1)
    slack = 1e-9
    assert weigh(after, SHIPPED).probabilities[0] >= weigh(before, SHIPPED).probabilities[0] - slack


@given(st.integers(1, 8))
def test_two_models_agreeing_prove_more_than_one_repeating_itself(n):
    assert confidence({"solution": {"a": n, "b": n}}) > confidence({"solution": {"a": 2 * n}})


def test_one_sample_more_of_the_same_model_adds_less_and_less():
    stated = [confidence({"solution": {"a": n}}) for n in range(1, 33)]
    odds = [math.log(one / (1 - one)) for one in stated]
    gains = [after - before for before, after in pairwise(odds)]
    assert all(later < earlier for earlier, later in pairwise(gains))
    assert gains[-1] < 0.05
    assert confidence({"solution": {"a": 1000}}) < SHIPPED.ceiling


def test_answers_cut_off_tell_of_difficulty_and_not_of_error():
    sure = confidence({"solution": {"a": 4}})
    hard = confidence({"solution": {"a": 4}}, lost={"solution": {"a": 4}})
    disputed = confidence({"solution": {"a": 4}}, {"solution": {"a": 4}})
    assert disputed < hard <= sure


def test_solutions_are_asked_for_only_while_they_can_decide():
    empty = Evidence(question="q")
    assert undecided(empty, n_max=16, min_confidence=0.8) == 4
    assert undecided(empty, n_max=2, min_confidence=0.8) == 2
    settled = evidence({"solution": {"a": 8, "b": 8}})
    assert undecided(settled, n_max=32, min_confidence=0.8) == 0
    torn = evidence({"solution": {"a": 2, "b": 1}}, {"solution": {"a": 1}})
    assert 0 < undecided(torn, n_max=16, min_confidence=0.8) <= 12
    assert undecided(torn, n_max=4, min_confidence=0.8) == 0
    hopeless = evidence(*({"solution": {"a": 1}} for _ in range(12)))
    assert undecided(hopeless, n_max=13, min_confidence=0.8) == 0


def simulated(n: int, seed: str, *, n_samples: int = 4) -> list[Labelled]:
    """Questions put to two models whose samples share their own mistakes, and everybody's."""
    found = []
    for number in range(n):
        random = Random(f"{seed}:{number}")
        difficulty, attraction = random.gauss(0, 1.5), random.betavariate(0.6, 1.6)
        answers = []
        for model, strength in (("a", 0.8), ("b", -0.2)):
            own = random.betavariate(0.6, 1.5)
            rate = 1 / (1 + math.exp(difficulty - 2 * strength - random.gauss(0, 1)))
            for source in ("solution",) * n_samples + ("program",):
                if random.random() < rate:
                    text = "right"
                elif random.random() < attraction:
                    text = "misled"
                else:
                    text = model if random.random() < own else f"{model}{random.randrange(30)}"
                answers.append(Answer(source=source, model=model, text=text))
        texts = Counter(answer.text for answer in answers)
        candidates = tuple(
            Candidate(text=text or "", votes=counted(one for one in answers if one.text == text))
            for text in sorted(texts, key=lambda text: (-texts[text], text))
        )
        right = {index for index, one in enumerate(candidates) if one.text == "right"}
        found.append(
            Labelled(
                question=f"{seed}:{number}",
                origin="simulated",
                evidence=Evidence(question="q", candidates=candidates),
                right=frozenset(right),
            )
        )
    return found


def test_a_fit_is_calibrated_where_a_majority_is_not(tmp_path):
    fitted = fit(simulated(120, "fit"), name="simulated", fitted_on="120 simulated questions")
    held_out = simulated(1500, "test")
    ours, majority = scored(held_out, by(fitted)), scored(held_out, by_majority)
    assert brier(ours) < brier(majority)
    assert log_loss(ours) < log_loss(majority)
    for one in reliability(ours):
        noise = 3 * math.sqrt(0.25 / one.n)
        assert abs(one.stated - one.correct) < 0.1 + noise, one
    sure = [one.correct for one in ours if one.confidence >= 0.9]
    assert sum(sure) / len(sure) > 0.85
    write_calibration(fitted, tmp_path / "mine.json")
    again = load_calibration(tmp_path / "mine.json")
    assert brier(scored(held_out, by(again))) == pytest.approx(brier(ours), abs=1e-3)


def test_scores_are_as_their_definitions_say():
    scores = [Scored(0.8, True), Scored(0.4, False), Scored(1.0, True)]
    assert brier(scores) == pytest.approx((0.04 + 0.16 + 0) / 3)
    assert log_loss(scores) == pytest.approx(-(math.log(0.8) + math.log(0.6)) / 3)
    assert [(one.n, one.correct) for one in reliability(scores)] == [(1, 0.0), (1, 1.0), (1, 1.0)]


def test_counts_survive_a_file(tmp_path):
    some = simulated(5, "file")
    write_counts(some, tmp_path / "counts.csv", names={"a": "large"})
    again = read_counts(tmp_path / "counts.csv")
    assert [one.right for one in again] == [one.right for one in some]
    before, after = scored(some, by(SHIPPED)), scored(again, by(SHIPPED))
    assert [one.correct for one in after] == [one.correct for one in before]
    stated = [one.confidence for one in before]
    assert [one.confidence for one in after] == pytest.approx(stated)


def test_gold_is_taken_out_for_scoring():
    held = without_gold(evidence({"gold": {"": 1}, "solution": {"a": 2}}, {"gold": {"": 1}}))
    assert [one.votes for one in held.candidates] == [{"solution": {"a": 2}}]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [("{}", "is no calibration"), ('{"model": 3}', "is no calibration")],
)
def test_a_file_that_is_no_calibration_is_refused(tmp_path, text, complaint):
    path = tmp_path / "mine.json"
    path.write_text(text)
    with pytest.raises(BadInput, match=complaint):
        load_calibration(path)


def problem(number: int, gold: int) -> Problem:
    return Problem(
        domain="math",
        family="sums",
        prompt=f"What is {number} + {number}?",
        ground_truth=str(gold),
        verifier="math",
        certificate="imported",
    )


def rollout(one: Problem, model: str, index: int, text: str, template: str = "math-1") -> Rollout:
    return Rollout(
        problem_id=one.problem_id,
        model=model,
        sampling="{}",
        template=template,
        sample_index=index,
        completion=text,
        finish_reason="stop" if text else "length",
        n_prompt_tokens=1,
        n_tokens=1,
    )


@pytest.fixture
def store(tmp_path):
    """Forty sums that two models answer, mostly well; the gold of the last one is wrong."""
    problems, rollouts = [], []
    for number in range(10, 50):
        right, last = 2 * number, number == 49
        one = problem(number, right + last)
        said = [right] * 4 if number % 4 or last else [right, right + 2, right + 4, right + 2]
        problems.append(one)
        for model in ("a", "b", *("c" * last)):
            texts = [f"\\boxed{{{answer}}}" for answer in said]
            rollouts += [rollout(one, model, index, text) for index, text in enumerate(texts)]
        rollouts.append(rollout(one, "a", 4, ""))
    target = Store(tmp_path / "assay.duckdb")
    with target.writing("a test"):
        target.add("problems", problems)
        target.add("rollouts", rollouts)
    return target


def test_rollouts_of_a_store_are_answers_and_programs_are_run(store, judge):
    one = problem(10, 20)
    code = "```python\ndef answer():\n    return {}\n```"
    with store.writing("a test"):
        programs = [rollout(one, "a", i, code.format(v), "program-1") for i, v in enumerate("3/")]
        store.add("rollouts", programs)
    found = {p.prompt: answers for p, answers in stored_answers(store, judge=judge)}
    answers = found["What is 10 + 10?"]
    assert [one.text for one in answers if one.source == "program"] == ["3", None]
    assert [one.text for one in answers if one.source == "solution"].count("20") == 8
    assert sum(one.truncated for one in answers) == 1


def test_labels_come_from_gold_that_the_evidence_does_not_have(store, judge):
    found = list(labelled(store, judge=judge))
    assert len(found) == 40
    assert sum(one.right == {0} for one in found) >= 29
    assert not any(one.evidence.n("gold") for one in found)


def test_certify_finds_the_wrong_gold_of_an_imported_problem(gen, store):
    report = json.loads(gen("certify", "--json", "--min-confidence", 0.5).stdout)
    assert report == {"problems": 40, "quarantined": 1}
    [(prompt, confidence, reason)] = store.rows(
        "SELECT prompt, confidence, quarantine FROM problems WHERE quarantine IS NOT NULL"
    )
    assert prompt == "What is 49 + 49?"
    assert confidence < 0.5
    assert reason.endswith("(12 of 13 solutions say 98, 1 cut off, gold says 99)")
    again = json.loads(gen("certify", "--json", "--min-confidence", 0).stdout)
    assert again == {"problems": 40, "quarantined": 0}
    ((n_asked,),) = store.rows("SELECT count(*) FROM evidence WHERE model IS NOT NULL")
    ((n_rollouts,),) = store.rows("SELECT count(*) FROM rollouts")
    assert n_asked == n_rollouts


def test_calibrate_writes_what_certify_takes(gen, store, tmp_path):
    report = json.loads(gen("calibrate", "--json", "--out", "mine.json").stdout)
    assert report["questions"] == 40
    assert sum(row["n"] for row in report["reliability"] if row["by"] == "model") == 40
    mine = load_calibration(tmp_path / "mine.json")
    assert mine.name == "mine"
    assert mine.fitted_on == "40 questions (40 of sums)"
    assert set(mine.models) == {"a", "b"}
    gen("certify", "--calibration", "mine.json")
    ((name,),) = store.rows("SELECT DISTINCT evidence->'confidence'->>'calibration' FROM problems")
    assert name == "mine"


def test_calibrate_wants_enough_questions(gen, tmp_path):
    with Store(tmp_path / "assay.duckdb").writing("a test") as target:
        target.add("problems", [problem(1, 2)])
        target.add("rollouts", [rollout(problem(1, 2), "a", 0, "2")])
    assert "has 1 problems of known answer with rollouts, and 40 are needed" in gen.fails(
        "calibrate"
    )
