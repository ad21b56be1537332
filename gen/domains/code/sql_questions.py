"""Questions of a schema in English, each with a query, another query for the same, and wrong ones.

    ask(SCHEMAS[0], 1, Random(0))
    ->  Question(text="List the id and price of every product whose price is more than 50 ...",
                 query="SELECT t.id, t.price FROM products t WHERE t.price > 50 ...",
                 other="SELECT id, price FROM products EXCEPT ...", wrong=("... >= 50 ...", ...))

A level is a kind of thing that the query needs: a filter; a join; groups; what is missing, and
sets; windows and comparisons with one's own group. `other` reaches the same by other means.
"""

from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from gen.domains.code.sql_schemas import Entity, Field, Schema, key


class Question(NamedTuple):
    """What is asked, and queries that are right, right by other means, and wrong."""

    text: str
    query: str
    other: str
    wrong: tuple[str, ...]
    ordered: bool = False


class Condition(NamedTuple):
    """A condition on one table: in English, in SQL, a way to deny it, and near misses in SQL."""

    text: str
    sql: str
    denied: str
    near: tuple[str, ...]


def ask(schema: Schema, level: int, rng: Random) -> Question:
    """Draw a question of a level."""
    return rng.choice(LEVELS[level])(schema, rng)


def condition(entity: Entity, alias: str, rng: Random, *, but: str = "") -> Condition:
    """A condition on a column that is not called `but`."""
    fields = [
        field for field in entity.of("INTEGER", "DECIMAL", "CATEGORY", "DATE") if field.name != but
    ]
    field = rng.choice(fields)
    column = f"{alias}.{field.name}"
    if not field.required and rng.random() < 0.2:
        return Condition(
            f"whose {field.noun} is missing", f"{column} IS NULL", f"{column} IS NOT NULL",
            (f"{column} IS NOT NULL", f"{column} = NULL"),
        )  # fmt: skip
    if field.values:
        value = rng.choice(field.values)
        if rng.random() < 0.4:
            return Condition(
                f"whose {field.noun} is known and not '{value}'",
                f"{column} <> '{value}'", f"{column} = '{value}' OR {column} IS NULL",
                (f"{column} = '{value}'", f"coalesce({column}, '') <> '{value[:-1]}'"),
            )  # fmt: skip
        return Condition(
            f"whose {field.noun} is '{value}'", f"{column} = '{value}'",
            f"{column} <> '{value}' OR {column} IS NULL",
            (f"{column} <> '{value}'", f"{column} = '{value.swapcase()}'"),
        )  # fmt: skip
    value = literal(field, rng)
    words, sign, opposite, near = rng.choice(_signs(field))
    return Condition(
        f"whose {field.noun} is {words} {value.strip(chr(39))}",
        f"{column} {sign} {written(field, value)}",
        f"{column} {opposite} {written(field, value)} OR {column} IS NULL",
        tuple(f"{column} {one} {written(field, value)}" for one in near),
    )


def _signs(field: Field) -> list[tuple[str, str, str, tuple[str, str]]]:
    if field.type == "DATE":
        return [
            ("after", ">", "<=", (">=", "<")), ("before", "<", ">=", ("<=", ">")),
            ("not before", ">=", "<", (">", "<=")), ("not after", "<=", ">", ("<", ">=")),
        ]  # fmt: skip
    return [
        ("more than", ">", "<=", (">=", "<")), ("less than", "<", ">=", ("<=", ">")),
        ("at least", ">=", "<", (">", "<=")), ("at most", "<=", ">", ("<", ">=")),
    ]  # fmt: skip


def literal(field: Field, rng: Random) -> str:
    """A value of a field to compare with."""
    if field.type == "DATE":
        return f"'{date(2022, 3, 1) + timedelta(days=rng.randrange(900))}'"
    return str(rng.randint(*field.range))


def written(field: Field, value: str) -> str:
    """A value as SQL."""
    return f"DATE {value}" if field.type == "DATE" else value


def _number(entity: Entity, rng: Random) -> Field:
    return rng.choice(entity.of("INTEGER", "DECIMAL"))


