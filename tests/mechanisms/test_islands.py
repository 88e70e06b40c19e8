"""Islands, belts, isolation and growth given accessibility."""

import numpy as np
import pandas as pd
import pytest

from megaregion.core.spatial_permutation import Neighbours, from_square, nearest
from megaregion.data.cluster import Cluster
from megaregion.data.workspace import Workspace
from megaregion.errors import AlignmentError, InputError, MissingDataError
from megaregion.links.hard.times import times
from megaregion.mechanisms.islands import integration, island_tables, islands, touching
from megaregion.mechanisms.spatial_trap import spatial_trap

SIDE = 10
PLACES = pd.Index([f"c{i:03d}" for i in range(SIDE * SIDE)], name="place_id")
ROW, COLUMN = np.divmod(np.arange(SIDE * SIDE), SIDE)
ISLAND, BELT = 33, [r * SIDE + c for r in (6, 7, 8) for c in range(3, 8)]


def lattice_minutes() -> pd.DataFrame:
    """15 minutes a step, 10 inside a place; the island's own ways take an hour more."""
    steps = np.abs(ROW[:, None] - ROW) + np.abs(COLUMN[:, None] - COLUMN)
    minutes = 15.0 * steps + 10.0 * (steps == 0)
    cut = np.zeros(len(PLACES))
    cut[ISLAND] = 60.0
    return pd.DataFrame(minutes + (cut[:, None] + cut) * (steps > 0), PLACES, PLACES)


def incomes(seed: int = 1) -> np.ndarray:
    """Rich around 100, a poor belt, and one poor place among the richest."""
    value = 100.0 + np.random.default_rng(seed).normal(0, 2, len(PLACES))
    value[BELT] -= 30.0
    value[[ISLAND - 1, ISLAND + 1, ISLAND - SIDE, ISLAND + SIDE]] += 25.0
    value[ISLAND] -= 30.0
    return value


def world(value: np.ndarray, **more: object) -> Cluster:
    states = pd.DataFrame({"kind": "state", "parent_id": None, "population": np.nan}, index=["s0", "s1"])
    places = pd.DataFrame({"kind": "county", "parent_id": np.where(COLUMN < 5, "s0", "s1"),
                           "population": 1000.0 + np.arange(len(PLACES))}, index=PLACES)  # fmt: skip
    rows = [pd.DataFrame({"place_id": PLACES, "year": year, "indicator": "income", "value": value * grown,
                          "unit": "EUR (2019) per person", "scope": "county", "source": "s", "flag": ""})
            for year, grown in ((2010, 0.9), (2019, 1.0))]  # fmt: skip
    empty = pd.DataFrame()
    return Cluster(
        places=pd.concat([states, places]).rename_axis("place_id"), indicators=pd.concat(rows, ignore_index=True),
        nodes=empty, links=empty, services=empty, flows=more.pop("flows", {}), agreements=empty,
        attrs={"level": "county", "group": "state", "base_year": 2019, **more},
    )  # fmt: skip


def rook() -> pd.DataFrame:
    steps = np.abs(ROW[:, None] - ROW) + np.abs(COLUMN[:, None] - COLUMN)
    return pd.DataFrame((steps == 1).astype(float), PLACES, PLACES)


def test_planted_island_and_belt_are_found() -> None:
    got = islands(world(incomes()), lattice_minutes(), indicator_or_role="income", poor_is="low",
                  neighbours={"rook": rook()}, seed=1)  # fmt: skip
    frame = got["islands"].to_frame().set_index("place_id")
    assert frame.index[frame["shape"] == "island"].tolist() == [PLACES[ISLAND]]
    inner = PLACES[[7 * SIDE + c for c in range(4, 7)]]
    assert set(inner) <= set(frame.index[frame["shape"] == "belt"]) <= set(PLACES[BELT])
    assert frame.loc[PLACES[ISLAND], "cut_off"] == "yes"
    assert frame["index"].idxmax() == PLACES[ISLAND]
    assert frame["index"].to_numpy() == pytest.approx((frame["score"] * (1 - frame["integration"])).to_numpy())
    assert got["island_effect"].to_frame()["p_moran"].iloc[0] == 0.001


