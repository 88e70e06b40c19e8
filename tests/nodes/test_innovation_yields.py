"""What inputs become: ratios by hand, lags, units, exact intervals, and what does not go together."""

import numpy as np
import pytest
from tests.nodes.innovation_by_hand import cluster, indicators

from megaregion.core.specialisation import garwood
from megaregion.errors import InputError, UnitError
from megaregion.nodes.innovation import innovation
from megaregion.nodes.innovation_options import InnovationOptions
from megaregion.nodes.innovation_yields import yields

MONEY = "million CNY (current)"
SOLD, SPENT = ("technology_sold", "rd_expenditure")
ROWS = [
    ("A", 2020, SOLD, 300.0, MONEY, "全市"), ("A", 2020, SPENT, 200.0, MONEY, "全市"),
    ("A", 2019, SPENT, 150.0, MONEY, "全市"), ("p", 2020, SOLD, 4.0, "100 million CNY (current)", "全市"),
    ("p", 2018, SPENT, 800.0, MONEY, "全市"), ("B", 2020, SOLD, 5.0, MONEY, "市辖区"),
    ("B", 2020, SPENT, 10.0, MONEY, "全市"),
]  # fmt: skip
ONE = InnovationOptions(yields=((SOLD, SPENT),))


def test_money_over_money_by_hand_with_its_lags() -> None:
    """A: 300 / 200 = 1.5 at once, 300 / 150 = 2 a year later; p, a province, 400 / 800; B in districts has no input."""
    got = yields(cluster(indicators=indicators(*ROWS)), ONE)
    assert got is not None
    table = got.to_frame().set_index(["place_id", "lag"])
    assert table.loc[("A", 0), "value"] == 1.5 and table.loc[("A", 1), "value"] == 2.0
    assert table.loc[("p", 2), "value"] == pytest.approx(0.5) and table.loc[("p", 2), "kind"] == "province"
    assert table.loc["A"][["lag_low", "lag_high"]].to_numpy().tolist() == [[1.5, 2.0], [1.5, 2.0]]
    assert table.loc["p"][["lag_low", "low", "high"]].isna().all(axis=None) and set(table["unit"]) == {"ratio"}
    assert len(table) == 4 and table.loc[("B", 0), "reason_en"] == "no input of this territory in these years"
    assert table["reason_zh"].ne("").tolist() == table["value"].isna().tolist()
    assert got.facts() == {"pairs": [[SOLD, SPENT]], "places": 2, "values": 3}
    told = " ".join(got.warnings)
    assert "1 of 3 values have no input" in told and "prices of their own years" in told and "no proof" in told


def test_counts_have_the_exact_poisson_interval() -> None:
    """10 grants for 200 million: 5 per 100 million; Garwood's (1936) limits 4.795 to 18.390, halved."""
    rows = [("A", 2020, "invention_grants", 10.0, "count", "全市"), ("A", 2020, SPENT, 200.0, MONEY, "全市"),
            ("B", 2020, "invention_grants", 0.0, "count", "全市"), ("B", 2020, SPENT, 0.0, MONEY, "全市")]  # fmt: skip
    got = yields(cluster(indicators=indicators(*rows)), InnovationOptions())
    assert got is not None
    table = got.to_frame().set_index("place_id")
    assert table.loc["A", "value"] == 5.0 and table.loc["A", "unit"] == "count per 100 million CNY (current)"
    np.testing.assert_allclose(table.loc["A", ["low", "high"]].astype(float), [4.795 / 2, 18.390 / 2], atol=5e-4)
    assert table.loc["B", "reason_en"] == "the input is not above zero" and np.isnan(table.loc["B", "value"])
    np.testing.assert_allclose(np.ravel(garwood(np.array([0.0]))), [0.0, 3.689], atol=5e-4)


def test_the_unit_of_money_changes_nothing() -> None:
    other = [(p, y, i, 1e6 * v if u == MONEY else 1e8 * v, "CNY (current)", s) for p, y, i, v, u, s in ROWS]
    one, two = (yields(cluster(indicators=indicators(*rows)), ONE) for rows in (ROWS, other))
    assert one is not None and two is not None
    np.testing.assert_allclose(one.to_frame()["value"], two.to_frame()["value"], rtol=1e-12)


def test_output_per_person_of_the_staff() -> None:
    rows = [("A", 2020, "sales", 90.0, MONEY, "全市"), ("A", 2020, "staff", 0.3, "10000 persons", "全市")]
    got = yields(cluster(indicators=indicators(*rows)), InnovationOptions(yields=(("sales", "staff"),)))
    assert got is not None
    row = got.to_frame().iloc[0]
    assert row["value"] == pytest.approx(0.03) and row["unit"] == "million CNY (current) per person"


def test_they_come_with_the_other_tables_and_nothing_comes_without_a_pair() -> None:
    got = innovation(cluster(indicators=indicators(*ROWS)), seed=1)
    assert list(got) == ["innovation", "innovation_yields"]
    assert yields(cluster(indicators=indicators(ROWS[0])), ONE) is None and yields(cluster(), ONE) is None


@pytest.mark.parametrize(
    ("rows", "error", "words"),
    [
        ([*ROWS, ROWS[0]], InputError, "technology_sold has several values for A 2020"),
        ([ROWS[1], ("A", 2020, SOLD, -1.0, MONEY, "全市")], InputError, "technology_sold is negative for A"),
        ([ROWS[0], ("A", 2020, SPENT, 1.0, "million CNY (2015)", "全市")], UnitError, "price base"),
        ([ROWS[0], ("A", 2020, SPENT, 1.0, "percent", "全市")], InputError, "the input must be money or people"),
    ],
)
def test_what_does_not_go_together(rows: list[tuple[str, int, str, float, str, str]], error: type[Exception],
                                   words: str) -> None:  # fmt: skip
    with pytest.raises(error, match=words):
        yields(cluster(indicators=indicators(*rows)), ONE)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"lags": [0, -1]}, "lags must be different whole numbers"),
        ({"lags": [1, 1]}, "lags must be different whole numbers"),
        ({"lags": 1}, "lags must be a list of years"),
        ({"yields": "sales"}, "yields must be a list of"),
        ({"yields": [["sales"]]}, "yields must be pairs"),
        ({"yields": [["sales", "sales"]]}, "yields must be pairs"),
    ],
)
def test_bad_options(given: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        InnovationOptions.of(given)
    assert InnovationOptions.of({"yields": [["sales", "staff"]], "lags": [0]}).yields == (("sales", "staff"),)
