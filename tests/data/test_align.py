import pandas as pd
import pytest

from megaregion.data.align import exact
from megaregion.errors import AlignmentError


def test_order_of_the_first() -> None:
    a = pd.Series([1.0, 2.0], ["x", "y"])
    b = pd.DataFrame([[1, 2], [3, 4]], ["y", "x"], ["x", "y"])
    _, got = exact(a, b)
    assert got.loc["x"].tolist() == [3, 4]
    assert list(got.index) == ["x", "y"]


def test_names_what_differs() -> None:
    a = pd.Series([1.0, 2.0], ["x", "y"])
    with pytest.raises(AlignmentError, match=r"1 places only in input 1: z; 1 places not in input 1: y"):
        exact(a, pd.Series([1.0, 2.0], ["x", "z"]))
    with pytest.raises(AlignmentError, match="repeats x"):
        exact(a, pd.Series([1.0, 2.0], ["x", "x"]))
