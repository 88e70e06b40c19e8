"""The mechanisms room as a whole, on toy clusters and on the shipped example."""

import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from megaregion.data.cluster import Cluster
from megaregion.data.toy import line, twins
from megaregion.data.workspace import Workspace
from megaregion.errors import InputError
from megaregion.mechanisms.diagnose import diagnose


def roles(cluster: Cluster, **changes: Any) -> Cluster:
    names = {**cluster.attrs["indicators"], **changes}
    return cluster.replace(attrs={**cluster.attrs, "indicators": {k: v for k, v in names.items() if v}})


def added(cluster: Cluster, rows: list[dict[str, Any]]) -> Cluster:
    full = [{"unit": "person", "scope": "全市", "source": "toy", "flag": None, **row} for row in rows]
    more = pd.DataFrame(full).astype({"flag": object})
    return cluster.replace(indicators=pd.concat([cluster.indicators.astype({"flag": object}), more], ignore_index=True))


def test_line_has_no_disparity() -> None:
    """GDP per head is the same everywhere."""
    results = diagnose(line(6))
    (row,) = results["theil"].to_frame().to_dict("records")
    assert row["total"] == pytest.approx(0.0, abs=1e-15)
    groups = results["theil_groups"].to_frame()
    assert groups["mean"].tolist() == pytest.approx([10_000.0, 10_000.0])  # 10,000 CNY a head
    assert results["theil_groups"].describe()[4].unit == "CNY (current) per person"


@pytest.mark.parametrize("share", [0.5, 0.8, 1.0])
def test_twins_by_their_closed_form(share: float) -> None:
    want = sum(s * math.log(2 * s) for s in (share, 1 - share) if s > 0)
    (row,) = diagnose(twins(share))["theil"].to_frame().to_dict("records")
    assert row["total"] == pytest.approx(want, abs=1e-15)
    assert row["within"] == pytest.approx(0.0, abs=1e-15)


def test_population_change_of_a_toy() -> None:
    """2010 is 10 % below 2020, urban share 75 to 100 %."""
    frame = diagnose(line(4))["population_change"].to_frame()
    assert frame["change_percent"].tolist() == pytest.approx([100 / 9] * 4)
    assert frame["urban_share_start"].tolist() == pytest.approx([75.0] * 4)
    assert frame["group"].tolist() == ["A", "A", "B", "B"]


def test_frames_are_as_described() -> None:
    for result in diagnose(line(4)).values():
        frame = result.to_frame()
        assert list(frame.columns) == [c.name for c in result.describe()]
        assert isinstance(frame.index, pd.RangeIndex)
        assert all(c.en and c.zh for c in result.describe())


def test_missing_roles_give_empty_tables_that_say_so() -> None:
    results = diagnose(roles(line(4), income=None))
    assert len(results["theil"].to_frame()) == 0
    assert "income" in results["theil"].warnings[0]
    assert len(results["population_change"].to_frame()) == 4


def test_one_year_gives_no_change() -> None:
    cluster = line(4)
    table = cluster.indicators
    results = diagnose(cluster.replace(indicators=table[table["year"] == 2020]))
    for name in ("population_change", "population_change_groups"):
        frame = results[name].to_frame()
        assert len(frame) == 0
        assert list(frame.columns) == [c.name for c in results[name].describe()]
        assert "1 years complete" in results[name].warnings[0]


