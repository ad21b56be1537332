"""Errors of making: below `AssayError`, so that the command line prints each as one line.

AssayError
├── BadInput
│   └── RecipeError          a recipe that cannot be read
├── TooFewProblems           fewer distinct problems exist than were asked for
├── GroundTruthDisagrees     two methods give different ground truths: a bug in a family
└── BackendFailed            a model that cannot be loaded, a server that does not answer
"""

from typing import Any

from verifiers.errors import AssayError, BadInput


class RecipeError(BadInput):
    """A recipe has a key or value that `gen run` does not know."""


class TooFewProblems(AssayError):
    """The families are exhausted, or make the same problems again and again."""


class GroundTruthDisagrees(AssayError):
    """A family's second method contradicts its ground truth."""

    def __init__(self, family: str, prompt: str, first: Any, second: Any) -> None:
        super().__init__(
            f"family {family!r} contradicts itself ({first} against {second}) on: {prompt[:200]}; "
            "report it to the family's author"
        )


class BackendFailed(AssayError):
    """The model behind `--model` cannot be had."""
