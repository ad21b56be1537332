"""The finance families; `FAMILIES` is the table that the entry point names."""

from gen.domains.finance.bonds import BondDuration, BondPrice, BondYield
from gen.domains.finance.currencies import Forward
from gen.domains.finance.days import DayCount, Settlement
from gen.domains.finance.journals import JournalEntries
from gen.domains.finance.loans import AnnuityValue, LoanPayment, ProjectReturn
from gen.domains.finance.options import Greeks, ImpliedVolatility, Lattice, OptionPrice
from gen.domains.finance.outlooks import DailyChange, DailyRange, LargeMove, MonthlyChange
from gen.domains.finance.portfolios import LeastVariance, PortfolioRisk
from gen.domains.finance.statements import CashFlow, Depreciation, Ratios
from gen.domains.finance.strategies import Backtest
from gen.family import Family

FAMILIES: tuple[type[Family], ...] = (
    AnnuityValue,
    Backtest,
    BondDuration,
    BondPrice,
    BondYield,
    CashFlow,
    DailyChange,
    DailyRange,
    DayCount,
    Depreciation,
    Forward,
    Greeks,
    ImpliedVolatility,
    JournalEntries,
    LargeMove,
    Lattice,
    LeastVariance,
    LoanPayment,
    MonthlyChange,
    OptionPrice,
    PortfolioRisk,
    ProjectReturn,
    Ratios,
    Settlement,
)
