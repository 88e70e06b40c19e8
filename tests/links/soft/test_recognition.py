"""The table of recognition, spread over pairs of places."""

import numpy as np
import pandas as pd
import pytest

from megaregion.errors import InputError, SchemaError
from megaregion.links.soft.recognition import recognition_matrix

GROUPS = pd.Series({"a1": "A", "a2": "A", "b1": "B"})


def rows(*lines: tuple[str, str, str, float | None]) -> pd.DataFrame:
    return pd.DataFrame(list(lines), columns=["origin", "destination", "scheme", "value"])


def test_one_direction_and_what_nobody_said_is_missing() -> None:
    got = recognition_matrix(rows(("A", "B", "medical", 0.5)), "medical", GROUPS)
    assert got.loc["a1", "b1"] == 0.5
    assert np.isnan(got.loc["b1", "a1"])
    assert np.isnan(got.loc["a1", "a2"])  # the group itself was not spoken of
    assert np.diag(got).tolist() == [1.0, 1.0, 1.0]


def test_the_row_that_says_most_holds_in_any_order() -> None:
    lines = [("all", "all", "s", 0.1), ("A", "B", "s", 0.2), ("a1", "B", "s", 0.3), ("a1", "b1", "s", 0.4)]
    for order in (lines, lines[::-1]):
        got = recognition_matrix(rows(*order), "s", GROUPS)
        assert got.loc["a1", "b1"] == 0.4
        assert got.loc["a2", "b1"] == 0.2
        assert got.loc["b1", "a1"] == 0.1


def test_unknown_beats_what_is_said_of_the_group() -> None:
    got = recognition_matrix(rows(("A", "B", "s", 0.2), ("a1", "b1", "s", None)), "s", GROUPS)
    assert np.isnan(got.loc["a1", "b1"])
    assert got.loc["a2", "b1"] == 0.2


def test_home_can_be_named() -> None:
    got = recognition_matrix(rows(("all", "all", "s", 0.0), ("a1", "a1", "s", 0.5)), "s", GROUPS)
    assert np.diag(got).tolist() == [0.5, 1.0, 1.0]


def test_equal_ranks_must_agree() -> None:
    clash = rows(("a1", "B", "s", 0.2), ("A", "b1", "s", 0.3))
    with pytest.raises(InputError, match="a1 to b1"):
        recognition_matrix(clash, "s", GROUPS)
    assert recognition_matrix(clash.assign(value=0.3), "s", GROUPS).loc["a1", "b1"] == 0.3


def test_everything_wrong_at_once() -> None:
    bad = rows(("A", "B", "s", 1.2), ("a1", "Q", "s", -0.1), ("A", "B", "s", 0.2))
    with pytest.raises(InputError) as caught:
        recognition_matrix(bad, "s", GROUPS)
    for text in ("A to B s 1.2", "a1 to Q s -0.1", "neither a place nor a group: Q", "stand twice"):
        assert text in str(caught.value)
    with pytest.raises(InputError, match="got full"):
        recognition_matrix(bad.head(1).assign(value="full"), "s", GROUPS)
    with pytest.raises(SchemaError, match="scheme"):
        recognition_matrix(bad.drop(columns="scheme"), "s", GROUPS)
    with pytest.raises(InputError, match="ids of groups too"):
        recognition_matrix(rows(("A", "A", "s", 1.0)), "s", pd.Series({"A": "A"}))


def test_no_rows_and_one_place() -> None:
    assert recognition_matrix(rows(), "s", pd.Series({"a": "A"})).to_numpy().tolist() == [[1.0]]
