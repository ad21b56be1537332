"""The code families; `FAMILIES` is the table that the entry point names."""

from gen.domains.code.commits import Fix
from gen.domains.code.functions import Lists, Texts
from gen.domains.code.induction import FindInput, FindProgram, PredictOutput
from gen.domains.code.sql import Query, Repair
from gen.family import Family

FAMILIES: tuple[type[Family], ...] = (
    Lists,
    Texts,
    PredictOutput,
    FindInput,
    FindProgram,
    Query,
    Repair,
    Fix,
)
