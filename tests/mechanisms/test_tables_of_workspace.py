"""Games, measures, paths and scenarios that a workspace states in tables of its own."""

from __future__ import annotations

import pandas as pd
import pytest

from megaregion.data import toy
from megaregion.data.cluster import Cluster
from megaregion.errors import InputError, MissingDataError
from megaregion.mechanisms.bargains import games_of_cluster, measures_of_cluster
from megaregion.mechanisms.paths_of_cluster import paths_of_cluster, scenarios_of_cluster

# c1 alone 6, c2 alone 8, together 10: the two save 4 and the nucleolus halves it
GAME = pd.DataFrame({"game": "road", "kind": "cost", "coalition": ["c1", "c2", "c1;c2"], "value": [6.0, 8.0, 10.0],
                     "unit": "million CNY", "source": "s"})  # fmt: skip
MEASURES = pd.DataFrame({"measure": "road", "party": ["c1", "c2"], "gain": [5.0, -2.0]})
INSTRUMENTS = pd.DataFrame({
    "instrument_id": ["plan", "works"], "title": ["Plan", "Works"], "requires": ["", "plan"], "cost": [1.0, 4.0],
    "lead_time": [1, 2], "evidence": ["C", "C"], "effects": ["", "services=10"],
})  # fmt: skip


def with_tables(cluster: Cluster, options: dict | None = None, **tables: pd.DataFrame) -> Cluster:
    return cluster.replace(further=tables, options=options or {})


def targets(**columns: object) -> pd.DataFrame:
    base = {"region_type": "c1", "indicator": "services", "sense": "at-least", "target": 58.0, "now": 50.0}
    return pd.DataFrame([base | columns])


def services(cluster: Cluster, values: dict[str, float]) -> Cluster:
    """The indicator `services` of some places in the base year."""
    base = cluster.indicators.iloc[: len(values)].copy()
    rows = base.assign(place_id=list(values), indicator="services", value=list(values.values()), unit="index",
                       year=int(cluster.attrs["base_year"]))  # fmt: skip
    return cluster.replace(indicators=pd.concat([cluster.indicators, rows], ignore_index=True))


def test_nothing_without_tables() -> None:
    cluster = toy.twins()
    assert games_of_cluster(cluster, seed=1) == {} == measures_of_cluster(cluster)
    assert paths_of_cluster(cluster) == {} == scenarios_of_cluster(cluster)


def test_a_game_is_split_and_population_is_a_rule_of_its_own() -> None:
    out = games_of_cluster(with_tables(toy.line(2), games=GAME), seed=1)["sharing"].to_frame()
    split = out.pivot(index="place_id", columns="rule", values="payoff")
    assert split["nucleolus"].tolist() == pytest.approx([4.0, 6.0])
    assert split["proportional_to_population"].tolist() == pytest.approx([20 / 3, 10 / 3])  # Zipf: 2 to 1


def test_a_game_of_others_than_places_has_no_rule_by_population() -> None:
    strange = GAME.assign(coalition=["a", "b", "a;b"])
    out = games_of_cluster(with_tables(toy.twins(), games=strange), seed=1)["sharing"].to_frame()
    assert "proportional_to_population" not in set(out["rule"])
    with pytest.raises(InputError, match=r"gdp of .* is missing for a, b"):
        games_of_cluster(with_tables(toy.twins(), {"games": {"weights": ["gdp"]}}, games=strange), seed=1)


@pytest.mark.parametrize("options", [{"games": {"rule": 1}}, {"games": {"weights": "gdp"}}, {"games": 3}])
def test_options_of_games_are_checked(options: dict) -> None:
    with pytest.raises(InputError, match=r"options\.games"):
        games_of_cluster(with_tables(toy.twins(), options, games=GAME), seed=1)


def test_measures_are_agreed_with_a_payment() -> None:
    out = measures_of_cluster(with_tables(toy.twins(), measures=MEASURES))
    assert out["agreement_parties"].to_frame()["payment"].tolist() == [-2.0, 2.0]
    without = measures_of_cluster(with_tables(toy.twins(), {"measures": {"payment_limit": 0}}, measures=MEASURES))
    assert not without["agreement_measures"].to_frame()["agreed"].any()
    with pytest.raises(InputError, match="unknown key 'margins'"):
        measures_of_cluster(with_tables(toy.twins(), {"measures": {"margins": 1}}, measures=MEASURES))


