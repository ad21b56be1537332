"""Number puzzles on a square: sudoku and its kin; any grid that keeps all rules is right.

    {"kind": "puzzle", "givens": [[1, 0, 0, 0], [0, 0, 3, 0], [0, 4, 0, 0], [0, 0, 0, 2]],
     "box": [2, 2]}
    answered by   {"grid": [[1, 3, 2, 4], [4, 2, 3, 1], [2, 4, 1, 3], [3, 1, 4, 2]]}

Each row and column has each of 1..n once; 0 is an empty cell. With `box` (rows, columns) so has
each box; a `cage` is a list of cells (row, column) with their sum; `less` lists pairs of cells of
which the first has the smaller number. Rows and columns are numbered from 0.
"""

from typing import Any

import msgspec

from verifiers.plan.answers import Infeasible, listed, value_of, whole_numbers
from verifiers.plan.shape import Shaped

MOST_ROWS = 36

Cell = tuple[int, int]


class Cage(msgspec.Struct, frozen=True):
    """Cells and the sum of their numbers."""

    cells: tuple[Cell, ...]
    total: int


class Puzzle(Shaped, frozen=True, tag="puzzle", tag_field="kind"):
    """A Latin square with givens, boxes, sums and inequalities."""

    givens: tuple[tuple[int, ...], ...]
    box: tuple[int, int] | None = None
    cages: tuple[Cage, ...] = ()
    less: tuple[tuple[Cell, Cell], ...] = ()

    def __post_init__(self) -> None:
        self.check_shape()
        n = len(self.givens)
        if not 1 <= n <= MOST_ROWS or any(len(row) != n for row in self.givens):
            raise ValueError(f"the givens must be a square of at most {MOST_ROWS} rows")
        if self.box is not None and (min(self.box) < 1 or self.box[0] * self.box[1] != n):
            raise ValueError(f"a box must have {n} cells")
        cells = [cell for cage in self.cages for cell in cage.cells]
        cells += [cell for pair in self.less for cell in pair]
        if not all(0 <= place < n for cell in cells for place in cell):
            raise ValueError("a cage or inequality lies outside the grid")

    def objective(self, answer: Any) -> None:
        """Nothing to optimise; raises Malformed, Infeasible."""
        n = len(self.givens)
        rows = listed(value_of(answer, "grid"), n, "grid")
        grid = [whole_numbers(row, n, f"grid[{place}]") for place, row in enumerate(rows)]
        for row in range(n):
            for column in range(n):
                if self.givens[row][column] not in (0, grid[row][column]):
                    raise Infeasible(f"the given at row {row}, column {column} was changed")
        for name, cells in self._groups():
            if sorted(grid[row][column] for row, column in cells) != [*range(1, n + 1)]:
                raise Infeasible(f"{name} does not have each of 1..{n} once")
        for number, cage in enumerate(self.cages):
            if sum(grid[row][column] for row, column in cage.cells) != cage.total:
                raise Infeasible(f"cage {number} does not sum to {cage.total}")
        for (a, b), (c, d) in self.less:
            if grid[a][b] >= grid[c][d]:
                raise Infeasible(f"({a}, {b}) is not less than ({c}, {d})")

    def _groups(self) -> list[tuple[str, list[Cell]]]:
        n = range(len(self.givens))
        groups = [(f"row {row}", [(row, column) for column in n]) for row in n]
        groups += [(f"column {column}", [(row, column) for row in n]) for column in n]
        if self.box is not None:
            height, width = self.box
            groups += [
                (f"the box at ({top}, {left})", [(top + i, left + j) for i in range(height)
                                                 for j in range(width)])
                for top in n[::height] for left in n[::width]
            ]  # fmt: skip
        return groups