def test_end_of_the_indicator_decides_who_is_poor() -> None:
    """Unemployment that mirrors income finds the same shapes from its high end."""
    by_income = islands(world(incomes()), lattice_minutes(), indicator_or_role="income", poor_is="low", seed=1)
    mirrored = islands(world(200.0 - incomes()), lattice_minutes(), indicator_or_role="income", poor_is="high", seed=1)
    for name in ("shape", "p", "q", "score", "index"):
        a, b = by_income["islands"].to_frame()[name], mirrored["islands"].to_frame()[name]
        assert a.tolist() == (b.tolist() if name == "shape" else pytest.approx(b.tolist()))
    with pytest.raises(InputError, match="poor_is"):
        islands(world(incomes()), lattice_minutes(), indicator_or_role="income", seed=1)


def test_null_map_has_almost_no_shapes() -> None:
    """Without structure, adjusted p <= .05 occurs in some map with probability .05 at most (two-sided, positively
    dependent tests): of 40 maps more than 7 has probability .0009 (binomial)."""
    near = {"rook": from_square(rook().to_numpy())}
    linked = integration(lattice_minutes(), pd.Series(1000.0, PLACES))
    rng = np.random.default_rng(2)
    hits = 0
    for k in range(40):
        value = pd.Series(rng.normal(size=len(PLACES)), PLACES)
        local, _ = island_tables(value, linked, near, poor_is="low", permutations=4000, seed=k)
        hits += bool((local.to_frame()["shape"] != "none").any())
    assert hits <= 7


def test_default_weights_are_two_sets() -> None:
    got = islands(world(incomes()), lattice_minutes(), indicator_or_role="income", poor_is="low", seed=1)["islands"]
    assert sorted(got.to_frame()["weights"].unique()) == ["nearest-06", "nearest-10"]
    assert "belts_under_all_weights" in got.facts()
    again = islands(world(incomes()), lattice_minutes(), indicator_or_role="income", poor_is="low", seed=1)["islands"]
    pd.testing.assert_frame_equal(got.to_frame(), again.to_frame())


def test_order_of_labels_does_not_matter() -> None:
    frame = lattice_minutes()
    order = np.random.default_rng(3).permutation(len(PLACES))
    base = islands(world(incomes()), frame, indicator_or_role="income", poor_is="low", neighbours={"r": rook()}, seed=1)
    moved = islands(world(incomes()), frame.iloc[order, order[::-1]], indicator_or_role="income", poor_is="low",
                    neighbours={"r": rook().iloc[order, order]}, seed=1)  # fmt: skip
    pd.testing.assert_frame_equal(base["islands"].to_frame(), moved["islands"].to_frame())


def test_integration_by_hand() -> None:
    """Three places in a row, 60 min a step, half time 60: A = 2/2 + 3/4, 1/2 + 3/2, 1/4 + 2/2; centre is c."""
    labels = ["a", "b", "c"]
    minutes = pd.DataFrame([[5.0, 60, 120], [60, 5, 60], [120, 60, 5]], labels, labels)
    people = pd.Series([1.0, 2.0, 3.0], labels)
    got = integration(minutes, people, centres=["c"])
    assert got["accessibility"].tolist() == [1.75, 2.0, 1.25]
    assert got["centre_min"].tolist() == [120.0, 60.0, 5.0]
    # ranks of access 2, 3, 1 and of time 3, 2, 1 (long is bad), in thirds from the middle
    assert got["integration"].tolist() == pytest.approx([(3 / 6 + 1 / 6) / 2, (5 / 6 + 3 / 6) / 2, (1 / 6 + 5 / 6) / 2])
    flows = pd.DataFrame([[8.0, 2, 0], [0, 5, 3], [0, 1, 9]], labels, labels)
    shares = integration(minutes, people, centres=["c"], flows=flows)["flow_share"]
    assert shares.tolist() == pytest.approx([2 / 10, 6 / 11, 4 / 13])


