"""Advantages, complexity and choke points: by hand, against direct counting, intervals that cover, bad input."""

import numpy as np
import pandas as pd
import pytest
from tests.nodes.innovation_by_hand import CITIES, cluster, documents, industries

from megaregion.core.complexity import complexity
from megaregion.core.relatedness import density, proximity
from megaregion.errors import InputError, MissingDataError, SchemaError
from megaregion.nodes.choke_points import split
from megaregion.nodes.innovation import innovation
from megaregion.nodes.innovation_options import InnovationOptions

K = 12
RNG = np.random.default_rng(5)
# a nested structure with noise: city c has the first activities, so that complexity has an order
TABLE = {c: [float(v) for v in RNG.poisson(400 * (1.0 + 4.0 * (np.arange(K) < 12 - i)))] for i, c in enumerate(CITIES)}
OPTIONS = InnovationOptions(draws=100)
CHOKE = pd.DataFrame({
    "choke_point": ["chip", "lens"], "activities": ["i00;i11", "i05"], "import_dependence": [0.8, np.nan],
    "domestic_holders": [4.0, 0.0],
})  # fmt: skip


def found(**more: object) -> dict[str, pd.DataFrame]:
    got = innovation(cluster(industries=industries(TABLE), **more), seed=1, options=OPTIONS)  # type: ignore[arg-type]
    return {name: table.to_frame() for name, table in got.items()}


def test_advantages_density_and_complexity_from_the_table_itself() -> None:
    x = np.array(list(TABLE.values()))
    raw = (x / x.sum(axis=1, keepdims=True)) / (x.sum(axis=0) / x.sum())
    has = raw >= 1
    tables = found()
    options = tables["innovation_options"]
    np.testing.assert_allclose(options["advantage"].to_numpy().reshape(8, K), raw, rtol=1e-12)
    np.testing.assert_array_equal(options["has"].to_numpy(bool).reshape(8, K), has)
    np.testing.assert_allclose(options["density"].to_numpy().reshape(8, K), density(has, proximity(has)), rtol=1e-12)
    want = complexity(has)
    np.testing.assert_allclose(tables["innovation_complexity"]["eci"], want.place, rtol=1e-9)
    np.testing.assert_allclose(tables["innovation_activities"]["pci"], want.activity, rtol=1e-9)
    np.testing.assert_array_equal(tables["innovation_activities"]["ubiquity"], has.sum(axis=0))
    assert tables["innovation_activities"]["name_zh"].tolist()[:2] == ["业0", "业1"]


def test_shrunken_advantages_lie_between_one_and_the_raw_and_on_the_same_side() -> None:
    options = found()["innovation_options"]
    raw, drawn = options["advantage"], options["advantage_shrunken"]
    assert (np.sign(raw - 1) == np.sign(drawn - 1)).all() and (abs(drawn - 1) <= abs(raw - 1)).all()
    assert ((options["p_advantage"] > 0.5) == options["has"]).mean() > 0.95
    assert options.loc[options["has"], "density_relative"].isna().all()


def test_relative_density_by_hand() -> None:
    """Over the options that a city has not got: less their mean, over their deviation."""
    options = found()["innovation_options"]
    mine = options[(options["place_id"] == "H") & ~options["has"]]
    want = (mine["density"] - mine["density"].mean()) / mine["density"].std(ddof=0)
    np.testing.assert_allclose(mine["density_relative"], want, rtol=1e-9)


def test_intervals_cover_where_every_activity_has_hundreds_of_cases() -> None:
    tables = found()
    places, options = tables["innovation_complexity"], tables["innovation_options"]
    inside = (places["eci"] >= places["eci_low"] - 1e-9) & (places["eci"] <= places["eci_high"] + 1e-9)
    assert inside.mean() > 0.7
    assert (places["rank_p05"] <= places["rank_p95"]).all()
    assert (options["density_low"] <= options["density_high"]).all()


def test_places_permute_with_their_labels() -> None:
    renamed = dict(zip(CITIES, reversed(CITIES), strict=True))
    turned = {renamed[c]: TABLE[c] for c in CITIES}
    got = innovation(cluster(industries=industries(turned)), seed=1, options=OPTIONS)
    one = found()["innovation_complexity"].set_index("place_id")["eci"]
    two = got["innovation_complexity"].to_frame().set_index("place_id")["eci"]
    np.testing.assert_allclose(two.reindex([renamed[c] for c in CITIES]), one.reindex(CITIES), atol=1e-9)


def test_shares_are_no_counts() -> None:
    shares = {c: [v / sum(row) for v in row] for c, row in TABLE.items()}
    got = innovation(cluster(industries=industries(shares, unit="share")), seed=1, options=OPTIONS)
    options = got["innovation_options"].to_frame()
    assert options[["advantage_shrunken", "p_advantage", "density_low"]].isna().all(axis=None)
    assert "activities are no counts" in " ".join(got["innovation_complexity"].warnings)


def test_rare_activities_are_left_out_and_named() -> None:
    with_rare = {c: [*row, 1.0] for c, row in TABLE.items()}
    got = innovation(cluster(industries=industries(with_rare), choke_points=CHOKE.assign(activities=["i12", "i05"])),
                     seed=1, options=OPTIONS)  # fmt: skip
    complex_ = got["innovation_complexity"]
    assert complex_.facts()["left_out"] == ["i12"] and complex_.facts()["activities"] == K
    points = got["choke_points"].to_frame().set_index("choke_point")
    assert np.isnan(points.loc["chip", "density"]) and points.loc["lens", "density"] > 0
    assert "without density, their activities have too few cases: chip" in " ".join(got["choke_points"].warnings)


