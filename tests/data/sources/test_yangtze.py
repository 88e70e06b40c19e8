"""The fetched tables of the Yangtze example against the published checks of their sources."""

import json
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from megaregion.data.recipe import RecipeReport
from megaregion.data.sources.yangtze import DIMENSIONS, build, indicator_ids
from megaregion.errors import InputError, MissingDataError


@pytest.fixture(scope="module")
def yangtze(examples: Path) -> Path:
    return examples / "yangtze-delta"


@pytest.fixture(scope="module")
def built(shared_data: Path, yangtze: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RecipeReport]:
    out = tmp_path_factory.mktemp("yangtze")
    return out, build(shared_data, out, yangtze)


def read(folder: Path, name: str) -> pd.DataFrame:
    codes = dict.fromkeys(("place_id", "origin", "destination", "parent_id"), str)
    return pd.read_csv(folder / "tables" / name, dtype=codes)


@pytest.fixture(scope="module")
def pairs(built: tuple[Path, RecipeReport], yangtze: Path) -> pd.DataFrame:
    """The 1,640 pairs with distance (great circle, R = 6371 km, the file's points), people of 2020, same province."""
    flows = read(built[0], "flows.fetched.csv")
    tidy = read(built[0], "indicators.fetched.csv").set_index(["indicator", "place_id"])["value"]
    places = read(yangtze, "places.csv").set_index("place_id")
    lon, lat = np.deg2rad(tidy["amap_lon"]), np.deg2rad(tidy["amap_lat"])
    o, d = flows["origin"], flows["destination"]
    half = (
        np.sin((o.map(lat) - d.map(lat)) / 2) ** 2
        + np.cos(o.map(lat)) * np.cos(d.map(lat)) * np.sin((o.map(lon) - d.map(lon)) / 2) ** 2
    )
    return flows.assign(
        ln_km=np.log(2 * 6371 * np.arcsin(np.sqrt(half))),
        ln_from=np.log(o.map(places["population"])),
        ln_to=np.log(d.map(places["population"])),
        same=(o.str[:2] == d.str[:2]).astype(float),
    )


def test_flows_cover_every_pair_once(built: tuple[Path, RecipeReport], pairs: pd.DataFrame) -> None:
    assert len(pairs) == 41 * 40
    assert not pairs.duplicated(["origin", "destination"]).any()
    assert (pairs["value"] > 0).sum() == 1_639
    assert set(pairs["unit"]) == {"index"}
    assert built[1].rows["tables/flows.fetched.csv"] == 1_640


def test_mean_is_over_the_21_days_before_the_typhoon(pairs: pd.DataFrame, shared_data: Path) -> None:
    """By hand for one pair: the columns 2024/8/18 to 2024/9/7 of the file."""
    raw = pd.read_csv(shared_data / "yangtze-delta/local/amap_real_links_2024.csv", encoding="utf-8-sig")
    row = raw[(raw["StartCity"] == "上海") & (raw["EndCity"] == "苏州")].iloc[0]
    days = [f"2024/8/{n}" for n in range(18, 32)] + [f"2024/9/{n}" for n in range(1, 8)]
    assert len(days) == 21
    got = pairs.set_index(["origin", "destination"])["value"]
    assert got["310100", "320500"] == pytest.approx(sum(row[d] for d in days) / 21, abs=1e-11)


def test_gravity_by_ordinary_least_squares(pairs: pd.DataFrame) -> None:
    """Check stated with the data: .882, .998, -2.251, +.676, R2 .887 (three decimals) over the positive pairs."""
    y = np.log(pairs["value"].where(pairs["value"] > 0)).dropna()
    x = pairs.loc[y.index, ["ln_from", "ln_to", "ln_km", "same"]].to_numpy()
    design = np.column_stack([x, np.ones(len(x))])
    fit, *_ = np.linalg.lstsq(design, y.to_numpy(), rcond=None)
    residual = y.to_numpy() - design @ fit
    np.testing.assert_allclose(fit[:4], [0.882, 0.998, -2.251, 0.676], atol=0.0006)
    assert 1 - residual.var() / y.to_numpy().var() == pytest.approx(0.887, abs=0.0006)


@pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning")  # pyfixest's own
def test_gravity_by_ppml(pairs: pd.DataFrame) -> None:
    """Check stated with the task: -1.971 and .776 (.112), two-way effects, clustered on origin and destination."""
    import pyfixest

    fit = pyfixest.fepois("value ~ ln_km + same | origin + destination", pairs, vcov={"CRV1": "origin + destination"})
    assert fit.coef()["ln_km"] == pytest.approx(-1.971, abs=0.0006)
    assert fit.coef()["same"] == pytest.approx(0.776, abs=0.0006)
    assert fit.se()["same"] == pytest.approx(0.112, abs=0.0015)


