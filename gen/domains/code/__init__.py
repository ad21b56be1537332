"""The code families; `FAMILIES` is the table that the entry point names."""

from gen.domains.code.commits import Fix
from gen.domains.code.functions import Bits, Lists, Texts
from gen.domains.code.induction import FindInput, FindProgram, PredictOutput
from gen.domains.code.package_repair import RepairPackage
from gen.domains.code.repair import RepairMutant
from gen.domains.code.speed import Faster
from gen.domains.code.sql import Query, Repair
from gen.domains.code.stdio import Programs
from gen.domains.code.writing_tests import WriteTests
from gen.family import Family

FAMILIES: tuple[type[Family], ...] = (
    Lists,
    Texts,
    Bits,
    PredictOutput,
    FindInput,
    FindProgram,
    Query,
    Repair,
    RepairMutant,
    Faster,
    Programs,
    Fix,
    RepairPackage,
    WriteTests,
)
