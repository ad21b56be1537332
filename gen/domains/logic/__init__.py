"""The logic families; `FAMILIES` is the table that the entry point names."""

from gen.domains.logic.grids import Nonogram, Sudoku
from gen.domains.logic.knights import Roles
from gen.domains.logic.propositions import Models, Syllogism
from gen.domains.logic.seating import Order
from gen.domains.logic.sets import Survey
from gen.domains.logic.zebra import Houses
from gen.family import Family

FAMILIES: tuple[type[Family], ...] = (
    Roles,
    Houses,
    Order,
    Sudoku,
    Nonogram,
    Models,
    Syllogism,
    Survey,
)
