"""Sustainable connectivity of 51 countries of Asia and Europe (ASEM), against the results that COINr publishes.

Becker, Caperna, Del Sorbo, Norlen, Papadimitriou and Saisana (2022), COINr: An R package for developing composite
indicators, J. Open Source Softw. 7(78), 4567; data of the package (MIT). Published tables, two decimals: vignette
"Presenting Results" (six countries, all pillars) and the online documentation, section 12.1 (index of the first ten).
The example divides by the stated denominators, fills gaps with the mean of Europe or Asia, winsorises at most five
values of an indicator where |skewness| > 2 and kurtosis > 3.5, scales between the extremes and takes equal weights and
arithmetic means over three levels. Reproduced to the printed digits; the screening of the example drops nobody. A
second computation, straight from the formulas in plain numpy, is held to 1e-9 for all countries.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from megaregion.nodes.index_analysis import analyse
from megaregion.nodes.index_source import Source, read_source
from megaregion.nodes.tree import IndexTree, tree_from_dict

FIRST_TEN = {"CHE": 68.38, "NLD": 64.82, "DNK": 64.80, "NOR": 64.47, "BEL": 63.54, "SWE": 63.00, "AUT": 61.90,
             "LUX": 61.58, "DEU": 60.75, "MLT": 60.36}  # fmt: skip
PILLARS = ["Conn", "Sust", "Physical", "ConEcFin", "Political", "Instit", "P2P", "Environ"]
PUBLISHED = {
    "CHE": [62.79, 73.98, 63.41, 32.87, 74.78, 85.94, 56.93, 77.21],
    "NLD": [61.94, 67.70, 64.87, 46.62, 84.55, 71.74, 41.92, 58.73],
    "DNK": [57.10, 72.51, 50.52, 30.43, 78.13, 75.35, 51.04, 69.83],
    "NOR": [57.44, 71.50, 58.18, 25.70, 80.03, 89.46, 33.80, 70.90],
    "BEL": [63.99, 63.09, 71.97, 48.22, 80.84, 75.60, 43.32, 53.01],
    "SWE": [53.87, 72.12, 51.51, 23.87, 80.98, 74.51, 38.50, 66.37],
}


@pytest.fixture(scope="module")
def folder(shared_data: Path) -> Path:
    return shared_data / "reference" / "composite-index"


@pytest.fixture(scope="module")
def meta(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "ASEM_iMeta.csv").set_index("iCode")


def asem(meta: pd.DataFrame, **head: Any) -> IndexTree:
    leaves, pillars = meta[meta["Type"] == "Indicator"], meta[meta["Type"] == "Aggregate"].drop(index="Index")
    return tree_from_dict(
        {
            "index": {"name": "ASEM", "year": 2018, "goalposts": "pooled", "missing": "fill_group_mean", "delta": 0.0,
                      "outliers": "winsorise-log", "aggregation": "arithmetic", "min_indicators": 1, **head},
            "pillar": [
                {
                    "id": code, "name": row["iName"],
                    **({} if row["Parent"] == "Index" else {"parent": row["Parent"]}),
                    "indicator": [
                        {"id": k, "name": v["iName"], "direction": int(v["Direction"]), "unit": "unstated",
                         **({"denominator": v["Denominator"]} if isinstance(v["Denominator"], str) else {})}
                        for k, v in leaves[leaves["Parent"] == code].iterrows()
                    ],
                }
                for code, row in pillars.iterrows()
            ],
        }
    )  # fmt: skip


@pytest.fixture(scope="module")
def source(folder: Path, meta: pd.DataFrame) -> Source:
    return read_source(folder / "ASEM_iData.csv", asem(meta), place="uCode", group="EurAsia_group")


@pytest.fixture(scope="module")
def scores(source: Source) -> pd.DataFrame:
    found = analyse(source, seed=1, draws=0, size=0)
    return found["scores"].to_frame().set_index("place_id")


def test_structure_is_read(source: Source) -> None:
    assert len(source.places) == 51
    assert len(source.tree.indicators()) == 49
    assert [p.id for p in source.tree.children(None)] == ["Conn", "Sust"]
    assert [p.id for p in source.tree.children("Sust")] == ["Environ", "Social", "SusEcFin"]


def test_published_index_of_the_first_ten(scores: pd.DataFrame) -> None:
    first = scores.sort_values("rank").head(10)
    assert first.index.tolist() == list(FIRST_TEN)
    np.testing.assert_allclose(first["score"], list(FIRST_TEN.values()), atol=0.00501)


@pytest.mark.parametrize("country", list(PUBLISHED))
def test_published_pillars(scores: pd.DataFrame, country: str) -> None:
    got = scores.loc[country, [f"pillar_{p}" for p in PILLARS]].to_numpy(float)
    np.testing.assert_allclose(got, PUBLISHED[country], atol=0.00501)


def plain(folder: Path, meta: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """The same index from the formulas: scaled indicators and the index."""
    data = pd.read_csv(folder / "ASEM_iData.csv").set_index("uCode").sort_index()
    columns = {}
    for code, row in meta[meta["Type"] == "Indicator"].iterrows():
        x = data[code] / (data[row["Denominator"]] if isinstance(row["Denominator"], str) else 1.0)
        x = x.fillna(x.groupby(data["EurAsia_group"]).transform("mean"))
        y, moved = x.copy(), 0
        while moved < 5 and abs(stats.skew(y, bias=False)) > 2 and stats.kurtosis(y, bias=False) > 3.5:
            moved += 1
            if stats.skew(y, bias=False) > 0:
                y = x.clip(upper=x.sort_values().iloc[-1 - moved])
            else:
                y = x.clip(lower=x.sort_values().iloc[moved])
        share = (y - y.min()) / (y.max() - y.min())
        columns[code] = 100 * (share if row["Direction"] > 0 else 1 - share)
    scaled = pd.DataFrame(columns)
    means = {}
    for code in meta.index[meta["Level"] == 2]:
        means[code] = scaled[meta.index[meta["Parent"] == code]].mean(axis=1)
    return scaled, whole(means, meta)


def whole(level2: dict[str, pd.Series], meta: pd.DataFrame) -> pd.Series:
    """Means of the pillars of either half, then of the halves."""
    halves = [np.mean([level2[c] for c in meta.index[meta["Parent"] == top]], axis=0) for top in ("Conn", "Sust")]
    return pd.Series((halves[0] + halves[1]) / 2, next(iter(level2.values())).index)


def test_all_countries_equal_the_formulas(folder: Path, meta: pd.DataFrame, scores: pd.DataFrame) -> None:
    _, want = plain(folder, meta)
    np.testing.assert_allclose(scores["score"], want[scores.index], atol=1e-9)
    np.testing.assert_array_equal(scores["rank"], want[scores.index].rank(ascending=False))


@pytest.mark.parametrize("how", ["z", "rank"])
def test_other_scales_equal_the_formulas(folder: Path, meta: pd.DataFrame, source: Source, how: str) -> None:
    """Scales of the same treated values: z-scores are linear in them, ranks are theirs (rounding is no order)."""
    scaled, _ = plain(folder, meta)
    one = scaled.apply(stats.zscore, ddof=1) if how == "z" else (scaled.round(9).rank() - 1) / (len(scaled) - 1)
    level2 = {c: one[meta.index[meta["Parent"] == c]].mean(axis=1) for c in meta.index[meta["Level"] == 2]}
    want = whole(level2, meta)
    found = analyse(replace(source, tree=asem(meta, normalisation=how)), seed=1, draws=0, size=0)["scores"]
    found = found.to_frame().set_index("place_id")
    np.testing.assert_allclose(found["score"], (100 + 10 * want if how == "z" else 100 * want)[found.index], atol=1e-9)


def test_uncertainty_and_sensitivity_leave_nothing_out(source: Source) -> None:
    """All gaps, scales, treatments and means work here: no draw may fail."""
    found = analyse(source, seed=1, draws=1000, size=64)
    assert found["uncertainty"].facts()["failed"] == 0
    assert found["uncertainty"].facts()["varied"] == ["aggregation", "filling", "normalisation", "outliers", "weights"]
    assert found["sensitivity"].facts()["failed"] == 0
    assert len(found["cells"].to_frame()) == 65