def test_fields_of_documents_come_before_industries() -> None:
    rows = [(f"{c}{k}{n}", c, 2020, None, None, f"f{k:02d}") for i, c in enumerate(CITIES) for k in range(K)
            for n in range(5 + 5 * (k < 12 - i))]  # fmt: skip
    both = cluster(industries=industries(TABLE), documents=documents(*rows))
    got = innovation(both, seed=1, options=OPTIONS)
    assert got["innovation_complexity"].facts()["origin"] == "documents"
    assert got["innovation_activities"].to_frame()["activity"].iloc[0] == "f00"
    asked = innovation(both, seed=1, options=InnovationOptions(draws=100, activities="industries"))
    assert asked["innovation_complexity"].facts()["origin"] == "industries"


def test_choke_points_by_hand() -> None:
    """chip rests on i00 and i11: mean of both densities; exposure .8 (1 - largest) / 4; unknown dependence, none."""
    tables = found(choke_points=CHOKE)
    near = tables["innovation_options"].pivot(index="place_id", columns="activity", values="density")
    has = tables["innovation_options"].pivot(index="place_id", columns="activity", values="has").astype(bool)
    want = (near["i00"] + near["i11"]) / 2
    points = tables["choke_points"].set_index("choke_point")
    chip = points.loc["chip"]
    assert chip["density"] == pytest.approx(want.max()) and chip["nearest_place"] == want.idxmax()
    assert chip["density_median"] == pytest.approx(want.median())
    assert chip["exposure"] == pytest.approx(0.8 * (1 - want.max()) / 4)
    assert np.isnan(points.loc["lens", "exposure"]) and points.loc["lens", "domestic_holders"] == 0
    both = has["i00"] & has["i11"]
    assert chip["places_with"] == both.sum() and chip["next_place"] == want[~both].idxmax()
    options = tables["choke_options"].set_index(["choke_point", "place_id"])
    assert options.loc[("chip", "C"), "density"] == pytest.approx(want["C"])
    mine = options.loc[("chip", "C")]
    assert not both["C"] and options.loc["chip"].loc[both[both].index, "exposure"].isna().all()
    assert mine["exposure"] == pytest.approx(0.8 * (1 - want["C"]) / 4)
    assert mine["exposure_low"] == pytest.approx(0.2 * (1 - mine["density_high"]))  # the denser, the less exposed
    assert chip["exposure_high"] == pytest.approx(0.2 * (1 - chip["density_low"]))
    assert options.loc["lens"][["exposure", "exposure_low", "exposure_high"]].isna().all(axis=None)
    assert options.loc["chip"]["rank"].min() == 1 and (options["rank_p05"] <= options["rank_p95"]).all()


def test_choke_points_of_one_set_of_activities_are_said_to_be_alike() -> None:
    alike = CHOKE.assign(activities=["i05;i00", "i00;i05"])
    got = innovation(cluster(industries=industries(TABLE), choke_points=alike), seed=1, options=OPTIONS)["choke_points"]
    assert got.to_frame()["density"].nunique() == 1
    assert "2 rest on 1 different sets of activities" in " ".join(got.warnings)
    apart = innovation(cluster(industries=industries(TABLE), choke_points=CHOKE), seed=1, options=OPTIONS)
    assert "different sets" not in " ".join(apart["choke_points"].warnings)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"activities": ["i00;gold", "i05"]}, InputError, "not in the table of activities: gold"),
        ({"activities": ["", "i05"]}, InputError, "without activities: chip"),
        ({"choke_point": ["chip", "chip"]}, InputError, "listed twice: chip"),
        ({"import_dependence": [80.0, 0.1]}, InputError, "import_dependence outside of 0 to 1: chip"),
        ({"domestic_holders": [-1.0, 0.5]}, InputError, "no whole number >= 0: chip, lens"),
        ({"activities": None}, SchemaError, "needs the columns activities"),
    ],
)
def test_bad_choke_points(change: dict[str, object], error: type[Exception], words: str) -> None:
    bad = CHOKE.assign(**change)  # type: ignore[arg-type]
    bad = bad.drop(columns=[c for c, v in change.items() if v is None])
    with pytest.raises(error, match=words):
        found(choke_points=bad)


def test_what_is_asked_for_must_be_there() -> None:
    with pytest.raises(InputError, match="needs tables/documents\\.csv with fields"):
        innovation(cluster(industries=industries(TABLE)), seed=1, options=InnovationOptions(activities="documents"))
    with pytest.raises(InputError, match="needs tables/industries\\.csv"):
        innovation(cluster(), seed=1, options=InnovationOptions(activities="industries"))


def test_few_activities_are_refused_with_a_reason() -> None:
    few = {c: row[:5] for c, row in TABLE.items()}
    got = innovation(cluster(industries=industries(few), choke_points=CHOKE), seed=1, options=OPTIONS)
    told = " ".join(got["innovation"].warnings)
    assert list(got) == ["innovation"] and got["innovation"].to_frame().empty
    assert "5 activities with enough cases (fewer than 10)" in told and "choke points: no table of activities" in told


def test_an_industry_without_a_row_is_zero_where_the_division_of_labour_says_so() -> None:
    gaps = industries(TABLE).drop(index=5)
    with pytest.raises(MissingDataError, match="no year is complete"):
        innovation(cluster(industries=gaps), seed=1, options=OPTIONS)
    told = cluster(industries=gaps).replace(options={"division_of_labour": {"absent_is_zero": True}})
    rows = innovation(told, seed=1, options=OPTIONS)["innovation_options"].to_frame()
    assert rows["advantage"].iloc[5] == 0.0


def test_cells_of_activities() -> None:
    assert split("a; b;;a") == ["a", "b"] and split(None) == [] and split(float("nan")) == []
