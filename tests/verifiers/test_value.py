"""The value verifier: what is equal, what is a near miss, and what an attacker may try."""

import json
import re
import time
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifiers.errors import VerifierFailed
from verifiers.value import ValueVerifier
from verifiers.value.units import converted, is_unit, worth

VERIFIER = ValueVerifier()
CLEARANCE = {"kind": "number", "value": 72.4, "unit": "mL/min", "rel": 0.01}
INDEXED = {**CLEARANCE, "unit": "mL/min/1.73 m^2", "also": ["mL/min"]}
DAY = {"kind": "date", "value": "2024-03-01"}
RISK = {"kind": "text", "value": "high risk", "accept": ["high"]}
PRICE = {"kind": "number", "value": 1_200_000, "unit": "USD", "abs": 0.5}
FEVER = {"kind": "number", "value": 37.0, "unit": "°C", "abs": 0.05}
PERCENT = {"kind": "number", "value": 12.5, "unit": "%", "abs": 0.01}
SHARE = {"kind": "number", "value": 0.125, "abs": 0.0001}
CELLS = {"kind": "number", "value": 3.5, "unit": "10^9/L", "rel": 0.01}
SCORE = {"kind": "integer", "value": 4, "unit": "points"}
DOSE = {"kind": "number", "value": 500, "unit": "mg"}
LIST = {"kind": "list", "items": [1, 2, "b"]}
SET = {"kind": "set", "items": ["B", "D"]}
RECORD = {
    "kind": "record",
    "fields": {"score": SCORE, "egfr": CLEARANCE, "due": DAY, "chosen": SET},
}

