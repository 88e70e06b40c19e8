"""Division of labour on toy clusters with known structures, on bad tables, and on the shipped example."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from megaregion.data.cluster import Cluster
from megaregion.data.industries import industries_from_indicators, structures
from megaregion.data.toy import line, ring, twins
from megaregion.data.trace import trace
from megaregion.data.workspace import Workspace
from megaregion.errors import InputError, MissingDataError
from megaregion.mechanisms.division_of_labour import division_of_labour
from megaregion.mechanisms.division_options import DivisionOptions

FAST = DivisionOptions(draws=99)
NAMES = ("division_places", "division_pairs", "division_industries", "division_quotients", "division_relatedness")


def tidy(counts: dict[str, dict[str, float]], **columns: Any) -> pd.DataFrame:
    rows = [
        {"place_id": place, "year": 2020, "industry": industry, "value": value, "unit": "job", "scope": "全市",
         "source": "toy", **columns}
        for place, row in counts.items()
        for industry, value in row.items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def four() -> pd.DataFrame:
    """c1 and c2 make a and b, c3 and c4 make c and d, and all are of the same size."""
    left, right = {"a": 60.0, "b": 40.0, "c": 0.0, "d": 0.0}, {"a": 0.0, "b": 0.0, "c": 30.0, "d": 70.0}
    return tidy({"c1": left, "c2": left, "c3": right, "c4": right})


def frames(cluster: Cluster, table: pd.DataFrame | None, **more: Any) -> dict[str, pd.DataFrame]:
    results = division_of_labour(cluster, table, **{"seed": 1, "options": FAST, **more})
    return {name: result.to_frame() for name, result in results.items()}


def test_two_halves_that_share_nothing() -> None:
    got = frames(line(4), four())
    places = got["division_places"].set_index("place_id")
    assert places["krugman"].tolist() == pytest.approx([1.0] * 4)  # half of the whole is theirs
    assert places["krugman_rest"].tolist() == pytest.approx([4 / 3] * 4)  # 1 / (1 - 1/4)
    assert places["leading_lq"].tolist() == pytest.approx([2.0] * 4)
    pairs = got["division_pairs"].set_index(["place_a", "place_b"])
    assert pairs["krugman"].tolist() == pytest.approx([0.0, 2.0, 2.0, 2.0, 2.0, 0.0])
    assert pairs.loc[("c1", "c2"), ["alike_rank", "cosine", "pearson"]].tolist() == pytest.approx([1, 1, 1])
    assert pairs.loc[("c2", "c3"), "cosine"] == 0.0
    assert pairs["adjacent"].tolist() == [True, False, False, True, False, True]
    assert pairs["same_group"].tolist() == [True, False, False, False, False, True]
    related = got["division_relatedness"].set_index(["industry_a", "industry_b"])["proximity"]
    assert related.tolist() == [1.0, 0.0, 0.0, 0.0, 0.0, 1.0]
    industries = got["division_industries"].set_index("industry")
    assert industries["share"].tolist() == pytest.approx([0.3, 0.2, 0.15, 0.35])
    assert industries["related_industry"].tolist() == ["b", "a", "d", "c"]
    assert industries["concentration"].tolist() == pytest.approx([1.0] * 4)


def test_all_alike_is_zero_everywhere_and_in_no_industry_special() -> None:
    row = {"a": 5.0, "b": 3.0, "c": 2.0}
    got = frames(ring(5), tidy({f"c{i}": {k: i * v for k, v in row.items()} for i in range(1, 6)}))
    assert got["division_places"]["krugman"].max() == pytest.approx(0.0, abs=1e-14)
    assert got["division_pairs"]["krugman"].max() == pytest.approx(0.0, abs=1e-14)
    assert got["division_quotients"]["lq"].tolist() == pytest.approx([1.0] * 15)


def test_frames_are_as_described_and_warn_of_what_is_lacking() -> None:
    results = division_of_labour(line(4), four(), seed=1, options=FAST)
    assert tuple(results) == NAMES
    for result in results.values():
        frame = result.to_frame()
        assert list(frame.columns) == [c.name for c in result.describe()]
        assert isinstance(frame.index, pd.RangeIndex)
        assert all(c.en and c.zh for c in result.describe())
        assert "similarity at this level says little" in " ".join(result.warnings)
    text = " ".join(results["division_pairs"].warnings)
    assert "complementarity is missing" in text
    assert "Gabriel" in text


def test_labels_permute_and_units_drop_out() -> None:
    """Places and industries called differently, and thousands instead of ones."""
    rng = np.random.default_rng(3)
    table = tidy({f"c{i}": dict(zip("abcde", rng.uniform(1, 9, 5), strict=True)) for i in range(1, 6)})
    one = frames(line(5), table)["division_places"].set_index("place_id")["krugman"]
    mixed = table.sample(frac=1, random_state=1).assign(value=lambda t: 1000 * t["value"])
    other = frames(line(5), mixed)["division_places"].set_index("place_id")["krugman"]
    pd.testing.assert_series_equal(one, other, rtol=1e-12)
    swap = {"c1": "c5", "c5": "c1"}
    moved = frames(line(5), table.assign(place_id=table["place_id"].replace(swap)))
    assert moved["division_places"].set_index("place_id")["krugman"]["c1"] == pytest.approx(one["c5"])


def test_same_seed_same_tables() -> None:
    table = four().assign(sample_share=0.1)
    one, two = frames(line(4), table, seed=7), frames(line(4), table, seed=7)
    for name in NAMES:
        pd.testing.assert_frame_equal(one[name], two[name])


def test_counts_of_a_sample_get_their_noise_and_full_counts_do_not() -> None:
    full = frames(line(4), four())
    assert full["division_places"][["counted", "krugman_noise", "p_sampling"]].isna().all(axis=None)
    got = frames(line(4), four().assign(sample_share=0.1))
    places = got["division_places"]
    assert places["counted"].tolist() == [100.0] * 4
    assert places["p_sampling"].tolist() == [0.01] * 4  # 1 / (99 + 1): disjoint halves are no chance
    pairs = got["division_pairs"].set_index(["place_a", "place_b"])
    assert pairs.loc[("c1", "c2"), "p_sampling"] == 1.0  # the same counts
    assert pairs.loc[("c1", "c3"), "p_sampling"] == 0.01
    quotients = got["division_quotients"].set_index(["place_id", "industry"])
    assert (quotients["lq_low"] <= quotients["lq"] + 1e-12).all()
    assert (quotients["lq_high"] >= quotients["lq"] - 1e-12).all()
    wide = frames(line(4), four().assign(sample_share=0.1), options=DivisionOptions(draws=99, design_effect=4.0))
    assert (wide["division_quotients"]["lq_high"] > quotients["lq_high"].to_numpy()).all()


def test_an_industry_of_a_few_sampled_people_is_not_proposed() -> None:
    """Industry e has 4 people of 400 in the mean place of the sample, 8 of 800 in one twice as large."""
    for size, rare in ((1.0, True), (2.0, False)):
        left = {"a": 220.0 * size, "b": 172.0 * size, "e": 8.0 * size, "f": 0.0}
        right = {"a": 180.0 * size, "b": 220.0 * size, "e": 0.0, "f": 0.0}
        table = tidy(
            {"c1": left, "c2": right, "c3": left, "c4": {"a": 0.0, "b": 200.0 * size, "e": 0.0, "f": 200.0 * size}}
        )
        results = division_of_labour(line(4), table.assign(sample_share=0.1), seed=1, options=FAST)
        told = [w for w in results["division_places"].warnings if "not proposed" in w]
        assert bool(told) is rare and all(w.endswith(": e") for w in told)
        if rare:
            assert "e" not in set(results["division_places"].to_frame()["nearest_industry"])


def test_places_count_by_what_the_sample_stands_for() -> None:
    """c2 was asked at 1 in 10, c1 in full: 100 there stand for 1,000."""
    table = pd.concat([
        tidy({"c1": {"a": 100.0, "b": 0.0}}), tidy({"c2": {"a": 0.0, "b": 100.0}}, sample_share=0.1),
    ])  # fmt: skip
    got = frames(twins(), table)["division_places"]
    assert got["weight"].tolist() == pytest.approx([1 / 11, 10 / 11])
    assert got["counted"].isna().tolist() == [True, False]


def test_given_neighbours_replace_those_by_points() -> None:
    beside = pd.DataFrame({"place_a": ["c4", "c1"], "place_b": ["c1", "c4"]})
    pairs = frames(line(4), four(), adjacent=beside)["division_pairs"]
    assert pairs.loc[pairs["adjacent"], ["place_a", "place_b"]].to_numpy().tolist() == [["c1", "c4"]]
    with pytest.raises(InputError, match="c1–c9"):
        frames(line(4), four(), adjacent=pd.DataFrame({"place_a": ["c1"], "place_b": ["c9"]}))


def test_complements_need_coefficients_of_every_industry() -> None:
    use = pd.DataFrame(0.0, index=list("abcd"), columns=list("abcd"))
    use.loc["a", "d"] = use.loc["b", "c"] = 0.3
    results = division_of_labour(line(4), four(), seed=1, input_output=use, options=FAST)
    pairs = results["division_pairs"].to_frame().set_index(["place_a", "place_b"])["complementarity"]
    assert pairs["c1", "c2"] == 0.0
    # all linkage is between the halves: pooled they have what the whole has, apart nothing
    assert pairs["c1", "c3"] == pytest.approx(1.0)
    assert results["division_pairs"].facts()["adjacent_most_complementary"][0] == "c2–c3"
    with pytest.raises(InputError, match="rows lack d"):
        frames(line(4), four(), input_output=use.drop(index="d"))
    with pytest.raises(InputError, match="negative"):
        frames(line(4), four(), input_output=use - 1)


def test_many_places_list_neighbours_and_both_ends() -> None:
    rng = np.random.default_rng(4)
    table = tidy({f"c{i}": dict(zip("abcde", rng.uniform(0, 9, 5), strict=True)) for i in range(1, 13)})
    whole = frames(line(12), table)["division_pairs"]
    options = DivisionOptions(draws=99, all_pairs_up_to=5, top=2)
    some = frames(line(12), table, options=options)["division_pairs"]
    keys = ["place_a", "place_b"]
    same = whole.merge(some[keys]).sort_values(keys, ignore_index=True)
    pd.testing.assert_frame_equal(same, some.sort_values(keys, ignore_index=True))
    assert {1, 2, 65, 66} <= set(some["alike_rank"])  # of 66 pairs
    assert some["adjacent"].sum() == 11


def test_one_place_has_no_pairs_but_an_answer() -> None:
    cluster = line(2)
    alone = cluster.replace(places=cluster.places.drop(index="c2"))
    got = frames(alone, tidy({"c1": {"a": 1.0, "b": 3.0}}))
    assert got["division_places"]["krugman"].tolist() == [0.0]
    assert got["division_places"]["krugman_rest"].isna().all()
    assert got["division_pairs"].empty


def test_without_any_industries_the_tables_are_empty_and_say_so() -> None:
    results = division_of_labour(line(3), seed=1)
    for result in results.values():
        assert result.to_frame().empty
        assert list(result.to_frame().columns) == [c.name for c in result.describe()]
        assert "no table of industries" in result.warnings[0]
    assert frames(line(3), four().iloc[:0])["division_places"].empty
    assert frames(line(3), four().assign(place_id="elsewhere"))["division_places"].empty


def sectors(cluster: Cluster) -> Cluster:
    rows = [
        {"place_id": p, "year": 2018, "indicator": f"share_{s}_sector", "value": v, "unit": "percent", "scope": "全市",
         "source": "toy", "flag": None}
        for p in ("c1", "c2")
        for s, v in (("primary", 10.0), ("secondary", 30.0 if p == "c1" else 20.0),
                     ("tertiary", 60.0 if p == "c1" else 70.0))
    ]  # fmt: skip
    both = [cluster.indicators.astype({"flag": object}), pd.DataFrame(rows).astype({"flag": object})]
    return cluster.replace(indicators=pd.concat(both, ignore_index=True))


def test_sectors_among_the_indicators_are_used_and_called_coarse() -> None:
    results = division_of_labour(sectors(twins()), seed=1, options=FAST)
    pairs = results["division_pairs"]
    assert pairs.to_frame()["krugman"].tolist() == pytest.approx([0.2])  # .1 less and .1 more
    text = " ".join(pairs.warnings)
    assert "3 industries" in text
    assert "three sectors" in text
    assert "residents" in text
    (row,) = pairs.describe()[4].inputs
    assert row.table == "tables/indicators.csv"
    assert set(row.where["indicator"]) == {f"share_{s}_sector" for s in ("primary", "secondary", "tertiary")}
    assert row.where["year"] == 2018
    with pytest.raises(InputError, match="has no steel"):
        industries_from_indicators(sectors(twins()), ["steel"])


def test_the_table_of_the_workspace_goes_before_the_sectors() -> None:
    cluster = sectors(line(4)).replace(further={"industries": four()})
    (row,) = division_of_labour(cluster, seed=1, options=FAST)["division_pairs"].describe()[4].inputs
    assert row.table == "tables/industries.csv"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: pd.concat([t, t.iloc[:1]]), "several values .* c1 a"),
        (lambda t: t.assign(value=t["value"].where(t["industry"] != "b", -1.0)), "negative value for c1 b"),
        (lambda t: t.assign(value=t["value"].where(t["industry"] != "b", np.inf)), "infinite value for c1 b"),
        (lambda t: t.assign(unit=t["unit"].where(t["industry"] != "b", "person")), "several units: job, person"),
        (lambda t: t.assign(scope=t["scope"].where(t["place_id"] != "c1", "县")), "several scopes"),
        (lambda t: t.assign(sample_share=2.0), "sample_share that is not in"),
        (lambda t: t.assign(value=t["value"].where(t["place_id"] != "c3", 0.0)), "nothing at all in c3"),
        (lambda t: t.drop(columns="industry"), "needs the columns industry"),
    ],
)
def test_bad_tables_are_refused_with_their_cells(change: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        frames(line(4), change(four()))


def test_everything_wrong_is_told_at_once() -> None:
    table = four().assign(sample_share=3.0, value=lambda t: t["value"].where(t["industry"] != "a", -5.0))
    with pytest.raises(InputError) as caught:
        frames(line(4), table)
    assert "negative" in str(caught.value)
    assert "sample_share" in str(caught.value)


def test_a_missing_industry_is_not_zero_unless_the_table_says_so() -> None:
    sparse = four().query("value > 0")
    with pytest.raises(MissingDataError, match="absent_is_zero"):
        frames(line(4), sparse)
    got = frames(line(4), sparse, options=DivisionOptions(draws=99, absent_is_zero=True))
    pd.testing.assert_frame_equal(got["division_pairs"], frames(line(4), four())["division_pairs"])
    gap = four().assign(value=lambda t: t["value"].where(t["place_id"] != "c2"))
    with pytest.raises(MissingDataError, match="c2"):
        frames(line(4), gap)


def test_the_year_is_the_complete_one_nearest_to_the_base_year() -> None:
    years = [four().assign(year=year) for year in (2010, 2018, 2021, 2022)]
    years[2] = years[2].query("place_id != 'c4'")
    found = structures(line(4), pd.concat(years))
    assert found is not None
    assert found.year == 2018  # 2021 is nearer to 2020 and lacks a place; 2022 is as near and later
    with pytest.raises(MissingDataError, match="no year is complete"):
        structures(line(4), pd.concat(years), year=1999)


def test_every_number_leads_to_its_rows() -> None:
    """Rows of origin are found in the table, for a pair those of both places."""
    table = four()
    for name, result in division_of_labour(line(4), table, seed=1, options=FAST).items():
        frame = result.to_frame()
        keys = [c.name for c in result.describe() if c.key]
        place = str(frame.iloc[0][keys[0]])
        rows = trace(frame, result.describe(), place, read=lambda _: table, sources={}, parameters=result.parameters())
        assert rows
        for row in rows:
            assert not [entry.problem for entry in row.inputs if entry.problem], (name, row.column)
        if name == "division_pairs":
            (entry,) = next(row for row in rows if row.column == "krugman").inputs
            assert set(entry.rows["place_id"]) == {"c1", "c2"}


def test_unknown_options_are_refused() -> None:
    with pytest.raises(InputError, match="unknown keys drawz"):
        DivisionOptions.of({"drawz": 3})
    with pytest.raises(InputError, match="design_effect"):
        DivisionOptions(design_effect=0.5)
    assert DivisionOptions.of({"sectors": ["x"]}).sectors == ("x",)


@pytest.fixture(scope="module")
def delta(examples: Path) -> tuple[Cluster, pd.DataFrame]:
    table = pd.read_csv(examples / "yangtze-delta" / "tables" / "industries.csv", dtype={"place_id": str})
    return Workspace(examples / "yangtze-delta").cluster(), table


def test_the_example_has_all_places_and_counties_add_up(delta: tuple[Cluster, pd.DataFrame]) -> None:
    cluster, table = delta
    wide = table.pivot(index="place_id", columns="industry", values="value")
    assert wide.notna().all(axis=None)
    assert wide.shape == (346, 20)
    parents = cluster.places["parent_id"].reindex(wide.index)
    county = cluster.places["kind"].reindex(wide.index) == "county"
    sums = wide[county].groupby(parents[county]).sum()
    pd.testing.assert_frame_equal(sums, wide[~county], check_names=False)


def test_the_script_writes_the_table_of_the_example_again(examples: Path, shared_data: Path, tmp_path: Path) -> None:
    script = examples / "yangtze-delta" / "derive" / "industries.py"
    command = [sys.executable, str(script), "--data", str(shared_data / "yangtze-delta"), "--out", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True)
    shipped = examples / "yangtze-delta" / "tables" / "industries.csv"
    assert (tmp_path / "tables" / "industries.csv").read_bytes() == shipped.read_bytes()


@pytest.mark.parametrize("industry", ["science", "information", "culture"])
def test_the_example_agrees_with_its_indicators(delta: tuple[Cluster, pd.DataFrame], industry: str) -> None:
    """Shares printed with four decimals; parts of split rows are whole people of at least 3,000: one is .03 %."""
    cluster, table = delta
    wide = table.pivot(index="place_id", columns="industry", values="value")
    share = 100 * wide[industry] / wide.sum(axis=1)
    rows = cluster.indicators[cluster.indicators["indicator"] == f"{industry}_employment_share"]
    printed = rows.set_index("place_id")["value"].reindex(share.index)
    np.testing.assert_allclose(share, printed, atol=6e-4)
    whole = cluster.places["kind"].reindex(share.index) == "city"
    np.testing.assert_allclose(share[whole], printed[whole], atol=5.1e-5)


def test_the_example_runs_on_cities(delta: tuple[Cluster, pd.DataFrame]) -> None:
    """Neighbours are more alike than places in general, and a tenth of the households tells all cities apart."""
    cluster, table = delta
    results = division_of_labour(cluster, table, seed=1, options=DivisionOptions(draws=199, pairs_tested=0))
    facts = results["division_pairs"].facts()
    assert facts["pairs"] == 820
    assert facts["krugman_of_neighbours"] < facts["krugman_of_shuffled_neighbours"]
    assert facts["p_neighbours"] <= 0.02
    places = results["division_places"].to_frame().set_index("place_id")
    assert places.loc["310100", "leading_industry"] == "information"
    assert places["weight"].sum() == pytest.approx(1.0)


def test_places_of_another_kind(examples: Path) -> None:
    """305 counties of the shipped census instead of 41 cities; shares by hand from the rows."""
    cluster = Workspace(examples / "yangtze-delta").cluster()
    options = {**cluster.options, "division_of_labour": {"kind": "county", "draws": 99, "all_pairs_up_to": 10}}
    found = division_of_labour(cluster.replace(options=options), seed=1)
    places = found["division_places"].to_frame()
    assert len(places) == 305 and set(places["place_id"].map(cluster.places["kind"])) == {"county"}
    rows = cluster.further["industries"].query("place_id == '340321'").set_index("industry")["value"]
    quotients = found["division_quotients"].to_frame()
    mine = quotients[quotients["place_id"] == "340321"].set_index("industry")["share"]
    np.testing.assert_allclose(mine, (rows / rows.sum())[mine.index], rtol=1e-12)
