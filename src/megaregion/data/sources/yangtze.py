"""Recipe for the Yangtze example: Amap migration index and the 30 scaled indicators, both fetched.

Neither publisher states a licence: the files and what is built from them are for the user's own work and are
never part of the example.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from megaregion.data.recipe import RecipeReport, write_table
from megaregion.errors import InputError, MissingDataError

DAYS = pd.date_range("2024-08-18", "2024-09-07")  # later days hold a typhoon and the Mid-Autumn holiday
PERIOD = "mean of 2024-08-18 to 2024-09-07"
EDITION = 2024
DIMENSIONS = ("创新发展", "协调发展", "绿色发展", "开放发展", "共享发展")
SCORE_PER_DIMENSION = 20.0  # the publisher's dimension score is 20 x the mean of its six indicators


def build(raw: Path, out: Path, workspace: Path) -> RecipeReport:
    """Build ``tables/flows.fetched.csv`` and ``tables/indicators.fetched.csv``.

    Parameters
    ----------
    raw : Path
        Folder with the fetched files below ``yangtze-delta/local``.
    out : Path
        Where ``tables/`` is written.
    workspace : Path
        The example; its places of kind city give the codes.

    Returns
    -------
    RecipeReport
        Facts: pairs and zero pairs of the Amap index; constant indicators and the largest difference
        between the published dimension scores and 20 x the mean of their indicators.

    Raises
    ------
    InputError
        A file has other cities, days or indicators than the recipe is made for.
    MissingDataError
        A cell is empty.
    """
    source = raw / "yangtze-delta" / "local"
    codes = _codes(workspace / "tables" / "places.csv")
    links, days = _amap(source / "amap_real_links_2024.csv", codes)
    flows = _people(links, days)
    scaled, names = _njnu(source / "njnu_index_2024" / "secondaryIndicators.json", codes)
    indicators = pd.concat([_points(links), scaled], ignore_index=True)
    constant = scaled.groupby("indicator")["value"].agg(lambda v: v.max() - v.min())
    still = [f"{i} {names[i]}" for i in sorted(constant.index[constant == 0])]
    residual = _score_residual(scaled, source / "njnu_index_2024" / "scoreDetail.json", codes)
    return RecipeReport(
        rows={
            "tables/flows.fetched.csv": write_table(flows, "flows", out / "tables/flows.fetched.csv"),
            "tables/indicators.fetched.csv": write_table(
                indicators, "indicators", out / "tables/indicators.fetched.csv"
            ),
        },
        notes=(
            "no licence is stated for the Amap index and the 30 indicators: for your own work, do not pass them on",
            "the Amap index is an index, not persons; mean of the 21 days before the typhoon",
            f"the same for all cities, so without information: {'; '.join(still) or 'none'}",
        ),
        facts={
            "people_pairs": len(flows),
            "people_pairs_zero": int((flows["value"] == 0).sum()),
            "constant_indicators": still,
            "score_residual_max": round(residual, 4),
        },
    )


def indicator_ids() -> list[str]:
    """Ids of the 30 indicators, in the order of the publisher's file: njnu_01 ... njnu_30."""
    return [f"njnu_{n:02d}" for n in range(1, 31)]


def _codes(path: Path) -> pd.Series:
    """place_id of the cities by Chinese name without the ending 市."""
    try:
        places = pd.read_csv(path, dtype=str, keep_default_na=False)
    except OSError as error:
        raise InputError(f"tables/places.csv cannot be read: {error}", hint="the recipe needs its cities") from None
    cities = places[places["kind"] == "city"]
    codes = pd.Series(cities["place_id"].to_numpy(object), index=cities["name_zh"].str.removesuffix("市"))
    if len(codes) != 41 or codes.index.has_duplicates:
        raise InputError(f"tables/places.csv: expected 41 cities with different names, got {len(codes)}")
    return codes


def _match(names: pd.Series, codes: pd.Series, where: str) -> np.ndarray[Any, np.dtype[np.object_]]:
    found = names.str.strip().str.removesuffix("市").map(codes)
    if found.isna().any():
        lost = ", ".join(sorted(set(names[found.isna()]))[:5])
        raise InputError(f"{where}: cities that places.csv does not have: {lost}", hint="fetch the pinned version")
    return found.to_numpy(object)


