"""Tables of sizes and of the size hierarchy."""

import numpy as np
import pandas as pd
import pytest

from megaregion.core.size import hill
from megaregion.errors import InputError, MissingDataError
from megaregion.nodes.hierarchy import hierarchy, size
from megaregion.result import Input

ORIGIN = Input("tables/indicators.csv", {"place_id": "{place}", "indicator": "population", "year": 2020})
ZIPF = pd.Series({f"p{r:02d}": 1e6 / r for r in range(1, 16)})


def test_size_ranks_and_fit_lie_on_the_fitted_line() -> None:
    frame = size(ZIPF.sample(frac=1, random_state=1), origin=ORIGIN).to_frame()
    assert frame["place_id"].tolist() == sorted(ZIPF.index)
    assert frame["rank"].tolist() == list(range(1, 16))
    np.testing.assert_allclose(frame["log_rank"], np.log(frame["rank"] - 0.5))
    slope = np.polyfit(np.log(frame["population"]), frame["log_rank"], 1)
    np.testing.assert_allclose(frame["log_rank_fit"], np.polyval(slope, np.log(frame["population"])), rtol=1e-9)


def test_hierarchy_of_zipfs_law() -> None:
    result = hierarchy({"population": ZIPF}, origins={"population": ORIGIN})
    (row,) = result.to_frame().to_dict("records")
    assert row["n"] == 15
    assert row["se"] == pytest.approx(row["zeta"] * np.sqrt(2 / 15))
    assert row["ci_high"] - row["zeta"] == pytest.approx(1.959964 * row["se"], rel=1e-6)
    assert row["primacy_2"] == pytest.approx(2.0)
    assert row["primacy_4"] == pytest.approx(12 / 13)
    assert row["hill"] == pytest.approx(hill(ZIPF.to_numpy()))
    assert result.facts()["interval_covers_one"] == {"population": True}


def test_too_few_places_give_gaps_and_a_warning() -> None:
    result = hierarchy({"population": ZIPF.iloc[:2]}, origins={"population": ORIGIN})
    frame = result.to_frame()
    assert frame[["zeta", "se", "ci_low", "ci_high", "hill", "primacy_4", "primacy_11"]].isna().all(axis=None)
    assert frame["primacy_2"].iloc[0] == pytest.approx(2.0)
    assert "too few" in result.warnings[0]
    assert result.facts()["interval_covers_one"] == {}
    assert size(ZIPF.iloc[:2], origin=ORIGIN).to_frame()["log_rank_fit"].isna().all()


def test_the_reader_is_told_that_zipf_cannot_be_tested() -> None:
    """n = 15: sqrt(2 / 15) = 37 %."""
    (text,) = hierarchy({"population": ZIPF}, origins={"population": ORIGIN}).warnings
    assert "37%" in text
    assert "cannot be tested" in text


def test_inputs_of_a_rank_are_the_rows_of_all_places() -> None:
    columns = {c.name: c for c in size(ZIPF, origin=ORIGIN).describe()}
    assert columns["population"].inputs[0].where["place_id"] == "{place}"
    assert "place_id" not in columns["rank"].inputs[0].where


def test_gaps_and_zeros_are_refused() -> None:
    with pytest.raises(MissingDataError, match="p02"):
        size(ZIPF.mask(ZIPF.index == "p02"), origin=ORIGIN)
    with pytest.raises(InputError, match="p03"):
        hierarchy({"population": ZIPF.mask(ZIPF.index == "p03", 0.0)}, origins={"population": ORIGIN})
    with pytest.raises(InputError, match="origins"):
        hierarchy({"population": ZIPF}, origins={})
