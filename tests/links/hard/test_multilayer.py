"""Layers of places: star and complete, ways through layers by hand, thresholds of random layers, what is refused."""

import numpy as np
import pandas as pd
import pytest

from megaregion.errors import AlignmentError, InputError, MissingDataError
from megaregion.links.diagnose import multilayer_study
from megaregion.links.hard.layer_failures import LayerFailureOptions, layer_failures, through_layers
from megaregion.links.hard.layer_frames import MultilayerOptions, change_minutes, classes
from megaregion.links.hard.multilayer import multilayer

IDS = list("abcdef")
QUICK = MultilayerOptions(permutations=99)


def frame(values: np.ndarray, ids: list[str] = IDS) -> pd.DataFrame:
    return pd.DataFrame(values, ids, ids)


def star() -> np.ndarray:
    out = np.zeros((6, 6))
    out[0, 1:] = out[1:, 0] = 1.0
    return out


def minutes(value: float, ids: list[str] = IDS) -> pd.Series:
    return pd.Series(value, index=ids)


def test_star_and_complete() -> None:
    """By links: centre 1, leaves 4 (n - 1) / n^2. By weight each layer sums to n: star centre 3, leaves 3/5; complete
    1 everywhere: participation 2 (1 - (9 + 1) / 16) = 3/4 and 2 (1 - (0.36 + 1) / 2.56) = 15/16."""
    found = multilayer({"star": frame(star()), "full": frame(7.0 - 7.0 * np.eye(6))}, minutes(30.0), QUICK, seed=1)
    table = found["multilayer_places"].to_frame().set_index("place_id")
    assert table["participation_links"].to_dict() == pytest.approx({"a": 1.0, **dict.fromkeys("bcdef", 20 / 36)})
    assert table["in_star"].to_dict() == pytest.approx({"a": 3.0, **dict.fromkeys("bcdef", 0.6)})
    assert table["participation"].to_dict() == pytest.approx({"a": 0.75, **dict.fromkeys("bcdef", 15 / 16)})
    assert table.loc["a", "rank"] == table.loc["a", "rank_low"] == table.loc["a", "rank_high"] == 1.0
    assert table["versatility"].sum() == pytest.approx(100.0)
    pair = found["multilayer_layers"].to_frame().iloc[0]
    assert pair["jaccard"] == pytest.approx(10 / 30) and pair["links_a"] == 10.0
    facts = found["multilayer_places"].facts()
    assert 0 < facts["algebraic_connectivity"] <= facts["algebraic_connectivity_if_changes_were_free"]


def test_units_do_not_matter_and_places_can_be_in_any_order() -> None:
    rng = np.random.default_rng(1)
    one, two = (frame(rng.uniform(0, 5, (6, 6)) * (rng.random((6, 6)) < 0.6)) for _ in range(2))
    a = multilayer({"x": one, "y": two}, minutes(20.0), QUICK, seed=3)["multilayer_places"].to_frame()
    order = list("fbdace")
    b = multilayer({"x": 1e6 * one.loc[order, order], "y": two}, minutes(20.0), QUICK, seed=3)
    got = b["multilayer_places"].to_frame().set_index("place_id").loc[a["place_id"]]
    for column in ("versatility", "participation", "overlap", "in_x"):
        assert got[column].to_numpy() == pytest.approx(a[column].to_numpy()), column


def test_equal_layers_correlate_fully_and_unlike_ones_do_not() -> None:
    rng = np.random.default_rng(2)
    one = frame(rng.uniform(0, 5, (6, 6)))
    same = multilayer({"x": one, "y": 3 * one}, minutes(1.0), QUICK, seed=1)["multilayer_layers"].to_frame()
    assert same["correlation"].tolist() == [1.0] and same["jaccard"].tolist() == [1.0]


def test_bad_layers() -> None:
    good = frame(star())
    with pytest.raises(InputError, match="two layers are needed, got x"):
        multilayer({"x": good}, minutes(1.0), seed=1)
    with pytest.raises(InputError, match=r"layer y: weights must be numbers >= 0, 1 are not; layer z has no link"):
        bad = star()
        bad[1, 2] = -1.0
        multilayer({"x": good, "y": frame(bad), "z": frame(0 * star())}, minutes(1.0), seed=1)
    with pytest.raises(AlignmentError, match="different places"):
        multilayer({"x": good, "y": good}, minutes(1.0, IDS[:5]), seed=1)
    with pytest.raises(InputError, match="decay_min must be a number > 0"):
        MultilayerOptions(decay_min=0.0)
    with pytest.raises(InputError, match="two different layers"):
        MultilayerOptions.of({"layers": ["x"]})


def ways(entries: dict[tuple[int, int], float], n: int = 3) -> pd.DataFrame:
    out = np.full((n, n), np.inf)
    for (i, j), value in entries.items():
        out[i, j] = out[j, i] = value
    return frame(out, IDS[:n])


def test_ways_through_layers() -> None:
    """a-b by rail 10, b-c by road 20, a-c by road 60: with a change of 5 minutes 35 instead of 60."""
    found = through_layers({"rail": ways({(0, 1): 10.0}), "road": ways({(1, 2): 20.0, (0, 2): 60.0})},
                           minutes(5.0, IDS[:3]))  # fmt: skip
    table = found.to_frame().set_index(["origin", "destination"])
    assert table.loc[("a", "c"), ["one_layer_min", "through_min", "gain_min"]].tolist() == [60.0, 35.0, 25.0]
    assert table.loc[("a", "b"), "layer"] == "rail" and table.loc[("a", "b"), "gain_min"] == 0.0
    assert found.facts()["interdependence"] == pytest.approx(2 / 6)