def test_panel_goes_before_the_base_population_and_incomplete_years_are_named() -> None:
    cluster = twins()
    money = {"indicator": "gdp", "value": 100.0, "unit": "million CNY (current)"}
    people = {"indicator": "yearly", "value": 1e6}
    rows = [
        {"place_id": "c1", "year": 2019, **people, "flag": "border-break"},
        {"place_id": "c2", "year": 2019, **people, "value": 3e6},
        {"place_id": "c1", "year": 2020, **people},
        {"place_id": "c2", "year": 2020, **people},
        {"place_id": "c1", "year": 2018, **money},
        {"place_id": "c1", "year": 2019, **money},
        {"place_id": "c2", "year": 2019, **money},
    ]
    result = diagnose(roles(added(cluster, rows), population_panel="yearly"))["theil"]
    table = result.to_frame().set_index("year")
    assert table.index.tolist() == [2019, 2020]
    assert table["population_indicator"].tolist() == ["yearly", "yearly"]
    want = 0.5 * math.log(0.5 / 0.25) + 0.5 * math.log(0.5 / 0.75)
    assert table.loc[2019, "total"] == pytest.approx(want, abs=1e-15)
    assert table.loc[2019, "flag"] == "border-break"
    assert result.facts()["years_skipped"] == {"2018": "gdp missing for c2"}


def test_stable_units_are_used_where_the_cluster_has_them() -> None:
    cluster = twins()
    extra = pd.DataFrame(
        {"kind": "stable_unit", "parent_id": ["c1", "c2"], "name": ["s", "t"]},
        index=pd.Index(["S1", "S2"], name="place_id"),
    )  # fmt: skip
    rows = [
        {"place_id": p, "year": y, "indicator": "population", "value": v, "scope": "县"}
        for p, y, v in (("S1", 2010, 10.0), ("S1", 2020, 5.0), ("S2", 2010, 10.0), ("S2", 2020, 11.0))
    ]
    places = pd.concat([cluster.places.astype(object), extra.reindex(columns=cluster.places.columns).astype(object)])
    frame = diagnose(added(cluster.replace(places=places), rows))["population_change"].to_frame()
    assert frame["place_id"].tolist() == ["S1", "S2"]
    assert frame["group"].tolist() == ["A", "B"]
    assert frame["parent"].tolist() == ["c1", "c2"]
    assert frame["flag"].tolist() == ["check-border", ""]


def test_of_many_years_the_start_is_ten_years_before_the_end() -> None:
    rows = [
        {"place_id": p, "year": y, "indicator": "population", "value": 1e6}
        for p in ("c1", "c2")
        for y in (1995, 2009, 2022)
    ]
    parameters = diagnose(added(twins(), rows))["population_change"].parameters()
    assert (parameters["year_start"], parameters["year_end"]) == (2010, 2022)


def test_doubled_values_and_changing_scopes_are_refused() -> None:
    twice = [{"place_id": "c1", "year": 2020, "indicator": "gdp", "value": 1.0, "unit": "million CNY (current)",
              "scope": "市辖区"}]  # fmt: skip
    with pytest.raises(InputError, match="several values for c1 2020"):
        diagnose(added(twins(), twice))
    other = [{"place_id": "c1", "year": 2005, "indicator": "population", "value": 1.0, "scope": "市辖区"}]
    with pytest.raises(InputError, match="changes its scope"):
        diagnose(added(twins(), other))
    table = twins().indicators
    income = table.assign(scope=table["scope"].mask(table["indicator"] == "gdp", "市辖区"))
    with pytest.raises(InputError, match="different territories"):
        diagnose(twins().replace(indicators=income))


def test_yangtze_census_on_stable_borders(examples: Path) -> None:
    """209 units that sum to the person: 215,607,496 people in 2010 and 235,213,670 in 2020."""
    results = diagnose(Workspace(examples / "yangtze-delta").cluster())
    facts = results["population_change"].facts()
    assert facts["units"] == 209
    assert facts["population_start"] == 215_607_496
    assert facts["population_end"] == 235_213_670
    groups = results["population_change_groups"].to_frame()
    assert groups["units"].sum() == 209
    assert groups["change"].sum() == 235_213_670 - 215_607_496
    theil = results["theil"].to_frame()
    assert 2020 in theil["year"].tolist()
    assert (theil["n"] == 41).all()
    assert ((theil["between"] + theil["within"] - theil["total"]).abs() < 1e-12).all()