def _category(entity: Entity, rng: Random) -> Field:
    return rng.choice(entity.of("CATEGORY"))


def filtered(schema: Schema, rng: Random) -> Question:
    """Rows of one table."""
    entity = rng.choice(schema)
    shown = rng.choice([field for field in entity.fields])
    first = condition(entity, "t", rng)
    second = condition(entity, "t", rng, but=first.sql.split(".")[1].split(" ")[0])
    both = rng.random() < 0.6
    word, sql = ("and", "AND") if both else ("or", "OR")
    start = f"SELECT t.id, t.{shown.name} FROM {entity.name} t WHERE"
    if both:
        other = f"{start} NOT ({first.denied}) INTERSECT {start} NOT ({second.denied})"
    else:
        other = f"{start} NOT ({first.denied}) UNION {start} NOT ({second.denied})"
    return Question(
        f"List the id and the {shown.noun} of every {entity.one} {first.text} {word} "
        f"{second.text}.",
        f"{start} {first.sql} {sql} {second.sql}",
        other,
        (
            f"{start} {first.near[0]} {sql} {second.sql}",
            f"{start} {first.sql} {sql} {second.near[1]}",
            f"{start} {first.sql} {'OR' if both else 'AND'} {second.sql}",
            f"{start} {first.sql}",
        ),
    )


def counted(schema: Schema, rng: Random) -> Question:
    """One number about one table."""
    entity = rng.choice(schema)
    field, where = _number(entity, rng), condition(entity, "t", rng)
    words, function = rng.choice(
        (("largest", "max"), ("smallest", "min"), ("average", "avg"), ("sum of the", "sum"))
    )
    start = f"FROM {entity.name} t WHERE {where.sql}"
    return Question(
        f"In one row, give the number of {entity.several} {where.text}, and the {words} "
        f"{field.noun} "
        f"of them (NULL if there is none to take it of).",
        f"SELECT count(*), {function}(t.{field.name}) {start}",
        f"SELECT (SELECT count(*) {start}), (SELECT {function}(t.{field.name}) {start})",
        (
            f"SELECT count(t.{field.name}) + 1, {function}(t.{field.name}) {start}",
            f"SELECT count(*), {'min' if function != 'min' else 'max'}(t.{field.name}) {start}",
            f"SELECT count(*), {function}(t.{field.name}) FROM {entity.name} t WHERE "
            f"{where.near[0]}",
            f"SELECT count(*), coalesce({function}(t.{field.name}), 0) {start}",
        ),
    )


def joined(schema: Schema, rng: Random) -> Question:
    """Rows of the joining table, with a column of another."""
    many, one = schema.many, rng.choice((schema.first, schema.second))
    shown, where, also = rng.choice(one.fields), condition(one, "o", rng), condition(many, "m", rng)
    start = (
        f"SELECT m.id, o.{shown.name} FROM {many.name} m JOIN {one.name} o ON o.id = m.{key(one)}"
    )
    return Question(
        f"List the id of every {many.one} {also.text}, of a {one.one} {where.text}, together "
        "with the "
        f"{shown.noun} of that {one.one}.",
        f"{start} WHERE {also.sql} AND {where.sql}",
        f"SELECT m.id, (SELECT o.{shown.name} FROM {one.name} o WHERE o.id = m.{key(one)}) "
        f"FROM {many.name} m WHERE {also.sql} AND m.{key(one)} IN "
        f"(SELECT o.id FROM {one.name} o WHERE {where.sql})",
        (
            f"{start} WHERE {also.sql}",
            f"{start} WHERE {also.sql} AND {where.near[0]}",
            f"{start} WHERE {also.near[0]} AND {where.sql}",
            f"{start.replace(f'o.id = m.{key(one)}', 'o.id = m.id')} WHERE {also.sql} AND "
            f"{where.sql}",
        ),
    )


