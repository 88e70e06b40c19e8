"""Consumer prices of Canadian provinces in docs/howto against other rows and publications.

Changes of a year as Statistics Canada prints them below the indices of the same tables (econ09d, e, j, k), one decimal
of a percent; the dollar of 2007 as the Federal Reserve prints it (Statistical Supplement to the Federal Reserve
Bulletin, April 2008, table 3.28): 1.0734. Not reproduced: coefficients of Engel and Rogers (1996), whose months and
goods are others.
"""

from pathlib import Path

import pandas as pd
import pytest

TABLE = pd.read_csv(Path(__file__).parents[2] / "docs" / "howto" / "canada_province_prices_2007_2011.csv")
PRINTED = {
    ("NS", "all_items"): (3.0, -0.2, 2.2, 3.8), ("NS", "food"): (4.1, 5.5, 1.9, 4.6),
    ("NS", "shelter"): (7.1, -1.2, 1.2, 4.5), ("NS", "household"): (1.6, 2.6, 2.1, 1.1),
    ("NS", "clothing"): (-1.5, -5.2, -1.1, 3.5), ("NS", "transportation"): (1.2, -6.4, 4.6, 6.7),
    ("NS", "health"): (1.6, 2.5, 1.6, 2.1), ("NS", "recreation_education"): (-0.1, 0.2, 1.5, 0.7),
    ("NS", "alcohol_tobacco"): (2.2, 6.3, 5.1, 2.8), ("NB", "all_items"): (1.7, 0.3, 2.1, 3.5),
    ("NB", "food"): (3.8, 5.4, 1.8, 4.6), ("NB", "shelter"): (3.5, -0.1, 1.6, 2.0),
    ("NB", "household"): (0.8, 3.6, 2.4, 1.1), ("NB", "clothing"): (-3.1, 1.7, -1.6, 1.9),
    ("NB", "transportation"): (1.0, -7.2, 4.6, 6.7), ("NB", "health"): (0.1, 5.1, 2.3, 0.7),
    ("NB", "recreation_education"): (-0.1, 0.4, 0.9, 1.5), ("NB", "alcohol_tobacco"): (1.6, 2.3, 1.5, 10.5),
    ("AB", "all_items"): (3.1, -0.1, 1.0, 2.4), ("AB", "food"): (3.2, 4.8, 1.1, 3.1),
    ("AB", "shelter"): (7.9, -2.4, 0.1, 3.0), ("AB", "household"): (0.5, 2.9, -0.1, 1.4),
    ("AB", "clothing"): (-2.6, 0.4, -1.5, -2.2), ("AB", "transportation"): (1.8, -4.9, 2.8, 5.0),
    ("AB", "health"): (2.1, 4.5, 4.7, 2.7), ("AB", "recreation_education"): (0.3, 1.1, 0.7, -0.3),
    ("AB", "alcohol_tobacco"): (3.2, 3.7, 1.0, 1.0), ("BC", "all_items"): (2.1, 0.0, 1.3, 2.4),
    ("BC", "food"): (3.3, 4.3, 1.6, 4.2), ("BC", "shelter"): (3.1, -1.7, 0.7, 1.1),
    ("BC", "household"): (0.8, 2.2, 0.8, 1.8), ("BC", "clothing"): (-0.8, 0.3, -1.1, -0.7),
    ("BC", "transportation"): (2.5, -4.6, 3.1, 4.8), ("BC", "health"): (0.6, 2.8, 2.2, 1.1),
    ("BC", "recreation_education"): (0.7, 1.1, 0.9, 1.1), ("BC", "alcohol_tobacco"): (1.3, 2.6, 2.0, 2.6),
}  # fmt: skip


@pytest.mark.parametrize("where", PRINTED)
def test_changes_are_those_printed(where: tuple[str, str]) -> None:
    place, good = where
    index = TABLE[TABLE["place_id"] == place].set_index("period")[good]
    assert list(index.index) == [2007, 2008, 2009, 2010, 2011]
    changes = (100 * (index / index.shift() - 1)).dropna()
    assert changes.to_numpy() == pytest.approx(PRINTED[where], abs=0.0501)


def test_the_dollar_is_that_of_the_other_central_bank() -> None:
    assert (TABLE.groupby("period")["cad_per_usd"].nunique() == 1).all()
    assert TABLE.set_index("period")["cad_per_usd"].loc[2007].iloc[0] == pytest.approx(1.0734, abs=5e-4)
