"""Double entry: a company's transactions, to be booked so that debits equal credits.

"1. Goods were sold for $4,200, half of it in cash, the rest on account; they had cost $2,900."
->  {"entries": [{"transaction": 1, "account": "Cash", "debit": 2100}, ...]}
"""

import json
from collections.abc import Callable
from random import Random

import msgspec

from gen.domains.finance.base import money
from gen.family import Card, Family
from verifiers.records import Problem

ACCOUNTS = (
    "Cash", "Accounts receivable", "Inventory", "Prepaid insurance", "Equipment",
    "Accumulated depreciation", "Accounts payable", "Loans payable", "Wages payable",
    "Interest payable", "Share capital", "Dividends", "Sales", "Cost of goods sold",
    "Wages expense",
    "Rent expense", "Insurance expense", "Depreciation expense", "Interest expense",
    "Bad debt expense", "Gain on disposal", "Loss on disposal",
)  # fmt: skip

Entry = tuple[str, dict[str, int]]
"""What happened, and what each account is debited, credits being negative."""


def _sum(rng: Random, low: int = 4, high: int = 400) -> int:
    return 100 * rng.randint(low, high)


def _shares(rng: Random) -> Entry:
    amount = _sum(rng)
    return f"Shares were issued for {money(amount, cents=False)} in cash.", {
        "Cash": amount, "Share capital": -amount,
    }  # fmt: skip


def _borrowed(rng: Random) -> Entry:
    amount = _sum(rng)
    return f"The company borrowed {money(amount, cents=False)} from its bank.", {
        "Cash": amount, "Loans payable": -amount,
    }  # fmt: skip


def _rent(rng: Random) -> Entry:
    amount = _sum(rng, 4, 60)
    return f"This month's rent of {money(amount, cents=False)} was paid.", {
        "Rent expense": amount, "Cash": -amount,
    }  # fmt: skip


def _collected(rng: Random) -> Entry:
    amount = _sum(rng)
    return f"A customer paid {money(amount, cents=False)} of what was owed on account.", {
        "Cash": amount, "Accounts receivable": -amount,
    }  # fmt: skip


def _stock(rng: Random) -> Entry:
    amount, paid = _sum(rng, 40, 400), _sum(rng, 4, 39)
    return (
        f"Goods for resale were bought for {money(amount, cents=False)}: "
        f"{money(paid, cents=False)} of that "
        "was paid at once, the rest is on account."
    ), {"Inventory": amount, "Cash": -paid, "Accounts payable": paid - amount}


def _sale(rng: Random) -> Entry:
    price, paid = _sum(rng, 60, 400), _sum(rng, 4, 59)
    cost = price * rng.randint(45, 85) // 100
    return (
        f"Goods that had cost {money(cost, cents=False)} were sold for "
        f"{money(price, cents=False)}: "
        f"{money(paid, cents=False)} came in cash, the rest is on account. Inventory is kept "
        f"perpetually."
    ), {
        "Cash": paid, "Accounts receivable": price - paid, "Sales": -price,
        "Cost of goods sold": cost, "Inventory": -cost,
    }  # fmt: skip


def _equipment(rng: Random) -> Entry:
    amount, paid = _sum(rng, 80, 600), _sum(rng, 10, 79)
    return (
        f"Equipment for {money(amount, cents=False)} was bought, with {money(paid, cents=False)} "
        f"in cash and "
        "a loan for the rest."
    ), {"Equipment": amount, "Cash": -paid, "Loans payable": paid - amount}


def _insurance(rng: Random) -> Entry:
    monthly, months = _sum(rng, 2, 20), rng.randint(2, 6)
    return (
        f"A year's insurance had been paid in advance at {money(monthly, cents=False)} a month "
        f"and recorded as "
        f"an asset; {months} months of it have now expired."
    ), {"Insurance expense": monthly * months, "Prepaid insurance": -monthly * months}


def _wages(rng: Random) -> Entry:
    daily, days = _sum(rng, 4, 40), rng.randint(1, 4)
    return (
        f"At the end of the year wages of {money(daily, cents=False)} a day are owed for {days} "
        f"day{'s' if days > 1 else ''} and not yet paid."
    ), {"Wages expense": daily * days, "Wages payable": -daily * days}


def _repaid(rng: Random) -> Entry:
    principal, interest = _sum(rng, 20, 200), _sum(rng, 1, 15)
    return (
        f"The bank was paid {money(principal + interest, cents=False)}: an instalment on a loan, "
        f"of which "
        f"{money(interest, cents=False)} is interest of this month."
    ), {"Loans payable": principal, "Interest expense": interest, "Cash": -principal - interest}


def _worn(rng: Random) -> Entry:
    life, yearly = rng.randint(4, 10), _sum(rng, 5, 90)
    salvage = _sum(rng, 5, 30)
    return (
        f"A year's straight-line depreciation is recorded on equipment that cost "
        f"{money(life * yearly + salvage, cents=False)}, lasts {life} years and will be sold for "
        f"{money(salvage, cents=False)} then."
    ), {"Depreciation expense": yearly, "Accumulated depreciation": -yearly}


