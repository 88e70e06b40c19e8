import numpy as np
import pytest

from megaregion.equilibrium.calibrate import baseline
from megaregion.equilibrium.shocks import impulses
from megaregion.equilibrium.simulate import solve
from megaregion.errors import InputError
from megaregion.plan.projects import projects, ranks, value


def test_projects_come_sorted_with_their_scenarios(geography, cluster, entries) -> None:
    place = geography(8, 1)
    raw = entries(place.places, 3)[::-1]
    raw[0]["opened"] = 2021
    found = projects(cluster(place).replace(projects=tuple(raw)))
    assert [p.id for p in found] == ["rail-00", "rail-01", "rail-02"]
    assert [p.usable for p in found] == [True, True, False]
    assert found[2].opened == 2021
    assert found[0].scenario.name_zh == "线路0"
    assert found[0].scenario.changes[0].from_node == "n" + found[0].jurisdictions[0]


def test_everything_wrong_with_projects_is_listed_at_once(geography, cluster, entries) -> None:
    place = geography(8, 1)
    raw = entries(place.places, 7)
    raw[0].update(cost=-1.0, colour="red")
    raw[1].update(kind="canal", jurisdictions=["nowhere"])
    raw[2]["change"][0].update(from_node="lost", speed=3)
    del raw[3]["cost"], raw[3]["name"]
    raw[4].update(opened="2021", cost_basis=3)
    raw[5]["id"] = raw[6]["id"]
    raw[6]["change"] = []
    with pytest.raises(InputError) as caught:
        projects(cluster(place).replace(projects=tuple(raw)))
    for text in (
        "rail-00: unknown key 'colour'", "rail-00: cost must be", "rail-01: kind must be one of rail, recognition",
        "'nowhere' is not in places.place_id", "rail-02: changes: change 1: AddLink: unknown keys speed",
        "rail-03: missing key 'cost'", "rail-03: missing key 'name'", "rail-04: opened must be a year",
        "rail-04: cost_basis must be text", "rail-06: it changes nothing",
    ):  # fmt: skip
        assert text in str(caught.value), text
    raw = entries(place.places, 2)
    raw[1]["id"] = raw[0]["id"]
    with pytest.raises(InputError, match="rail-00: the id stands twice"):
        projects(cluster(place).replace(projects=tuple(raw)))
    raw = entries(place.places, 1)
    raw[0]["change"][0]["to_node"] = "lost"
    with pytest.raises(InputError, match=r"'lost' is not in nodes\.node_id"):
        projects(cluster(place).replace(projects=tuple(raw)))


def test_values_are_exact_solutions_of_each_project_alone(geography, cluster, entries, times, border, times_of) -> None:
    place = geography(12, 2)
    region = cluster(place, equilibrium={"draws": 20}).replace(projects=tuple(entries(place.places, 6)))
    base, known = baseline(region, times(place), border), projects(region)
    found = list(impulses(region, {p.id: p.scenario for p in known}, place, times_of(place)).values())
    got = value(base, found, seed=3)
    for number, one in enumerate(found):
        alone = solve(base.nominal.economy, [one.shock(base.nominal)]).welfare[0]
        assert got.welfare[number] == pytest.approx(alone, rel=1e-10)
        assert got.gain[number] == pytest.approx(place.income.sum() * (alone - 1.0), rel=1e-4, abs=1e-5)
    assert (got.gain_p05 <= got.gain_p95).all()
    assert (got.full_effect >= got.welfare - 1e-10).all()


def test_ranks_break_ties_by_id() -> None:
    np.testing.assert_array_equal(ranks(np.array([1.0, 3.0, 1.0]), ["b", "c", "a"]), [3, 1, 2])
