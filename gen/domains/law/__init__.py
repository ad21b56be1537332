"""The law families; `FAMILIES` is the table that the entry point names."""

from gen.domains.law.citations import Validity
from gen.domains.law.deadlines import Limitation, Service
from gen.domains.law.decisions import Decisions
from gen.domains.law.diversity import Diversity
from gen.domains.law.income_tax import Income
from gen.domains.law.intestacy import Shares
from gen.domains.law.money import Apportionment, Interest
from gen.domains.law.other_taxes import ChildCredit, Gains, SelfEmployment
from gen.domains.law.recidivism import Rearrest
from gen.domains.law.sentencing import Range
from gen.family import Family

FAMILIES: tuple[type[Family], ...] = (
    Income,
    Gains,
    ChildCredit,
    SelfEmployment,
    Service,
    Limitation,
    Range,
    Diversity,
    Validity,
    Interest,
    Apportionment,
    Shares,
    Decisions,
    Rearrest,
)