RIGHT = [
    (CLEARANCE, r"\boxed{72.4}"),
    (CLEARANCE, r"\boxed{72.4\text{ mL/min}}"),
    (CLEARANCE, r"\boxed{1.2067\text{ mL/s}}"),
    (CLEARANCE, r"\boxed{4.344\ \mathrm{L/h}}"),
    (CLEARANCE, r"\boxed{7.24 \times 10^{1}}"),
    (CLEARANCE, r"\boxed{\frac{362}{5}}"),
    (CLEARANCE, r"\boxed{CrCl \approx 72\ \frac{\text{mL}}{\text{min}}}"),
    (CLEARANCE, "The answer is 72.4 mL/min, which is stage 2."),
    (CLEARANCE, "So the clearance is 72.4 mL/min."),
    (CLEARANCE, "The clearance is **72.4 mL/min**."),
    (CLEARANCE, "<think>\\boxed{9}</think><answer>72.4 mL per minute</answer>"),
    (INDEXED, r"\boxed{72.4\text{ mL/min/1.73 m}^2}"),
    (INDEXED, r"\boxed{72.4 mL/min per 1.73 m²}"),
    (INDEXED, r"\boxed{72.4 mL/min}"),
    (INDEXED, "The eGFR is 72.4 mL/min/1.73m2."),
    (DAY, r"\boxed{2024-03-01}"),
    (DAY, r"\boxed{\text{March 1, 2024}}"),
    (DAY, "The deadline is 1 March 2024."),
    (DAY, "The deadline is Friday, March 1st, 2024."),
    (DAY, "Counting from 2024-02-01 the deadline falls on March 1, 2024."),
    (RISK, r"\boxed{\text{High  Risk}}"),
    (RISK, "The answer is high."),
    (RISK, "So the patient is high risk."),
    (PRICE, r"\boxed{\$1,200,000}"),
    (PRICE, r"\boxed{$1.2 million}"),
    (PRICE, "The answer is $1,200,000.00."),
    (PRICE, r"\boxed{120000000 cents}"),
    (FEVER, r"\boxed{98.6^\circ\text{F}}"),
    (FEVER, r"\boxed{310.15 K}"),
    (PERCENT, r"\boxed{12.5\%}"),
    (PERCENT, r"\boxed{12.5}"),
    (PERCENT, r"\boxed{1250 basis points}"),
    (SHARE, r"\boxed{12.5\%}"),
    (SHARE, r"\boxed{1/8}"),
    (CELLS, r"\boxed{3.5}"),
    (CELLS, r"\boxed{3.5\times 10^9/\text{L}}"),
    (CELLS, r"\boxed{3500/\mu L}"),
    (SCORE, r"\boxed{4}"),
    (SCORE, "The CHA2DS2-VASc score is 4 points."),
    (DOSE, r"\boxed{0.5 g}"),
    (DOSE, r"\boxed{500000 mcg}"),
    (DOSE, r"\boxed{500 mg amoxicillin}"),
    (LIST, 'They are\n```json\n[1, 2, "B"]\n```'),
    (LIST, r"\boxed{1, 2, b}"),
    (SET, '["D", "b"]'),
    (SET, r"\boxed{\{B, D\}}"),
    (RECORD, '{"score": 4, "egfr": 72, "due": "2024-03-01", "chosen": ["B", "D"]}'),
    (
        RECORD,
        '{"Score": 4.0, "EGFR": "1.2067 mL/s", "due": "1 Mar 2024", "chosen": ["D", "B"], "x": 1}',
    ),
]
NEAR_MISSES = [
    (CLEARANCE, r"\boxed{73.2}", "different"),
    (CLEARANCE, r"\boxed{-72.4}", "different"),
    (CLEARANCE, r"\boxed{72.4\text{ L/min}}", "different"),
    (CLEARANCE, r"\boxed{72.4\ \mathrm{mg/dL}}", "unit: mg/dL for mL/min"),
    (CLEARANCE, r"\boxed{72.4\%}", "unit: % for mL/min"),
    (CLEARANCE, r"\boxed{72.4 dogs}", "unit: 'dogs' is not understood"),
    (CLEARANCE, r"\boxed{72.4 or 80}", "several_values"),
    (CLEARANCE, r"\boxed{70-75}", "several_values"),
    (CLEARANCE, r"\boxed{72.4 \pm 30}", "several_values"),
    (CLEARANCE, r"\boxed{72,4}", "several_values"),
    (CLEARANCE, r"\boxed{72.4 (else 90)}", "several_values"),
    (CLEARANCE, "The answer is 72.4 mL/min or 90 mL/min.", "several_values"),
    (CLEARANCE, "<think>It is \\boxed{72.4}", "no_answer"),
    (CLEARANCE, r"\boxed{36.2 \times 2}", "several_values"),
    (CLEARANCE, r"\boxed{a = 9, b = 72.4}", "several_values"),
    (CLEARANCE, r"\boxed{a = 9; b = 72.4}", "several_values"),
    (CLEARANCE, r"\boxed{x = 9 \text{ or } x = 72.4}", "several_values"),
    (INDEXED, r"\boxed{72.4 L/min}", "different"),
    (DAY, r"\boxed{03/01/2024}", "ambiguous_date: 03/01/2024"),
    (DAY, r"\boxed{March 2, 2024}", "different"),
    (DAY, r"\boxed{March 1}", "unparsable: no date"),
    (DAY, r"\boxed{Thursday, March 1, 2024}", "contradiction: 2024-03-01 is no Thu"),
    (DAY, r"\boxed{2024-02-30}", "no_such_day: 2024-02-30"),
    (DAY, "The answer is 2024-03-01 or 2024-03-02.", "several_values"),
    (RISK, "The answer is not high.", "different"),
    (RISK, "The answer is high or low.", "different"),
    (RISK, r"\boxed{highrisk}", "different"),
    (PRICE, r"\boxed{€1,200,000}", "unit: € for USD"),
    (PRICE, r"\boxed{-\$1,200,000}", "different"),
    (FEVER, r"\boxed{37^\circ\text{F}}", "different"),
    (PERCENT, r"\boxed{0.125}", "different"),
    (SHARE, r"\boxed{12.5}", "different"),
    (SHARE, r"\boxed{0.125 mg}", "unit: mg for none"),
    (SCORE, r"\boxed{4.2}", "different"),
    (SCORE, r"\boxed{4 mg}", "unit: mg for points"),
    (DOSE, r"\boxed{500 mg/kg}", "unit: mg/kg for mg"),
    (DOSE, r"\boxed{500 mcg}", "different"),
    (LIST, '[2, 1, "b"]', "different: item 1, item 2"),
    (LIST, "[1, 2]", "different: 2 items for 3"),
    (SET, '["B", "B"]', "different: item 2"),
    (SET, '["B", "D", "B"]', "different: 3 items for 2"),
    (
        RECORD,
        '{"score": true, "egfr": "72 mg", "due": "03/01/2024", "chosen": ["B", "D"]}',
        "different: score (unparsable: no number), egfr (unit: mg for mL/min), due "
        "(ambiguous_date: 03/01/2024)",
    ),
    (
        RECORD,
        '{"score": 4, "SCORE": 5, "egfr": 1e999, "chosen": "B, D"}',
        "different: score (key twice), egfr (unparsable: not finite), due (missing), chosen "
        "(unparsable: no list)",
    ),
    (RECORD, "[1]", "unparsable: no JSON object"),
    (RECORD, r"\boxed{4}", "no_answer"),
]


