"""Eisenach (16056) became part of the Wartburgkreis (16063) in 2021: 401 counties on the borders of INKAR's 400."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from megaregion.data.areal import areal_crosswalk
from megaregion.data.crosswalk import Crosswalk, crosswalk
from megaregion.data.harmonize import harmonize


@pytest.fixture(scope="module")
def merger() -> Crosswalk:
    rows = [("16056", "16063", 2021), ("16063", "16063", 2021)]
    return crosswalk(pd.DataFrame(rows, columns=["from_id", "to_id", "year"]))


def test_401_counties_become_the_400_of_inkar_and_no_job_is_lost(shared_data: Path, merger: Crosswalk) -> None:
    labor = pd.read_csv(shared_data / "germany" / "labor_tidy.csv", dtype={"region_id": str})
    inkar = pd.read_csv(shared_data / "germany" / "inkar_counties_readable.csv.gz", dtype={"county_code": str})
    jobs = labor.set_index("region_id")["employment_workplace"].astype(float)
    values = pd.DataFrame({"place_id": jobs.index, "year": 2018, "indicator": "jobs", "value": jobs.to_numpy(),
                           "unit": "job", "scope": "全市", "source": "labor"})  # fmt: skip
    wage = values.assign(
        indicator="wage", value=labor["median_income_workplace"].to_numpy(float), unit="EUR per month (current)"
    )
    found = harmonize(pd.concat([values, wage]), merger, year=2022, neither=["wage"])
    got = found.to_frame().pivot(index="place_id", columns="indicator", values="value")
    assert set(got.index) == set(inkar["county_code"])
    assert got["jobs"].sum() == pytest.approx(jobs.sum(), rel=1e-12)
    assert got.loc["16063", "jobs"] == jobs["16056"] + jobs["16063"]
    assert np.isnan(got.loc["16063", "wage"])  # medians cannot be added
    assert got["wage"].notna().sum() == 399
    how = found.to_frame().set_index(["indicator", "place_id"])["how"]
    assert how["jobs", "16063"] == "merged"


def test_the_map_of_counties_dissolved_gives_the_same_crosswalk(shared_data: Path, merger: Crosswalk) -> None:
    import geopandas as gpd

    whole = gpd.read_file(shared_data / "germany" / "Ebene_Kreise.geojson")
    column = next(c for c in whole.columns if whole[c].astype(str).isin(["16056"]).any())
    counties = whole[whole[column].astype(str).str.startswith("16")].dissolve(column)
    after = counties.assign(new=[("16063" if k == "16056" else k) for k in counties.index]).dissolve("new")
    rows = areal_crosswalk(counties, after, year=2021, crs="EPSG:3035").crosswalk()
    mine = crosswalk(rows, by="area").table[["from_id", "to_id", "share"]]
    pd.testing.assert_frame_equal(mine, merger.table[["from_id", "to_id", "share"]])
