"""Errors of learning: below `AssayError`, so that the command line prints each as one line.

AssayError
├── BadInput
│   ├── BadExport            a directory that holds no export, or one of another format
│   ├── BadSettings          settings that contradict each other or the run to be continued
│   └── ModelUnusable        a policy that cannot be loaded or cannot chat
├── TrainingUnavailable      this installation or machine cannot train
└── NothingLearnt            a run was stopped, since its rewards have no spread
"""

from verifiers.errors import AssayError, BadInput


class BadExport(BadInput):
    """The directory cannot be read as an export of the format trl."""


class BadSettings(BadInput):
    """The settings contradict each other, or those of the run found in the output directory."""


class ModelUnusable(BadInput):
    """The model cannot be loaded as a causal language model with a chat template."""


class TrainingUnavailable(AssayError):
    """A package is missing, or the process was started in a way that training does not support."""


class NothingLearnt(AssayError):
    """All completions of many steps in a row were rewarded alike; a checkpoint was kept."""


def one_line(error: BaseException, *, longest: int = 200) -> str:
    """An error of another library as one line of at most `longest` characters."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= longest else f"{text[: longest - 3]}..."
