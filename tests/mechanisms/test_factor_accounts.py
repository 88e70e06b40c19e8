"""Factor accounts: closed systems, hand cases, censored pairs, registration, real commuting, bad input."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from megaregion.data.cluster import Cluster
from megaregion.data.toy import line
from megaregion.data.workspace import Workspace
from megaregion.errors import InputError
from megaregion.mechanisms.factor_accounts import factor_accounts
from megaregion.result import Result


def commuting(cluster: Cluster, values: np.ndarray, **attrs: Any) -> Cluster:
    ids = cluster.select("city").index
    frame = pd.DataFrame(values, ids, ids)
    frame.attrs.update(unit="person", period="2020", observed=True, source="toy", **attrs)
    return cluster.replace(flows={"commuting": frame})


def flow(origin: str, destination: str, value: float, **more: Any) -> dict[str, Any]:
    return {"factor": "land", "channel": "quota", "origin": origin, "destination": destination, "year": 2020,
            "value": value, "unit": "ha", "payment": math.nan, "observed": True, "barrier": "", "source": "toy",
            **more}  # fmt: skip


def rows(result: Result, *keys: str) -> pd.DataFrame:
    return result.to_frame().set_index(list(keys))


def test_two_places_by_hand() -> None:
    """3 go one way, 1 the other: balance 1 - 2/4; those who stay count for nothing."""
    cluster = commuting(line(2), np.array([[50.0, 3.0], [1.0, 70.0]]))
    results = factor_accounts(cluster)
    account = rows(results["factor_accounts"], "place_id")
    assert account.loc["c1", ["inflow", "outflow", "net", "gross", "balance"]].tolist() == [1.0, 3.0, -2.0, 4.0, 0.5]
    (pair,) = results["factor_pairs"].to_frame().to_dict("records")
    assert (pair["a_to_b"], pair["b_to_a"], pair["balance"], pair["one_way"]) == (3.0, 1.0, 0.5, "no")


@pytest.mark.parametrize("seed", range(3))
def test_a_closed_system_sums_to_zero(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 1000, (6, 6)).astype(float)
    values[rng.random((6, 6)) < 0.3] = math.nan
    frame = factor_accounts(commuting(line(6), values))["factor_accounts"].to_frame()
    assert frame["net"].sum() == 0.0  # whole numbers: exact
    off = values[~np.eye(6, dtype=bool)]
    assert frame["inflow"].sum() == frame["outflow"].sum() == np.nansum(off)


def test_payments_close_too_and_the_outside_opens_the_system() -> None:
    inside = pd.DataFrame([flow("c1", "c2", 10.0, payment=4.0), flow("c2", "c3", 3.0, payment=2.0)])
    frame = factor_accounts(line(3), inside)["factor_accounts"].to_frame()
    assert frame["net"].sum() == 0.0
    assert frame["payment_received"].sum() == frame["payment_made"].sum() == 6.0
    opened = pd.concat([inside, pd.DataFrame([flow("outside", "c1", 5.0)])])
    frame = factor_accounts(line(3), opened)["factor_accounts"].to_frame()
    assert frame["net"].sum() == 5.0
    assert "outside" not in set(frame["place_id"])


def test_reversing_all_flows_turns_the_account_round() -> None:
    values = np.arange(16.0).reshape(4, 4)
    one = rows(factor_accounts(commuting(line(4), values))["factor_accounts"], "place_id")
    other = rows(factor_accounts(commuting(line(4), values.T))["factor_accounts"], "place_id")
    np.testing.assert_array_equal(one["net"], -other["net"])
    np.testing.assert_array_equal(one["balance"], other["balance"])


def test_units_of_one_channel_are_brought_together() -> None:
    given = pd.DataFrame([flow("c1", "c2", 1.0, unit="km2"), flow("c2", "c1", 100.0)])
    (pair,) = factor_accounts(line(2), given)["factor_pairs"].to_frame().to_dict("records")
    assert pair["unit"] == "km2"
    assert pair["balance"] == pytest.approx(1.0, rel=1e-12)  # 100 ha are 1 km2


def test_places_that_only_give_or_receive_are_told() -> None:
    """A place of which the table gives one direction has 0 in the other: that rests on the table being complete."""
    one = factor_accounts(line(2), pd.DataFrame([flow("c1", "c2", 95.0)]))["factor_accounts"]
    assert any("channel quota of 2020: 2 of 2 places have flows in one direction only" in t for t in one.warnings)
    both = pd.DataFrame([flow("c1", "c2", 95.0), flow("c2", "c1", 5.0)])
    assert not any("one direction" in text for text in factor_accounts(line(2), both)["factor_accounts"].warnings)


def test_one_way_flag_and_barriers_come_from_threshold_and_data() -> None:
    given = pd.DataFrame([flow("c1", "c2", 95.0, barrier="quota only within the province"), flow("c2", "c1", 5.0)])
    loose, strict = (
        rows(factor_accounts(line(2).replace(options={"factor_accounts": {"one_way_share": s}}), given)["factor_pairs"],
             "place_a").loc["c1"]
        for s in (0.04, 0.06)
    )  # fmt: skip
    assert (loose["one_way"], strict["one_way"]) == ("no", "yes")
    assert loose["barrier"] == "quota only within the province"


@pytest.mark.parametrize(
    ("limit", "value", "flag", "balance"),
    [
        (None, 500.0, "unknown", math.nan),  # the table says nothing on the other direction
        (10.0, 500.0, "yes", math.nan),  # at most 10 of 510: one-way whatever it is
        (10.0, 50.0, "unknown", math.nan),  # 10 of 60 would not be
        (0.0, 50.0, "yes", 0.0),  # absent means none
    ],
)
def test_absent_directions(limit: float | None, value: float, flag: str, balance: float) -> None:
    cluster = commuting(line(2), np.array([[math.nan, value], [math.nan, math.nan]]))
    absent = {} if limit is None else {"commuting": limit}
    found = factor_accounts(cluster.replace(options={"factor_accounts": {"absent_below": absent}}))
    (pair,) = found["factor_pairs"].to_frame().to_dict("records")
    assert pair["one_way"] == flag
    assert pair["balance"] == pytest.approx(balance, nan_ok=True)
    assert any("missing from the sums" in text for text in found["factor_accounts"].warnings) == bool(limit)


def test_modelled_layers_are_left_out_or_marked() -> None:
    cluster = commuting(line(2), np.array([[0.0, 3.0], [1.0, 0.0]]))
    cluster.flows["commuting"].attrs["observed"] = False
    left = factor_accounts(cluster)["factor_accounts"]
    assert left.to_frame().empty
    assert any("commuting is modelled" in text for text in left.warnings)
    taken = factor_accounts(cluster.replace(options={"factor_accounts": {"modelled": True}}))["factor_accounts"]
    assert set(taken.to_frame()["basis"]) == {"modelled"}


def test_town_and_country() -> None:
    """c1 is town; 7 come in from the country, 2 go out, 5 move between the two places of the country."""
    values = np.array([[0.0, 2.0, 0.0], [3.0, 0.0, 5.0], [4.0, 0.0, 0.0]])
    cluster = commuting(line(3), values)
    ids = cluster.select("city").index
    types = [{"place_id": p, "year": 2020, "indicator": "type", "value": float(p == "c1"), "unit": "index",
              "scope": "县", "source": "toy", "flag": None} for p in ids]  # fmt: skip
    table = pd.concat([cluster.indicators.astype({"flag": object}), pd.DataFrame(types)], ignore_index=True)
    mine = cluster.replace(indicators=table, attrs={**cluster.attrs, "indicators": {"settlement": "type"}})
    (row,) = factor_accounts(mine)["factor_settlement"].to_frame().to_dict("records")
    assert [row[n] for n in ("to_town", "to_country", "within_town", "within_country")] == [7.0, 2.0, 0.0, 5.0]
    assert row["balance"] == pytest.approx(1 - 5 / 9)


def registration(cluster: Cluster, values: dict[str, list[float]], **extra: str) -> Cluster:
    ids = cluster.select("city").index
    table = pd.DataFrame([
        {"place_id": p, "year": 2020, "indicator": name, "value": v, "unit": "person", "scope": "全市",
         "source": "toy", "flag": None}
        for name, column in values.items() for p, v in zip(ids, column, strict=True)
    ])  # fmt: skip
    roles = {"registered_same_province": "near", "registered_other_province": "far", **extra}
    return cluster.replace(indicators=table, attrs={**cluster.attrs, "indicators": roles})


def test_registration_is_one_sided_without_registered_people_and_two_sided_with_them() -> None:
    """100 residents, 20 of them registered elsewhere, 130 registered here: 80 at home, 50 away."""
    values = {"near": [5.0, 1.0], "far": [15.0, 1.0], "people": [100.0, 50.0], "hukou": [130.0, 40.0]}
    one = rows(factor_accounts(registration(line(2), values))["factor_accounts"], "place_id")
    assert one.loc["c1", "inflow"] == 20.0
    assert math.isnan(one.loc["c1", "outflow"]) and one.loc["c1", "basis"] == "one-sided"
    two = factor_accounts(registration(line(2), values, population="people", population_hukou="hukou"))
    frame = rows(two["factor_accounts"], "place_id")
    assert frame.loc["c1", ["outflow", "net", "basis"]].tolist() == [50.0, -30.0, "derived"]
    assert math.isnan(frame.loc["c2", "outflow"])  # 40 registered, 48 at home: cannot be
    assert any("c2 2020" in text for text in two["factor_accounts"].warnings)


def test_leakage_by_hand() -> None:
    values = {"near": [1.0, 1.0], "far": [1.0, 1.0], "saved": [200.0, 50.0], "lent": [150.0, 100.0]}
    cluster = registration(line(2), values, deposits="saved", loans="lent")
    money = cluster.indicators["indicator"].isin(["saved", "lent"])
    units = cluster.indicators["unit"].where(~money, "million CNY (current)")
    frame = rows(factor_accounts(cluster.replace(indicators=cluster.indicators.assign(unit=units)))["capital_leakage"],
                 "place_id")  # fmt: skip
    assert frame["loan_deposit_ratio"].tolist() == [0.75, 2.0]
    assert frame["leakage"].tolist() == [50e6, -50e6]
    assert frame["leakage_share"].tolist() == [0.25, -1.0]


def test_nothing_given_says_so() -> None:
    for name, result in factor_accounts(line(2)).items():
        assert result.to_frame().empty, name
        assert result.warnings, name
        assert list(result.to_frame().columns) == [c.name for c in result.describe()]


def test_everything_wrong_is_said_at_once() -> None:
    given = pd.DataFrame([
        flow("c1", "nowhere", 1.0), flow("c1", "c2", -1.0), flow("c2", "c1", math.nan), flow("c1", "c3", 1.0),
        flow("c1", "c3", 2.0), flow("c2", "c3", 1.0, factor="love"), flow("c3", "c1", 1.0, unit="person"),
        flow("c3", "c2", 1.0, payment=-2.0),
    ])  # fmt: skip
    with pytest.raises(InputError) as caught:
        factor_accounts(line(3), given)
    for text in ("not in places.csv", "value is missing, negative", "given twice", "factor is none", "payment", "ha"):
        assert text in str(caught.value)
    with pytest.raises(InputError, match="lacks the columns value"):
        factor_accounts(line(3), given.drop(columns="value"))
    with pytest.raises(InputError, match="a flow is negative"):
        factor_accounts(commuting(line(2), np.array([[0.0, -3.0], [1.0, 0.0]])))
    doubled = pd.DataFrame([flow("c1", "c2", 1.0, factor="labour", channel="commuting", unit="person")])
    with pytest.raises(InputError, match=r"in flows\.csv and in factor_flows\.csv"):
        factor_accounts(commuting(line(2), np.ones((2, 2))), doubled)


@pytest.mark.parametrize("options", [{"share": 1}, {"one_way_share": 0.0}, {"absent_below": {"commuting": -1.0}}])
def test_wrong_options(options: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="factor_accounts"):
        factor_accounts(line(2).replace(options={"factor_accounts": options}))


def test_german_commuting_closes(shared_data: Path) -> None:
    """401 counties, 33,052,677 employees, 67.06 % at home (README of the data): the rest cross, in as out."""
    wide = pd.read_csv(shared_data / "germany" / "commuting_wide.csv", header=None).to_numpy()
    values = pd.DataFrame(wide).apply(pd.to_numeric, errors="coerce").dropna(how="all").dropna(axis=1, how="all")
    square = values.to_numpy(dtype=float)[-401:, -401:].T  # workplace in rows there, residence in rows here
    ids = [f"k{i:03d}" for i in range(401)]
    places = pd.DataFrame({"kind": "county", "parent_id": None, "population": 1.0, "area_km2": 1.0}, index=ids)
    frame = pd.DataFrame(np.where(square > 0, square, math.nan), ids, ids)
    frame.attrs.update(unit="person", period="2018", observed=True, source="toolkit")
    cluster = line(2).replace(places=places, flows={"commuting": frame},
                              attrs={"level": "county", "detail": "county", "base_year": 2018})  # fmt: skip
    account = factor_accounts(cluster)["factor_accounts"].to_frame()
    assert account["net"].sum() == 0.0
    assert account["inflow"].sum() == pytest.approx(33_052_677 * (1 - 0.6706), rel=2e-4)  # printed to .01 %


def test_registration_of_the_shipped_example(examples: Path) -> None:
    cluster = Workspace(examples / "yangtze-delta").cluster()
    roles = {**cluster.attrs["indicators"], "registered_same_province": "registered_same_province",
             "registered_other_province": "registered_other_province", "population_hukou": "hukou_population",
             "deposits": "deposits", "loans": "loans"}  # fmt: skip
    found = factor_accounts(cluster.replace(attrs={**cluster.attrs, "indicators": roles}))
    frame = found["factor_accounts"].to_frame()
    late = frame[frame["period"] == "2020"]
    assert len(late) == 209 and late["outflow"].isna().all()
    table = cluster.indicators
    cities = cluster.select("city").index
    whole = table[table["indicator"].isin(["registered_same_province", "registered_other_province"])
                  & table["place_id"].isin(cities) & (table["year"] == 2020)]["value"].sum()  # fmt: skip
    assert late["inflow"].sum() == whole  # the city file, read on its own
    early = frame[(frame["period"] == "2010") & frame["outflow"].notna()]
    assert len(early) == 207  # two cores exchanged a town after 2010
    assert found["capital_leakage"].facts()["city 2023"]["places"] == 41