def test_failing_layers_by_hand() -> None:
    """Without rail a-b the way a-b is 80 by road; places: each of three takes two thirds of the pairs with it."""
    direct = {"rail": ways({(0, 1): 10.0}), "road": ways({(1, 2): 20.0, (0, 2): 60.0})}
    found = layer_failures(direct, minutes(5.0, IDS[:3]), None, LayerFailureOptions(most=1.0, steps=1, draws=2), seed=1)
    table = found.to_frame().set_index(["failure", "layer", "gone"])
    rail = table.loc[("by chance", "rail", 1.0)]
    assert rail["unserved_percent"] == 0.0 and rail["extra_hours"] == pytest.approx(2 * (70 + 25) / 60)
    assert rail["mutual_part"] == pytest.approx(1 / 3), "the layer of rail has no link left: any one place"
    assert table.loc[("by chance", "all layers", 3.0), "unserved_percent"] == 100.0
    assert table.loc[("by chance", "places", 0.0), "largest_part"] == 1.0


def test_two_random_layers_together_hold_as_one_of_their_sum() -> None:
    """Union of two Erdos-Renyi layers of mean degree 2: one of 4, it falls apart when 1 - 1/4 are gone."""
    n, rng = 240, np.random.default_rng(5)
    ids = [f"p{k}" for k in range(n)]
    direct = {}
    for name in ("x", "y"):
        there = np.triu(rng.random((n, n)) < 2.0 / n, 1)
        direct[name] = frame(np.where(there | there.T, 1.0, np.inf), ids)
    found = layer_failures(direct, minutes(0.0, ids), None, LayerFailureOptions(most=1.0, steps=8, draws=1), seed=2)
    curve = found.to_frame().query("failure == 'by chance' and layer == 'all layers'").set_index("share_gone")
    part = curve["largest_part"]
    assert part[part.index < 0.6].min() > 0.4 and part[part.index > 0.86].max() < 0.15
    assert (curve["mutual_part"] <= part + 1e-12).all()


def test_hazards_name_places_and_bad_minutes_are_refused() -> None:
    direct = {"rail": ways({(0, 1): 10.0}), "road": ways({(1, 2): 20.0})}
    with pytest.raises(InputError, match="hazards name places that no layer has: z"):
        layer_failures(direct, minutes(0.0, IDS[:3]), seed=1, hazards={"flood": ["z"]})
    with pytest.raises(InputError, match="layer road: minutes must be above zero, 2 are not"):
        through_layers({"rail": ways({(0, 1): 10.0}), "road": ways({(1, 2): 0.0})}, minutes(0.0, IDS[:3]))


SERVICES = [("G", "a", "b", 10.0, 30.0), ("G slow", "b", "a", 2.0, 50.0), ("D", "b", "c", 4.0, 40.0),
            ("D", "c", "a", 6.0, 80.0)]  # fmt: skip


def test_pairs_without_a_row_are_told(cluster) -> None:
    places = {"A": (120.0, 30.0), "B": (121.0, 30.0), "C": (122.0, 30.0)}
    known = pd.DataFrame(4.0, list(places), list(places))
    gaps = known.copy()
    gaps.loc["A", "B"] = np.nan
    given = cluster(places, {}, [], flows={"full": known + np.diag([0.0, 1.0, 2.0]), "gaps": gaps})
    warnings = multilayer_study(given, seed=1)["multilayer_places"].warnings
    assert "1 of 6 pairs have no row in gaps: no link there" in warnings and len(warnings) == 2
    calls = pd.DataFrame(
        [("calls", "A", "B", "1", 3.0)], columns=["keyword", "origin", "destination", "period", "value"]
    )
    called = given.replace(flows={"full": known}, further={"search_index": calls},
                           options={"search_index": {"directed": False}})  # fmt: skip
    warnings = multilayer_study(called, seed=1)["multilayer_places"].warnings
    assert "2 pairs are not in the search index: no link there" in warnings


def test_layers_of_a_workspace(cluster) -> None:
    places = {"A": (120.0, 30.0), "B": (121.0, 30.0), "C": (122.0, 30.0)}
    stops = {"a": (120.0, 30.0, "A"), "b": (121.0, 30.0, "B"), "c": (122.0, 30.0, "C")}
    given = cluster(places, stops, SERVICES, options={"multilayer": {"layers": ["services:G", "services:D"]}})
    assert classes(given) == ["D", "G"]
    found = multilayer_study(given, seed=1)
    pair = found["multilayer_layers"].to_frame().iloc[0]
    assert (pair["links_a"], pair["links_b"], pair["jaccard"]) == (2.0, 2.0, 0.0)
    assert (change_minutes(given, MultilayerOptions(change_min=7.0)) == 7.0).all()
    inside = change_minutes(given, MultilayerOptions())
    assert (inside > 15.0).all(), "the time inside a place of 3,000 km2"
    with pytest.raises(InputError, match="there is no layer services:Z"):
        multilayer_study(given.replace(options={"multilayer": {"layers": ["services:G", "services:Z"]}}), seed=1)
    with pytest.raises(MissingDataError, match="two layers with links are needed"):
        multilayer_study(given.replace(options={}), seed=1)
    assert multilayer_study(given.replace(options={}), seed=1, lenient=True) == {}
