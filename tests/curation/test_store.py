import os
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import problems, rollouts, verdicts

from curation.errors import BadQuery, ForeignStore, StoreLocked
from curation.migrations import STEPS
from curation.schema import TABLES, to_arrow
from curation.store import Store
from verifiers.errors import BadInput
from verifiers.records import Problem

SQL_TYPES = {
    "extension<arrow.uuid>": "UUID",
    "string": "VARCHAR",
    "int64": "BIGINT",
    "double": "DOUBLE",
    "bool": "BOOLEAN",
    "timestamp[us]": "TIMESTAMP",
}


def problem(number: int = 0) -> Problem:
    return Problem(
        domain="math",
        family="f",
        level=1,
        prompt=f"What is {number} + 1?",
        ground_truth=str(number + 1),
        verifier="math",
        certificate="construction",
    )


@pytest.mark.parametrize("table", TABLES)
def test_the_tables_are_what_the_records_say(tmp_path: Path, table: str):
    store = Store(tmp_path / "s.duckdb")
    with store.writing("test"):
        pass
    described = [(name, kind, null) for name, kind, null, *_ in store.rows(f"DESCRIBE {table}")]
    derived = [
        (field.name, SQL_TYPES[str(field.type)], "YES" if field.nullable else "NO")
        for field in TABLES[table].arrow_schema()
    ]
    assert sorted(described) == sorted(derived)  # rows are added by name


def test_an_older_store_is_brought_up_to_date_with_what_is_in_it(tmp_path: Path):
    path = tmp_path / "s.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(STEPS[0])
        connection.execute("CREATE VIEW results AS SELECT * FROM problems")
        connection.execute("CREATE VIEW of_a_reader AS SELECT 1 AS one")
        connection.execute("CREATE TABLE assay_schema AS SELECT 1::BIGINT AS version")
        connection.execute(
            "INSERT INTO rollouts "
            "SELECT uuid(), uuid(), 'm', '{}', 't', 0, 'c', 'length', 1, 2, uuid()"
        )
    with Store(path).writing("test") as store:
        assert store.rows("SELECT count(*), sum(n_thinking_tokens) FROM rollouts") == [(1, 0)]
        assert store.rows("SELECT count(truncated) FROM results") == [(0,)]
        assert store.rows("SELECT * FROM of_a_reader") == [(1,)]


@pytest.fixture(scope="module")
def shared_store(tmp_path_factory):
    with Store(tmp_path_factory.mktemp("store") / "s.duckdb").writing("test") as store:
        yield store


@settings(max_examples=8)
@given(data=st.data())
def test_records_come_back_as_they_went_in(shared_store: Store, data):
    one = data.draw(problems())
    rollout = data.draw(rollouts(one))
    verdict = data.draw(verdicts(rollout))
    for table, record in (("problems", one), ("rollouts", rollout), ("verdicts", verdict)):
        (key,) = TABLES[table].key
        shared_store.put(table, [record])
        assert shared_store.add(table, [record, record]) == 0
        sql = f"SELECT * FROM {table} WHERE {key} = ?"
        assert shared_store.records(table, sql, [str(getattr(record, key))]) == [record]


def test_a_thing_made_twice_is_one_row(tmp_path: Path):
    with Store(tmp_path / "s.duckdb").writing("test") as store:
        assert store.add("problems", [problem(0), problem(1), problem(0)]) == 2
        assert store.add("problems", [problem(1), problem(2)]) == 1


def test_put_takes_the_place_of_the_same_key(tmp_path: Path):
    store = Store(tmp_path / "s.duckdb")
    with store.writing("test"):
        store.add("problems", [problem(0), problem(1)])
        store.put("problems", to_arrow("problems", [problem(1), problem(2)]))
    assert store.rows("SELECT count(*), count(DISTINCT problem_id) FROM problems") == [(3, 3)]