def distinct_ones(schema: Schema, rng: Random) -> Question:
    """Things that have something, each once."""
    many, one = schema.many, rng.choice((schema.first, schema.second))
    where = condition(many, "m", rng)
    start = f"FROM {one.name} o JOIN {many.name} m ON m.{key(one)} = o.id WHERE"
    return Question(
        f"List the id of every {one.one} that has at least one {many.one} {where.text}. Each "
        "id must "
        "stand once.",
        f"SELECT DISTINCT o.id {start} {where.sql}",
        f"SELECT o.id FROM {one.name} o WHERE EXISTS (SELECT 1 FROM {many.name} m "
        f"WHERE m.{key(one)} = o.id AND {where.sql})",
        (
            f"SELECT o.id {start} {where.sql}",
            f"SELECT DISTINCT o.id {start} {where.near[0]}",
            f"SELECT DISTINCT m.id {start} {where.sql}",
        ),
    )


def grouped(schema: Schema, rng: Random) -> Question:
    """Groups that are large enough."""
    many, one = schema.many, rng.choice((schema.first, schema.second))
    group, value, least = _category(one, rng), _number(many, rng), rng.randint(2, 9)
    column = f"o.{group.name}"
    start = f"FROM {many.name} m JOIN {one.name} o ON o.id = m.{key(one)}"
    made = f"SELECT {column}, count(*), sum(m.{value.name}) {start} WHERE {column} IS NOT NULL"
    end = f"GROUP BY {column} HAVING count(*)"
    return Question(
        f"For every known {group.noun} of {one.several} that have, taken together, at least "
        f"{least} "
        f"{many.several}: give the {group.noun}, the number of {many.several} of its "
        f"{one.several}, and "
        f"the sum of their {value.noun} (NULL if it is missing in all of them).",
        f"{made} {end} >= {least}",
        f"SELECT * FROM (SELECT {column} AS g, count(m.id) AS n, sum(m.{value.name}) AS s {start} "
        f"GROUP BY {column}) WHERE n > {least - 1} AND g IS NOT NULL",
        (
            f"{made} {end} > {least}",
            f"{made} GROUP BY {column}",
            f"SELECT {column}, count(DISTINCT m.{key(one)}), sum(m.{value.name}) {start} "
            f"WHERE {column} IS NOT NULL {end} >= {least}",
            f"SELECT {column}, count(*), avg(m.{value.name}) {start} WHERE {column} IS NOT NULL "
            f"{end} >= {least}",
        ),
    )


def top(schema: Schema, rng: Random) -> Question:
    """The first few by a sum."""
    many, one = schema.many, rng.choice((schema.first, schema.second))
    value = rng.choice([field for field in many.of("INTEGER", "DECIMAL") if field.required])
    n = rng.randint(2, 5)
    made = f"SELECT m.{key(one)}, sum(m.{value.name}) AS s FROM {many.name} m GROUP BY m.{key(one)}"
    return Question(
        f"Which {n} {one.several} have the largest sum of the {value.noun} of their "
        f"{many.several}? Only "
        f"{one.several} with {many.several} count. Give the {one.one}'s id and the sum, the "
        "largest sum "
        "first, and the smaller id first where sums are equal.",
        f"{made} ORDER BY s DESC, m.{key(one)} LIMIT {n}",
        f"SELECT k, s FROM (SELECT k, s, row_number() OVER (ORDER BY s DESC, k) AS r FROM "
        f"(SELECT m.{key(one)} AS k, sum(m.{value.name}) AS s FROM {many.name} m GROUP BY k)) "
        f"WHERE r <= {n} ORDER BY r",
        (
            f"{made} ORDER BY s DESC, m.{key(one)} DESC LIMIT {n}",
            f"{made} ORDER BY s, m.{key(one)} LIMIT {n}",
            f"{made} ORDER BY s DESC, m.{key(one)} LIMIT {n + 1}",
            f"{made.replace('sum(', 'max(')} ORDER BY s DESC, m.{key(one)} LIMIT {n}",
        ),
        ordered=True,
    )


