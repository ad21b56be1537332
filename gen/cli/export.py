"""Commands that write what others read: a selection as a dataset, a domain as a card.

$ gen export first --format verl --test-size 10 --out out/first
50 rows (40 train, 10 test) of 50 problems written to out/first for verl
$ gen card math --out data_cards
data_cards/math.md: 57 families
"""

from pathlib import Path

import click

from gen.cli.options import json_option, report, store_option
from verifiers.errors import BadInput


@click.command()
@click.argument("selection")
@click.option(
    "--format",
    "fmt",
    default="trl",
    show_default=True,
    help="trl, verl, openrlhf, prime-rl, nemo-gym, nemo-rl, sft or dpo: see docs/exports.md.",
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Directory to write.")
@click.option("--eval-fraction", type=float, help="Share of the problems for the split test.")
@click.option("--test-size", type=int, help="As many problems for the split test.")
@click.option("--per-problem", type=int, help="sft: at most so many rollouts of a problem.")
@click.option("--push-to-hub", "repo", help="OWNER/NAME of a dataset on the Hugging Face Hub.")
@click.option("--private", is_flag=True, help="With --push-to-hub: a new dataset is private.")
@store_option
@json_option
def export(
    selection: str,
    fmt: str,
    out: Path,
    eval_fraction: float | None,
    test_size: int | None,
    per_problem: int | None,
    repo: str | None,
    private: bool,
    store: Path,
    as_json: bool,
) -> None:
    """Write a selection as a dataset for a trainer.

    Problems alike, and those made from one another, are kept in one split.
    """
    from curation.exporting import export as write_export
    from curation.store import Store
    from gen.cards import family_cards
    from gen.prompts import messages

    if private and repo is None:
        raise BadInput("--private says how to push: give --push-to-hub OWNER/NAME too")
    written = write_export(
        Store(store),
        selection,
        fmt=fmt,
        out=out,
        chat=messages,
        eval_fraction=eval_fraction,
        test_size=test_size,
        per_problem=per_problem,
        cards=family_cards(),
    )
    address = None
    if repo is not None:
        from curation.exporting.hub import push

        address = push(out, repo, private=private)
    parts = ", ".join(f"{n} {split}" for split, n in written.rows.items())
    report(
        {
            "selection": selection,
            "format": fmt,
            "rows": written.n_rows,
            "splits": written.rows,
            "problems": written.n_problems,
            "out": out,
            "pushed": address,
        },
        as_json=as_json,
        sentence=f"{written.n_rows} rows ({parts}) of {written.n_problems} problems written to "
        f"{out} for {fmt}" + (f" and pushed to {address}" if address else ""),
    )


@click.command()
@click.argument("domain")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default="data_cards",
    show_default=True,
    help="Directory of DOMAIN.md.",
)
@click.option(
    "--store",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Tell as well what this store holds of the domain.",
)
@json_option
def card(domain: str, out: Path, store: Path | None, as_json: bool) -> None:
    """Write the data card of a domain: families, verifier, pitfalls, and what a store holds."""
    from curation.exporting.domain_card import domain_card
    from curation.store import Store
    from gen.cards import domain_notes, family_cards

    cards = family_cards()
    text = domain_card(
        domain, cards, notes=domain_notes(domain), store=Store(store) if store else None
    )
    path = out / f"{domain}.md"
    out.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    n_families = sum(one.domain == domain for one in cards)
    report(
        {"domain": domain, "families": n_families, "out": path},
        as_json=as_json,
        sentence=f"{path}: {n_families} families",
    )
