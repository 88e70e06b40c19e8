"""Disparity of income per head: by hand, against published numbers, on bad tables."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from megaregion.core.spatial_permutation import moran
from megaregion.errors import AlignmentError, InputError, MissingDataError
from megaregion.nodes.inequality import CLUSTERS, NONE, DisparityOptions, disparity, neighbours

FAST = DisparityOptions(draws=99, permutations=99)


def us(years: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Income per head of 48 states and who borders whom (libpysal)."""
    libpysal = pytest.importorskip("libpysal")
    table = pd.read_csv(libpysal.examples.get_path("usjoin.csv"))
    rows = Path(libpysal.examples.get_path("states48.gal")).read_text().split("\n")[1:]  # id and count, then ids
    heads, near = rows[0::2], rows[1::2]
    pairs = [(int(head.split()[0]), int(b)) for head, line in zip(heads, near, strict=False) for b in line.split()]
    return table[years], pd.DataFrame(pairs, columns=["place_a", "place_b"])


@pytest.mark.parametrize(("year", "value"), [("1929", 0.626927), ("1994", 0.370289)])
def test_moran_of_us_states(year: str, value: float) -> None:
    """Published for income per head, row-standardised contiguity: .626927 in 1929 and .370289 in 1994."""
    income, pairs = us([year])
    got, p = moran(income[year].to_numpy(float), neighbours(income.index, pairs), permutations=99, seed=1)
    assert got == pytest.approx(value, abs=5e-7) and p == 0.01


def table(rows: dict[str, tuple[float, float]], people: float = 1.0) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    income = pd.DataFrame(rows, index=[2010, 2020]).T
    return income, income * 0 + people, pd.Series([label[0] for label in rows], index=list(rows))


def ladder() -> tuple[pd.DataFrame, pd.DataFrame, pd.Series, pd.DataFrame]:
    """Eight places in a row, rich at one end; all gaps of logs halve in ten years."""
    y0 = np.exp(np.linspace(0, 2, 8))
    yt = np.exp(1.0 + 0.5 * (np.log(y0) - 1.0))
    names = [f"{'a' if k < 4 else 'b'}{k}" for k in range(8)]
    income, people, group = table(dict(zip(names, zip(y0, yt, strict=True), strict=True)))
    pairs = pd.DataFrame({"place_a": names[:-1], "place_b": names[1:]})
    return income, people, group, pairs


def test_halving_of_all_gaps() -> None:
    """sigma .5, beta ln 2 / 10, half-life 10 years; the same inside groups."""
    income, people, group, pairs = ladder()
    found = disparity(income, people, group=group, seed=1, adjacent=pairs, options=FAST)
    rows = found["convergence"].to_frame().set_index("kind")
    assert rows.loc["sigma", "estimate"] == pytest.approx(0.5) and rows.loc["sigma", "p"] == 0.0
    for kind in ("beta", "beta inside groups"):
        assert rows.loc[kind, "beta"] == pytest.approx(10 * np.log(2), rel=1e-9)
        assert rows.loc[kind, "half_life"] == pytest.approx(10.0, rel=1e-9)
    split = found["dagum"].to_frame()
    parts = split[["within", "net_between", "transvariation"]].sum(axis=1)
    np.testing.assert_allclose(parts, split["gini"], rtol=1e-12)
    gini = found["inequality"].to_frame().query("measure == 'gini'")["value"]
    np.testing.assert_allclose(split["gini"], gini, rtol=1e-12)
    assert (split["transvariation"] == 0).all()  # b lies above a altogether
    pair = found["dagum_pairs"].to_frame().set_index(["group_a", "group_b"])
    assert pair.loc[("b", "a"), "affluence"] == 1.0 and ("a", "b") not in pair.index
    assert found["income_clustering"].to_frame()["moran"].gt(0.5).all()


def test_frames_are_described_and_repeat() -> None:
    income, people, group, pairs = ladder()
    one = disparity(income, people, group=group, seed=1, adjacent=pairs, options=FAST)
    two = disparity(income[::-1], people, group=group[::-1], seed=1, adjacent=pairs[::-1], options=FAST)
    for name, result in one.items():
        frame = result.to_frame()
        assert list(frame.columns) == [c.name for c in result.describe()], name
        assert all(c.en and c.zh for c in result.describe())
        pd.testing.assert_frame_equal(frame, two[name].to_frame(), rtol=1e-12)


def test_clusters_have_names_that_exist_and_isolated_places_none() -> None:
    income, people, group, pairs = ladder()
    found = disparity(income, people, group=group, seed=1, adjacent=pairs.iloc[:-1], options=FAST)
    local = found["income_clusters"].to_frame().set_index("place_id")
    assert set(local["cluster"]) <= {*CLUSTERS.values(), NONE}
    assert np.isnan(local.loc["b7", "p"]) and local.loc["b7", "cluster"] == NONE
    assert "1 places have no neighbour" in found["income_clusters"].warnings[0]


