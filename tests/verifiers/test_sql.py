"""The SQL verifier: what is equal, what only looks so, and what queries must not be able to do."""

import subprocess
import sys
from datetime import date, datetime
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifiers.errors import VerifierFailed
from verifiers.pool import GradingPool, GradingTask
from verifiers.sql import SqlVerifier, truth_of
from verifiers.sql.comparing import Expected, difference
from verifiers.sql.engine import Engine
from verifiers.sql.extract import query_of
from verifiers.sql.literals import literals_of
from verifiers.sql.mutants import mutants
from verifiers.sql.rows import fill
from verifiers.sql.truth import Databases, read_truth

SCHEMA = [
    "CREATE TABLE item(id INTEGER PRIMARY KEY, name VARCHAR NOT NULL, price DECIMAL(8,2), "
    "kind VARCHAR, made DATE)",
    "CREATE TABLE line(id INTEGER PRIMARY KEY, item_id INTEGER NOT NULL REFERENCES item(id), "
    "n INTEGER NOT NULL)",
]
ALL = "SELECT id FROM item"
PRICEY = "SELECT id FROM item WHERE price > 20 AND kind = 'tool'"
COUNTS = "SELECT i.id, count(l.id) FROM item i LEFT JOIN line l ON l.item_id = i.id GROUP BY i.id"
TOP = "SELECT name FROM item ORDER BY price DESC LIMIT 3"
LATE = "SELECT id, made FROM item WHERE made >= DATE '2023-05-01'"
MANY = "SELECT item_id, sum(n) FROM line GROUP BY item_id HAVING count(*) > 3"
PAIRS = "SELECT count(*) FROM line a, line b"

verifier = SqlVerifier()


def judged(gold: str, query: str, *, wall_s: float = 5.0, count: int = 12, **options: bool):
    truth = msgspec.json.decode(truth_of(SCHEMA, gold, seed=1, **options))
    truth["databases"]["count"] = count
    truth = msgspec.json.encode(truth).decode()
    answer = f"```sql\n{query}\n```"
    return verifier.verify(
        ground_truth=truth, completion=answer, prompt=None, params={"wall_s": wall_s}
    )


@pytest.mark.parametrize(
    ("gold", "query"),
    [
        (PRICEY, "SELECT i.id AS x FROM item i WHERE NOT i.price <= 20 AND kind LIKE 'tool'"),
        (PRICEY, f"{ALL} WHERE kind = 'tool' INTERSECT {ALL} WHERE price > 20"),
        (COUNTS, "SELECT id, (SELECT count(*) FROM line WHERE item_id = item.id) FROM item"),
        (LATE, "SELECT id, made::TIMESTAMP FROM item WHERE made > '2023-04-30'"),
        (MANY, "SELECT item_id, sum(n) * 1.0 FROM line GROUP BY 1 HAVING count(n) >= 4 ORDER BY 2"),
        ("SELECT avg(price) FROM item", "SELECT sum(price) / count(price) FROM item"),
    ],
)  # fmt: skip
def test_the_same_by_other_means_is_accepted(gold, query):
    verdict = judged(gold, query, count=6)
    assert (verdict.outcome, verdict.reward) == ("accepted", 1.0), verdict.reason


@pytest.mark.parametrize(
    ("gold", "query"),
    [
        (PRICEY, "SELECT id FROM item WHERE price >= 20 AND kind = 'tool'"),
        (PRICEY, "SELECT id FROM item WHERE price > 20 AND lower(kind) = 'tool'"),
        (PRICEY, "SELECT id FROM item WHERE price > 20"),
        (PRICEY, "SELECT id, name FROM item WHERE price > 20 AND kind = 'tool'"),
        (COUNTS, COUNTS.replace("LEFT JOIN", "JOIN")),
        (COUNTS, COUNTS.replace("l.id)", "*)")),
        (LATE, LATE.replace(">=", ">")),
        (LATE, LATE.replace("2023-05-01", "2023-05-02")),
        (MANY, MANY.replace("> 3", ">= 3")),
        (MANY, MANY.replace("sum(n)", "sum(DISTINCT n)")),
        ("SELECT kind FROM item", "SELECT DISTINCT kind FROM item"),
        ("SELECT count(kind) FROM item", "SELECT count(*) FROM item"),
        ("SELECT sum(n) FROM line", "SELECT coalesce(sum(n), 0) FROM line"),
    ],
)
def test_a_near_miss_is_rejected(gold, query):
    verdict = judged(gold, query)
    assert (verdict.outcome, verdict.reward) == ("rejected", 0.0)
    assert verdict.reason.startswith("wrong_")