def test_a_second_writer_is_told_who_holds_the_store(tmp_path: Path):
    path = tmp_path / "s.duckdb"
    code = (
        "import sys; from curation.store import Store\n"
        f"with Store({str(path)!r}).writing('gen solutions'):\n"
        "    print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StoreLocked, match=rf"process {holder.pid} \(gen solutions\)"):
            Store(path).writing("gen verify").__enter__()
        assert Store(path).rows("SELECT count(*) FROM problems") == [(0,)]
    finally:
        holder.communicate("")
    with Store(path).writing("gen verify") as store:
        assert store.add("problems", [problem()]) == 1


def test_a_forked_process_that_lives_on_does_not_keep_the_right_to_write(tmp_path: Path):
    store = Store(tmp_path / "s.duckdb")
    with store.writing("gen verify"):
        child = os.fork()
        if not child:
            signal.pause()
    try:
        with store.writing("gen verify"):
            assert store.add("problems", [problem()]) == 1
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_a_foreign_process_that_holds_the_file_is_named(tmp_path: Path):
    path = tmp_path / "s.duckdb"
    with Store(path).writing("test"):
        pass
    code = (
        f"import duckdb, sys; c = duckdb.connect({str(path)!r})\n"
        "print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StoreLocked, match=rf"process {holder.pid} "):
            Store(path).rows("SELECT 1")
    finally:
        holder.communicate("")


def test_readers_read_while_a_writer_writes(tmp_path: Path):
    path = tmp_path / "s.duckdb"
    code = (
        "import sys; from curation.store import Store\n"
        f"store = Store({str(path)!r})\n"
        "for _ in range(20): print(store.rows('SELECT count(*) FROM problems')[0][0])"
    )
    with Store(path).writing("test") as store:
        store.add("problems", [problem(-1)])
        readers = [
            subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
            for _ in range(2)
        ]
        number = 0
        while any(reader.poll() is None for reader in readers):
            store.add("problems", [problem(number)])
            number += 1
    for reader in readers:
        seen = [int(count) for count in reader.communicate()[0].split()]
        assert reader.returncode == 0
        assert len(seen) == 20
        assert seen == sorted(seen)


def test_a_store_of_something_else_is_refused_and_left_alone(tmp_path: Path):
    foreign = tmp_path / "foreign.duckdb"
    with duckdb.connect(str(foreign)) as connection:
        connection.execute("CREATE TABLE problems (x INT)")
    text = tmp_path / "text.duckdb"
    text.write_text("no database at all, but long enough to have a header" * 100)
    for path in (foreign, text):
        before = path.read_bytes()
        with pytest.raises(ForeignStore, match="--store"):
            Store(path).writing("test").__enter__()
        assert path.read_bytes() == before


def test_an_empty_file_becomes_a_store_and_a_refused_one_gets_no_lock(tmp_path: Path):
    (tmp_path / "empty.duckdb").touch()
    with Store(tmp_path / "empty.duckdb").writing("test") as store:
        assert store.add("problems", [problem()]) == 1
    (tmp_path / "text.duckdb").write_text("no database at all" * 1_000)
    with pytest.raises(ForeignStore):
        Store(tmp_path / "text.duckdb").writing("test").__enter__()
    assert not (tmp_path / "text.duckdb.lock").exists()


def test_a_newer_store_is_refused(tmp_path: Path):
    path = tmp_path / "s.duckdb"
    with Store(path).writing("test"):
        pass
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE assay_schema SET version = ?", [len(STEPS) + 1])
    with pytest.raises(ForeignStore, match="upgrade"):
        Store(path).rows("SELECT 1")


def test_reading_a_store_that_is_not_there_makes_none(tmp_path: Path):
    with pytest.raises(BadInput, match="gen problems"):
        Store(tmp_path / "s.duckdb").rows("SELECT 1")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("sql", ["SELEC 1", "SELECT x FROM problems", "DELETE FROM problems"])
def test_a_bad_query_is_the_users_error(tmp_path: Path, sql: str):
    store = Store(tmp_path / "s.duckdb")
    with store.writing("test"):
        store.add("problems", [problem()])
    with pytest.raises(BadQuery):
        store.query(sql)
    assert store.rows("SELECT count(*) FROM problems") == [(1,)]


def test_a_failed_transaction_leaves_nothing(tmp_path: Path):
    store = Store(tmp_path / "s.duckdb")
    with store.writing("test"):
        store.add("problems", [problem()])
        broken = to_arrow("problems", [problem(1)]).set_column(
            1, "domain", to_arrow("problems", [problem(1)])["quarantine"]
        )
        with pytest.raises(BadInput):
            store.replace("problems", broken, where={"domain": "math"})
    assert store.rows("SELECT count(*) FROM problems") == [(1,)]