def _accrued(rng: Random) -> Entry:
    principal, quarters, months = (
        1200 * rng.randint(10, 300),
        rng.randint(10, 36),
        rng.randint(1, 5),
    )
    interest = principal * quarters * months // 4800
    return (
        f"Interest of {months} month{'s' if months > 1 else ''} (twelfths of a year) at "
        f"{quarters / 4:g}% a "
        f"year on a loan of {money(principal, cents=False)} has accrued and is not yet paid; "
        f"round down to "
        "whole dollars."
    ), {"Interest expense": interest, "Interest payable": -interest}


def _disposed(rng: Random) -> Entry:
    cost = _sum(rng, 60, 400)
    worn = cost * rng.randint(30, 80) // 100
    gain = rng.choice((-1, 1)) * rng.randint(1, (cost - worn) * 8 // 10)
    account = "Gain on disposal" if gain > 0 else "Loss on disposal"
    return (
        f"Equipment that had cost {money(cost, cents=False)}, with accumulated depreciation of "
        f"{money(worn, cents=False)}, was sold for {money(cost - worn + gain, cents=False)} in "
        f"cash."
    ), {
        "Cash": cost - worn + gain, "Accumulated depreciation": worn, "Equipment": -cost,
        account: -gain,
    }  # fmt: skip


KINDS: tuple[tuple[Callable[[Random], Entry], ...], ...] = (
    (_shares, _borrowed, _rent, _collected),
    (_stock, _equipment, _insurance, _wages),
    (_sale, _repaid, _worn),
    (_accrued, _disposed),
)
"""Kinds of transactions, the simplest first; a level draws from as many rows."""


class JournalEntries(Family):
    """Journal entries that book a company's transactions, debits equal to credits."""

    name = "journals.entries"
    domain = "finance"
    levels = (1, 2, 3, 4, 5)
    verifier = "plan"
    card = Card(
        licence="Apache-2.0",
        source="generated",
        chance_level=0.01,
        pitfalls=(
            "The chart of accounts is given; practice knows several bookings for one transaction.",
            "No second derivation: an entry is written down with its transaction, and balances.",
        ),
    )

    def generate(self, rng: Random, level: int) -> Problem:
        """Two to six transactions of the kinds that the level has."""
        kinds = [kind for row in KINDS[:level] for kind in row]
        newest = KINDS[min(level, len(KINDS)) - 1]
        drawn = [rng.choice(newest), *(rng.choice(kinds) for _ in range(level))]
        rng.shuffle(drawn)
        entries = [kind(rng) for kind in drawn]
        used = {account for _, entry in entries for account in entry}
        others = [account for account in ACCOUNTS if account not in used]
        chart = sorted({*used, *rng.sample(others, min(3 + level, len(others)))})
        told = "\n".join(f"{i}. {text}" for i, (text, _) in enumerate(entries, 1))
        return self.problem(
            level,
            f"Book these transactions of a company in its journal.\n{told}\nThe accounts are: "
            f'{", ".join(chart)}.\nGive a JSON object with the key "entries": an array with an '
            f"object for "
            'each line, which has "transaction" (its number), "account", and either "debit" or '
            '"credit" (in '
            "dollars).",
            json.dumps({"kind": "journal", "transactions": [entry for _, entry in entries]}),
            methods="each entry is written with its transaction, and balances",
        )

    def right(self, problem: Problem) -> tuple[str, ...]:
        """The entries as they are, and last to first after some thought."""
        lines = _lines(msgspec.json.decode(problem.ground_truth)["transactions"])
        return (
            json.dumps({"entries": lines}),
            f"<think>Debit "
            f"cash?</think>Booked:\n```json\n{json.dumps({'entries': lines[::-1]})}\n```",
        )

    def wrong(self, problem: Problem, rng: Random) -> str:
        """Debits and credits exchanged in one transaction, which still balances."""
        transactions = msgspec.json.decode(problem.ground_truth)["transactions"]
        at = rng.randrange(len(transactions))
        transactions[at] = {name: -amount for name, amount in transactions[at].items()}
        return json.dumps({"entries": _lines(transactions)})

    def trivial(self) -> dict[str, str]:
        """Nothing booked, and cash against sales."""
        lines = _lines([{"Cash": 1000, "Sales": -1000}])
        return {
            "nothing": json.dumps({"entries": []}),
            "cash and sales": json.dumps({"entries": lines}),
        }


def _lines(transactions: list[dict[str, int]]) -> list[dict[str, str | int]]:
    return [
        {"transaction": i, "account": account, "debit" if amount > 0 else "credit": abs(amount)}
        for i, entry in enumerate(transactions, 1)
        for account, amount in entry.items()
    ]
