"""Small schemas that questions are asked of: two tables of things, and one of what joins them.

SHOP.many.name              ->  "orders"       each row belongs to one customer and one product
SHOP.statements()           ->  ["CREATE TABLE customers (id INTEGER PRIMARY KEY, ...)", ...]
"""

from typing import NamedTuple


class Field(NamedTuple):
    """A column: `noun` is what it is called in English; `values` its only values, of a text."""

    name: str
    type: str
    noun: str
    values: tuple[str, ...] = ()
    required: bool = True
    range: tuple[int, int] = (1, 100)


class Entity(NamedTuple):
    """A table: what one of its rows is called, and several."""

    name: str
    one: str
    several: str
    fields: tuple[Field, ...]

    def of(self, *types: str) -> list[Field]:
        """Its fields of some types; a text with few values counts as a CATEGORY."""
        return [field for field in self.fields if _kind(field) in types]


class Schema(NamedTuple):
    """`many` refers to `first` and to `second`, each by a column named after one of them."""

    first: Entity
    second: Entity
    many: Entity

    def statements(self) -> list[str]:
        """The CREATE TABLE statements, one column a line."""
        return [
            _statement(self.first),
            _statement(self.second),
            _statement(self.many, self.first, self.second),
        ]

    def domains(self) -> dict[str, tuple[str, ...]]:
        """The only values of texts that have few, for the databases."""
        return {
            f"{entity.name}.{field.name}": field.values
            for entity in self
            for field in entity.fields
            if field.values
        }


def key(entity: Entity) -> str:
    """The name of the column that refers to an entity."""
    return f"{entity.one.replace(' ', '_')}_id"


def _kind(field: Field) -> str:
    return "CATEGORY" if field.values else "DECIMAL" if "DECIMAL" in field.type else field.type


def _statement(entity: Entity, *others: Entity) -> str:
    columns = ["id INTEGER PRIMARY KEY"]
    columns += [f"{key(one)} INTEGER NOT NULL REFERENCES {one.name}(id)" for one in others]
    columns += [
        f"{one.name} {one.type}{' NOT NULL' if one.required else ''}" for one in entity.fields
    ]
    return f"CREATE TABLE {entity.name} (\n  " + ",\n  ".join(columns) + "\n)"


def _text(name: str, noun: str, *values: str, required: bool = True) -> Field:
    return Field(name, "VARCHAR", noun, values, required)


def _whole(name: str, noun: str, low: int, high: int, *, required: bool = True) -> Field:
    return Field(name, "INTEGER", noun, (), required, (low, high))


def _money(name: str, noun: str, low: int, high: int, *, required: bool = True) -> Field:
    return Field(name, "DECIMAL(8,2)", noun, (), required, (low, high))


def _day(name: str, noun: str, *, required: bool = True) -> Field:
    return Field(name, "DATE", noun, (), required)


SCHEMAS = (
    Schema(
        Entity("customers", "customer", "customers", (
            _text("name", "name"),
            _text("city", "city", "Bergen", "Lima", "Osaka", "Turin", "Accra", required=False),
            _whole("age", "age", 18, 80, required=False),
            _day("joined", "day of joining"),
        )),
        Entity("products", "product", "products", (
            _text("name", "name"),
            _text("category", "category", "tools", "toys", "books", "food"),
            _money("price", "price", 5, 200),
            _whole("weight", "weight in grams", 50, 900, required=False),
        )),
        Entity("orders", "order", "orders", (
            _whole("quantity", "quantity", 1, 20),
            _day("placed", "day of placing"),
            _text("status", "status", "open", "paid", "sent", "returned"),
            _money("discount", "discount", 1, 30, required=False),
        )),
    ),
    Schema(
        Entity("members", "member", "members", (
            _text("name", "name"),
            _text("plan", "plan", "basic", "student", "family"),
            _whole("birth_year", "year of birth", 1940, 2010, required=False),
            _day("enrolled", "day of enrolment"),
        )),
        Entity("books", "book", "books", (
            _text("title", "title"),
            _text("genre", "genre", "crime", "poetry", "history", "science", required=False),
            _whole("pages", "number of pages", 80, 900),
            _money("value", "value", 5, 90, required=False),
        )),
        Entity("loans", "loan", "loans", (
            _day("taken", "day of taking"),
            _day("returned", "day of return", required=False),
            _whole("renewals", "number of renewals", 1, 6),
            _text("branch", "branch", "north", "south", "harbour"),
        )),
    ),
    Schema(
        Entity("drivers", "driver", "drivers", (
            _text("name", "name"),
            _text("base", "base", "Leeds", "Ghent", "Porto", "Tartu"),
            _whole("years", "years of service", 1, 35, required=False),
            _money("wage", "hourly wage", 12, 48),
        )),
        Entity("vehicles", "vehicle", "vehicles", (
            _text("plate", "plate"),
            _text("fuel", "fuel", "diesel", "electric", "hydrogen", required=False),
            _whole("seats", "number of seats", 2, 60),
            _day("bought", "day of buying"),
        )),
        Entity("trips", "trip", "trips", (
            _whole("distance", "distance in kilometres", 5, 600),
            _whole("passengers", "number of passengers", 1, 55, required=False),
            _day("made", "day of the trip"),
            _text("purpose", "purpose", "school", "line", "charter"),
        )),
    ),
    Schema(
        Entity("sites", "site", "sites", (
            _text("name", "name"),
            _text("region", "region", "coast", "plain", "hills", "delta"),
            _whole("altitude", "altitude in metres", 1, 900),
            _day("opened", "day of opening", required=False),
        )),
        Entity("sensors", "sensor", "sensors", (
            _text("code", "code"),
            _text("kind", "kind", "wind", "rain", "heat", "dust"),
            _money("cost", "cost", 20, 400, required=False),
            _whole("channels", "number of channels", 1, 12),
        )),
        Entity("readings", "reading", "readings", (
            _whole("level", "level", 1, 60, required=False),
            _money("drift", "drift", 1, 15),
            _day("taken", "day of taking"),
            _text("quality", "quality", "good", "fair", "poor"),
        )),
    ),
    Schema(
        Entity("teachers", "teacher", "teachers", (
            _text("name", "name"),
            _text("subject", "subject", "music", "maths", "art", "sport"),
            _whole("hours", "weekly hours", 4, 30),
            _money("pay", "monthly pay", 900, 4000, required=False),
        )),
        Entity("pupils", "pupil", "pupils", (
            _text("name", "name"),
            _text("form", "form", "1a", "1b", "2a", "2b", required=False),
            _whole("height", "height in centimetres", 110, 190),
            _day("born", "day of birth"),
        )),
        Entity("lessons", "lesson", "lessons", (
            _whole("minutes", "length in minutes", 15, 120),
            _whole("mark", "mark", 1, 6, required=False),
            _day("held", "day of holding"),
            _text("room", "room", "hall", "lab", "attic", "yard"),
        )),
    ),
)  # fmt: skip