def judge(truth: dict, completion: str, **params):
    return VERIFIER.verify(ground_truth=json.dumps(truth), completion=completion, params=params)


@pytest.mark.parametrize(("truth", "completion"), RIGHT)
def test_every_way_of_writing_it_is_accepted(truth, completion):
    assert judge(truth, completion).reason == "equal"


@pytest.mark.parametrize(("truth", "completion", "reason"), NEAR_MISSES)
def test_near_misses_are_rejected_for_the_right_reason(truth, completion, reason):
    verdict = judge(truth, completion)
    assert (verdict.outcome, verdict.reward, verdict.reason) == (
        "rejected",
        0.0,
        reason,
    )


def test_the_share_is_paid_where_partial_is_asked_for_and_accepts_nothing_more():
    verdict = judge(RECORD, '{"score": 4, "egfr": 1, "due": "2024-03-01"}', partial=True)
    assert (verdict.outcome, verdict.reward) == ("rejected", 0.5)
    assert judge(LIST, "[1, 2, 3, 4]", partial=True).reward == 0.5
    assert judge(SET, json.dumps(["B", "D", *range(1000)]), partial=True).reward == 0.0
    nested = {"kind": "record", "fields": {"a": RECORD, "b": SCORE}}
    answer = {"a": {"score": 4, "due": "2024-03-01"}, "b": 4}
    assert judge(nested, json.dumps(answer), partial=True).reward == 0.75


def test_a_set_is_matched_so_that_close_numbers_find_partners():
    near = {"kind": "number", "value": 1.0, "abs": 0.3}
    truth = {"kind": "set", "items": [near, {**near, "value": 1.2}]}
    assert judge(truth, "[1.1, 1.45]").reward == 1
    assert judge(truth, "[1.45, 1.1]").reward == 1


def test_tolerances_include_their_ends_exactly():
    truth = {"kind": "number", "value": 0.3, "abs": 0.1}
    assert judge(truth, r"\boxed{0.4}").outcome == "accepted"
    assert judge(truth, r"\boxed{0.4000000000000001}").outcome == "rejected"
    assert judge({**truth, "abs": 0.0}, r"\boxed{0.30000000000000001}").outcome == "rejected"


@pytest.mark.parametrize(
    "truth",
    [
        "5",
        "{}",
        '{"kind": "number"}',
        '{"kind": "number", "value": "5"}',
        '{"kind": "number", "value": 1e999}',
        '{"kind": "number", "value": 1, "rel": -1}',
        '{"kind": "number", "value": 1, "unit": "mg//kg"}',
        '{"kind": "number", "value": 1, "tolerance": 2}',
        '{"kind": "integer", "value": 1.5}',
        '{"kind": "integer", "value": true}',
        '{"kind": "date", "value": "2024-02-30"}',
        '{"kind": "text", "value": " "}',
        '{"kind": "record", "fields": {}}',
        '{"kind": "record", "fields": {"a_b": {"kind": "integer", "value": 1}, "A-B": '
        '{"kind": "integer", "value": 1}}}',
        '{"kind": "set", "items": [{"kind": "text", "value": ""}]}',
    ],
)
def test_a_ground_truth_of_no_use_is_the_verifiers_failure(truth):
    with pytest.raises(VerifierFailed):
        VERIFIER.validate(truth)
    with pytest.raises(VerifierFailed):
        VERIFIER.verify(ground_truth=truth, completion=r"\boxed{5}")


@pytest.mark.parametrize("truth", [CLEARANCE, DAY, RISK, LIST, SET, RECORD])
def test_hostile_answers_are_rejected_in_bounded_time(truth):
    hostile = [
        "\\boxed{" + "9" * 50_000 + "}",
        "\\boxed{9e999999999}",
        "\\boxed{1 " + "m^9 " * 400 + "}",
        "\\boxed{1 " + "mg/" * 400 + "}",
        "\\boxed{" + "1 " * 900 + "}",
        "\\boxed{" + "march " * 300 + "}",
        "\\boxed{__import__('os').getcwd()}",
        "mon, the " * 5_000,
        "1-" * 20_000,
        "[" * 900 + "]" * 900,
        '{"a":' * 900 + "1" + "}" * 900,
        json.dumps(list(range(20_000))),
        '{"score": NaN, "egfr": Infinity}',
        '{"score": ' + "9" * 4_000 + "}",
        '{"score": 4, "egfr": 72, "egfr": 72, "due": "2024-03-01", "chosen": 0}',
    ]
    start = time.process_time()
    assert {judge(truth, text).outcome for text in hostile} == {"rejected"}
    assert time.process_time() - start < 5


