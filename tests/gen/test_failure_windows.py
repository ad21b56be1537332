"""Series with failure windows: what of them is shown, and which tables are refused."""

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from gen.conformance import check_family
from gen.domains.industry.failure_windows import FailureWindows
from verifiers.errors import BadInput


def machine_table(seed: int, *, n_hours: int = 1200, inside: float = 0.0) -> str:
    """A machine that cools before most of its failures, one in 120 hours, and sometimes else."""
    rng, lines, start = Random(seed), ["timestamp,value,anomaly_window"], datetime(2020, 1, 1)
    for hour in range(n_hours):
        failing, before = hour % 120 >= 96, hour % 120 >= 66
        cooling = rng.random() < (0.7 if before else 0.2)
        value = inside if failing else 80 + rng.gauss(0, 2) - 4 * cooling
        lines.append(f"{start + timedelta(hours=hour)},{value:.3f},{int(failing)}")
    return "\n".join(lines)


def machine_tables(folder: Path, inside: float = 0.0) -> Path:
    folder.mkdir()
    for seed in range(4):
        (folder / f"{seed}.csv").write_text(machine_table(seed, inside=inside))
    return folder


def test_failure_windows_are_read_and_conform(tmp_path):
    family = FailureWindows().reading(machine_tables(tmp_path / "plant"))
    assert "anomaly_window" in (FailureWindows().missing() or "")
    assert check_family(family, examples=1) == []
    problem = family.generate(Random(0), 3)
    assert sum(json.loads(problem.ground_truth)["outcomes"]) == 10
    asked = [line for line in problem.prompt.splitlines() if re.match(r"\d+: ", line)]
    assert len({line.partition(": ")[2] for line in asked}) == 20
    constant = [family.verify(problem, json.dumps([p / 10] * 20)) for p in range(11)]
    assert {one.reward for one in constant} == {0.0}


def test_nothing_inside_a_failure_window_reaches_a_prompt(tmp_path):
    one = FailureWindows().reading(machine_tables(tmp_path / "one"))
    other = FailureWindows().reading(machine_tables(tmp_path / "other", inside=999.0))
    for seed in range(5):
        assert one.generate(Random(seed), 2) == other.generate(Random(seed), 2)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (machine_table(0), "5 moments before different failure windows in the later half"),
        ("timestamp,value\n2020-01-01,1", "no column anomaly_window"),
        (machine_table(0).replace(",0\n", ",no\n", 1), "a number and 0 or 1 are needed"),
        (machine_table(0).replace("2020", "twenty", 1), "a time such as"),
        (machine_table(0, n_hours=90), "too short a series"),
    ],
)  # fmt: skip
def test_failure_windows_say_what_a_table_lacks(tmp_path, text: str, told: str):
    path = tmp_path / "machine.csv"
    path.write_text(text)
    with pytest.raises(BadInput, match=told):
        FailureWindows().reading(path).generate(Random(0), 1)