def with_zeros(schema: Schema, rng: Random) -> Question:
    """A count for everything, also where there is nothing."""
    many, one = schema.many, rng.choice((schema.first, schema.second))
    where = condition(many, "m", rng)
    start = f"FROM {one.name} o LEFT JOIN {many.name} m ON m.{key(one)} = o.id"
    return Question(
        f"For every {one.one}, give its id and the number of its {many.several} {where.text} "
        "(0 where "
        "there is none).",
        f"SELECT o.id, count(m.id) {start} AND {where.sql} GROUP BY o.id",
        f"SELECT o.id, (SELECT count(*) FROM {many.name} m WHERE m.{key(one)} = o.id AND "
        f"{where.sql}) "
        f"FROM {one.name} o",
        (
            f"SELECT o.id, count(m.id) {start} WHERE {where.sql} GROUP BY o.id",
            f"SELECT o.id, count(*) {start} AND {where.sql} GROUP BY o.id",
            f"SELECT o.id, count(m.id) {start} AND {where.near[0]} GROUP BY o.id",
        ),
    )


def without(schema: Schema, rng: Random) -> Question:
    """Things that lack something."""
    many, one = schema.many, rng.choice((schema.first, schema.second))
    shown, where, own = rng.choice(one.fields), condition(many, "m", rng), condition(one, "o", rng)
    inner = f"SELECT m.{key(one)} FROM {many.name} m WHERE {where.sql}"
    start = f"SELECT o.id, o.{shown.name} FROM {one.name} o"
    return Question(
        f"List the id and the {shown.noun} of every {one.one} {own.text} that has no {many.one} "
        f"{where.text}.",
        f"{start} WHERE {own.sql} AND o.id NOT IN ({inner})",
        f"{start} LEFT JOIN {many.name} m ON m.{key(one)} = o.id AND {where.sql} "
        f"WHERE m.id IS NULL AND {own.sql}",
        (
            f"{start} WHERE {own.sql} AND o.id IN ({inner})",
            f"{start} WHERE o.id NOT IN ({inner})",
            f"{start} WHERE {own.sql} AND o.id NOT IN ({inner.replace(where.sql, where.near[0])})",
            f"{start} JOIN {many.name} m ON m.{key(one)} = o.id WHERE {own.sql} AND NOT "
            f"({where.sql})",
        ),
    )


def both_sides(schema: Schema, rng: Random) -> Question:
    """Pairs of first and second that meet two conditions in different rows."""
    many, one = schema.many, rng.choice((schema.first, schema.second))
    a = condition(many, "m", rng)
    b = condition(many, "m", rng, but=a.sql.split(".")[1].split(" ")[0])
    start = f"SELECT m.{key(one)} FROM {many.name} m WHERE"
    word, sql = rng.choice((("but also none", "EXCEPT"), ("and also one", "INTERSECT")))
    test = "NOT IN" if sql == "EXCEPT" else "IN"
    return Question(
        f"List the id of every {one.one} that has a {many.one} {a.text} {word} {b.text} (which "
        f"{'may be the same or another' if sql == 'INTERSECT' else 'includes that one'}). Each "
        "id must "
        "stand once.",
        f"{start} {a.sql} {sql} {start} {b.sql}",
        f"SELECT o.id FROM {one.name} o WHERE o.id IN ({start} {a.sql}) AND o.id {test} "
        f"({start} {b.sql})",
        (
            f"{start} {a.sql} {'INTERSECT' if sql == 'EXCEPT' else 'EXCEPT'} {start} {b.sql}",
            f"SELECT DISTINCT m.{key(one)} FROM {many.name} m WHERE {a.sql} AND "
            f"{'NOT ' if sql == 'EXCEPT' else ''}({b.sql})",
            f"{start} {a.near[0]} {sql} {start} {b.sql}",
        ),
    )