@given(st.text(max_size=80), st.sampled_from([CLEARANCE, DAY, RISK, LIST, SET, RECORD, PRICE]))
def test_no_text_makes_it_fail(text, truth):
    for completion in (text, f"\\boxed{{{text}}}", f"The answer is {text}"):
        assert judge(truth, completion).outcome in ("accepted", "rejected")


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=9,
)


@given(JSON)
def test_no_json_makes_it_fail(value):
    for truth in (LIST, SET, RECORD, {"kind": "record", "fields": {"a": LIST, "": RISK}}):
        answer = json.dumps(value if isinstance(value, list) else {"a": value, "": value})
        assert judge(truth, answer).outcome in ("accepted", "rejected")


@given(
    st.decimals(min_value="0.001", max_value=10**7, places=3, allow_nan=False),
    st.sampled_from(["mg", "g", "mcg", "kg", "ng"]),
    st.sampled_from(["mg", "g", "mcg", "kg", "ng"]),
)
def test_a_value_converted_is_accepted_and_one_read_in_the_wrong_unit_is_not(value, unit, asked):
    size = {"kg": 3, "g": 0, "mg": -3, "mcg": -6, "ng": -9}
    truth = {"kind": "number", "value": float(value), "unit": asked, "rel": 1e-9}
    moved = Fraction(value) * Fraction(10) ** (size[asked] - size[unit])
    written = f"{moved.numerator}/{moved.denominator}"
    assert judge(truth, f"\\boxed{{{written} {unit}}}").outcome == "accepted"
    if unit != asked:
        assert judge(truth, f"\\boxed{{{value} {unit}}}").outcome == "rejected"


@given(st.dates(min_value=date(1900, 1, 1)), st.integers(-400, 400))
def test_days_are_told_apart_in_every_form(day, offset):
    try:
        other = day + timedelta(days=offset)
    except OverflowError:
        return
    truth = {"kind": "date", "value": day.isoformat()}
    forms = ("%Y-%m-%d", "%B %d, %Y", "%d %b %Y", "%A, %d %B %Y", "%Y/%m/%d")
    for form in forms:
        outcome = judge(truth, f"\\boxed{{{other.strftime(form)}}}").outcome
        assert outcome == ("accepted" if offset == 0 else "rejected")


def test_units_of_many_trades_are_worth_what_they_should_be():
    for one, other, ratio in (
        ("mg/dL", "g/L", Fraction(1, 100)),
        ("mmol/L", "mol/m^3", Fraction(1)),
        ("mg/kg/day", "mg/(kg day)", Fraction(1)),
        ("mcg/kg/min", "mg/kg/h", Fraction(6, 100)),
        ("mEq/L", "Eq/m3", Fraction(1)),
        ("kJ/mol", "J mol^-1", Fraction(1000)),
        ("km/h", "m/s", Fraction(5, 18)),
        ("bar", "kPa", Fraction(100)),
        ("mEq/L", "mmol/L", None),
        ("mL/min", "mL/min/1.73 m^2", None),
        ("tablets", "tablet", Fraction(1)),
        ("tablets", "capsules", None),
        ("USD", "EUR", None),
        ("bps", "%", Fraction(1, 100)),
    ):
        assert worth(one, other) == ratio
    assert converted(Fraction(50), "°F", "°C") == 10
    assert not any(map(is_unit, ("patients", "m^", "(mg", "mg//kg", "0 mg", "squared")))


def test_a_field_may_be_written_in_any_order_of_keys_and_the_reason_names_few_of_many():
    fields = {f"f{i}": {"kind": "integer", "value": i} for i in range(50)}
    names = list(fields)
    Random("order").shuffle(names)
    truth = {"kind": "record", "fields": fields}
    assert judge(truth, json.dumps({name: int(name[1:]) for name in names})).reward == 1
    assert len(judge(truth, json.dumps({name: -1 for name in names})).reason) < 200


def test_the_documents_worked_example_is_judged_as_it_says():
    page = (Path(__file__).parents[2] / "docs/value-verifier.md").read_text(encoding="utf-8")
    example = page.partition("## A worked example")[2]
    truth = json.loads(re.findall(r"```json\n(.*?)```", example, re.DOTALL)[0])
    rows = re.findall(r"^\| `(\{.*?\})` \| (\w+)(?:, `(.*?)`)?", example, re.MULTILINE)
    assert len(rows) == 3
    for answer, outcome, reason in rows:
        verdict = judge(truth, answer, partial=True)
        assert (verdict.outcome, verdict.reason) == (outcome, reason or "equal")
    assert verdict.reward == pytest.approx(1 / 3)