def test_longer_times_never_raise_integration_of_the_place_alone() -> None:
    people = pd.Series(1.0 + np.arange(len(PLACES)), PLACES)
    before = integration(lattice_minutes(), people)
    slow = lattice_minutes()
    slow.iloc[5, :] += 30.0
    slow.iloc[:, 5] += 30.0
    after = integration(slow, people, centres=before.attrs["centres"])
    assert after["accessibility"].iloc[5] < before["accessibility"].iloc[5]
    assert after["integration"].iloc[5] <= before["integration"].iloc[5]


def test_flows_need_those_inside_places() -> None:
    flows = pd.DataFrame(1.0, PLACES, PLACES)
    got = islands(world(incomes(), flows={"trips": flows}), lattice_minutes(), indicator_or_role="income",
                  poor_is="low", flow_layer="trips", permutations=99, seed=1)["islands"]  # fmt: skip
    assert got.to_frame()["flow_share"].notna().all()
    bare = flows.mask(np.eye(len(PLACES), dtype=bool))
    got = islands(world(incomes(), flows={"trips": bare}), lattice_minutes(), indicator_or_role="income",
                  poor_is="low", flow_layer="trips", permutations=99, seed=1)["islands"]  # fmt: skip
    assert got.to_frame()["flow_share"].isna().all()
    assert any("inside places" in text for text in got.warnings)
    with pytest.raises(InputError, match="no layer"):
        islands(world(incomes()), lattice_minutes(), indicator_or_role="income", poor_is="low", flow_layer="x", seed=1)


def test_few_permutations_are_warned_of() -> None:
    got = islands(
        world(incomes()), lattice_minutes(), indicator_or_role="income", poor_is="low", permutations=99, seed=1
    )
    assert any("too few" in text for text in got["islands"].warnings)
    assert not any("too few" in t for t in islands(world(incomes()), lattice_minutes(), indicator_or_role="income",
                                                   poor_is="low", seed=1)["islands"].warnings)  # fmt: skip


def test_bad_input_is_named() -> None:
    good, minutes = world(incomes()), lattice_minutes()
    call = {"indicator_or_role": "income", "poor_is": "low", "seed": 1}
    with pytest.raises(AlignmentError):
        islands(good, minutes.iloc[1:, 1:], **call)
    with pytest.raises(MissingDataError, match="times missing"):
        islands(good, minutes.mask(minutes == 15.0), **call)
    with pytest.raises(MissingDataError, match="c003"):
        broken = incomes()
        broken[3] = np.nan
        islands(world(broken), minutes, **call)
    with pytest.raises(InputError, match="not all equal"):
        islands(world(np.full(len(PLACES), 5.0)), minutes, **call)
    with pytest.raises(InputError, match="centres"):
        islands(good, minutes, centres=["nowhere"], **call)
    with pytest.raises(InputError, match="growth_years"):
        islands(good, minutes, growth_years=(1999, 2019), **call)
    with pytest.raises(InputError, match="alpha"):
        islands(good, minutes, alpha=0.0, **call)
    twice = Neighbours(np.array([0, *[2] * len(PLACES)]), np.array([1, 1]), np.ones(2))
    with pytest.raises(InputError, match="weights w"):
        islands(good, minutes, neighbours={"w": twice}, **call)
    with pytest.raises(MissingDataError, match="two years"):
        islands(good, minutes, **{**call, "indicator_or_role": "population_change"})


def test_one_city_is_too_few() -> None:
    one = world(incomes())
    keep = one.places.index.isin(["s0", "s1", "c000"])
    with pytest.raises(InputError, match="4 are needed"):
        islands(one.replace(places=one.places[keep]), lattice_minutes().iloc[:1, :1], indicator_or_role="income",
                poor_is="low", seed=1)  # fmt: skip


