"""A recipe is the whole path in one YAML file; `gen run` reads nothing else.

    name: quickstart
    model: cpu:smollm2-135m
    problems: {domain: math, n: 60, levels: [1, 2]}
    solutions: {samples: 4, max_tokens: 128, temperature: 0.7}
    select: {budget_problems: 20}
    export: {format: trl}

Unknown keys and values of the wrong kind are errors that name the place. This module imports no
DuckDB: msgspec keeps what its structs can reach alive to the end, and DuckDB complains of that.
"""

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from gen.backends import Sampling
from gen.errors import RecipeError
from gen.family import FAMILY_FILES

Positive = Annotated[int, msgspec.Meta(ge=1)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


MODEL_SOURCES = ("model", "documents")
"""What `source` is where a model writes the problems."""


class _Section(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    pass


class ProposingSection(_Section, frozen=True, kw_only=True):
    """What `gen problems --source model` takes; `model` is the recipe's own unless given."""

    mode: str = "concepts"
    model: str | None = None
    seeds: str | None = None
    documents: tuple[str, ...] = ()
    concepts: str | None = None
    form: Literal["json", "tagged"] = "json"
    solvers: tuple[str, ...] = ()
    solutions: Annotated[int, msgspec.Meta(ge=0)] = 8
    min_confidence: Share = 0.9
    min_kill_rate: Share = 0.8
    calibration: str | None = None
    temperature: Annotated[float, msgspec.Meta(ge=0)] = 1.0
    max_tokens: Positive = 1024
    solution_tokens: Positive = 1024
    template: str | None = None
    give_up_after: Positive = 500


class ProblemsSection(_Section, frozen=True, kw_only=True):
    """What `gen problems` takes: `n` problems of a domain's families, of a file, or of a model.

    `domain` may be left out where `family` is a YAML file, which says it.
    """

    domain: str = ""
    n: Positive = 100
    source: str = "families"
    family: str | None = None
    levels: tuple[int, ...] | None = None
    data: str | None = None
    fields: dict[str, str] = {}
    verifier: str | None = None
    proposing: ProposingSection = ProposingSection()


class SamplingSection(_Section, frozen=True, kw_only=True):
    """How completions are sampled; `max_tokens` is per completion."""

    temperature: Annotated[float, msgspec.Meta(ge=0)] = 0.7
    top_p: Annotated[float, msgspec.Meta(gt=0, le=1)] = 1.0
    max_tokens: Positive = 512
    thinking_tokens: Annotated[int, msgspec.Meta(ge=0)] | None = None

    def sampling(self) -> Sampling:
        """The sampling parameters."""
        return Sampling(
            temperature=self.temperature,
            top_p=self.top_p,
            max_tokens=self.max_tokens,
            thinking_tokens=self.thinking_tokens,
        )


class SolutionsSection(SamplingSection, frozen=True, kw_only=True):
    """What `gen solutions` takes: the first `problems` by their ids, all of them unless given."""

    template: str | None = None
    samples: Positive = 8
    problems: Positive | None = None


class CertaintySection(_Section, frozen=True, kw_only=True):
    """What `gen certainty` takes: the sampled problems are asked about, and `n` others."""

    n: Positive
    tokens: Positive = 4


class SelectSection(_Section, frozen=True, kw_only=True):
    """What `gen select` takes: exactly one budget."""

    group_size: Annotated[int, msgspec.Meta(ge=2)] = 8
    budget_problems: Positive | None = None
    budget_tokens: Positive | None = None
    decontaminate: tuple[str, ...] = ()
    arm: str = "informativeness"
    tails: float = 0.05


class ExportSection(_Section, frozen=True, kw_only=True):
    """What `gen export` takes; `out` is `out/NAME` unless given."""

    format: str = "trl"
    out: str | None = None


class TrainSection(_Section, frozen=True, kw_only=True):
    """What `gen train` takes; `out` is `out/NAME-trained` unless given."""

    out: str | None = None

    steps: Positive = 100
    group_size: Annotated[int, msgspec.Meta(ge=2)] = 8
    batch_size: Positive = 32
    learning_rate: float = 1e-6
    max_tokens: Positive = 256
    loss: str = "dapo"
    scale_rewards: str | None = None


class EvaluateSection(SamplingSection, frozen=True, kw_only=True):
    """What `gen eval` takes; problems are asked as `solutions` says."""

    benchmark: str
    domain: str | None = None
    n: Positive | None = None
    samples: Positive = 4
    temperature: Annotated[float, msgspec.Meta(ge=0)] = 0.6
    top_p: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.95
    max_tokens: Positive = 1024


class RoundsSection(_Section, frozen=True, kw_only=True):
    """When the closed loop ends: see `gen.rounds`."""

    most: Positive
    patience: Positive = 2
    max_tokens: Positive | None = None


class Recipe(_Section, frozen=True, kw_only=True):
    """All stages of one run.

    `certainty`, `train`, `evaluate` and `rounds` are left out unless given.
    """

    name: Annotated[str, msgspec.Meta(pattern=r"^[\w.-]+$")]
    model: str
    seed: Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)] = 0
    store: str | None = None
    problems: ProblemsSection
    solutions: SolutionsSection = SolutionsSection()
    certainty: CertaintySection | None = None
    select: SelectSection
    export: ExportSection = ExportSection()
    train: TrainSection | None = None
    evaluate: EvaluateSection | None = None
    rounds: RoundsSection | None = None

    @property
    def store_path(self) -> Path:
        """Where the recipe's store is, from the working directory."""
        return Path(self.store or f"out/{self.name}.duckdb")

    @property
    def export_path(self) -> Path:
        """Where the recipe's dataset goes."""
        return Path(self.export.out or f"out/{self.name}")

    @property
    def train_path(self) -> Path:
        """Where the trained model goes."""
        given = self.train.out if self.train else None
        return Path(given or f"out/{self.name}-trained")


def read_recipe(path: Path) -> Recipe:
    """Read a recipe; raises RecipeError that names the file and the key."""
    try:
        recipe = msgspec.yaml.decode(path.read_bytes(), type=Recipe)
    except FileNotFoundError:
        raise RecipeError(
            f"{path}: no such file; recipes/quickstart.yaml is one to start from"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path}: cannot be read: {error}") from None
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        text = " ".join(str(error).split())
        raise RecipeError(f"{path}: {text}") from None
    if recipe.rounds is not None and (recipe.train is None or recipe.evaluate is None):
        raise RecipeError(f"{path}: rounds need the sections train and evaluate")
    if recipe.evaluate is not None and recipe.rounds is None:
        raise RecipeError(f"{path}: evaluate belongs to rounds; without them there is `gen eval`")
    if recipe.certainty is not None and recipe.solutions.problems is None:
        raise RecipeError(
            f"{path}: certainty is for what is not sampled: say how many problems are, by "
            "problems - at `$.solutions`"
        )
    section = recipe.problems
    if section.source != "families" and section.data is not None:
        raise RecipeError(f"{path}: data is for source: families - at `$.problems`")
    said_by_file = section.source == "families" and (section.family or "").endswith(FAMILY_FILES)
    if not (section.domain or said_by_file):
        raise RecipeError(
            f"{path}: name a domain, or a YAML file as the family - at `$.problems.domain`"
        )
    return recipe
