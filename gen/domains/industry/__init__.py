"""The industry families; `FAMILIES` is the table that the entry point names."""

from gen.domains.industry.control import Controller
from gen.domains.industry.failure_windows import FailureWindows
from gen.domains.industry.logistics import Crew, Load, LotSizing, RoundTrip
from gen.domains.industry.maintenance import FailureMode
from gen.domains.industry.orders import OrderQuantity
from gen.domains.industry.policies import Replenishment
from gen.domains.industry.reliability import Availability, Spares, System, Wear
from gen.domains.industry.remaining_life import RemainingLife
from gen.domains.industry.scheduling import ClassicJobShop, FlowShop, JobShop, Tardiness
from gen.family import Family

FAMILIES: tuple[type[Family], ...] = (
    Availability,
    ClassicJobShop,
    Controller,
    Crew,
    FailureMode,
    FailureWindows,
    FlowShop,
    JobShop,
    Load,
    LotSizing,
    OrderQuantity,
    RemainingLife,
    Replenishment,
    RoundTrip,
    Spares,
    System,
    Tardiness,
    Wear,
)