def test_five_places_are_all_neighbours_and_that_is_said() -> None:
    """Six and ten nearest of five places are the same four: no place stands out from its surroundings."""
    few = world(incomes())
    keep = few.places.index.isin(["s0", "s1", *PLACES[:5]])
    few = few.replace(places=few.places[keep], indicators=few.indicators[few.indicators["place_id"].isin(PLACES[:5])])
    found = islands(few, lattice_minutes().iloc[:5, :5], indicator_or_role="income", poor_is="low", seed=1)["islands"]
    for name in ("nearest-06", "nearest-10"):
        assert any(text.startswith(f"{name}: only 5 places, everyone is a neighbour") for text in found.warnings)


def test_losing_people_is_depopulation_and_growing_places_are_in_no_belt() -> None:
    """Every place grows, some less: there are no belts of loss, though growth clusters."""
    counts = [pd.DataFrame({"place_id": PLACES, "year": y, "indicator": "population", "value": v, "unit": "person",
                            "scope": "county", "source": "s", "flag": ""})
              for y, v in ((2010, 1000.0), (2020, 10.0 * incomes() + 300.0))]  # fmt: skip
    growing = world(incomes()).replace(indicators=pd.concat(counts, ignore_index=True))
    got = islands(growing, lattice_minutes(), indicator_or_role="population_change", neighbours={"r": rook()}, seed=1)
    frame = got["islands"].to_frame()
    assert (frame["value"] > -1e-9).sum() > 90
    assert not (frame["shape"].isin(["island", "belt"]) & (frame["value"] >= 0)).any()
    shrinking = pd.concat(counts, ignore_index=True)
    shrinking["value"] = shrinking["value"].where(shrinking["year"] == 2010, shrinking["value"] - 300.0)
    got = islands(growing.replace(indicators=shrinking), lattice_minutes(), indicator_or_role="population_change",
                  neighbours={"r": rook()}, seed=1)  # fmt: skip
    frame = got["islands"].to_frame().set_index("place_id")
    assert set(PLACES[[7 * SIDE + c for c in range(4, 7)]]) <= set(frame.index[frame["shape"] == "belt"])


@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")  # raised inside pyfixest
def test_trap_agrees_with_pyfixest() -> None:
    """HC1 and CRV1 of pyfixest: the same scale n / (n - k), and G / (G - 1) (n - 1) / (n - k)."""
    import pyfixest as pf

    rng = np.random.default_rng(4)
    labels = [f"p{i:02d}" for i in range(60)]
    y0, a = rng.lognormal(2, 0.5, 60), rng.lognormal(5, 1, 60)
    group = rng.integers(0, 12, 60)
    y1 = y0 * np.exp(0.1 - 0.03 * np.log(y0) + 0.02 * np.log(a) + rng.normal(0, 0.05, 60) * a / a.mean())
    start, end = pd.Series(y0, labels), pd.Series(y1, labels)
    result = spatial_trap(
        start, end, pd.Series(a, labels), pd.Series([f"g{g:02d}" for g in group], labels), years=(2010, 2015)
    )
    data = pd.DataFrame({"growth": 100 * np.log(y1 / y0) / 5, "y": np.log(y0), "a": np.log(a), "g": group})
    hetero = pf.feols("growth ~ y + a", data, vcov="HC1").tidy()
    cluster = pf.feols("growth ~ y + a", data, vcov={"CRV1": "g"}).tidy()
    frame = result.to_frame()
    np.testing.assert_allclose(frame["estimate"], hetero["Estimate"], rtol=1e-8)
    np.testing.assert_allclose(frame["se_hc1"], hetero["Std. Error"], rtol=1e-8)
    np.testing.assert_allclose(frame[["low_hc1", "high_hc1"]], hetero[["2.5%", "97.5%"]], rtol=1e-6)
    np.testing.assert_allclose(frame["se_cluster"], cluster["Std. Error"], rtol=1e-8)
    np.testing.assert_allclose(frame[["low_cluster", "high_cluster"]], cluster[["2.5%", "97.5%"]], rtol=1e-6)
    assert result.settings["year_end"] == 2015