def test_order_counts_where_it_is_asked_for_and_ties_may_change_places():
    def outcome(gold: str, query: str, *, ordered: bool = True) -> str:
        return judged(gold, query, count=6, ordered=ordered).outcome

    assert outcome(TOP, f"{TOP[:-8]}, id LIMIT 3") == "accepted"
    assert outcome(TOP, f"{TOP[:-8]}, id DESC LIMIT 3") == "accepted"
    assert outcome(TOP, TOP.replace("DESC ", "")) == "rejected"
    assert outcome(TOP, TOP.replace("3", "2")) == "rejected"
    by_id = "SELECT id FROM item ORDER BY id"
    assert outcome(by_id, by_id + " DESC") == "rejected"
    assert outcome(by_id, by_id + " DESC", ordered=False) == "accepted"


def test_the_order_of_columns_counts_unless_it_is_free():
    gold, turned = "SELECT id, name, price FROM item", "SELECT price, id, name FROM item"
    other = "SELECT price, id, kind FROM item"
    assert judged(gold, turned, count=3).outcome == "rejected"
    assert judged(gold, turned, count=3, any_column_order=True).outcome == "accepted"
    assert judged(gold, other, count=3, any_column_order=True).outcome == "rejected"


HOSTILE = {
    "DROP TABLE line": "not_one_select",
    "SELECT 1; SELECT 2": "not_one_select",
    "PRAGMA database_list": "not_one_select",
    "SET memory_limit = '90GB'": "not_one_select",
    "ATTACH '/tmp/x.db'": "not_one_select",
    "COPY item TO '/tmp/x.csv'": "not_one_select",
    "WITH gone AS (DELETE FROM line RETURNING id) SELECT count(*) FROM gone": "sql_error",
    "SELECT count(*) FROM read_csv('/etc/passwd')": "sql_error",
    "SELECT count(*) FROM glob('/*')": "sql_error",
    "SELECT count(*) FROM '/etc/passwd'": "sql_error",
    "SELECT count(*) FROM truth": "sql_error",
    "SELECT length(repeat('x', 3000000000))": "memory",
    "SELECT " + "(" * 5000 + "1" + ")" * 5000: "syntax",
    "SELECT ?": "sql_error",
    "SELECT * FROM duckdb_tables()": "wrong_columns",
    "SELECT '" + "x" * 30_000 + "'": "too_long",
    "SELECT nothing FROM nowhere": "sql_error",
    "SELECT error('stop')": "sql_error",
}


@pytest.mark.parametrize("query", HOSTILE, ids=lambda query: query[:30])
def test_a_hostile_query_is_rejected_and_changes_nothing(query):
    gold = "SELECT count(*) FROM line WHERE n > 5"
    verdict = judged(gold, query, count=2)
    assert (verdict.outcome, verdict.reason.partition(":")[0]) == ("rejected", HOSTILE[query])
    assert judged(gold, gold, count=2).outcome == "accepted"


@pytest.mark.parametrize(
    "query",
    [
        "SELECT sum(sin(i)) FROM range(100000000000) t(i)",
        "WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r) SELECT count(*) FROM r",
    ],
)
def test_a_query_that_does_not_end_is_a_timeout(query):
    verdict = judged("SELECT count(*) FROM line", query, wall_s=0.3, count=1)
    assert (verdict.outcome, verdict.reason) == ("rejected", "timeout")


def test_a_query_that_ends_as_it_is_interrupted_is_judged_and_so_is_the_next():
    """The interruption once met the ROLLBACK, and the next query a transaction that had failed."""
    for tenth_ms in range(120):
        late = 0.0002 + tenth_ms % 40 * 1e-4
        verdict = judged("SELECT count(*) FROM line", PAIRS, wall_s=late, count=1)
        assert verdict.outcome == "rejected"


