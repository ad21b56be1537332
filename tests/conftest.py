"""Hypothesis profiles, and a `gen` that tests call as a user would."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from commands import run
from hypothesis import HealthCheck, settings

# Before torch is imported: tests share the cores, and threads that wait by spinning starve others.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

settings.register_profile(
    "ci", max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("deep", max_examples=2_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests marked `deep` take minutes and run where HYPOTHESIS_PROFILE=deep."""
    if os.environ.get("HYPOTHESIS_PROFILE") != "deep":
        for item in items:
            if item.get_closest_marker("deep"):
                item.add_marker(pytest.mark.skip(reason="minutes: HYPOTHESIS_PROFILE=deep"))


class Gen:
    """Runs `gen` in a directory of its own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def command(self, *arguments: object) -> list[str]:
        """What starts the command from nothing, for a test that disturbs it."""
        return [sys.executable, "-c", "from gen.cli import main; main()", *map(str, arguments)]

    def __call__(self, *arguments: object, status: int = 0) -> subprocess.CompletedProcess[str]:
        done = run(list(map(str, arguments)), self.directory)
        assert done.returncode == status, done.stderr + done.stdout
        assert "Traceback" not in done.stderr
        return done

    def fails(self, *arguments: object, status: int = 2) -> str:
        """Run a command that must fail; gives its one line of complaint."""
        complaint = self(*arguments, status=status).stderr
        assert complaint.startswith("gen: ")
        assert complaint.count("\n") == 1
        return complaint


@pytest.fixture
def gen(tmp_path: Path) -> Gen:
    return Gen(tmp_path)