def test_trap_is_recovered_and_absent_where_there_is_none() -> None:
    """Noise sd .2 points, ln A sd 1, n 400: standard error .01, so five of them are .05."""
    rng = np.random.default_rng(5)
    labels = [f"p{i:03d}" for i in range(400)]
    y0, a = np.exp(rng.normal(3, 0.5, 400)), np.exp(rng.normal(5, 1, 400))
    groups = pd.Series([f"g{i % 40:02d}" for i in range(400)], labels)
    for effect in (0.0, 0.8):
        growth = 5.0 - 1.5 * np.log(y0) + effect * np.log(a) + rng.normal(0, 0.2, 400)
        start, end = pd.Series(y0, labels), pd.Series(y0 * np.exp(growth / 100 * 10), labels)
        frame = spatial_trap(start, end, pd.Series(a, labels), groups, years=(2010, 2020)).to_frame().set_index("term")
        assert frame.loc["ln accessibility", "estimate"] == pytest.approx(effect, abs=0.05)
        assert frame.loc["ln level at the start", "estimate"] == pytest.approx(-1.5, abs=0.1)


def test_trap_that_cannot_be_computed_is_an_empty_table_with_a_reason() -> None:
    labels = list("abcdef")
    one = pd.Series(np.arange(1.0, 7.0), labels)
    flat = pd.Series(1.0, labels)
    groups = pd.Series("g", labels)
    for start, access in ((None, one), (one, flat), (one - 1.0, one), (one, one)):
        result = spatial_trap(start, one, access, groups, years=(2010, 2020))
        assert len(result.to_frame()) == 0
        assert result.warnings
        assert list(result.to_frame().columns) == [c.name for c in result.describe()]
    with pytest.raises(InputError, match="earlier first"):
        spatial_trap(one, one, one, groups, years=(2020, 2020))


def test_touching_polygons_are_queen_neighbours() -> None:
    from geopandas import GeoSeries
    from shapely.geometry import box

    grid = GeoSeries([box(x, y, x + 1, y + 1) for y in range(3) for x in range(3)])
    near = touching(grid)
    assert near.degree.tolist() == [3, 5, 3, 5, 8, 5, 3, 5, 3]
    far = touching(GeoSeries([box(0, 0, 1, 1), box(5, 5, 6, 6)]))
    assert far.degree.tolist() == [0, 0]


@pytest.fixture(scope="module")
def yangtze(examples) -> dict[str, object]:
    cluster = Workspace(examples / "yangtze-delta").cluster()
    minutes = times(cluster, origins=cluster.select("stable_unit")).time
    return islands(cluster, minutes, indicator_or_role="population_change", level="stable_unit", seed=1)


def test_on_the_yangtze_it_is_depopulation_and_never_poverty(yangtze) -> None:
    for result in yangtze.values():
        assert list(result.to_frame().columns) == [c.name for c in result.describe()]
        for column in result.describe():
            assert "poverty" not in column.en.lower() and "poor" not in column.en.lower()
            assert "贫" not in column.zh
    assert yangtze["islands"].subject == "depopulation"
    assert yangtze["islands"].to_frame().query("shape in ['island', 'belt']")["value"].max() < 0


def test_yangtze_growth_clusters_and_all_inputs_are_traced(yangtze) -> None:
    effect = yangtze["island_effect"].to_frame()
    assert (effect["p_moran"] <= 0.002).all()
    assert effect["places"].tolist() == [209, 209]
    for result in yangtze.values():
        for column in result.describe():
            if column.formula and column.unit:
                assert column.inputs, column.name


def test_nearest_weights_may_be_given_as_rows() -> None:
    near = nearest(lattice_minutes().to_numpy(), 6)
    got = islands(world(incomes()), lattice_minutes(), indicator_or_role="income", poor_is="low",
                  neighbours={"k": near}, permutations=999, seed=1)["islands"]  # fmt: skip
    assert got.parameters()["weights"] == ["k"]