def test_a_query_that_needs_much_memory_leaves_no_file_behind(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fresh = SqlVerifier()
    truth = truth_of(SCHEMA, "SELECT count(*) FROM line")
    texts = "SELECT repeat(i::VARCHAR, 20) FROM range(5000000) t(i) GROUP BY 1"
    many = f"SELECT count(*) FROM ({texts})"
    verdict = fresh.verify(ground_truth=truth, completion=many, prompt=None, params={"wall_s": 5})
    fresh.close()
    assert verdict.reason.partition(":")[0] == "memory"
    assert list(tmp_path.iterdir()) == []


def test_where_the_process_was_killed_the_next_query_is_judged():
    assert judged(PRICEY, PRICEY, count=1).outcome == "accepted"
    runner = verifier._runner
    assert runner is not None
    assert runner._process is not None
    runner._process.kill()
    runner._process.wait()
    assert judged(PRICEY, PRICEY, count=1).outcome == "accepted"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"schema": []}, "schema"),
        ({"schema": ["CREATE TABLE t("]}, "schema"),
        ({"schema": ["CREATE TABLE item(id BLOB)"]}, "BLOB"),
        ({"query": "SELECT nothing FROM item"}, "query"),
        ({"query": "DROP TABLE item"}, "query"),
        ({"query": "SELECT 1", "ordered": True}, "no ORDER BY"),
        ({"databases": {"count": 0}}, "count"),
        ({"kind": "other"}, "kind"),
        ({"colums": "in order"}, "colums"),
    ],
)
def test_a_ground_truth_that_cannot_be_used_is_no_fault_of_the_query(change, complaint):
    truth = msgspec.json.decode(truth_of(SCHEMA, PRICEY)) | change
    with pytest.raises(VerifierFailed, match=complaint):
        verifier.validate(msgspec.json.encode(truth).decode())


def test_a_ground_truth_that_fails_once_is_begun_anew():
    truth = truth_of(SCHEMA, "SELECT name::INTEGER FROM item")
    for _ in range(2):
        with pytest.raises(VerifierFailed, match="query: sql_error: Conversion"):
            verifier.validate(truth)


def test_the_pool_judges_queries_and_survives_those_that_hang():
    truth = truth_of(SCHEMA, "SELECT count(*) FROM line")
    right = "```sql\nSELECT count(*) FROM line\n```"
    hang = "```sql\nSELECT count(*) FROM line a, line b, line c, line d, line e\n```"
    params = '{"wall_s": 0.3}'
    with GradingPool(workers=1, wall_s=2.0) as pool:
        tasks = [
            GradingTask(verifier="sql", ground_truth=truth, completion=text, params=params)
            for text in (right, hang, "SELECT count(id) FROM line")
        ]
        outcomes = [verdict.outcome for verdict in pool.grade(tasks)]
    assert outcomes == ["accepted", "rejected", "accepted"]


@pytest.mark.parametrize(
    ("completion", "query"),
    [
        ("```sql\nSELECT 1\n```\nor\n```sql\nSELECT 2\n```", "SELECT 2"),
        ("<think>\n```sql\nSELECT 1\n```\n</think>\nSELECT 2;", "SELECT 2"),
        ("We count.\n\nSELECT a,\n  b\nFROM t;\nThat is it.", "SELECT a,\n  b\nFROM t"),
        ("```\nWITH x AS (SELECT 1) SELECT * FROM x\n```", "WITH x AS (SELECT 1) SELECT * FROM x"),
        ("```sql\nSELECT 1\n```\n```\n1 row\n```", "SELECT 1"),
        ("You should select the rows.", None),
        ("", None),
        ("<think>SELECT 1", None),
    ],
)
def test_the_query_is_found(completion, query):
    assert query_of(completion) == query


def test_literals_are_found_beside_their_columns():
    assert literals_of(
        "SELECT kind, count(*) AS n FROM item WHERE price BETWEEN 5 AND 7.5 "
        "AND made > '2020-01-02' AND name LIKE 'a%' AND kind IN ('x', '007') "
        "GROUP BY kind HAVING n > 3 LIMIT 9"
    ) == {
        "": (3,), "kind": ("x", "007"), "made": ("2020-01-02",), "name": ("a%",), "price": (5, 7.5),
    }  # fmt: skip


TABLES_SOURCE = """
from verifiers.sql.rows import fill
from verifiers.sql.tables import Column, Reference, Table
from verifiers.sql.truth import Databases

ID, ITEM_ID = Column("id", "INTEGER", False), Column("item_id", "INTEGER", False)
REFERENCE = Reference(("item_id",), "item", ("id",))
TABLES = [
    Table("item", (ID, Column("kind", "VARCHAR", True)), (("id",),), ()),
    Table("line", (ID, ITEM_ID), (("id",),), (REFERENCE,)),
]
MADE = repr([fill(TABLES, Databases(seed=5), n) for n in range(12)])
"""
MADE_HERE: dict = {}
exec(TABLES_SOURCE, MADE_HERE)
TABLES = MADE_HERE["TABLES"]