def test_a_path_takes_the_plan_first() -> None:
    out = paths_of_cluster(with_tables(toy.twins(), instruments=INSTRUMENTS, targets=targets()))
    row = out["paths"].to_frame().iloc[0]
    assert (row["complete"], row["cost"], row["finish"]) == ("yes", 5.0, 3)
    assert row["sequence"] == "0: plan; 1: works"


def test_a_budget_by_type_is_a_table() -> None:
    for budget, complete in (({"c1": 3.0}, "no"), ({"c1": [1.0, 4.0, 0.0]}, "yes")):
        options = {"paths": {"horizon": 3, "budget": budget}}
        found = paths_of_cluster(with_tables(toy.twins(), options, instruments=INSTRUMENTS, targets=targets()))
        assert found["paths"].to_frame()["complete"].tolist() == [complete]


def test_present_values_come_from_the_indicators() -> None:
    cluster = services(toy.line(2), {"c1": 50.0, "c2": 20.0})  # people 2 to 1: mean 40
    tables = {"instruments": INSTRUMENTS, "targets": targets(now=float("nan"))}
    assert paths_of_cluster(with_tables(cluster, **tables))["path_targets"].to_frame()["now"].tolist() == [50.0]
    both = {"paths": {"types": {"north": ["c1", "c2"]}}}
    tables["targets"] = targets(now=float("nan"), region_type="north")
    found = paths_of_cluster(with_tables(cluster, both, **tables))
    assert found["path_targets"].to_frame()["now"].tolist() == pytest.approx([40.0])
    assert any("weighted by population" in text for text in found["paths"].warnings)


@pytest.mark.parametrize(
    ("columns", "options", "message"),
    [
        ({"region_type": "north", "now": float("nan")}, {}, "north is no place"),
        ({"now": float("nan")}, {}, "services of .* is missing for c1"),
        ({}, {"paths": {"types": {"c1": []}}}, "must be a list of place_id"),
        ({}, {"paths": {"types": {"c1": ["x"]}}}, "places that are not there: x"),
        ({}, {"paths": {"types": 1}}, "types must be a table"),
        ({}, {"paths": {"years": 3}}, "unknown key 'years'"),
    ],
)
def test_what_is_wrong_with_targets_is_said(columns: dict, options: dict, message: str) -> None:
    cluster = with_tables(toy.twins(), options, instruments=INSTRUMENTS, targets=targets(**columns))
    with pytest.raises(InputError, match=message):
        paths_of_cluster(cluster)


def test_two_present_values_of_one_indicator() -> None:
    both = pd.concat([targets(), targets(sense="at-most", target=90.0, now=51.0)])
    with pytest.raises(InputError, match="two present values of services of c1: 50 and 51"):
        paths_of_cluster(with_tables(toy.twins(), instruments=INSTRUMENTS, targets=both))


def test_targets_without_instruments() -> None:
    with pytest.raises(MissingDataError, match="no instruments"):
        paths_of_cluster(with_tables(toy.twins(), targets=targets()))


def impacts() -> pd.DataFrame:
    """Growth and migration promote each other, stagnation and staying too."""
    rows = [("growth", "fast", "moves", "many", 2.0), ("growth", "slow", "moves", "few", 2.0),
            ("moves", "many", "growth", "fast", 1.0), ("moves", "few", "growth", "slow", 1.0)]  # fmt: skip
    return pd.DataFrame(rows, columns=["descriptor", "state", "on_descriptor", "on_state", "impact"])


def test_scenarios_that_hold_together() -> None:
    out = scenarios_of_cluster(with_tables(toy.twins(), impacts=impacts()))["consistent_scenarios"]
    found = out.to_frame().groupby("scenario")["state"].agg(tuple).tolist()
    assert sorted(found) == [("fast", "many"), ("slow", "few")]
    assert out.facts() == {"possible": 4.0, "consistent": 2}


def test_a_pair_of_states_twice() -> None:
    twice = pd.concat([impacts(), impacts().head(1)])
    with pytest.raises(InputError, match="1 pairs of states are there twice: growth fast moves many"):
        scenarios_of_cluster(with_tables(toy.twins(), impacts=twice))
