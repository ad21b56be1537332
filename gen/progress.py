"""Progress on a terminal's stderr; nothing at all in a pipe.

with Progress() as progress:
    bar = progress.bar("rollouts", total=800)
    bar(12)
    progress.say("step 1: reward 0.250")     # a line of its own, above the bars
"""

import sys
from collections.abc import Callable
from typing import Self

Advance = Callable[[int], None]


class Progress:
    """Live bars, one a stage."""

    def __init__(self) -> None:
        self._display = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
            from rich.progress import Progress as Display

            self._display = Display(
                TextColumn("{task.description:<12}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                console=Console(stderr=True),
            )
            self._display.start()
        return self

    def __exit__(self, *exc: object) -> None:
        if self._display is not None:
            self._display.stop()

    def say(self, line: str) -> None:
        """Print a line above the bars."""
        if self._display is not None:
            self._display.console.print(line, highlight=False, markup=False)

    def bar(self, name: str, *, total: int | None = None) -> Advance:
        """Show a new bar; the function returned advances it and may be called from any thread."""
        if self._display is None:
            return lambda step: None
        display = self._display
        task = display.add_task(name, total=total)
        return lambda step: display.advance(task, step)
