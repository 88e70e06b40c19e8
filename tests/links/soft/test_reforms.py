"""Reforms of recognition: floors by pair, sets that do not depend on order, everything wrong at once."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megaregion.errors import InputError, MissingDataError, SchemaError
from megaregion.links.soft.reforms import recognition_reforms

GROUPS = pd.Series({"a1": "A", "a2": "A", "b1": "B"})
KEYS = ["origin", "destination", "scheme", "value"]


def before(*lines: tuple[str, str, str, float | None]) -> pd.DataFrame:
    return pd.DataFrame(list(lines), columns=KEYS)


def reforms(*lines: tuple[str, str, str, str, float | None]) -> pd.DataFrame:
    return pd.DataFrame(list(lines), columns=["reform", *KEYS])


HALF = before(("all", "all", "medical", 0.5), ("b1", "a1", "medical", 0.9), ("all", "all", "points", 0.0))


def test_by_hand() -> None:
    """All to all at least .75: half of the gap of .5 closes; b1 to a1 had .9 and keeps it; home is untouched."""
    got = recognition_reforms(HALF, reforms(("direct", "all", "all", "medical", 0.75)), GROUPS)
    want = np.array([[0, 0.5, 0.5], [0.5, 0, 0.5], [0.0, 0.5, 0]])
    np.testing.assert_allclose(got.recognized(["direct"])["medical"], want, rtol=0, atol=1e-15)
    assert got.schemes == ("medical",) and got.after(["direct"])["medical"][2, 0] == 0.9
    assert not got.recognized([])["medical"].any()


def test_the_row_that_says_most_holds_and_the_larger_of_two_reforms() -> None:
    table = reforms(
        ("one", "A", "B", "medical", 0.6), ("one", "a1", "b1", "medical", 1.0), ("two", "all", "all", "medical", 0.8)
    )  # fmt: skip
    got = recognition_reforms(HALF, table, GROUPS)
    np.testing.assert_allclose(got.after(["one"])["medical"][:, 2], [1.0, 0.6, 1.0])
    np.testing.assert_allclose(got.after(["one", "two"])["medical"][:, 2], [1.0, 0.8, 1.0])
    assert got.spoken(["one"])["medical"].sum() == 2 and got.spoken(["two"])["medical"].sum() == 6


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.sampled_from(["x", "y", "z"]), st.sampled_from(["a1", "a2", "b1", "A", "all"]),
                          st.sampled_from(["a1", "a2", "b1"]), st.floats(0.91, 1.0)),
                min_size=1, max_size=6, unique_by=lambda r: r[:3]))  # fmt: skip
def test_sets_grow_and_rows_have_no_order(lines: list[tuple[str, str, str, float]]) -> None:
    table = reforms(*((r, o, d, "medical", v) for r, o, d, v in lines if o != d))
    if table.empty:
        return
    got = recognition_reforms(HALF, table, GROUPS)
    turned = recognition_reforms(HALF[::-1], table[::-1], GROUPS)
    names = list(got.names)
    for k in range(len(names) + 1):
        more, less = got.recognized(names[:k])["medical"], got.recognized(names[: max(k - 1, 0)])["medical"]
        assert (more >= less).all() and ((more >= 0) & (more <= 1)).all()
        np.testing.assert_array_equal(more, turned.recognized(names[:k][::-1])["medical"])


def test_what_is_unknown_is_not_guessed() -> None:
    known = before(("a1", "b1", "medical", 0.5))
    with pytest.raises(MissingDataError, match=r"medical before the reform is unknown for 5 pairs: a1 to a2, a2 to a1"):
        recognition_reforms(known, reforms(("direct", "all", "all", "medical", 1.0)), GROUPS)
    with pytest.raises(MissingDataError, match="pension before the reform is unknown for 1 pairs"):
        recognition_reforms(known, reforms(("direct", "a1", "b1", "pension", 1.0)), GROUPS)
    alone = recognition_reforms(known, reforms(("direct", "a1", "b1", "medical", 1.0)), GROUPS)
    assert alone.recognized(["direct"])["medical"].sum() == 1.0


def test_everything_wrong_is_said_at_once() -> None:
    bad = reforms(
        ("joint", "all", "all", "medical", 0.75), ("x", "nowhere", "all", "medical", 1.5),
        ("x", "all", "all", "hospital", 1.0), ("y", "A", "B", "medical", None),
    )  # fmt: skip
    with pytest.raises(InputError) as caught:
        recognition_reforms(HALF, bad, GROUPS)
    for text in ("no reform can be called joint", "got hospital", "value is empty for y",
                 "reform x: value must lie in [0, 1]", "neither a place nor a group: nowhere"):  # fmt: skip
        assert text in str(caught.value)
    with pytest.raises(InputError, match="idle brings nothing beyond"):
        recognition_reforms(HALF, reforms(("idle", "b1", "a1", "medical", 0.4)), GROUPS)
    with pytest.raises(SchemaError, match="needs the columns reform, scheme"):
        recognition_reforms(HALF, pd.DataFrame({"origin": [], "destination": [], "value": []}), GROUPS)


def test_names_come_from_any_row() -> None:
    table = reforms(("one", "A", "B", "medical", 0.6), ("one", "B", "A", "medical", 1.0))
    table["name"], table["name_zh"] = [None, "Direct"], ["直接结算", None]
    assert recognition_reforms(HALF, table, GROUPS).titles == {"one": ("Direct", "直接结算")}
