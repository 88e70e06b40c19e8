"""Is it the state border or the Rhine? Commuters between 165 counties of the five states along the river.

Real: commuters of 2018 (Federal Employment Agency), counties and states (© GeoBasis-DE / BKG); course of the Rhine;
elevation on a grid of 5 minutes of arc, about 6 x 9 km, in steps of 28 m. Fetched, not shipped: counties and commuters
(megaregion fetch examples/germany). Flows below 10 are not published and count as none. Declared: a county lies on the
bank of its centroid; eleven have a tenth or more of their area on the other side of this line.

The whole of Germany by the command (401 counties, half a minute and more):

    python rhine_or_state.py my-germany          # also writes my-germany/rhine_banks.csv
    megaregion borders my-germany --layer commuting --control bank=my-germany/rhine_banks.csv --replications 99

Rhine: Natural Earth, `ne_50m_rivers_lake_centerlines` as copied in github.com/NelisV/ne_geojson (public domain), parts
Rhein, Rhin and Rhine; across Lake Constance straight. Drawn for maps of 1:50 million: some kilometers off in bends.
Elevation: as in border_controls.py, here EU-DEM (produced using Copernicus data and information funded by the European
Union), SRTM and GMTED2010; longitudes corrected by 0.015 degree.

Dialects are not held: Falck, Heblich, Lameli and Suedekum (2012, J. Urban Economics 72: 225-239) compared those of 439
districts, and regionalsprache.de has maps of dialect regions, but a short search of public repositories, packages and
pages found neither as a table that may be shipped.
"""

# %% The German workspace, and the counties of North Rhine-Westphalia, Hesse, Rhineland-Palatinate, Baden-Württemberg,
# Saarland
import sys
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from megaregion.core.sphere import matrix_km
from megaregion.data.cluster import groups, units
from megaregion.data.workspace import Workspace
from megaregion.links.soft.barriers import dyads, pair_effects
from megaregion.links.soft.between import banks, rise_between, same_bank
from megaregion.links.soft.border_controls import with_controls
from megaregion.links.soft.border_levels import border_levels

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "examples/germany")
if not (folder / "tables" / "flows.csv").is_file():
    print(f"SKIPPED: {folder} has no tables yet: megaregion fetch {folder}")
    sys.exit()
cluster = Workspace(folder).cluster()
names, here = cluster.places["name"], Path(__file__).parent / "rhine_between"
counties = units(cluster)
shapes = gpd.read_file(folder / "geometry" / "places.gpkg").set_index("place_id").geometry.loc[counties.index]
middle = shapes.to_crs(cluster.attrs["crs"]).centroid.to_crs(4326)
centers = counties.assign(lon=middle.x, lat=middle.y)
along = counties[counties.index.str[:2].isin(["05", "06", "07", "08", "10"])]
state = groups(cluster).loc[along.index]

# %% Banks and ranges. The Rhine parts Rhineland-Palatinate from Baden-Württemberg and, below Worms, from Hesse. Not any
# point inside a county will do: those of the workspace put Wesel, Rhein-Sieg and Rhein-Neckar on the other bank, and
# with them the river would seem to do nothing
line = pd.read_csv(here / "rhine.csv")
rhine = shapely.LineString(line[["lon", "lat"]].to_numpy())
side = banks(centers.loc[along.index], rhine)
left = side == side["07315"]  # Mainz
print(pd.crosstab(state.map(names), left.map({True: "left bank", False: "right bank"})).to_string())
grid = pd.read_csv(here / "elevation.csv", index_col="lat").rename(columns=float)
controls = {"bank": same_bank(centers.loc[along.index], rhine), "rise, 100 m": rise_between(along, grid) / 100}
if len(sys.argv) > 1:
    every = banks(centers, rhine)
    zone = (every == every["07315"]).map({True: "left", False: "right"}).rename("zone").rename_axis("place_id")
    zone.to_csv(folder / "rhine_banks.csv")

# %% The state border in commuting, pairs up to 100 km, without and with the river and the ranges. Kilometers are those
# between points of the workspace; ln km alone is too stiff (a line inside states is not nothing), the spline bends
km = pd.DataFrame(matrix_km(along["lon"], along["lat"]), along.index, along.index)
flow = cluster.flows["commuting"].reindex(index=along.index, columns=along.index)
pairs = dyads(flow, km.where((km < 100) & (km > 0)), state, absent_is_zero=True)
level = pd.DataFrame({"state": state})
sets = {"none": {}, "bank": {"bank": controls["bank"]}, "all": controls}
for form in ("log", "spline"):
    for name, beside in sets.items():
        rows = border_levels(pairs, level, controls=beside, form=form).to_frame()
        told = [
            f"{r.term} {r.coef:.2f} ({r.ci_low:.2f} to {r.ci_high:.2f})"
            for r in rows[rows["role"] != "distance"].itertuples()
        ]
        print(f"{form:6} {name:4}", "; ".join(told))

# %% By pair of states. Where the Rhine is the border, the estimate falls by a third beside the river and the ranges,
# elsewhere by next to nothing; intervals are wide, and that of the bank reaches zero but for one form. Saarland and
# Baden-Württemberg do not touch: theirs rests on a handful of flows
wet = {"06|07", "07|08"}
beside = with_controls(pairs, controls)
for plain, held in zip(pair_effects(pairs), pair_effects(beside, extra=tuple(controls)), strict=True):
    if plain.identified:
        mark = " (the Rhine)" if f"{plain.group_a}|{plain.group_b}" in wet else ""
        before, after = (f"{e.coef:.2f} ({e.ci_low:.2f} to {e.ci_high:.2f})" for e in (plain, held))
        print(f"{names[plain.group_a]} - {names[plain.group_b]}{mark}: {before}, with controls {after}")
    else:
        print(f"{names[plain.group_a]} - {names[plain.group_b]}: not identified, {plain.note_en}")
