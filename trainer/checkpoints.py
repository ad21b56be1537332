"""Finds where a run stopped, and makes sure that it is the same run which goes on.

out/run/
    settings.json        what the run was started with
    metrics.jsonl
    checkpoint-40/       weights, optimizer, random state; trainer_state.json is written last
    model/               the trained model, once the run has ended

last_checkpoint(Path("out/run"))  ->  Checkpoint(path=.../checkpoint-40, step=40)
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from trainer.errors import BadSettings
from trainer.processes import is_main


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A complete checkpoint, taken after `step` optimizer steps."""

    path: Path
    step: int


def last_checkpoint(directory: Path) -> Checkpoint | None:
    """The newest complete checkpoint; one whose writing was interrupted does not count."""
    found = [
        Checkpoint(path=path, step=int(path.name.removeprefix("checkpoint-")))
        for path in directory.glob("checkpoint-*")
        if path.name.removeprefix("checkpoint-").isdigit() and _is_complete(path)
    ]
    return max(found, key=lambda checkpoint: checkpoint.step, default=None)


def hold_to_settings(directory: Path, settings: Mapping[str, object], *, resuming: bool) -> None:
    """Write down what a new run is started with, or hold a resumed run to it.

    Raises BadSettings where the run in `directory` was started with something else, or by another
    program.
    """
    path = directory / "settings.json"
    if resuming:
        if not path.exists():
            raise BadSettings(
                f"{directory} holds checkpoints but no settings.json, so they are not of this "
                "trainer: write to another directory"
            )
        for name, before in json.loads(path.read_text()).items():
            if name in settings and settings[name] != before:
                raise BadSettings(
                    f"{directory} holds a run with {name} {before}, not {settings[name]}: continue "
                    "it with the same settings, or write to another directory"
                )
    if is_main():
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(settings, indent=1) + "\n")
        partial.replace(path)  # another process of the run may be reading it


def _is_complete(path: Path) -> bool:
    try:
        json.loads((path / "trainer_state.json").read_text())
    except (OSError, ValueError):
        return False
    return True