def test_without_polygons_and_with_few_places() -> None:
    income, people, group, pairs = ladder()
    found = disparity(income, people, group=group, seed=1, options=FAST)
    assert found["income_clustering"].to_frame().empty and "no polygons" in found["income_clustering"].warnings[0]
    two = disparity(income[:2], people[:2], group=group[:2], seed=1, options=FAST)
    assert all(result.to_frame().empty and result.warnings for result in two.values())
    once = disparity(income[[2020]], people[[2020]], group=group, seed=1, options=FAST)
    assert once["convergence"].to_frame().empty and len(once["inequality"].to_frame()) == 6
    same = disparity(income * 0 + 1.0, people, group=group, seed=1, adjacent=pairs, options=FAST)
    assert same["inequality"].to_frame().query("measure == 'gini'")["value"].max() == pytest.approx(0, abs=1e-15)


def test_bad_tables_are_told_at_once() -> None:
    income, people, group, _ = ladder()
    holes = income.copy()
    holes.iloc[0, 0], holes.iloc[1, 1] = np.nan, -1.0
    with pytest.raises(InputError, match=r"income must be above zero and finite: a1; income is missing for a0"):
        disparity(holes, people, group=group, seed=1)
    with pytest.raises(MissingDataError, match="income is missing for a0"):
        disparity(income.drop("a0").reindex(income.index), people, group=group, seed=1)
    with pytest.raises(AlignmentError):
        disparity(income, people[1:], group=group, seed=1)
    with pytest.raises(InputError, match="complete years are 2010, 2020"):
        disparity(income, people, group=group, seed=1, options=DisparityOptions(span=(2010, 2015)))
    with pytest.raises(InputError, match="at least 99"):
        DisparityOptions(draws=9)


def test_intervals_cover_a_resampled_value() -> None:
    """The interval holds the estimate and narrows with the number of places."""
    rng = np.random.default_rng(0)
    wide = []
    for n in (20, 320):
        names = [f"p{k:03}" for k in range(n)]
        income = pd.DataFrame({2020: rng.lognormal(0, 0.5, n)}, index=names)
        found = disparity(income, income * 0 + 1.0, group=pd.Series("g", names), seed=1, options=FAST)
        row = found["inequality"].to_frame().set_index("measure").loc["gini"]
        assert row["low"] < row["value"] < row["high"]
        wide.append(row["high"] - row["low"])
    assert wide[1] < 0.5 * wide[0]  # root of 16 is 4; half leaves room for the draw


def test_conditional_convergence_is_the_slope_given_the_controls() -> None:
    """By least squares written out; the unit of a control changes nothing, one that does not vary is named."""
    rng = np.random.default_rng(3)
    start = rng.normal(10.0, 1.0, 30)
    school = 0.5 * start + rng.normal(0.0, 1.0, 30)
    last = start + 10.0 * (0.1 - 0.02 * start + 0.01 * school + rng.normal(0.0, 0.01, 30))
    names = [f"a{k:02d}" if k < 15 else f"b{k:02d}" for k in range(30)]
    income, people, group = table(dict(zip(names, zip(np.exp(start), np.exp(last), strict=True), strict=True)))
    controls = pd.DataFrame({"school": school, "flat": 1.0}, names)
    found = disparity(income, people, group=group, seed=1, controls=controls, options=FAST)["convergence"]
    row = found.to_frame().set_index("kind").loc["beta conditional"]
    x = np.column_stack([np.ones(30), start, school])
    assert row["estimate"] == pytest.approx(np.linalg.lstsq(x, (last - start) / 10.0, rcond=None)[0][1], rel=1e-9)
    assert any("flat do not differ" in text for text in found.warnings)
    again = disparity(income, people, group=group, seed=1, controls=controls * 1000.0, options=FAST)["convergence"]
    pd.testing.assert_frame_equal(found.to_frame(), again.to_frame())


def test_states_converge_with_their_neighbours() -> None:
    """Barro and Sala-i-Martin (1992): states close about 2 % of their gaps a year; with neighbours they do as well."""
    income, pairs = us(["1929", "1994"])
    frame = income.set_axis([f"s{k:02d}" for k in range(48)]).set_axis([1929, 1994], axis=1)
    names = dict(zip(income.index, frame.index, strict=True))
    beside = pairs.apply(lambda column: column.map(names))
    group = pd.Series(["a", "b"] * 24, frame.index)
    found = disparity(frame, frame * 0 + 1, group=group, seed=1, adjacent=beside, options=FAST)["convergence"]
    rows = found.to_frame().set_index("kind")
    assert rows.loc["beta", "beta_low"] < 2 < rows.loc["beta", "beta_high"]
    assert rows.loc["beta with neighbours", "high"] < 0 < rows.loc["beta with neighbours", "half_life"]
