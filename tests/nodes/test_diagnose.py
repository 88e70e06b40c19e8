"""The nodes room as a whole, on toy clusters and on the shipped example."""

from pathlib import Path

import numpy as np
import pytest

from megaregion.data.cluster import Cluster
from megaregion.data.toy import line, star, twins
from megaregion.data.workspace import Workspace
from megaregion.errors import InputError, MissingDataError
from megaregion.nodes.diagnose import diagnose, population
from megaregion.nodes.tree import IndexTree, tree_from_dict, tree_from_toml


def tree() -> IndexTree:
    return tree_from_dict(
        {
            "index": {"name": "Toy", "year": 2020, "min_indicators": 1},
            "pillar": [
                {"id": "size", "name": "Size", "indicator": [
                    {"id": "population", "name": "P", "direction": 1, "low": 0, "high": 2000000, "unit": "person",
                     "goalpost_source": "test"}]},
                {"id": "none", "name": "None"},
            ],
        }
    )  # fmt: skip


def test_tables_and_names() -> None:
    results = diagnose(line(5), {"index": tree(), "index_more": tree()}, seed=1)
    assert set(results) == {
        "index", "index_steps", "index_values", "index_more", "index_more_steps", "index_more_values", "size",
        "hierarchy", "size_tail", "flow_roles", "flow_networks", "polycentricity", "coverage", "coverage_selection",
        "coverage_means",
    }  # fmt: skip
    for result in results.values():
        assert list(result.to_frame().columns) == [c.name for c in result.describe()]
        assert all(c.en and c.zh for c in result.describe())
        assert all(c.formula.startswith("methods#") for c in result.describe() if c.formula)
    assert results["index_more"].describe()[1].inputs[0].table == "results/nodes/index_more_values"
    assert results["index_more_values"].describe()[7].inputs[1].table == "index.more.toml"


def test_line_is_ordered_by_size() -> None:
    results = diagnose(line(5), {"index": tree()}, seed=1)
    assert results["index"].to_frame()["rank"].tolist() == [1, 2, 3, 4, 5]
    assert results["size"].to_frame()["population"].tolist() == pytest.approx([1e6 / r for r in range(1, 6)])


def test_star_has_the_primacy_of_its_construction() -> None:
    frame = diagnose(star(6), {}, seed=1)["hierarchy"].to_frame()
    assert frame["concept"].tolist() == ["population", "urban_population"]
    assert frame["primacy_2"].tolist() == pytest.approx([5.0, 5.0])


def test_without_urban_population_the_concept_is_left_out_by_name() -> None:
    cluster = line(4)
    table = cluster.indicators
    result = diagnose(cluster.replace(indicators=table[table["indicator"] != "urban_population"]), {}, seed=1)
    assert result["hierarchy"].to_frame()["concept"].tolist() == ["population"]
    assert any("urban_population is left out" in text for text in result["hierarchy"].warnings)


def test_without_flows_there_are_no_roles() -> None:
    results = diagnose(line(5).replace(flows={}), {}, seed=1)
    assert not set(results) & {"flow_roles", "flow_networks", "polycentricity"}


def test_trains_of_the_example_are_more_concentrated_than_people(examples: Path) -> None:
    """Counted facts of the source: 24,118 direct trains, 1,032 directed pairs, Shanghai-Nanjing 253, Zhoushan none."""
    workspace = Workspace(examples / "yangtze-delta")
    results = diagnose(workspace.cluster(), {}, seed=workspace.seed)
    (network,) = results["flow_networks"].to_frame().to_dict("records")
    assert (network["total"], network["pairs"], network["places"]) == (24_118.0, 1032, 40)
    both = results["polycentricity"].to_frame().set_index("direction").loc["both"]
    assert both["sd_flow"] > both["sd_size"]
    assert both["p"] < 0.001
    roles = results["flow_roles"].to_frame().set_index("place_id")
    assert roles.loc["330900", ["participation", "constraint", "betweenness"]].isna().all()
    assert not roles.loc["330900", "core"]
    assert roles.loc["310100", "core"]


def without_role(cluster: Cluster) -> Cluster:
    return cluster.replace(attrs={**cluster.attrs, "indicators": {}})


def test_population_comes_from_places_where_no_role_is_named() -> None:
    people, origin = population(without_role(twins()))
    assert people.tolist() == [1e6, 1e6]
    assert origin.table == "tables/places.csv"
    broken = without_role(twins())
    broken = broken.replace(places=broken.places.assign(population=np.nan))
    with pytest.raises(MissingDataError, match="c1, c2"):
        population(broken)


@pytest.mark.parametrize("name", ["idx", "index_steps", "index_values", "index-a", "index_A"])
def test_names_that_would_collide_are_refused(name: str) -> None:
    with pytest.raises(InputError, match="cannot be called"):
        diagnose(line(3), {name: tree()}, seed=1)


def test_options_are_read_and_checked() -> None:
    cluster = line(3).replace(options={"index": {"draws": 10}})
    assert diagnose(cluster, {"index": tree()}, seed=1)["index"].parameters()["draws"] == 10
    for bad in ({"draw": 10}, {"draws": 2.5}, {"draws": True}):
        with pytest.raises(InputError):
            diagnose(cluster.replace(options={"index": bad}), {}, seed=1)


def test_yangtze_example_has_its_holes_and_the_census(examples: Path) -> None:
    """Census of 2020: 235,213,670 people in 41 cities; ecology has no data, culture one indicator."""
    workspace = Workspace(examples / "yangtze-delta")
    spec = tree_from_toml((workspace.root / "index.toml").read_text(encoding="utf-8"))
    cluster = workspace.cluster()
    assert spec.problems(cluster.indicators) == []
    results = diagnose(cluster, {"index": spec}, seed=workspace.seed)
    assert results["size"].facts()["total"] == 235_213_670
    frame = results["index"].to_frame()
    assert len(frame) == 41
    assert frame[["score", "rank_p05", "rank_p95"]].notna().all(axis=None)
    assert frame[["pillar_ecology", "pillar_culture"]].isna().all(axis=None)
    assert (frame["rank_p05"] <= frame["rank_p50"]).all()
    assert (frame["rank_p50"] <= frame["rank_p95"]).all()