def _amap(path: Path, codes: pd.Series) -> tuple[pd.DataFrame, list[str]]:
    """Pairs with codes and all columns of the file; names of the 21 day columns."""
    frame = pd.read_csv(path, encoding="utf-8-sig")
    days = [f"{d.year}/{d.month}/{d.day}" for d in DAYS]
    needed = ["StartCity", "EndCity", "start_lon", "start_lat", "end_lon", "end_lat", *days]
    lacking = [c for c in needed if c not in frame.columns]
    if lacking:
        raise InputError(f"{path.name} lacks {', '.join(lacking)}", hint="fetch the pinned version")
    if frame[needed].isna().any().any():
        raise MissingDataError(f"{path.name} has empty cells")
    frame = frame.assign(
        origin=_match(frame["StartCity"], codes, path.name), destination=_match(frame["EndCity"], codes, path.name)
    )
    pairs = len(codes) * (len(codes) - 1)
    if len(frame) != pairs or frame.duplicated(["origin", "destination"]).any():
        raise InputError(f"{path.name}: expected {pairs} different pairs, got {len(frame)}")
    return frame.sort_values(["origin", "destination"], kind="stable").reset_index(drop=True), days


def _people(links: pd.DataFrame, days: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {"layer": "people", "origin": links["origin"], "destination": links["destination"],
         "value": links[days].mean(axis=1).round(12), "unit": "index", "period": PERIOD, "observed": True,
         "source": "amap-2024"}
    )  # fmt: skip


def _tidy(place: object, value: object, indicator: str, unit: str, source: str) -> pd.DataFrame:
    return pd.DataFrame(
        {"place_id": place, "year": EDITION, "indicator": indicator, "value": value, "unit": unit, "scope": "全市",
         "source": source}
    )  # fmt: skip


def _points(links: pd.DataFrame) -> pd.DataFrame:
    """The file's own point of each city, for reproducing its published gravity; not a city centre."""
    parts = []
    for end, column in (("origin", "start"), ("destination", "end")):
        parts.append(links[[end, f"{column}_lon", f"{column}_lat"]].set_axis(["place_id", "lon", "lat"], axis=1))
    points = pd.concat(parts).drop_duplicates()
    if points["place_id"].duplicated().any():
        lost = ", ".join(sorted(points.loc[points["place_id"].duplicated(), "place_id"])[:5])
        raise InputError(f"the Amap file gives more than one point for {lost}")
    points = points.sort_values("place_id")
    return pd.concat(
        [_tidy(points["place_id"].to_numpy(), points[c].to_numpy(), f"amap_{c}", "degree", "amap-2024")
         for c in ("lon", "lat")],
        ignore_index=True,
    )  # fmt: skip


def _njnu(path: Path, codes: pd.Series) -> tuple[pd.DataFrame, dict[str, str]]:
    """Tidy rows of the 30 indicators, and their Chinese names by id."""
    content = json.loads(path.read_text(encoding="utf-8"))
    lacking = [d for d in DIMENSIONS if d not in content or len(content[d]) != 7]
    if lacking:
        raise InputError(f"{path.name}: expected six indicators for {', '.join(lacking)}")
    ids, names, parts = iter(indicator_ids()), {}, []
    for dimension in DIMENSIONS:
        table = pd.DataFrame(content[dimension])
        place = _match(table.pop("names").astype(str), codes, path.name)
        if len(set(place)) != len(codes):
            raise InputError(f"{path.name}: {dimension} has {len(set(place))} cities, expected {len(codes)}")
        for name in table.columns:
            value = pd.to_numeric(table[name].astype(str).str.strip(), errors="coerce").to_numpy(float)
            if not ((value >= 0) & (value <= 1)).all():
                raise MissingDataError(f"{path.name}: {name} has cells that are no number between 0 and 1")
            key = next(ids)
            names[key] = str(name)
            parts.append(_tidy(place, value, key, "scaled 0-1", "njnu-2024").sort_values("place_id"))
    return pd.concat(parts, ignore_index=True), names


def _score_residual(scaled: pd.DataFrame, path: Path, codes: pd.Series) -> float:
    """Largest difference between the published dimension scores and 20 x the mean of their six indicators."""
    published = pd.DataFrame(json.loads(path.read_text(encoding="utf-8")))
    published.index = pd.Index(_match(published["cityName"], codes, path.name))
    wide = scaled.pivot_table(index="place_id", columns="indicator", values="value")
    ids = indicator_ids()
    worst = 0.0
    for number, dimension in enumerate(DIMENSIONS):
        own = SCORE_PER_DIMENSION * wide[ids[6 * number : 6 * number + 6]].mean(axis=1)
        score = pd.to_numeric(published[dimension].str.strip()).reindex(own.index)
        worst = max(worst, float((own - score).abs().max()))
    return worst