def test_rows_keep_their_constraints_and_have_what_tells_queries_apart():
    databases = [fill(TABLES, Databases(seed=5, literals={"kind": ("ab",)}), n) for n in range(12)]
    for filled in databases:
        (ids, _), (line_ids, item_ids) = filled["item"], filled["line"]
        assert len(ids) == len(set(ids))
        assert len(line_ids) == len(set(line_ids))
        assert set(item_ids) <= set(ids)
    kinds = [kind for filled in databases for kind in filled["item"][1]]
    assert {"ab", "AB", "abs", "a", None} <= set(kinds)
    assert any(set(filled["item"][0]) > set(filled["line"][1]) for filled in databases)
    assert databases[-1] == {"item": [[], []], "line": [[], []]}


def test_the_same_rows_are_made_in_another_process():
    other = subprocess.run(
        [sys.executable, "-c", f"{TABLES_SOURCE}\nprint(MADE)"],
        env={"PYTHONHASHSEED": "3"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert other.stdout.strip() == MADE_HERE["MADE"]


rows = st.lists(
    st.tuples(st.none() | st.integers(-3, 3), st.sampled_from(["a", "b", None]), st.floats(0, 2)),
    max_size=6,
)


@given(rows, st.randoms(use_true_random=False))
def test_a_bag_is_equal_to_itself_in_any_order_and_to_no_other(some, rng):
    expected = Expected(some, (len(some),), 0, len(some), 3)
    turned = rng.sample(some, len(some))
    near = [(a, b, c * (1 + 1e-9)) for a, b, c in turned]
    assert difference(expected, near, ordered=False) is None
    if some:
        assert difference(expected, turned[1:], ordered=False)
        a, b, c = turned[0]
        assert difference(expected, [(a, b, c + 0.01), *turned[1:]], ordered=False)


def test_any_of_many_rows_that_tie_may_be_those_that_a_limit_keeps():
    tied = [(number, number / 7) for number in range(500)]
    expected = Expected(tied, (500,), 0, 5, 2)
    for ordered in (True, False):
        assert difference(expected, tied[400:405], ordered=ordered) is None
        assert difference(expected, [*tied[400:404], tied[400]], ordered=ordered)


def test_values_are_compared_as_values():
    expected = Expected([(2, datetime(2020, 1, 1), "a", True)], (1,), 0, 1, 4)
    assert (
        difference(expected, [(Decimal("2.0"), date(2020, 1, 1), "a", True)], ordered=True) is None
    )
    for row in [(3, 0, 0, 0), (2, 2, 2, 2), (1, None, "A", 1)]:
        values = [2, date(2020, 1, 1), "a", True]
        for place in range(4):
            other = [*values[:place], row[place], *values[place + 1 :]]
            if other[place] != values[place] or type(other[place]) is not type(values[place]):
                assert difference(expected, [tuple(other)], ordered=True)
    whole = Expected([(2**60,)], (1,), 0, 1, 1)
    assert difference(whole, [(2**60 + 1,)], ordered=True)


def test_twelve_seeded_databases_tell_more_near_misses_than_one_plain_one():
    golds = [PRICEY, COUNTS, LATE, MANY]
    accepted = {"seeded": 0, "plain": 0}
    for gold in golds:
        near = mutants(gold, 8, seed=0)
        truth = read_truth(truth_of(SCHEMA, gold, seed=1))
        plain = msgspec.structs.replace(truth, databases=Databases(seed=1, count=1, rows=60))
        for name, one in (("seeded", truth), ("plain", plain)):
            engine = Engine(one)
            accepted[name] += sum(engine.judge(text, wall_s=1.0).right for text in near)
            engine.close()
    # Four of them are right after all, such as DISTINCT where no row stands twice.
    assert accepted["seeded"] <= 4
    assert accepted["plain"] >= 12


def test_mutants_are_distinct_and_drawn_by_the_seed():
    assert len(set(mutants(PRICEY, 50, 0))) == len(mutants(PRICEY, 50, 0)) > 8
    assert mutants(PRICEY, 5, 1) == mutants(PRICEY, 50, 1)[:5]
