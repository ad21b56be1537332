"""Grids with one solution: sudoku of several sizes, and nonograms.

Sudoku().generate(rng, 1)      4 x 4, with 2 x 2 boxes            [[1, 2, 3, 4], [3, 4, 1, 2], ...]
Nonogram().generate(rng, 1)    rows 1, 2, 1 and columns 1, 1, 2    ["#..", ...]
"""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import product
from random import Random

from gen.domains.draws import until
from gen.domains.logic.base import LogicFamily
from gen.domains.worked import Draft, Row, generated

Grid = tuple[int, ...]
"""Cells row by row; 0 where empty."""


@cache
def units(n: int, height: int, diagonal: bool) -> tuple[tuple[int, ...], ...]:
    """Rows, columns, boxes of `height` rows, and the diagonals where they count, as cells."""
    width = n // height
    found = [tuple(range(n * r, n * r + n)) for r in range(n)]
    found += [tuple(range(c, n * n, n)) for c in range(n)]
    found += [
        tuple((top + r) * n + left + c for r in range(height) for c in range(width))
        for top in range(0, n, height)
        for left in range(0, n, width)
    ]
    if diagonal:
        found += [tuple(i * n + i for i in range(n)), tuple(i * n + n - 1 - i for i in range(n))]
    return tuple(found)


@cache
def peers(n: int, height: int, diagonal: bool) -> tuple[tuple[int, ...], ...]:
    """For each cell, the others that must differ from it."""
    return tuple(
        tuple(
            sorted(
                {o for unit in units(n, height, diagonal) if cell in unit for o in unit} - {cell}
            )
        )
        for cell in range(n * n)
    )


def solved(
    grid: Sequence[int], n: int, height: int, diagonal: bool, rng: Random | None = None
) -> Iterator[Grid]:
    """Every solution, by bit masks of candidates, the cell with fewest of them first.

    With `rng` candidates are tried in random order.
    """
    near = peers(n, height, diagonal)
    full = (1 << n) - 1

    def placed(masks: list[int], cell: int, bit: int) -> bool:
        masks[cell] = bit
        waiting = [cell]
        while waiting:
            at = waiting.pop()
            for other in near[at]:
                if masks[other] & masks[at]:
                    masks[other] &= ~masks[at]
                    if not masks[other]:
                        return False
                    if masks[other].bit_count() == 1:
                        waiting.append(other)
        return True

    def search(masks: list[int]) -> Iterator[Grid]:
        open_cells = [cell for cell in range(n * n) if masks[cell].bit_count() > 1]
        if not open_cells:
            yield tuple(mask.bit_length() for mask in masks)
            return
        if rng:
            rng.shuffle(open_cells)
        cell = min(open_cells, key=lambda one: masks[one].bit_count())
        bits = [1 << i for i in range(n) if masks[cell] >> i & 1]
        if rng:
            rng.shuffle(bits)
        for bit in bits:
            copy = masks[:]
            if placed(copy, cell, bit):
                yield from search(copy)

    masks = [full] * (n * n)
    for cell, value in enumerate(grid):
        if value:
            bit = 1 << (value - 1)
            if not masks[cell] & bit or not placed(masks, cell, bit):
                return
    yield from search(masks)


def covered(grid: Sequence[int], n: int, height: int, diagonal: bool) -> list[Grid]:
    """Up to two solutions by exact cover (Knuth's algorithm X over sets).

    A value on a diagonal is a demand of its own, as is one in a row, a column or a box.
    """
    rows: dict[tuple[int, int], list[tuple]] = {}
    for cell, value in product(range(n * n), range(1, n + 1)):
        if grid[cell] in (0, value):
            demands: list[tuple] = [("cell", cell)]
            demands += [
                (at, value) for at, unit in enumerate(units(n, height, diagonal)) if cell in unit
            ]
            rows[cell, value] = demands
    columns: dict[tuple, set[tuple[int, int]]] = {}
    for choice, demands in rows.items():
        for demand in demands:
            columns.setdefault(demand, set()).add(choice)
    wanted = n * n + n * len(units(n, height, diagonal))
    if len(columns) < wanted:
        return []
    found: list[Grid] = []

    def cover(choice: tuple[int, int]) -> list[set[tuple[int, int]]]:
        taken = []
        for demand in rows[choice]:
            for other in columns[demand]:
                for elsewhere in rows[other]:
                    if elsewhere != demand:
                        columns[elsewhere].discard(other)
            taken.append(columns.pop(demand))
        return taken

    def uncover(choice: tuple[int, int], taken: list[set[tuple[int, int]]]) -> None:
        for demand in reversed(rows[choice]):
            columns[demand] = taken.pop()
            for other in columns[demand]:
                for elsewhere in rows[other]:
                    if elsewhere != demand:
                        columns[elsewhere].add(other)

    def search(chosen: list[tuple[int, int]]) -> None:
        if len(found) > 1:
            return
        if not columns:
            values = dict(chosen)
            found.append(tuple(values[cell] for cell in range(n * n)))
            return
        demand = min(columns, key=lambda one: len(columns[one]))
        for choice in sorted(columns[demand]):
            taken = cover(choice)
            search([*chosen, choice])
            uncover(choice, taken)

    search([])
    return found


