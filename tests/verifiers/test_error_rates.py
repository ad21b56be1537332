"""What is stated of each verifier's errors was measured, of the version that is installed."""

from pathlib import Path

import pytest

from verifiers.error_rates import ErrorRate, measured, store, wilson
from verifiers.registry import BUILT_IN, find_verifier


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_installed_version_of_every_verifier_was_measured(name: str):
    rates = measured(name, find_verifier(name).version)
    assert rates, f"run benchmarks/error_rates.py --write for the verifier {name}"
    for rate in rates:
        assert rate.n_right > 0
        assert rate.n_wrong > 0
        for share, (low, high) in (
            (rate.false_accept_rate, rate.false_accept_interval),
            (rate.false_reject_rate, rate.false_reject_interval),
        ):
            assert 0 <= low <= share <= high <= 1


def test_a_version_that_was_not_measured_has_no_rates():
    assert measured("math", "no such version") == ()


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (0, 0, 0.0, 1.0)],
)
def test_wilson_intervals_are_those_of_the_tables(hits: int, n: int, low: float, high: float):
    assert wilson(hits, n) == pytest.approx((low, high), abs=1e-4)


def test_storing_replaces_a_verifiers_rates_and_keeps_the_others(tmp_path: Path):
    path = tmp_path / "rates.json"
    path.write_text("[]\n")
    counts = {"n_right": 4, "n_wrong": 6, "false_accepts": 1, "false_rejects": 0, "undecided": 0}
    for verifier, version in (("b", "1"), ("a", "1"), ("a", "2")):
        store([ErrorRate(verifier=verifier, version=version, pairs="p", **counts)], path)
    text = path.read_text()
    assert text.index('"a"') < text.index('"b"')
    assert text.count('"version"') == 2
    store([ErrorRate(verifier="a", version="2", pairs="p", **counts)], path)
    assert path.read_text() == text
