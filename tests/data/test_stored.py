import hashlib

import pandas as pd
import pytest

from megaregion.data.stored import StoredTable, stored
from megaregion.errors import SchemaError
from megaregion.nodes.index_tables import IndexSteps
from megaregion.result import Column

TABLE = StoredTable(
    pd.DataFrame({"place_id": ["a", "上海"], "x": [0.1, 2.0]}), (Column("x", "km", "X", "叉", True),), "T", "表"
)


def test_column_by_name() -> None:
    assert TABLE.column("x").zh == "叉"
    with pytest.raises(SchemaError, match="describes no column 'y'"):
        TABLE.column("y")


def test_fingerprint_is_that_of_the_csv() -> None:
    """Checked against the text written by hand."""
    assert TABLE.fingerprint() == hashlib.sha256("place_id,x\na,0.1\n上海,2.0\n".encode()).hexdigest()


def test_fingerprint_sees_a_changed_number() -> None:
    other = StoredTable(TABLE.frame.assign(x=[0.1, 2.0000000001]), TABLE.columns)
    assert other.fingerprint() != TABLE.fingerprint()


def test_a_result_is_stored_as_it_describes_itself() -> None:
    table = stored(IndexSteps(steps=(), warnings=("careful",)))
    assert [c.name for c in table.columns] == list(table.frame.columns)
    assert (table.title_en, table.warnings) == ("Steps of the composite index", ("careful",))
