"""Cards: what the Hub reads of a dataset's, and that a domain's is made from what is installed."""

from pathlib import Path

import datasets
import pytest
from click.testing import CliRunner
from exported import POLICY, contaminate, math_problem, selected_store
from huggingface_hub import DatasetCard, DatasetCardData

from curation.exporting import FORMATS, export
from curation.exporting.dataset_card import features
from curation.exporting.domain_card import domain_card, family_table
from curation.store import Store
from gen.cards import domain_notes, family_cards
from gen.cli.main import cli
from gen.prompts import messages
from verifiers.errors import UnknownName

KEPT = Path(__file__).parents[2] / "data_cards"


@pytest.fixture
def store(tmp_path: Path):
    with Store(tmp_path / "s.duckdb").writing("test") as store:
        yield store


@pytest.mark.parametrize("fmt", FORMATS)
def test_features_are_what_datasets_makes_of_the_schema(fmt: str):
    made = datasets.Features.from_arrow_schema(FORMATS[fmt].schema)
    assert features(FORMATS[fmt].schema) == made._to_yaml_list()


@pytest.mark.parametrize("fmt", ["verl", "nemo-gym"])
def test_the_hub_understands_the_front_matter(store: Store, tmp_path: Path, fmt: str):
    selected_store(store)
    out = tmp_path / "out"
    export(store, "s", fmt=fmt, out=out, chat=messages, test_size=3, cards=family_cards())
    card = DatasetCard.load(out / "README.md")
    assert isinstance(card.data, DatasetCardData)
    assert card.data.license == ["apache-2.0", "unknown"]
    assert card.data.size_categories == ["n<1K"]
    (config,) = card.data.configs
    assert [one["split"] for one in config["data_files"]] == ["train", "test"]
    info = datasets.DatasetInfo._from_yaml_dict(card.data.dataset_info)
    assert {name: one.num_examples for name, one in info.splits.items()} == {"train": 10, "test": 3}
    assert info.features == datasets.Features.from_arrow_schema(FORMATS[fmt].schema)
    # The directory opens by its card alone, and datasets holds the rows against what it states.
    loaded = datasets.load_dataset(str(out), cache_dir=str(tmp_path / "cache"))
    assert {name: len(rows) for name, rows in loaded.items()} == {"train": 10, "test": 3}
    assert loaded["train"].features == info.features


def test_the_card_says_what_a_reader_must_know(store: Store, tmp_path: Path):
    selected_store(store)
    contaminate(store, math_problem(99))
    export(store, "s", fmt="trl", out=tmp_path / "out", chat=messages, cards=family_cards())
    card = (tmp_path / "out/README.md").read_text()
    assert f"13 problems chosen for the policy `{POLICY}`" in card
    for line in (
        "| chosen | 13 |",
        "| execution | 1 | 0.75 | 0.75 |",
        "| math | 2 | 33 | 18 | 0 |",
        "| math500.jsonl | canonical | 2 | 1 |",
        "| `arithmetic.sum` | Adding, from level 4 on with signs | Apache-2.0 | generated | 0.12 |",
    ):
        assert line in card
    assert "- `arithmetic.largest`: at levels 1 and 2 one of the listed numbers" in card
    assert "| math | 2 | labelled | 0.00% (0 of" in card
    rates = [line for line in card.splitlines() if " to " in line and line.startswith("| 0.")]
    assert len(rates) == 10
    assert sum(int(line.split("|")[2]) for line in rates) == 13


DOMAINS = ("code", "finance", "industry", "law", "logic", "math", "medicine", "science")


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_kept_cards_are_those_that_gen_card_writes(domain: str):
    kept = (KEPT / f"{domain}.md").read_text()
    made = domain_card(domain, family_cards(), notes=domain_notes(domain))
    assert kept.startswith(made.rstrip())


def test_a_domains_card_has_every_family_and_pitfall():
    cards = family_cards("math")
    text = domain_card("math", cards)
    assert text.startswith(
        "# Data card: math\n\n57 families, levels 1 to 5; ground truth by constr"
    )
    assert all(line in text for line in family_table(cards))
    assert all(pitfall in text for card in cards for pitfall in card.pitfalls)


def test_a_store_adds_what_it_holds(store: Store, tmp_path: Path):
    selected_store(store)
    arguments = ["card", "code", "--store", str(store.path), "--out", str(tmp_path / "cards")]
    done = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert done.output == f"{tmp_path}/cards/code.md: {len(family_cards('code'))} families\n"
    text = (tmp_path / "cards/code.md").read_text()
    assert "## In the store" in text
    assert "| humaneval.jsonl | execution | 1 | 0 | 0.75 |" in text
    assert f"| {POLICY} | 0 | 1 | 2 | 0.5 | 0 | 10.5 |" in text


def test_a_domain_that_nobody_knows_is_refused():
    with pytest.raises(UnknownName, match="unknown domain 'maths': did you mean math"):
        domain_card("maths", family_cards())
