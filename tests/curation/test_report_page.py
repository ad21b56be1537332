"""The report as a page: what it measures, that it is one file, and what a browser makes of it."""

import json
import re
from dataclasses import fields, replace
from pathlib import Path

import polars as pl
import pytest
from browser import needs_browser, page
from hypothesis import given
from hypothesis import strategies as st
from shown_store import HOSTILE, LARGE, SMALL, fill, write_metrics

from curation.reporting.charts import curve_charts
from curation.reporting.measures import MOST_POINTS, measure
from curation.reporting.page import write_page
from curation.reporting.training import CURVES, MOST_STEPS, read_curves
from curation.store import Store
from gen.cli.main import cli
from trainer.metrics import METRICS, ImitationMetrics, StepMetrics, append_metrics
from verifiers.errors import BadInput, UnknownName

NAMED_AS_CODE = replace(
    HOSTILE,
    prompt="Another?",
    family="</script><script>document.title='owned'</script>",
    level=1,
)


@pytest.fixture(scope="module")
def shown(tmp_path_factory) -> Path:
    """A store with scores of both policies and a selection, made by the commands."""
    directory = tmp_path_factory.mktemp("shown")
    fill(Store(directory / "s.duckdb"), n=80, extra=(NAMED_AS_CODE,))
    for command in (
        ["score", "--policy", SMALL],
        ["score", "--policy", LARGE],
        ["select", "--name", "first", "--policy", LARGE, "--budget-problems", "20"],
    ):
        cli.main([*command, "--store", str(directory / "s.duckdb")], standalone_mode=False)
    write_metrics(directory / "run")
    return directory


@pytest.fixture(scope="module")
def written(shown: Path) -> Path:
    write_page(Store(shown / "s.duckdb"), shown / "r.html", training=shown / "run")
    return shown / "r.html"


def test_the_funnel_counts_what_is_left_after_each_stage(shown: Path):
    store = Store(shown / "s.duckdb")
    stages = measure(store).stages
    ((n_problems, n_accepted),) = store.rows(
        "SELECT count(*), count(*) FILTER (quarantine IS NULL) FROM problems"
    )
    assert stages["proposed"] == n_problems + 40  # none of the 40 proposals is a stored problem
    assert stages["accepted"] == stages["sampled"] == stages["verified"] == n_accepted
    assert stages["selected"] == 20
    assert list(stages.values()) == sorted(stages.values(), reverse=True)


def test_pass_rates_are_those_of_the_verdicts_with_scores_and_without(shown: Path, tmp_path: Path):
    unscored = Store(tmp_path / "s.duckdb")
    fill(unscored, n=80, extra=(NAMED_AS_CODE,))
    scored = measure(Store(shown / "s.duckdb")).pass_rates
    counted = measure(unscored).pass_rates
    assert scored.shape == counted.shape
    assert scored["pass_rate"].to_list() == pytest.approx(counted["pass_rate"].to_list())


def test_a_selection_is_compared_with_as_many_drawn_at_random(shown: Path):
    store = Store(shown / "s.duckdb")
    compared = measure(store).comparison
    assert compared is not None
    assert compared.name == "first"
    assert compared.means["problems"].to_list() == [20, 20]
    gains = dict(compared.means.select("arm", "mixed_per_million_tokens").iter_rows())
    assert gains["selected"] > gains["random"]
    with pytest.raises(UnknownName, match="did you mean first"):
        measure(store, selection="frist")


def test_the_same_store_gives_the_same_page_of_one_file(shown: Path, written: Path):
    first = written.read_bytes()
    write_page(Store(shown / "s.duckdb"), shown / "again.html", training=shown / "run")
    assert (shown / "again.html").read_bytes() == first
    text = first.decode()
    assert len(first) < 2_500_000
    assert "default-src 'none'" in text
    assert not re.search(
        r"<(link|img|iframe)\b|<script[^>]* src=|@import|url\(", text.split("<body>")[0]
    )


def test_an_empty_store_says_what_to_do_next(tmp_path: Path):
    store = Store(tmp_path / "empty.duckdb")
    with store.writing("test"):
        pass
    write_page(store, tmp_path / "r.html")
    text = (tmp_path / "r.html").read_text()
    assert "There are no problems yet" in text
    assert "gen problems --domain math -n 1000" in text
    assert "data-chart=" not in text


def test_a_page_that_cannot_be_made_is_said_and_not_begun(shown: Path, tmp_path: Path):
    store, page_file = Store(shown / "s.duckdb"), tmp_path / "r.html"
    with pytest.raises(BadInput, match="there is no store"):
        write_page(Store(tmp_path / "none.duckdb"), page_file)
    with pytest.raises(BadInput, match="gen train --out"):
        write_page(store, page_file, training=tmp_path / "nowhere")
    with pytest.raises(UnknownName, match="did you mean first"):
        write_page(store, page_file, selection="fist")
    with pytest.raises(BadInput, match="cannot write"):
        write_page(store, tmp_path / "no" / "r.html")
    assert list(tmp_path.iterdir()) == []


