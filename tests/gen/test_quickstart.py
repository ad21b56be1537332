"""The recipe that a newcomer runs, on the embedded model, with fewer problems."""

from pathlib import Path

import datasets
import pytest
import yaml

from curation.store import Store

RECIPE = Path(__file__).parents[2] / "recipes/quickstart.yaml"


@pytest.mark.model
def test_the_quickstart_goes_from_nothing_to_a_dataset(gen, tmp_path: Path):
    recipe = yaml.safe_load(RECIPE.read_text())
    recipe["problems"]["n"] = 6
    recipe["solutions"] |= {"samples": 2, "max_tokens": 48}
    recipe["select"]["budget_problems"] = 3
    (tmp_path / "quickstart.yaml").write_text(yaml.safe_dump(recipe))
    told = gen("run", "quickstart.yaml").stdout
    assert "12 sampled now" in told
    store = Store(tmp_path / "out/quickstart.duckdb")
    assert store.rows("SELECT count(*), count(outcome) FROM results") == [(12, 12)]
    rows = datasets.load_dataset(
        "parquet", data_dir=str(tmp_path / "out/quickstart"), cache_dir=str(tmp_path / "cache")
    )["train"]
    assert len(rows) == 3
    assert "0 sampled now" in gen("run", "quickstart.yaml").stdout
