import subprocess
import sys
from datetime import datetime
from uuid import UUID

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.arrays import array

VALUES = {
    pa.string(): st.text(),
    pa.int64(): st.integers(-(2**63), 2**63 - 1),
    pa.float64(): st.floats(allow_nan=False),
    pa.bool_(): st.booleans(),
    pa.uuid(): st.uuids(),
    pa.timestamp("us"): st.datetimes(),
}


@pytest.mark.parametrize("kind", VALUES, ids=str)
def test_an_array_is_what_pyarrow_makes_of_the_same_values(kind: pa.DataType):
    @settings(max_examples=20)
    @given(st.lists(st.none() | VALUES[kind], max_size=20))
    def same(values):
        made = array(values, kind)
        made.validate(full=True)
        assert made == pa.array([_plain(value) for value in values], kind)
        assert made.to_pylist() == values

    same()


def _plain(value):
    return value.bytes if isinstance(value, UUID) else value


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1], pa.string()),
        (["1"], pa.int64()),
        ([1.5], pa.int64()),
        ([2**63], pa.int64()),
        (["1.5"], pa.float64()),
        ([datetime.now().astimezone()], pa.timestamp("us")),
    ],
)
def test_a_value_of_another_type_is_refused(values: list, kind: pa.DataType):
    with pytest.raises((TypeError, OverflowError)):
        array(values, kind)


def test_storing_a_row_imports_no_pandas(tmp_path):
    """It costs more than DuckDB and Arrow together, in every command that stores something."""
    code = (
        "import sys\n"
        "from curation.store import Store\n"
        "from gen.runs import running\n"
        "store = Store('s.duckdb')\n"
        "with store.writing('test'), running(store, 'test', {}): pass\n"
        "print(store.rows('SELECT count(ended_at) FROM runs'))\n"
        "print('pandas' in sys.modules)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert told.stdout == "[(1,)]\nFalse\n"