def ranked(schema: Schema, rng: Random) -> Question:
    """The best in each group."""
    many, one = schema.many, rng.choice((schema.first, schema.second))
    value = rng.choice([field for field in many.of("INTEGER", "DECIMAL") if field.required])
    word, order, best = rng.choice((("largest", "DESC", "max"), ("smallest", "ASC", "min")))
    made = (
        f"SELECT m.{key(one)}, m.id, m.{value.name}, rank() OVER (PARTITION BY m.{key(one)} "
        f"ORDER BY m.{value.name} {order}) AS r FROM {many.name} m"
    )
    outer = f"SELECT {key(one)}, id, {value.name} FROM"
    return Question(
        f"For every {one.one} with {many.several}, list the {many.several} of the {word} "
        f"{value.noun} "
        f"among its own, all of them where several share it. Give the {one.one}'s id, the "
        f"{many.one}'s id and the {value.noun}.",
        f"{outer} ({made}) WHERE r = 1",
        f"SELECT m.{key(one)}, m.id, m.{value.name} FROM {many.name} m WHERE m.{value.name} = "
        f"(SELECT {best}(n.{value.name}) FROM {many.name} n WHERE n.{key(one)} = m.{key(one)})",
        (
            f"{outer} ({made.replace('rank()', 'row_number()')}) WHERE r = 1",
            f"{outer} ({made}) WHERE r <= 2",
            f"{outer} ({made.replace(order, 'ASC' if order == 'DESC' else 'DESC')}) WHERE r = 1",
            f"SELECT m.{key(one)}, min(m.id), {best}(m.{value.name}) FROM {many.name} m GROUP "
            "BY ALL",
        ),
    )


def above_own_average(schema: Schema, rng: Random) -> Question:
    """What lies above the average of its group."""
    entity = rng.choice((schema.first, schema.second))
    group, value = _category(entity, rng), _number(entity, rng)
    word, sign = rng.choice((("above", ">"), ("below", "<")))
    mean = f"avg(t.{value.name}) OVER (PARTITION BY t.{group.name})"
    shown = f"t.id, t.{group.name} AS g, t.{value.name} AS v"
    made = f"SELECT {shown}, {mean} AS mean FROM {entity.name} t"
    return Question(
        f"List the id and the {group.noun} of every {entity.one} with a known {group.noun} whose "
        f"{value.noun} is {word} the average {value.noun} of all {entity.several} of the same "
        f"{group.noun}.",
        f"SELECT id, g FROM ({made}) WHERE v {sign} mean AND g IS NOT NULL",
        f"SELECT t.id, t.{group.name} FROM {entity.name} t WHERE t.{value.name} {sign} (SELECT "
        f"avg(u.{value.name}) FROM {entity.name} u WHERE u.{group.name} = t.{group.name})",
        (
            f"SELECT id, g FROM ({made}) WHERE v {sign}= mean AND g IS NOT NULL",
            f"SELECT t.id, t.{group.name} FROM {entity.name} t WHERE t.{group.name} IS NOT "
            "NULL AND "
            f"t.{value.name} {sign} (SELECT avg({value.name}) FROM {entity.name})",
            f"SELECT id, g FROM ({made.replace('avg(', 'median(')}) WHERE v {sign} mean "
            "AND g IS NOT NULL",
        ),
    )


def running_total(schema: Schema, rng: Random) -> Question:
    """A total that grows from row to row."""
    many, one = schema.many, rng.choice((schema.first, schema.second))
    value = rng.choice([field for field in many.of("INTEGER", "DECIMAL") if field.required])
    day = rng.choice([field for field in many.of("DATE") if field.required])
    made = (
        f"SELECT m.id, sum(m.{value.name}) OVER (PARTITION BY m.{key(one)} "
        f"ORDER BY m.{day.name}, m.id) FROM {many.name} m"
    )
    return Question(
        f"For every {many.one}, give its id and the sum of the {value.noun} of all "
        f"{many.several} of the "
        f"same {one.one} up to it and including it, by {day.noun}, and by id on the same day.",
        made,
        f"SELECT m.id, (SELECT sum(n.{value.name}) FROM {many.name} n WHERE n.{key(one)} = "
        f"m.{key(one)} AND (n.{day.name} < m.{day.name} OR (n.{day.name} = m.{day.name} AND "
        f"n.id <= m.id))) FROM {many.name} m",
        (
            made.replace(", m.id) FROM", ") FROM"),
            made.replace(f"PARTITION BY m.{key(one)} ", ""),
            made.replace(f"ORDER BY m.{day.name}, m.id", "ORDER BY m.id"),
        ),
    )


LEVELS = {
    1: (filtered, counted),
    2: (joined, distinct_ones),
    3: (grouped, top),
    4: (with_zeros, without, both_sides),
    5: (ranked, above_own_average, running_total),
}
