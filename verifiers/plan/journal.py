"""Journal entries: debits equal credits, and every transaction moves what it should.

    {"kind": "journal", "transactions": [{"Equipment": 5000, "Cash": -2000, "Loans": -3000}]}
    answered by   {"entries": [{"transaction": 1, "account": "Equipment", "debit": 5000},
                               {"transaction": 1, "account": "Cash", "credit": 2000},
                               {"transaction": 1, "account": "Loans", "credit": 3000}]}

A transaction is told as what each account is debited on balance, credits being negative. A line
debits or credits one account; the transactions are numbered from 1, and a single one need not be.
"""

from collections import defaultdict
from fractions import Fraction
from typing import Any

from verifiers.plan.answers import Infeasible, Malformed, exact, listed, value_of, whole_number
from verifiers.plan.shape import Shaped

MOST_LINES = 500


class Journal(Shaped, frozen=True, tag="journal", tag_field="kind"):
    """Balanced entries that leave each account as it should be; account names ignore case."""

    transactions: tuple[dict[str, float], ...]

    def __post_init__(self) -> None:
        self.check_shape()
        if not self.transactions or not all(self.transactions):
            raise ValueError("there must be a transaction, each moving something")
        if any(sum(map(exact, one.values())) for one in self.transactions):
            raise ValueError("a transaction's debits must equal its credits")

    def objective(self, answer: Any) -> None:
        """Nothing to optimise; raises Malformed, Infeasible."""
        lines = listed(value_of(answer, "entries"), None, "entries")
        if len(lines) > MOST_LINES:
            raise Malformed(f"more than {MOST_LINES} lines")
        moved: list[dict[str, Fraction]] = [defaultdict(Fraction) for _ in self.transactions]
        for place, line in enumerate(lines):
            number, account, amount = self._read(line, f"entries[{place}]")
            moved[number - 1][account] += amount
        for number, (wanted, given) in enumerate(zip(self.transactions, moved, strict=True), 1):
            if off := sum(given.values()):
                raise Infeasible(f"transaction {number}: debits exceed credits by {float(off):g}")
            if {name: amount for name, amount in given.items() if amount} != _folded(wanted):
                raise Infeasible(f"transaction {number}: an account is not moved as it should be")

    def _read(self, line: Any, name: str) -> tuple[int, str, Fraction]:
        """The transaction's number, the account, and what it is debited."""
        if not isinstance(line, dict) or not isinstance(line.get("account"), str):
            raise Malformed(f"{name} names no account")
        number = whole_number(line.get("transaction", 1), f"{name}.transaction")
        if not 1 <= number <= len(self.transactions) or (
            "transaction" not in line and len(self.transactions) > 1
        ):
            raise Malformed(f"{name}.transaction must be 1 to {len(self.transactions)}")
        debit, credit = (
            exact(line.get(side) or 0, f"{name}.{side}") for side in ("debit", "credit")
        )
        if min(debit, credit) < 0 or (debit > 0) == (credit > 0):
            raise Malformed(f"{name} must either debit or credit an amount above 0")
        return number, _fold(line["account"]), debit - credit


def _fold(account: str) -> str:
    return " ".join(account.casefold().split())


def _folded(transaction: dict[str, float]) -> dict[str, Fraction]:
    return {_fold(name): exact(amount) for name, amount in transaction.items() if amount}
