"""The finance families; `FAMILIES` is the table that the entry point names."""

from gen.domains.finance.outlooks import DailyChange, DailyRange, LargeMove, MonthlyChange
from gen.family import Family

FAMILIES: tuple[type[Family], ...] = (
    DailyChange,
    DailyRange,
    LargeMove,
    MonthlyChange,
)