class Sudoku(LogicFamily):
    """Sudoku with one solution; candidates with propagation against exact cover."""

    name = "sudoku.grid"
    card = generated(0.01, "one solution, proved by two solvers of different kinds")
    methods = "search over candidates with bit masks against exact cover"
    lazy = ([[1, 2, 3, 4], [3, 4, 1, 2], [2, 1, 4, 3], [4, 3, 2, 1]],)

    def draw(self, rng: Random, level: int) -> Draft:
        """4 x 4; 6 x 6; 6 x 6 with few given; 9 x 9; 9 x 9 with diagonals or few given."""
        n, height, n_given = ((4, 2, 8), (6, 2, 20), (6, 2, 14), (9, 3, 40), (9, 3, 32))[level - 1]
        diagonal = rng.random() < 0.5 if level in (1, 2, 3) else level == 5 and rng.random() < 0.3
        solution = next(solved((0,) * (n * n), n, height, diagonal, rng))
        grid, left = list(solution), n * n
        for cell in rng.sample(range(n * n), n * n):
            if left == n_given:
                break
            value, grid[cell] = grid[cell], 0
            if self.another(grid, cell, value, n, height, diagonal):
                grid[cell] = value
            else:
                left -= 1
        rows = [solution[n * r : n * r + n] for r in range(n)]
        [again] = covered(grid, n, height, diagonal)
        second = [again[n * r : n * r + n] for r in range(n)]
        shown = "\n".join(
            " ".join(str(value or ".") for value in grid[n * r : n * r + n]) for r in range(n)
        )
        both = ", column, and each of the two long diagonals" if diagonal else " and column"
        text = (
            f"Fill the grid so that each row{both} holds 1 to {n} once, and so does each box of "
            f"{height} rows and {n // height} columns.\n{shown}\nAnswer with the JSON list of the "
            f"{n} rows, each a list of numbers."
        )
        return Draft(
            text,
            rows,
            Row(),
            second,
            [Row().slip(rows, rng), [list(r) for r in zip(*rows, strict=True)]],
        )

    def another(
        self, grid: list[int], cell: int, value: int, n: int, height: int, diagonal: bool
    ) -> bool:
        """Whether there is a solution with another value in the cell."""
        blocked = {grid[other] for other in peers(n, height, diagonal)[cell]}
        for other in range(1, n + 1):
            if other != value and other not in blocked:
                tried = [*grid[:cell], other, *grid[cell + 1 :]]
                if next(solved(tried, n, height, diagonal), None) is not None:
                    return True
        return False


def runs(line: Sequence[bool]) -> tuple[int, ...]:
    """The lengths of the runs of full cells."""
    return tuple(len(one) for one in "".join("#" if x else "." for x in line).split(".") if one)


@cache
def patterns(n: int, clue: tuple[int, ...]) -> tuple[int, ...]:
    """Every line of n cells with these runs, as bit masks; bit i is cell i."""
    return tuple(
        mask for mask in range(1 << n) if runs([bool(mask >> i & 1) for i in range(n)]) == clue
    )


