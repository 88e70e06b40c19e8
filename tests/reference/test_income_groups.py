"""Income groups of docs/howto against the Gini coefficients and means that their publishers print.

U.S. Census Bureau, Income 1995, Table B-3 (limits of fifths, mean 44,938 dollars, Gini 0.450) with Table H-3 (means of
fifths); selected measures of household income dispersion 2009 (means of fifths, Gini 0.468, median 49,777). China 2015,
2016, 2022, 2023: median of all residents (communiqués; 2015 also mean and Gini, 0.462); towns 2007 and Hebei's towns
2010: disposable income of all, 13,785.81 and 16,263.43 yuan (yearbooks). Not reproduced: the distributions by residence
and those of Fujian, for which neither is published; the Gini coefficient of China, which is of people.
"""

from pathlib import Path

import pandas as pd
import pytest

from megaregion.data.workspace import Workspace
from megaregion.errors import InputError
from megaregion.mechanisms.brackets import poverty_of_brackets
from megaregion.mechanisms.people_tables import poverty_of_cluster

HOWTO = Path(__file__).parents[2] / "docs" / "howto"


@pytest.fixture(scope="module")
def us() -> pd.DataFrame:
    table = poverty_of_cluster(Workspace(HOWTO / "us_income_groups").cluster(), seed=1)["poverty_lorenz"].to_frame()
    return table[(table["chosen"] == "yes") & (table["place_id"] == "us")].set_index(["year", "line_share"])


@pytest.fixture(scope="module")
def china() -> pd.DataFrame:
    return Workspace(HOWTO / "china_income_groups").cluster().further["income_brackets"]


def test_groups_bracket_the_published_gini(us: pd.DataFrame) -> None:
    """1995 to the printed digit; of 2009, from the five means alone, within a hundredth."""
    row = us.loc[(1995, 0.5)]
    assert row["gini_low"] < 0.450 < row["gini_high"]
    assert round(row["gini"], 3) == 0.450
    row = us.loc[(2009, 0.5)]
    assert row["gini_low"] < 0.468 < row["gini_high"]
    assert row["gini"] == pytest.approx(0.468, abs=0.01)
    assert row["median"] == pytest.approx(49_777, rel=0.02)


def test_means_of_groups_are_those_of_all(us: pd.DataFrame) -> None:
    """Means printed to the dollar."""
    assert us.loc[(1995, 0.5), "mean"] == pytest.approx(44_938, abs=1)


@pytest.mark.parametrize(("place", "year", "mean"), [("130000", 2010, 16_263.43), ("cn", 2007, 13_785.81)])
def test_persons_earn_the_published_mean(china: pd.DataFrame, place: str, year: int, mean: float) -> None:
    """Households surveyed times persons in them; the survey's own weights move the mean by a third of a percent."""
    rows = china[(china["place_id"] == place) & (china["year"] == year) & (china["group"] == "urban")]
    assert (rows["number"] * rows["mean_income"]).sum() / rows["number"].sum() == pytest.approx(mean, rel=0.005)


def test_five_means_give_the_published_median_of_china(china: pd.DataFrame) -> None:
    """Of residents, while the fifths are of households: within 2.5 percent in four years."""
    table = poverty_of_brackets(china[china["place_id"] == "cn"]).to_frame()
    rows = table[(table["chosen"] == "yes") & (table["line_share"] == 0.5)].set_index("year")
    for year, median in {2015: 19_281, 2016: 20_883, 2022: 31_370, 2023: 33_036}.items():
        assert rows.loc[year, "median"] == pytest.approx(median, rel=0.025)


def test_gini_of_people_is_beyond_fifths_of_households(china: pd.DataFrame) -> None:
    """China 2015, published 0.462 and mean 21,966: no spread inside of the fifths gives that, nor the mean."""
    rows = china[(china["place_id"] == "cn") & (china["year"] == 2015)]
    row = poverty_of_brackets(rows).to_frame().iloc[0]
    assert row["gini_low"] < row["gini_high"] < 0.462
    assert row["mean"] > 1.05 * 21_966


def test_households_of_fujian_are_not_its_people(china: pd.DataFrame) -> None:
    """2018: the published mean of residents is below that of equal fifths, for poor households are larger."""
    rows = china[(china["place_id"] == "350000") & (china["year"] == 2018)]
    means = rows.groupby("group")["mean_income"].mean()
    assert means["urban"] > 42_121 and means["rural"] > 17_821
    assert set(rows["counted"]) == {"household"}


def test_groups_without_bounds_are_read_by_their_means_alone(china: pd.DataFrame) -> None:
    """Order of rows and a scale do not matter; every distribution has a curve; an inner missing mean is refused."""
    table = poverty_of_brackets(china.sample(frac=1.0, random_state=2)).to_frame()
    good = table[table["chosen"] == "yes"]
    assert len(good) == 3 * len(china.fillna({"group": ""}).groupby(["place_id", "year", "group"]))
    assert good["headcount"].between(good["headcount_low"], good["headcount_high"]).all()
    assert good["gini"].between(good["gini_low"], good["gini_high"]).all()
    assert set(good["curve"]) == {"general quadratic", "beta", "split histogram"}
    tenth = poverty_of_brackets(china.assign(mean_income=china["mean_income"] / 10)).to_frame()
    base = poverty_of_brackets(china).to_frame()
    columns = ["headcount", "gap", "gini", "gini_low", "gini_high", "headcount_low", "headcount_high"]
    pd.testing.assert_frame_equal(tenth[columns], base[columns], rtol=1e-6)
    with pytest.raises(InputError, match="without bounds need a mean"):
        poverty_of_brackets(china.assign(mean_income=china["mean_income"].where(china.index != 2)))
