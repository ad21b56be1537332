"""The web app over a store: what it shows, whom it lets in, and what a browser makes of it."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from browser import needs_browser, page
from conftest import Gen
from shown_store import CODE, HOSTILE, LARGE, LATEX, SMALL, fill

from curation.store import Store
from gen.cli.main import cli


@dataclass(frozen=True)
class View:
    """A served store: where, and the store itself."""

    url: str
    store: Store

    def get(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(self.url + path, headers=headers, timeout=60)

    def quarantine(self, problem) -> str | None:
        ((reason,),) = self.store.rows(
            "SELECT quarantine FROM problems WHERE problem_id = ?", (problem.problem_id,)
        )
        return reason

    def post(self, path: str, *, note: str = "", **changes: str) -> httpx.Response:
        token = re.search(r'name="token" value="([^"]+)"', self.get(path.rpartition("/")[0]).text)
        form = {"token": token[1] if token else "", "note": note}
        form |= {name: changes.pop(name) for name in ("token",) if name in changes}
        headers = {"Origin": self.url} | {
            name.replace("_", "-"): value for name, value in changes.items()
        }
        return httpx.post(self.url + path, data=form, headers=headers, timeout=60)


@contextmanager
def served(store: Path) -> Iterator[View]:
    gen = Gen(store.parent)
    server = subprocess.Popen(
        gen.command("view", "--store", store.name, "--port", 0, "--no-browser"),
        cwd=store.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    try:
        url = server.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:"), server.communicate()
        yield View(url, Store(store))
    finally:
        server.terminate()
        _, complaints = server.communicate(timeout=30)
    assert server.returncode == 0
    assert complaints == ""


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("view") / "s.duckdb"
    fill(Store(path), n=70)
    for command in ("score", "select --name first --budget-problems 15"):
        arguments = [*command.split(), "--policy", LARGE, "--store", str(path)]
        cli.main(arguments, standalone_mode=False)
    return path


@pytest.fixture(scope="module")
def view(filled: Path) -> Iterator[View]:
    with served(filled) as one:
        yield one


def at(problem) -> str:
    return f"/problems/{problem.problem_id}"


def test_the_list_is_filtered_sorted_and_paged_in_the_store(view: View):
    store = view.store

    def count(path: str) -> int:
        found = re.search(r"<strong>([\d,]+)</strong> problem", view.get(path).text)
        assert found is not None
        return int(found[1].replace(",", ""))

    ((n, n_out, n_code),) = store.rows(
        "SELECT count(*), count(quarantine), count(*) FILTER (domain = 'code') FROM problems"
    )
    assert count("/") == n
    assert count("/?state=out") == n_out
    assert count("/?state=in&domain=math") == n - n_out - n_code
    assert count("/?text=SINGLE+nonsense") == 0
    assert count(f"/?text={LATEX.problem_id}") == 1
    assert count("/?certificate=imported&source=file:real.jsonl") == 1
    ((n_middle,),) = store.rows(
        "SELECT count(*) FROM scores WHERE pass_rate BETWEEN 0.3 AND 0.6 AND policy = ?", (LARGE,)
    )
    assert count(f"/?low=0.3&high=0.6&policy={LARGE}") == n_middle
    first, second = view.get("/?sort=hardest").text, view.get("/?sort=hardest&page=2").text
    ids = re.findall(r'href="/problems/([0-9a-f-]{36})\?', first + second)
    assert len(ids) == len(set(ids)) == n
    rates = dict(store.rows("SELECT problem_id::VARCHAR, pass_rate FROM scores"))
    listed = [rates[one] for one in ids if one in rates]
    assert listed == sorted(listed)


def test_one_can_read_on_from_problem_to_problem(view: View):
    found = re.search(r'href="(/problems/[^"]+)"', view.get("/?sort=level&domain=math").text)
    assert found is not None
    address, seen = found[1].replace("&amp;", "&"), []
    for _ in range(3):
        text = view.get(address).text
        seen.append(address.partition("?")[0])
        link = re.search(r'rel="next" href="([^"]+)"', text)
        assert link is not None
        address = link[1].replace("&amp;", "&")
    back = re.search(r'rel="prev" href="([^"?]+)', text)
    assert len(set(seen)) == 3
    assert back is not None
    assert back[1] == seen[1]


def test_a_problem_is_told_with_all_that_is_known_of_it(view: View):
    text = view.get(at(CODE)).text
    for part in ("kill_rate", "0.92", "entry_point", SMALL, LARGE, "accepted", "What it thought"):
        assert part in text
    ((chosen,),) = view.store.rows(
        "SELECT problem_id FROM selections WHERE selected ORDER BY position LIMIT 1"
    )
    told = view.get(f"/problems/{chosen}").text
    for column in ("gain", "cost_tokens", "position", "informativeness", "alpha"):
        assert f"<dt>{column}</dt>" in told
    assert view.get("/problems/00000000-0000-0000-0000-000000000000").status_code == 400
    assert view.get("/problems/what").status_code == 404


def test_wrong_values_of_a_filter_are_said(view: View):
    for query in ("level=x", "low=much", "sort=beauty", "state=best"):
        answer = view.get(f"/?{query}")
        assert answer.status_code == 400
        assert 'role="alert"' in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "attacker.example"},
        {"Host": "attacker.example:8321"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_requests_by_other_names_or_sites_are_refused(view: View, headers: dict[str, str]):
    answer = view.get("/", **headers)
    assert answer.status_code == 403
    assert "<" not in answer.text


def test_pages_may_run_and_fetch_nothing(view: View):
    for path in ("/", at(LATEX), "/sql", "/problems/what", "/look.css"):
        headers = view.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "script-src" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
    assert "<script" not in view.get("/").text


@pytest.mark.parametrize(
    "changes",
    [
        {"Origin": "http://attacker.example"},
        {"Origin": "null"},
        {"token": "guessed"},
        {"token": ""},
        {"Host": "attacker.example"},
    ],
)
def test_a_mark_from_elsewhere_changes_nothing(view: View, changes: dict[str, str]):
    assert view.post(f"{at(LATEX)}/mark", note="forged", **changes).status_code == 403
    assert view.quarantine(LATEX) is None


def test_a_mark_goes_to_quarantine_with_the_note_and_comes_back(view: View):
    assert view.post(f"{at(LATEX)}/mark", note="two\nanswers  fit").status_code == 303
    assert view.quarantine(LATEX) == "reader: two answers fit"
    assert "two answers fit" in view.get("/?state=reader").text
    assert view.post(f"{at(LATEX)}/mark", note="it is ambiguous").status_code == 303
    assert view.quarantine(LATEX) == "reader: it is ambiguous"
    assert view.post(f"{at(LATEX)}/unmark").status_code == 303
    assert view.quarantine(LATEX) is None
    ((n_runs, n_ended),) = view.store.rows(
        "SELECT count(*), count(ended_at) FROM runs WHERE command = 'view'"
    )
    assert n_runs == n_ended == 3


def test_a_mark_needs_a_note_and_a_problem_that_is_not_out_already(view: View):
    assert view.post(f"{at(LATEX)}/mark", note="  ").status_code == 400
    assert view.post(f"{at(LATEX)}/mark", note="x" * 501).status_code == 400
    assert view.post(f"{at(LATEX)}/mark", note="x" * 100_000).status_code == 403
    assert view.quarantine(LATEX) is None
    ((problem_id, reason),) = view.store.rows(
        "SELECT problem_id, quarantine FROM problems WHERE quarantine LIKE 'confidence%' LIMIT 1"
    )
    token = re.search(r'name="token" value="([^"]+)"', view.get(at(LATEX)).text)
    assert token is not None
    form = {"token": token[1], "note": "mine"}
    answer = httpx.post(
        f"{view.url}/problems/{problem_id}/mark", data=form, headers={"Origin": view.url}
    )
    assert answer.status_code == 400
    assert [(reason,)] == view.store.rows(
        "SELECT quarantine FROM problems WHERE problem_id = ?", (problem_id,)
    )


def test_who_else_writes_is_told_and_the_note_is_kept_in_the_form(view: View):
    with Store(view.store.path).writing("gen solutions"):
        answer = view.post(f"{at(LATEX)}/mark", note="worth keeping")
    assert answer.status_code == 409
    assert "is being written by process" in answer.text
    assert "worth keeping</textarea>" in answer.text
    assert view.quarantine(LATEX) is None


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM problems",
        "UPDATE problems SET quarantine = 'x'",
        "DROP TABLE verdicts",
        "COPY problems TO '/tmp/stolen.csv'",
        "SELECT * FROM read_csv('/etc/passwd')",
        "ATTACH '/tmp/other.duckdb'",
        "SELECT * FROM nowhere",
        ";",
    ],
)
def test_the_sql_box_reads_and_does_nothing_else(view: View, query: str):
    answer = httpx.get(f"{view.url}/sql", params={"q": query}, timeout=60)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text


def test_the_sql_box_shows_rows_up_to_a_limit(view: View):
    query = "SELECT i, NULL AS nothing, '<b>' AS text FROM range(100000000) t(i)"
    text = httpx.get(f"{view.url}/sql", params={"q": query}, timeout=60).text
    assert "The first 1,000 rows" in text
    assert "&lt;b&gt;" in text
    assert text.count("<tr>") == 1_001


def test_a_missing_store_and_a_taken_port_are_one_line(gen, view: View, filled: Path):
    assert "there is no store" in gen.fails("view", "--no-browser", "--port", 0)
    port = view.url.rpartition(":")[2]
    assert "try another --port" in gen.fails("view", "--store", filled, "--port", port)


@needs_browser
def test_a_browser_draws_formulas_and_code(view: View):
    with page() as tab:
        tab.goto(view.url + at(LATEX))
        assert tab.locator("section.card math[display=block] munderover").count() > 0
        box = tab.locator("math[display=block] mfrac").first.bounding_box()
        assert box is not None
        assert box["height"] > 20  # it is drawn as a fraction, not as a line of text
        assert tab.evaluate("document.fonts.check('16px Formulas')")
        assert "It costs \\$5." in tab.locator(".prose").first.inner_text()
        tab.goto(view.url + at(CODE))
        colour = tab.locator(".completion pre.code .k").first.evaluate(
            "one => getComputedStyle(one).color"
        )
        plain = tab.locator(".completion pre.code").first.evaluate(
            "one => getComputedStyle(one).color"
        )
        assert colour != plain
        assert tab.complaints == []
        assert all(one.startswith(view.url) for one in tab.requests)


@needs_browser
def test_what_a_model_wrote_is_text_and_does_nothing(view: View):
    with page() as tab:
        for path in (
            at(HOSTILE),
            "/?text=document.title",
            "/sql?q=SELECT+completion+FROM+rollouts",
        ):
            tab.goto(view.url + path)
            assert "owned" not in tab.title()
            assert tab.locator("main img, main script, main iframe, main [onerror]").count() == 0
            assert tab.locator("a[href^='javascript']").count() == 0
            assert all(one.startswith(view.url) for one in tab.requests)
        tab.goto(view.url + at(HOSTILE))
        text = tab.locator(".completion").first.inner_text()
        assert "<script>document.title='owned'</script><img src=x onerror=" in text
        assert tab.locator(".completion strong").first.inner_text() == "bold"
        assert tab.complaints == []  # nothing was even stopped by the policy


@needs_browser
def test_a_reader_marks_a_problem_in_the_browser(filled: Path, tmp_path: Path):
    shutil.copy(filled, tmp_path / "s.duckdb")
    with served(tmp_path / "s.duckdb") as view, page() as tab:
        tab.goto(view.url)
        tab.fill("input[name=text]", "and find")
        tab.click("text=Show")
        tab.click(".rows li >> nth=0 >> a")
        tab.wait_for_selector("text=Mark as bad")
        tab.fill("textarea[name=note]", "asks for nothing")
        tab.click("text=Put into quarantine")
        assert "In quarantine: reader: asks for nothing" in tab.inner_text(".notice")
        assert view.quarantine(LATEX) == "reader: asks for nothing"
        assert "text=and+find" in tab.url  # the way back to the list is kept
        tab.click("text=Take it back")
        tab.wait_for_selector("text=Mark as bad")
        assert view.quarantine(LATEX) is None
        tab.goto(f"{view.url}/sql")
        tab.fill("textarea", "DELETE FROM problems")
        tab.click("text=Run")
        assert "Cannot execute" in tab.inner_text("[role=alert]")
        assert tab.complaints == [] or all("400" in one for one in tab.complaints)


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_a_narrow_window(view: View, scheme: str):
    with page(scheme=scheme, width=430) as tab:
        for path in ("/", at(CODE), at(LATEX), "/sql"):
            tab.goto(view.url + path)
            assert tab.evaluate("document.documentElement.scrollWidth") <= 430, path