def test_the_command_says_where_the_page_is(gen, shown: Path, tmp_path: Path):
    done = gen("report", "--html", "r.html", "--store", shown / "s.duckdb", "--json")
    assert json.loads(done.stdout) == {"html": "r.html"}
    assert (tmp_path / "r.html").stat().st_size > 500_000
    complaint = gen.fails("report", "--store", shown / "s.duckdb", "--selection", "first")
    assert "add --html" in complaint


def test_a_line_that_a_kill_cut_off_is_no_point_of_a_curve(tmp_path: Path):
    write_metrics(tmp_path, steps=30)
    curves = read_curves(tmp_path)
    assert curves["step"].to_list() == list(range(1, 31))
    assert "kl" not in curves.columns or curves["kl"].null_count() == 30


def test_a_distillation_has_the_curves_that_it_has_numbers_for(tmp_path: Path):
    for step in (1, 2):
        row = ImitationMetrics(
            step=step, loss=2.0 / step, grad_norm=None, tokens=400, seconds=2.0, entropy=1.5,
            tokens_per_s=200.0,
        )  # fmt: skip
        append_metrics(tmp_path / METRICS, row)
    titles = [title for title, _ in curve_charts(read_curves(tmp_path))]
    assert titles == [CURVES[name] for name in ("entropy", "tokens_per_s", "loss", "seconds")]


def test_every_curve_is_of_a_number_that_trainers_write_down():
    assert set(CURVES) <= {field.name for field in fields(StepMetrics)}


@given(st.integers(1, 5_000))
def test_a_long_run_is_thinned_and_keeps_its_mean(n_steps: int):
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as name:
        rows = pl.DataFrame({"step": range(1, n_steps + 1), "reward_mean": [0.5] * n_steps})
        rows.write_ndjson(Path(name) / "metrics.jsonl")
        curves = read_curves(Path(name))
    assert len(curves) <= MOST_STEPS
    assert curves["step"].max() == n_steps
    assert curves["reward_mean"].to_list() == pytest.approx([0.5] * len(curves))


def test_what_is_no_file_of_metrics_is_said(tmp_path: Path):
    (tmp_path / "metrics.jsonl").write_text("what?\n")
    with pytest.raises(BadInput, match="no file of metrics"):
        read_curves(tmp_path)


def test_a_plot_has_no_more_points_than_can_be_told_apart(tmp_path: Path):
    import duckdb

    store = Store(tmp_path / "s.duckdb")
    fill(store, n=10)
    with store.writing("test"):
        pass
    with duckdb.connect(str(store.path)) as connection:
        columns = [row[0] for row in connection.execute("DESCRIBE problems").fetchall()]
        made = ", ".join("md5(i::VARCHAR)::UUID" if c == "problem_id" else c for c in columns)
        connection.execute(
            f"INSERT INTO problems SELECT {made} FROM (FROM problems LIMIT 1), range(5000) t(i)"
        )
        connection.execute(
            "INSERT INTO scores BY NAME SELECT md5(i::VARCHAR)::UUID AS problem_id, 'p' AS policy, "
            "8 AS group_size, 8 AS n_rollouts, 4 AS n_correct, 0 AS n_undecided, 0 AS n_truncated, "
            "8.0 AS n_effective, 1.0 AS dispersion, 1.0 AS prior_alpha, 1.0 AS prior_beta, "
            "5.0 AS alpha, 5.0 AS beta, 0.5 AS pass_rate, 0.9 AS p_mixed, 'p_mixed' AS signal, "
            "0.9 AS signal_value, 100.0 AS tokens_per_rollout, 0.001 AS informativeness, "
            "false AS predicted, false AS audit, "
            "'00000000-0000-0000-0000-000000000000'::UUID AS run_id FROM range(5000) t(i)"
        )
    measured = measure(store)
    assert len(measured.signal) == MOST_POINTS
    assert measured.signal.equals(measure(store).signal)


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_draws_every_chart_and_asks_nobody(written: Path, scheme: str):
    with page(scheme=scheme) as tab:
        tab.goto(written.as_uri())
        tab.wait_for_selector("html[data-drawn]", timeout=30_000)
        assert tab.complaints == []
        assert tab.requests == [written.as_uri()]
        assert tab.title() == "s: an Assay report"  # no name in the store ran as a script
        charts = tab.locator("[data-chart]")
        assert charts.count() >= 14
        for place in range(charts.count()):
            chart = charts.nth(place)
            marks = chart.locator("svg .mark-rect path, svg .mark-symbol path, svg .mark-line path")
            assert marks.count() > 0, chart.get_attribute("data-chart")
            assert chart.locator("svg[aria-label], svg [aria-label]").count() > 0
        assert tab.locator("#signal .mark-symbol path").count() > 100
        assert tab.evaluate("document.documentElement.scrollWidth") <= 1200
        headings = tab.locator("section h2").all_inner_texts()
        assert headings[0] == "From proposals to a selection"
        assert headings[-1] == "Training"
        tab.screenshot(path=written.with_suffix(f".{scheme}.png"), full_page=True)
    assert written.with_suffix(f".{scheme}.png").stat().st_size > 50_000


@needs_browser
def test_a_narrow_page_does_not_scroll_sideways(written: Path):
    with page(width=420) as tab:
        tab.goto(written.as_uri())
        tab.wait_for_selector("html[data-drawn]", timeout=30_000)
        assert tab.evaluate("document.documentElement.scrollWidth") <= 420