def test_thirty_indicators_of_41_cities(built: tuple[Path, RecipeReport]) -> None:
    tidy = read(built[0], "indicators.fetched.csv")
    scaled = tidy[tidy["unit"] == "scaled 0-1"]
    assert scaled.groupby("indicator")["place_id"].nunique().to_dict() == dict.fromkeys(indicator_ids(), 41)
    assert scaled["value"].between(0, 1).all()
    assert built[1].facts["constant_indicators"] == ["njnu_18 生活垃圾无害化处理率"]


def test_published_dimension_scores_come_out(
    built: tuple[Path, RecipeReport], shared_data: Path, yangtze: Path
) -> None:
    """Score of a dimension = 20 x the mean of its six, to the rounding of the indicators (two decimals)."""
    tidy = read(built[0], "indicators.fetched.csv")
    wide = tidy[tidy["unit"] == "scaled 0-1"].pivot_table(index="place_id", columns="indicator", values="value")
    places = read(yangtze, "places.csv")
    city = places[places["kind"] == "city"].set_index("place_id")["name_zh"]
    published = json.loads((shared_data / "yangtze-delta/local/njnu_index_2024/scoreDetail.json").read_text("utf-8"))
    by_name = {row["cityName"]: row for row in published}
    for n, dimension in enumerate(DIMENSIONS):
        for place, values in wide[indicator_ids()[6 * n : 6 * n + 6]].iterrows():
            assert 20 * values.mean() == pytest.approx(float(by_name[city[place]][dimension]), abs=0.08)
    assert built[1].facts["score_residual_max"] < 0.08


def test_index_tree_fits_what_is_fetched(built: tuple[Path, RecipeReport], shared_data: Path, yangtze: Path) -> None:
    """Ids and Chinese names of index.njnu.toml are those of the file, in its order."""
    tree = tomllib.loads((yangtze / "index.njnu.toml").read_text(encoding="utf-8"))
    leaves = [leaf for pillar in tree["pillar"] for leaf in pillar["indicator"]]
    assert [leaf["id"] for leaf in leaves] == indicator_ids()
    assert [pillar["name_zh"] for pillar in tree["pillar"]] == list(DIMENSIONS)
    path = shared_data / "yangtze-delta/local/njnu_index_2024/secondaryIndicators.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    names = [name for dimension in DIMENSIONS for name in content[dimension] if name != "names"]
    assert [leaf["name_zh"] for leaf in leaves] == names
    assert {(leaf["low"], leaf["high"], leaf["direction"], leaf["unit"]) for leaf in leaves} == {
        (0, 1, 1, "scaled 0-1")
    }
    assert tree["index"]["year"] == 2024


def test_two_builds_give_the_same_bytes(
    built: tuple[Path, RecipeReport], shared_data: Path, yangtze: Path, tmp_path: Path
) -> None:
    build(shared_data, tmp_path, yangtze)
    for name in built[1].rows:
        assert (tmp_path / name).read_bytes() == (built[0] / name).read_bytes()


def changed(shared_data: Path, folder: Path, old: str, new: str) -> Path:
    """The publishers' files with one replacement in the Amap file."""
    local = folder / "yangtze-delta" / "local"
    (local / "njnu_index_2024").mkdir(parents=True)
    source = shared_data / "yangtze-delta" / "local"
    for path in (source / "njnu_index_2024").iterdir():
        (local / "njnu_index_2024" / path.name).symlink_to(path)
    text = (source / "amap_real_links_2024.csv").read_text(encoding="utf-8-sig")
    assert old in text
    (local / "amap_real_links_2024.csv").write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("old", "new", "error", "message"),
    [
        ("2024/9/7", "2024/9/77", InputError, "lacks 2024/9/7"),
        ("11,淮北,16,丽水", "11,淮北,16,温岭", InputError, "cities that places.csv does not have: 温岭"),
        ("11,淮北,16,丽水,0,0,116.696645", "11,淮北,16,丽水,0,0,", MissingDataError, "empty cells"),
        ("11,淮北,16,丽水,0,0,116.696645", "11,淮北,16,丽水,0,0,110.0", InputError, "more than one point for 340600"),
    ],
)
def test_changed_files_are_refused(
    shared_data: Path, yangtze: Path, tmp_path: Path, old: str, new: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        build(changed(shared_data, tmp_path / "raw", old, new), tmp_path / "out", yangtze)
    assert not (tmp_path / "out").exists()
