"""Recipe for Germany: 401 counties of 16 states from the publishers' files.

Vintages. Wages are the medians of 31 December 2018: they agree with those that the Federal Employment
Agency published for that day (Ingolstadt 4,897 EUR, Wolfsburg 4,893, Erlangen 4,787, Böblingen 4,743); the
files themselves name no year. Population is that of 31 December 2019 (83,166,711). Timetables are of 2016
and 2019, polygons of 1 January 2021 (before Eisenach joined Wartburgkreis, so 401 counties).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from megaregion.data.recipe import RecipeReport, write_table
from megaregion.data.sources.gtfs import Feed, merge_stations, read_gtfs
from megaregion.data.sources.inkar import read_inkar
from megaregion.data.timetable import direct_services, representative_day
from megaregion.errors import InputError, MissingDataError

if TYPE_CHECKING:
    import geopandas as gpd

WAGE_YEAR, POPULATION_YEAR = 2018, 2019
TIMETABLES = ("2016", "2019")
EISENACH, WARTBURGKREIS = "16056", "16063"
SENTINEL_MIN = 1e6  # what the time matrices hold where no time was computed
CLOSE_KM = 50.0  # nearly every pair closer than this has a time; farther ones are cut off at 90 minutes
COAST_KM = 1.0  # stations off the generalised coast belong to the nearest county within this distance
PLATFORMS = {  # parts of one station that the feeds list as stops of their own
    "Berlin Hbf (tief)": "Berlin Hbf",
    "München Hbf Gl.5-10": "München Hbf",
    "Köln Messe/Deutz Gl.11-12": "Köln Messe/Deutz",
    "Frankfurt(M) Flughafen Regionalbf": "Frankfurt(M) Flughafen Fernbf",
    "Puttgarden(MS)": "Puttgarden",
}
STATES_ZH = {
    "01": "石勒苏益格-荷尔斯泰因", "02": "汉堡", "03": "下萨克森", "04": "不来梅",
    "05": "北莱茵-威斯特法伦", "06": "黑森", "07": "莱茵兰-普法尔茨", "08": "巴登-符腾堡",
    "09": "巴伐利亚", "10": "萨尔兰", "11": "柏林", "12": "勃兰登堡",
    "13": "梅克伦堡-前波美拉尼亚", "14": "萨克森", "15": "萨克森-安哈尔特", "16": "图林根",
}  # fmt: skip


def build(raw: Path, out: Path, workspace: Path) -> RecipeReport:
    """Build the tables of Germany.

    Parameters
    ----------
    raw : Path
        Folder with the fetched files below ``germany/``.
    out : Path
        Where ``tables/`` and ``geometry/`` are written.
    workspace : Path
        The workspace (unused: every table comes from the fetched files).

    Returns
    -------
    RecipeReport
        Facts: `commuters_person`, `stay_percent`, `positive_pairs`, `road` (see `road_calibration`),
        `timetables` (day and trips of each).

    Raises
    ------
    InputError
        A file has other places, columns or values than the recipe is made for.
    """
    source = raw / "germany"
    counties = _dbf(source / "VG250_KRS_clean_final.dbf")
    ids = list(counties.index)
    shapes = _shapes(source, ids)
    rows: dict[str, int] = {}
    rows["tables/places.csv"] = write_table(_places(counties, shapes), "places", out / "tables/places.csv")
    rows["geometry/places.gpkg"] = _write_shapes(shapes, out / "geometry/places.gpkg")
    facts_table = _county_facts(source, counties)
    rows["tables/indicators.csv"] = write_table(facts_table, "indicators", out / "tables/indicators.csv")
    panel, marks = read_inkar(source / "inkar_sysdata.rda")
    panel = panel.assign(scope="whole", source="inkar")
    lent = _lent(panel)
    for name, table in (("inkar", panel), ("lent", lent)):
        file = f"tables/indicators.{name}.csv"
        rows[file] = write_table(table, "indicators", out / file)
    commuting = _matrix(source / "commuting_wide.csv", ids).T  # the file has workplaces in rows
    rows["tables/flows.csv"] = write_table(_flows(commuting), "flows", out / "tables/flows.csv")
    nodes, services, notes, days = _rail(source, shapes)
    rows["tables/nodes.csv"] = write_table(nodes, "nodes", out / "tables/nodes.csv")
    rows["tables/services.csv"] = write_table(services, "services", out / "tables/services.csv")
    values = commuting.to_numpy()
    facts: dict[str, Any] = {
        "population_person": float(counties["EWZ"].sum()),
        "commuters_person": float(values.sum()),
        "stay_percent": float(100 * np.trace(values) / values.sum()),
        "positive_pairs": int((values > 0).sum() - (np.diag(values) > 0).sum()),
        "inkar_missing": sorted(set(ids) - set(panel["place_id"])),
        "road": road_calibration(source, ids),
        "timetables": days,
    }
    return RecipeReport(rows=rows, notes=(*_notes(facts), *marks, *notes), facts=facts)


def road_calibration(source: Path, ids: list[str]) -> dict[str, float]:
    """What the computed road times of close pairs say about speed.

    The distance matrix is the straight line between county centroids (its median ratio to the great circle
    between inside points is 1.00), so circuity cannot be told from speed: only minutes per straight
    kilometre are identified. Times exist up to 90 minutes one way; the line is fitted on pairs closer than
    `CLOSE_KM`, of which more than 99 % have a time, because a fit on all would be cut off at the slow end.

    Returns
    -------
    dict
        pairs, coverage_percent; for `base` and `traffic`: fixed_min, straight_kmh, rmse_min, and
        road_kmh_at_circuity_1.3.
    """
    straight_km = _matrix(source / "distance_matrix.csv", ids).to_numpy() / 1000
    close = (straight_km < CLOSE_KM) & ~np.eye(len(ids), dtype=bool)
    out: dict[str, float] = {"pairs_closer_than_km": CLOSE_KM}
    for name in ("base", "traffic"):
        trip = _matrix(source / f"roundtrip_time_{name}.csv", ids).to_numpy()
        minutes = np.where(trip < SENTINEL_MIN, trip / 2, np.nan)
        use = close & np.isfinite(minutes)
        design = np.column_stack([np.ones(use.sum()), straight_km[use]])
        fit, *_ = np.linalg.lstsq(design, minutes[use], rcond=None)
        out[f"{name}_pairs"] = int(use.sum())
        out[f"{name}_coverage_percent"] = float(100 * use.sum() / close.sum())
        out[f"{name}_fixed_min"] = float(fit[0])
        out[f"{name}_straight_kmh"] = float(60 / fit[1])
        out[f"{name}_road_kmh_at_circuity_1.3"] = float(1.3 * 60 / fit[1])
        out[f"{name}_rmse_min"] = float(np.sqrt(np.mean((minutes[use] - design @ fit) ** 2)))
    return {key: round(value, 3) for key, value in out.items()}


def _notes(facts: dict[str, Any]) -> list[str]:
    gone = ", ".join(facts["inkar_missing"])
    return [
        f"INKAR has no values for {gone} (Eisenach, part of Wartburgkreis since July 2021): absent in the panel; "
        "tables/indicators.lent.csv gives it the values of Wartburgkreis, flagged modelled (delete it to leave a gap)",
        "commuting flows below 10 persons are censored by the publisher: an absent near pair is 0 to 9 persons, not 0; "
        "of pairs more than 100 km apart few are reported, beyond 131 km none, whatever their size",
        "wages of 31 December 2018 (they agree with the medians published for that day); employment and "
        "commuting come from the same publisher without a year and are taken as of that day",
        "population of 31 December 2019",
        "wage_bill_proxy = 12 x median monthly wage x employment, both at the workplace: a proxy of spending "
        "(a median of full-time jobs stands for the mean of all)",
        "no road graph: road times are modelled from the great circle; see `road` for the calibration",
    ]


def _dbf(path: Path) -> pd.DataFrame:
    """Attribute table of the counties, index 5-digit AGS."""
    import pyogrio

    frame = pyogrio.read_dataframe(path, read_geometry=False, encoding="UTF-8")
    frame.index = pd.Index(frame["AGS"].astype(str).astype(object), name="place_id")
    odd = frame.index[~frame.index.str.fullmatch(r"\d{5}") | frame.index.duplicated()]
    if len(odd) or len(frame) != 401:
        raise InputError(f"{path.name}: expected 401 counties with 5-digit AGS, got {len(frame)}; odd: {list(odd[:5])}")
    ordered: pd.DataFrame = frame.sort_index()
    return ordered


def _shapes(source: Path, ids: list[str]) -> gpd.GeoDataFrame:
    """Polygons of counties and states, index `place_id`, WGS-84, column kind."""
    import geopandas as gpd

    parts = []
    for name, kind in (("Ebene_Kreise", "county"), ("Ebene_Laender", "state")):
        frame = gpd.read_file(source / f"{name}.geojson", columns=["ARS", "GEN"], engine="pyogrio")
        frame["place_id"] = frame["ARS"].astype(str).astype(object)
        frame["name"] = frame["GEN"].astype(object)
        # some states have further features for coastal waters and Lake Constance: the land is the largest
        size = frame.to_crs("EPSG:25832").geometry.area
        land = frame.loc[size.groupby(frame["place_id"]).idxmax()]
        whole = land[["place_id", "name", "geometry"]].set_index("place_id")
        parts.append(whole.assign(kind=kind))
    shapes = gpd.GeoDataFrame(pd.concat(parts), crs="EPSG:4326").sort_index()
    shapes.geometry = shapes.geometry.make_valid().normalize()
    found = set(shapes.index[shapes["kind"] == "county"])
    if found != set(ids) or set(shapes.index[shapes["kind"] == "state"]) != set(STATES_ZH):
        lost = sorted(found ^ set(ids))
        raise InputError(f"polygons and attributes name different places: {', '.join(lost[:5]) or 'states'}")
    return shapes


def _places(counties: pd.DataFrame, shapes: gpd.GeoDataFrame) -> pd.DataFrame:
    import geopandas as gpd

    points = gpd.GeoSeries.from_xy(counties["INSIDE_X"], counties["INSIDE_Y"], crs="EPSG:25832").to_crs("EPSG:4326")
    outside = counties.index[
        ~shapes.geometry.reindex(counties.index).contains(points.set_axis(counties.index)).to_numpy()
    ]
    if len(outside):
        raise InputError(f"the inside points of {', '.join(outside[:5])} lie outside their polygons")
    same = counties["GEN"].duplicated(keep=False)
    county = pd.DataFrame(
        {
            "place_id": counties.index,
            "name": counties["GEN"].where(~same, counties["GEN"] + " (" + counties["BEZ"] + ")").astype(object),
            "name_zh": None,
            "kind": "county",
            "parent_id": counties.index.str[:2],
            "lon": points.x.round(6).to_numpy(),
            "lat": points.y.round(6).to_numpy(),
            "area_km2": counties["KFL"].to_numpy(),
            "population": counties["EWZ"].round().to_numpy(),
            "source": "bkg-vg250",
            "note": "population of 31 December 2019; the point lies inside the county, it is not the town hall",
        }
    )
    sums = county.groupby("parent_id")[["area_km2", "population"]].sum()
    states = shapes[shapes["kind"] == "state"]
    seats = states.geometry.representative_point()
    state = pd.DataFrame(
        {
            "place_id": states.index,
            "name": states["name"].to_numpy(object),
            "name_zh": [STATES_ZH[i] for i in states.index],
            "kind": "state",
            "parent_id": None,
            "lon": seats.x.round(6).to_numpy(),
            "lat": seats.y.round(6).to_numpy(),
            "area_km2": sums["area_km2"].reindex(states.index).round(2).to_numpy(),
            "population": sums["population"].reindex(states.index).to_numpy(),
            "source": "bkg-vg250",
            "note": "area and population are the sums of its counties; the point is inside the polygon",
        }
    )
    both = pd.concat([state.astype(object), county.astype(object)], ignore_index=True)
    return both.astype({"lon": float, "lat": float, "area_km2": float, "population": float})


def _write_shapes(shapes: gpd.GeoDataFrame, path: Path) -> int:
    import pyogrio

    path.parent.mkdir(parents=True, exist_ok=True)
    frame = shapes.reset_index()[["place_id", "kind", "name", "geometry"]].astype({"place_id": str, "name": str})
    # a fixed time of change: GeoPackage stamps its contents, and two builds must give the same bytes
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2021-01-01T00:00:00.000Z"})
    try:
        frame.to_file(path, layer="places", driver="GPKG", engine="pyogrio")
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
    return len(frame)


def _column(path: Path, key: str, value: str, ids: list[str]) -> pd.Series:
    """One column of a county file by code; codes may have lost their leading zero."""
    frame = pd.read_csv(path, dtype={key: str}, encoding="utf-8-sig")
    series = pd.Series(frame[value].to_numpy(float), index=frame[key].str.zfill(5).to_numpy(object))
    if sorted(series.index) != ids:
        raise InputError(f"{path.name}.{key}: other counties than the polygons")
    if series.isna().any():
        raise MissingDataError(f"{path.name}.{value} is empty for {', '.join(series.index[series.isna()][:5])}")
    return series.reindex(ids)


def _county_facts(source: Path, counties: pd.DataFrame) -> pd.DataFrame:
    ids = list(counties.index)
    labor = {
        name: _column(source / "labor_tidy.csv", "region_id", name, ids)
        for name in (
            "median_income_workplace", "median_income_residence", "employment_workplace", "employment_residence",
        )
    }  # fmt: skip
    wage_bill = 12 * labor["median_income_workplace"] * labor["employment_workplace"] / 1e6
    money, toolkit = "EUR (current) per person month", "toolkit-labour"
    columns: list[tuple[str, int, pd.Series, str, str, str | None]] = [
        ("population", POPULATION_YEAR, counties["EWZ"].round(), "person", "bkg-vg250", None),
        ("wage_workplace", WAGE_YEAR, labor["median_income_workplace"].round(2), money, toolkit, None),
        ("wage_residence", WAGE_YEAR, labor["median_income_residence"].round(2), money, toolkit, None),
        ("employment_workplace", WAGE_YEAR, labor["employment_workplace"], "person", toolkit, None),
        ("employment_residence", WAGE_YEAR, labor["employment_residence"], "person", toolkit, None),
        ("wage_bill_proxy", WAGE_YEAR, wage_bill.round(3), "million EUR (current)", toolkit, "modelled"),
        ("rent_index", WAGE_YEAR, _column(source / "house_prices.csv", "county_id", "rentindex", ids).round(4), "index",
         "toolkit-rent", "year-unstated"),
        ("land_area", POPULATION_YEAR, _column(source / "CountyArea.csv", "county_id", "Area", ids).round(4), "km2",
         "toolkit-geography", None),
        ("border_distance", POPULATION_YEAR,
         _column(source / "CountyBorderDist.csv", "county_id", "BorderDist", ids).round(3), "km",
         "toolkit-geography", None),
    ]  # fmt: skip
    parts = [
        pd.DataFrame({"place_id": ids, "year": year, "indicator": name, "value": series.to_numpy(float), "unit": unit,
                      "scope": "whole", "source": origin, "flag": flag})
        for name, year, series, unit, origin, flag in columns
    ]  # fmt: skip
    return pd.concat([p.astype({"flag": object}) for p in parts], ignore_index=True)


def _lent(panel: pd.DataFrame) -> pd.DataFrame:
    """Values of Wartburgkreis on borders that include Eisenach, lent to Eisenach: a recorded filling step.

    All indicators of the panel are rates and medians, so the whole's value is the best constant for its part.
    """
    whole = panel[panel["place_id"] == WARTBURGKREIS]
    return whole.assign(place_id=EISENACH, source="inkar-lent", flag="modelled")


def _matrix(path: Path, ids: list[str]) -> pd.DataFrame:
    frame = pd.read_csv(path, dtype={0: str}, encoding="utf-8-sig", index_col=0)
    frame.index = pd.Index(frame.index.astype(str).str.zfill(5).to_numpy(object))
    frame.columns = pd.Index([str(c).zfill(5) for c in frame.columns], dtype=object)
    if sorted(frame.index) != ids or sorted(frame.columns) != ids:
        raise InputError(f"{path.name}: rows and columns are not the 401 counties")
    if not np.isfinite(frame.to_numpy(float)).all():
        raise MissingDataError(f"{path.name} has empty cells")
    return frame.loc[ids, ids].astype("float64")


def _flows(commuting: pd.DataFrame) -> pd.DataFrame:
    """Positive pairs and the diagonal; rows of `commuting` are residences, columns workplaces."""
    values = commuting.to_numpy()
    row, column = np.nonzero((values > 0) | np.eye(len(values), dtype=bool))
    ids = commuting.index.to_numpy(object)
    return pd.DataFrame(
        {"layer": "commuting", "origin": ids[row], "destination": ids[column], "value": values[row, column],
         "unit": "person", "period": "2018-12-31", "observed": True, "source": "toolkit-commuting"}
    )  # fmt: skip


def _rail(source: Path, shapes: gpd.GeoDataFrame) -> tuple[pd.DataFrame, pd.DataFrame, list[str], dict[str, Any]]:
    """Stations of both timetables and the direct services between them."""
    notes: list[str] = []
    stops, services, days = [], [], {}
    for label in TIMETABLES:
        feed = merge_stations(read_gtfs(source / f"db-fv-gtfs-{label}", out_of_order="drop"), PLATFORMS)
        notes += [f"timetable {label}: {note}" for note in feed.notes]
        day = representative_day(feed)
        table = direct_services(feed, day, classes=lambda c: c != "Bus")
        table = table.assign(timetable=label, mode="rail", time_observed=True, source=f"db-gtfs-{label}")
        days[label] = f"{day:%Y-%m-%d}"
        services.append(table)
        stops.append(_stations(feed).assign(source=f"db-gtfs-{label}"))
    nodes = pd.concat(stops[::-1], ignore_index=True).drop_duplicates("node_id")  # the later coordinates
    nodes = _located(nodes.sort_values("node_id").reset_index(drop=True), shapes)
    border = set(nodes.loc[nodes["name"].str.endswith("(Gr)"), "node_id"])
    inside = set(nodes.loc[nodes["place_id"].notna(), "node_id"])
    every = pd.concat(services, ignore_index=True)
    ends = every["origin"].isin(border) | every["destination"].isin(border)
    home = every["origin"].isin(inside) | every["destination"].isin(inside)
    kept = every[home & ~ends]
    used = set(kept["origin"]) | set(kept["destination"])
    nodes = nodes[nodes["node_id"].isin(used | inside - border)]
    notes.append(
        f"{len(border)} border points '(Gr)' are no stations and left out; buses left out; {int((~home).sum())} "
        "services between stations abroad left out; rides that another one overtakes are not counted"
    )
    for column in ("in_vehicle_min", "fastest_min"):
        kept = kept.assign(**{column: kept[column].round(3)})
    keys = ["timetable", "origin", "destination", "service"]
    return nodes, kept.sort_values(keys, kind="stable"), notes, days


def _stations(feed: Feed) -> pd.DataFrame:
    heads = feed.stops[feed.stops.index == feed.stops["station"]]
    return pd.DataFrame(
        {"node_id": heads.index.astype(object), "name": heads["name"].astype(object).to_numpy(), "mode": "rail",
         "lon": heads["lon"].round(6).to_numpy(), "lat": heads["lat"].round(6).to_numpy()}
    )  # fmt: skip


def _located(nodes: pd.DataFrame, shapes: gpd.GeoDataFrame) -> pd.DataFrame:
    """Add the county in which each station lies; just off the generalised coast, the nearest, with a note."""
    import geopandas as gpd

    county = shapes[shapes["kind"] == "county"].to_crs("EPSG:25832")
    points = gpd.GeoDataFrame(
        nodes[["node_id"]], geometry=gpd.points_from_xy(nodes["lon"], nodes["lat"], crs="EPSG:4326")
    ).to_crs("EPSG:25832")
    hit = points.sjoin(county[["geometry"]], predicate="within")
    hit = hit.sort_values("place_id").drop_duplicates("node_id").set_index("node_id")["place_id"]
    # UIC country code of Germany; border stations of a neighbour carry its letters: Forbach(fr)
    german = nodes["node_id"].str.startswith("80") & ~nodes["name"].str.contains(r"\([a-z]{2}\)$", regex=True)
    lost = points[german & ~points["node_id"].isin(hit.index)]
    near = lost.sjoin_nearest(county[["geometry"]], max_distance=COAST_KM * 1000)
    near = near.sort_values("place_id").drop_duplicates("node_id").set_index("node_id")["place_id"]
    out = nodes.assign(place_id=nodes["node_id"].map(hit).fillna(nodes["node_id"].map(near)).astype(object))
    out["place_id"] = out["place_id"].where(out["place_id"].notna(), None)
    coast = out["node_id"].isin(near.index)
    out["note"] = None
    out.loc[out["place_id"].isna(), "note"] = "abroad; kept for journeys that change there"
    out.loc[coast, "note"] = f"outside the generalised polygons; nearest county within {COAST_KM:g} km"
    return out
