"""Financial statements of small companies: ratios, cash flows, depreciation.

statements.ratios       a balance sheet and an income statement    ->  {"current ratio": 1.84, ...}
statements.cash_flow    two balance sheets and what lay between    ->  {"operating": 182000, ...}
assets.depreciation     cost, life, salvage value and a method     ->  a charge, or a book value

Every statement is made from transactions, so that it balances; amounts are whole dollars.
"""

from fractions import Fraction
from random import Random

from gen.domains.finance.base import (
    CENTS,
    DOLLARS,
    Amount,
    Draft,
    Fields,
    FinanceFamily,
    draft,
    exact,
    money,
    percent,
)


def _company(rng: Random) -> dict[str, int]:
    """A year's income statement and the balance sheet at its end, in dollars."""
    revenue = 1000 * rng.randint(400, 9000)
    cost = revenue * rng.randint(45, 75) // 100
    operating = revenue * rng.randint(8, 18) // 100
    depreciation = revenue * rng.randint(2, 6) // 100
    interest = revenue * rng.randint(1, 3) // 100
    tax = (revenue - cost - operating - depreciation - interest) * rng.randint(18, 30) // 100
    cash, receivables, inventory = (revenue * rng.randint(4, 20) // 100 for _ in range(3))
    plant = revenue * rng.randint(30, 70) // 100
    payables, notes = revenue * rng.randint(4, 12) // 100, revenue * rng.randint(3, 9) // 100
    debt = revenue * rng.randint(10, 25) // 100
    return {
        "Revenue": revenue,
        "Cost of goods sold": cost,
        "Operating expenses": operating,
        "Depreciation": depreciation,
        "Interest expense": interest,
        "Income tax": tax,
        "Cash": cash,
        "Accounts receivable": receivables,
        "Inventory": inventory,
        "Property, plant and equipment (net)": plant,
        "Accounts payable": payables,
        "Notes payable within a year": notes,
        "Long-term debt": debt,
        "Shareholders' equity": cash + receivables + inventory + plant - payables - notes - debt,
    }


class Ratios(FinanceFamily):
    """Ratios of a company's statements, each defined in the prompt, items in any order."""

    name = "statements.ratios"
    methods = "from the items against identities between ratios (DuPont and others)"
    card = exact("Ratios have rival definitions: the one meant stands in the prompt.")

    def draw(self, rng: Random, level: int) -> Draft:
        """As many ratios as the level and one more."""
        items = _company(rng)
        first, second = _ratios(items), _ratios_by_identities(items)
        names = rng.sample(sorted(first), level + 1)
        shown = rng.sample(sorted(items), len(items))
        lines = "\n".join(f"{name}: {money(items[name], cents=False)}" for name in shown)
        asked = ", ".join(f'"{name}" ({_MEANINGS[name]})' for name in names)
        prompt = (
            "These are all items of a company's income statement for a year and of its balance "
            "sheet at "
            f"the end of it.\n{lines}\nGive a JSON object with {asked}; ratios as decimal "
            f"fractions with "
            "at least four significant digits."
        )
        answer = {name: first[name] for name in names}
        slips = [
            {**answer, name: _slipped(items)[name]} for name in names if name in _slipped(items)
        ] or [{**answer, names[0]: 1 / first[names[0]]}]
        form = Fields({name: Amount(relative=0.001, unit=_UNITS.get(name)) for name in names})
        return draft(prompt, answer, form, second={n: second[n] for n in names}, near=slips)


_UNITS = {"days of inventory": "days"}

_MEANINGS = {
    "current ratio": "current assets over current liabilities",
    "quick ratio": "current assets without inventory over current liabilities",
    "gross margin": "gross profit over revenue",
    "operating margin": "earnings before interest and tax over revenue",
    "net margin": "net income over revenue",
    "asset turnover": "revenue over total assets",
    "return on equity": "net income over shareholders' equity",
    "return on assets": "net income over total assets",
    "debt to equity": "all liabilities over shareholders' equity",
    "interest coverage": "earnings before interest and tax over interest expense",
    "days of inventory": "inventory over cost of goods sold, times 365",
    "EBITDA margin": "earnings before interest, tax, depreciation and amortisation over revenue",
}


def _ratios(items: dict[str, int]) -> dict[str, float]:
    revenue, cost = items["Revenue"], items["Cost of goods sold"]
    ebitda = revenue - cost - items["Operating expenses"]
    ebit = ebitda - items["Depreciation"]
    net = ebit - items["Interest expense"] - items["Income tax"]
    current = items["Cash"] + items["Accounts receivable"] + items["Inventory"]
    due = items["Accounts payable"] + items["Notes payable within a year"]
    assets = current + items["Property, plant and equipment (net)"]
    equity = items["Shareholders' equity"]
    return {
        "current ratio": current / due,
        "quick ratio": (current - items["Inventory"]) / due,
        "gross margin": (revenue - cost) / revenue,
        "operating margin": ebit / revenue,
        "net margin": net / revenue,
        "asset turnover": revenue / assets,
        "return on equity": net / equity,
        "return on assets": net / assets,
        "debt to equity": (due + items["Long-term debt"]) / equity,
        "interest coverage": ebit / items["Interest expense"],
        "days of inventory": 365 * items["Inventory"] / cost,
        "EBITDA margin": ebitda / revenue,
    }


def _ratios_by_identities(items: dict[str, int]) -> dict[str, float]:
    """Total assets from the other side of the balance sheet, margins from the bottom up."""
    share = {name: amount / items["Revenue"] for name, amount in items.items()}
    owed = ("Accounts payable", "Notes payable within a year", "Long-term debt")
    assets = sum(share[name] for name in (*owed, "Shareholders' equity"))
    leverage = assets / share["Shareholders' equity"]
    spent = ("Operating expenses", "Depreciation", "Interest expense", "Income tax")
    gross = 1 - share["Cost of goods sold"]
    net = gross - sum(share[name] for name in spent)
    operating = net + share["Interest expense"] + share["Income tax"]
    due = sum(share[name] for name in owed[:2])
    quick = (share["Cash"] + share["Accounts receivable"]) / due
    return {
        "current ratio": quick + share["Inventory"] / due,
        "quick ratio": quick,
        "gross margin": gross,
        "operating margin": operating,
        "net margin": net,
        "asset turnover": 1 / assets,
        "return on equity": net * (1 / assets) * leverage,
        "return on assets": net / assets,
        "debt to equity": leverage - 1,
        "interest coverage": operating / share["Interest expense"],
        "days of inventory": 365 / (share["Cost of goods sold"] / share["Inventory"]),
        "EBITDA margin": operating + share["Depreciation"],
    }


def _slipped(items: dict[str, int]) -> dict[str, float]:
    """What forgets an item, as a hurried reader does."""
    right = _ratios(items)
    without_notes = {**items, "Notes payable within a year": 0}
    untaxed = {**items, "Income tax": 0}
    return {
        "current ratio": _ratios(without_notes)["current ratio"],
        "quick ratio": right["current ratio"],
        "net margin": _ratios(untaxed)["net margin"],
        "return on equity": right["return on assets"],
        "debt to equity": items["Long-term debt"] / items["Shareholders' equity"],
        "operating margin": right["EBITDA margin"],
        "EBITDA margin": right["operating margin"],
    }


class CashFlow(FinanceFamily):
    """A statement of cash flows by the indirect method, from two balance sheets."""

    name = "statements.cash_flow"
    methods = "the indirect method against the direct one, from what was paid and collected"
    card = exact("Interest and tax count as operating, dividends as financing, as in US GAAP.")

    def draw(self, rng: Random, level: int) -> Draft:
        """Operating cash; from level 2 on all three parts; more items as the level rises."""
        before = {
            name: 1000 * rng.randint(200, 900)
            for name in ("Cash", "Accounts receivable", "Inventory", "Plant", "Accounts payable")
        }
        owing = {"Prepaid expenses": 2, "Accrued wages": 3, "Income tax payable": 4}
        before |= {
            name: 1000 * rng.randint(20, 60) for name, since in owing.items() if level >= since
        }
        moves = {name: 1000 * rng.choice((-1, 1)) * rng.randint(1, 18) for name in before}
        goods, wages, services, tax, worn = (1000 * rng.randint(20, 160) for _ in range(5))
        bought, borrowed = 1000 * rng.randint(5, 200), 1000 * rng.randint(-60, 150)
        dividends, sold_book, gain = (1000 * rng.randint(1, 20) for _ in range(3))
        if level < 5:
            sold_book = gain = 0
        net = 1000 * rng.randint(30, 500)
        revenue = net + goods + wages + services + tax + worn - gain
        owed = ("Accounts payable", "Accrued wages", "Income tax payable")
        signs = {
            name: 1 if name in owed else -1 for name in before if name not in ("Cash", "Plant")
        }
        operating = net + worn - gain + sum(sign * moves[name] for name, sign in signs.items())
        investing = sold_book + gain - bought
        financing = borrowed - dividends
        # The second way: what customers, suppliers, staff and the state paid or were paid.
        collected = revenue - moves["Accounts receivable"]
        suppliers = goods + moves["Inventory"] - moves["Accounts payable"]
        others = services + moves.get("Prepaid expenses", 0)
        staff_and_state = wages + tax - sum(moves.get(name, 0) for name in owed[1:])
        after = {name: before[name] + moves[name] for name in before}
        after["Plant"] = before["Plant"] + bought - worn - sold_book
        after["Cash"] = before["Cash"] + operating + investing + financing
        if min(after.values()) <= 0:
            return self.draw(rng, level)
        table = "\n".join(
            f"{_FULL.get(name, name)}: {money(before[name], cents=False)} before, "
            f"{money(after[name], cents=False)} after"
            for name in before
        )
        told = [
            f"Net income was {money(net, cents=False)}, after depreciation of "
            f"{money(worn, cents=False)}",
            f"plant was bought for {money(bought, cents=False)} in cash",
            f"{'new loans brought' if borrowed >= 0 else 'loans repaid took'} "
            f"{money(abs(borrowed), cents=False)}",
            f"dividends of {money(dividends, cents=False)} were paid",
        ]
        if gain:
            told.append(
                f"equipment with a book value of {money(sold_book, cents=False)} was sold for "
                f"{money(sold_book + gain, cents=False)} in cash, the gain being part of net income"
            )
        parts = {"operating": operating, "investing": investing, "financing": financing}
        by_payer = collected - suppliers - others - staff_and_state
        again = {
            "operating": by_payer,
            "investing": -(after["Plant"] - before["Plant"] + worn - gain),
            "financing": after["Cash"] - before["Cash"] - by_payer - investing,
        }
        shown_cash = table if level > 1 else "\n".join(table.splitlines()[1:])
        names = list(parts) if level > 1 else ["operating"]
        prompt = (
            f"A company's balances before and after a year:\n{shown_cash}\n{'; '.join(told)}. "
            f"Nothing else "
            "happened but ordinary business. By the indirect method (US GAAP), give the cash "
            "flow in "
            f"dollars, outflows negative, as a JSON object with "
            f"{', '.join(_PARTS[name] for name in names)}."
        )
        answer = {name: parts[name] for name in names}
        slips = [
            {
                **answer,
                "operating": net + worn - gain - sum(s * moves[n] for n, s in signs.items()),
            },
            {**answer, "operating": operating - worn},
            {**answer, "operating": operating + 2 * signs["Inventory"] * -moves["Inventory"]},
        ]
        form = Fields({name: DOLLARS for name in names})
        return draft(prompt, answer, form, second={n: again[n] for n in names}, near=slips)


_FULL = {"Plant": "Plant and equipment (net)"}
_PARTS = {
    "operating": '"operating" (from operating activities)',
    "investing": '"investing" (from investing activities)',
    "financing": '"financing" (from financing activities)',
}


class Depreciation(FinanceFamily):
    """Charges and book values of an asset by the methods of the textbooks."""

    name = "assets.depreciation"
    methods = "closed form against the schedule, year by year, in fractions"
    card = exact(
        "Double declining balance switches to straight line only where the prompt says so."
    )

    def draw(self, rng: Random, level: int) -> Draft:
        """Straight line; sum of years' digits; double declining; with a switch; and a sale."""
        life = rng.randint(4, 6) + level
        cost = Fraction(100 * rng.randint(80, 3000))
        salvage = Fraction(100 * round(cost * rng.randint(4, 12) / 10_000))
        year = rng.randint(2, life - 1)
        if level == 1:
            months = rng.randint(2, 11)
            told = (
                f"by the straight-line method. It was put into service {months} months before "
                f"the end of "
                f"the first year, in which it is charged for these months only"
            )
            charge = (cost - salvage) / life
            value = cost - charge * (Fraction(months, 12) + year - 1)
            again = cost - sum(
                (charge * Fraction(months, 12) if i == 1 else charge for i in range(1, year + 1)),
                Fraction(0),
            )
            asked, near = (
                f"its book value at the end of year {year}",
                [cost - charge * year, cost / life],
            )
        elif level == 2:
            told = "by the method of the sum of the years' digits"
            digits = Fraction(life * (life + 1), 2)
            left = Fraction((life - year) * (life - year + 1), 2)
            value = salvage + (cost - salvage) * left / digits
            again = cost - sum(
                ((cost - salvage) * (life - i + 1) / digits for i in range(1, year + 1)),
                Fraction(0),
            )
            asked = f"its book value at the end of year {year}"
            near = [cost - (cost - salvage) * year / digits, cost * left / digits]
        elif level == 3:
            told = (
                "by the double declining balance method, without a switch and never below the "
                "salvage value"
            )
            value = max(cost * (1 - Fraction(2, life)) ** year, salvage)
            again = _declining(cost, salvage, life, switches=False)[year]
            asked = f"its book value at the end of year {year}"
            near = [
                cost * (1 - Fraction(1, life)) ** year,
                cost - 2 * (cost - salvage) * year / life,
            ]
        else:
            told = (
                "by the double declining balance method, switching to the straight-line method "
                "over the "
                "years left (down to the salvage value) in the first year in which that charges "
                "more, and "
                "never below the salvage value"
            )
            books = _declining(cost, salvage, life, switches=True)
            value, again = books[year], _switched(cost, salvage, life, year)
            asked = f"its book value at the end of year {year}"
            near = [max(cost * (1 - Fraction(2, life)) ** year, salvage), books[year - 1]]
            if level == 5:
                price = Fraction(100 * round(cost * rng.randint(5, 60) / 10_000))
                tax = Fraction(rng.randint(18, 35), 100)
                told += (
                    f". At the end of year {year} it is sold for {money(price)}; gains are taxed "
                    f"at "
                    f"{percent(tax)}, and losses lower the tax on other income at that rate"
                )
                asked = "the cash that the sale brings after tax"
                value, again = price - tax * (price - value), (1 - tax) * price + tax * again
                near = [price * (1 - tax), price, price + tax * (price - books[year])]
        prompt = (
            f"An asset that cost {money(cost, cents=False)} has a life of {life} years and a "
            f"salvage value of "
            f"{money(salvage, cents=False)}. It is depreciated {told}.\nWhat is {asked}, in "
            f"dollars to the "
            "cent?"
        )
        return draft(prompt, float(value), CENTS, second=float(again), near=[*map(float, near)])


def _declining(cost: Fraction, salvage: Fraction, life: int, *, switches: bool) -> list[Fraction]:
    """Book values at the end of each year, the cost first."""
    books = [cost]
    for done in range(life):
        charge = books[-1] * 2 / life
        if switches:
            charge = max(charge, (books[-1] - salvage) / (life - done))
        books.append(max(books[-1] - charge, salvage))
    return books


def _switched(cost: Fraction, salvage: Fraction, life: int, year: int) -> Fraction:
    """The same in closed form: once straight line charges more, everything after is a line."""
    kept = 1 - Fraction(2, life)
    when = next(
        (
            done
            for done in range(life)
            if cost * kept**done - salvage >= Fraction(2 * (life - done), life) * cost * kept**done
        ),
        life,
    )
    if year <= when:
        return max(cost * kept**year, salvage)
    start = max(cost * kept**when, salvage)
    return start - (start - salvage) * Fraction(year - when, life - when)