def by_rows(
    rows: Sequence[tuple[int, ...]], columns: Sequence[tuple[int, ...]]
) -> list[tuple[int, ...]]:
    """Up to two solutions: rows from the top, as long as every column can still be met."""
    n = len(rows)
    found: list[tuple[int, ...]] = []

    def search(chosen: tuple[int, ...], open_columns: list[list[int]]) -> None:
        at = len(chosen)
        if at == n or len(found) > 1:
            if at == n:
                found.append(chosen)
            return
        for mask in patterns(n, rows[at]):
            left = [
                [one for one in options if (one >> at & 1) == (mask >> c & 1)]
                for c, options in enumerate(open_columns)
            ]
            if all(left):
                search((*chosen, mask), left)

    search((), [list(patterns(n, clue)) for clue in columns])
    return found


def by_lines(
    rows: Sequence[tuple[int, ...]], columns: Sequence[tuple[int, ...]]
) -> list[tuple[int, ...]]:
    """The same by narrowing rows and columns in turn, and guessing a cell where that ends."""
    n = len(rows)
    found: list[tuple[int, ...]] = []

    def narrowed(full: list[int], empty: list[int]) -> bool:
        changed = True
        while changed:
            changed = False
            for clues, upright in ((rows, False), (columns, True)):
                for at, clue in enumerate(clues):
                    on, off = line(full, at, upright), line(empty, at, upright)
                    fits = [p for p in patterns(n, clue) if p & on == on and not p & off]
                    if not fits:
                        return False
                    always, never = (1 << n) - 1, (1 << n) - 1
                    for p in fits:
                        always, never = always & p, never & ~p
                    for i in range(n):
                        r, c = (i, at) if upright else (at, i)
                        for known, certain in ((full, always), (empty, never)):
                            if certain >> i & 1 and not known[r] >> c & 1:
                                known[r] |= 1 << c
                                changed = True
        return True

    def line(known: list[int], at: int, upright: bool) -> int:
        if not upright:
            return known[at]
        return sum(1 << r for r in range(n) if known[r] >> at & 1)

    def search(full: list[int], empty: list[int]) -> None:
        if len(found) > 1 or not narrowed(full, empty):
            return
        for r, c in product(range(n), range(n)):
            if not (full[r] | empty[r]) >> c & 1:
                for guess in (full, empty):
                    copies = full[:], empty[:]
                    copies[guess is empty][r] |= 1 << c
                    search(*copies)
                return
        found.append(tuple(full))

    search([0] * n, [0] * n)
    return found


class Nonogram(LogicFamily):
    """Nonograms with one solution; row after row against narrowing lines."""

    name = "nonogram.grid"
    card = generated(0.01)
    methods = "rows from the top against narrowing of rows and columns"
    small_levels = (1,)

    def draw(self, rng: Random, level: int) -> Draft:
        """Grids of 4 up to 8 rows and columns."""
        n = (4, 5, 6, 7, 8)[level - 1]
        density = rng.uniform(0.45, 0.65)

        def grid() -> list[list[bool]]:
            return [[rng.random() < density for _ in range(n)] for _ in range(n)]

        def unique(cells: list[list[bool]]) -> bool:
            return len(by_rows(*clues_of(cells))) == 1

        cells = until(grid, unique)
        rows, columns = clues_of(cells)
        [again] = by_lines(rows, columns)
        answer = ["".join("#" if x else "." for x in row) for row in cells]
        second = ["".join("#" if mask >> c & 1 else "." for c in range(n)) for mask in again]
        told = [
            " / ".join(" ".join(map(str, clue)) or "0" for clue in one) for one in (rows, columns)
        ]
        text = (
            f"A nonogram of {n} rows and {n} columns: each clue gives the lengths of the runs of "
            f"full cells in its line, in order.\nRows from the top: {told[0]}\nColumns from the "
            f"left: {told[1]}\nAnswer with the JSON list of the {n} rows as strings, # for a full "
            "cell and . for an empty one."
        )
        flipped = list(answer)
        at, column = rng.randrange(n), rng.randrange(n)
        other = "." if answer[at][column] == "#" else "#"
        flipped[at] = answer[at][:column] + other + answer[at][column + 1 :]
        return Draft(text, answer, Row(), second, [flipped])


def clues_of(cells: list[list[bool]]) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    """The clues of rows and of columns."""
    return [runs(row) for row in cells], [runs(column) for column in zip(*cells, strict=True)]
