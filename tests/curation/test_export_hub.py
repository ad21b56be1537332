"""Pushing to the Hub: all of an export in one commit, and nothing local lost where it fails."""

from pathlib import Path

import pytest
from exported import selected_store
from hub import TOKEN, Hub

from curation.store import Store


@pytest.fixture
def ready(gen, tmp_path: Path, monkeypatch):
    """A `gen export` of a filled store, with a Hub and a token in the environment."""
    with Store(tmp_path / "assay.duckdb").writing("test") as store:
        selected_store(store)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
    with Hub() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        yield gen, hub


def on_disk(out: Path) -> dict[str, bytes]:
    return {str(one.relative_to(out)): one.read_bytes() for one in out.rglob("*") if one.is_file()}


def test_what_is_pushed_is_what_is_on_disk(ready, tmp_path: Path):
    gen, hub = ready
    hub.files["me/first"] = {".gitattributes": b"", "data/train-00000-of-00009.parquet": b"old"}
    hub.private["me/first"] = False
    done = gen("export", "s", "--out", "out", "--push-to-hub", "me/first", "--test-size", 3)
    assert done.stdout.endswith(f"for trl and pushed to {hub.address}/datasets/me/first\n")
    pushed = hub.files["me/first"]
    assert pushed.pop(".gitattributes") == b""
    assert pushed == on_disk(tmp_path / "out")
    assert len(pushed) == 4


def test_a_new_dataset_may_be_private_and_a_failure_loses_nothing(
    ready, tmp_path: Path, monkeypatch
):
    gen, hub = ready
    hub.broken = True
    command = ("export", "s", "--out", "out", "--push-to-hub", "me/new", "--private")
    complaint = gen.fails(*command, status=1)
    assert "out is written, but not pushed to me/new: the Hub answered 500" in complaint
    assert hub.private == {"me/new": True}
    assert len(on_disk(tmp_path / "out")) == 3
    monkeypatch.setenv("HF_TOKEN", "hf_stolen")
    assert "the Hub answered 401" in gen.fails(*command, status=1)
    hub.broken = False
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    gen(*command)
    assert {"README.md", "manifest.json"} < set(hub.files["me/new"])


def test_a_hub_that_cannot_be_reached_is_said_in_one_line(ready, tmp_path: Path, monkeypatch):
    gen, _ = ready
    command = ("export", "s", "--out", "out", "--push-to-hub")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert "the Hub cannot be reached" in gen.fails(*command, "me/first", status=1)
    assert len(on_disk(tmp_path / "out")) == 3
    assert "give it as OWNER/NAME" in gen.fails(*command, "me/first/of all", status=1)
    assert "give --push-to-hub" in gen.fails("export", "s", "--out", "out", "--private")
