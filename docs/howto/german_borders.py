"""What do German state borders cost commuters, and is the former inner-German border still there?

Real: commuters of 2018 between 401 counties (Federal Employment Agency), counties and states (© GeoBasis-DE / BKG).
Fetched, not shipped: megaregion fetch my-germany. Flows below 10 are not published. Declared: Berlin counts as east,
though half of it was west; so the regression is repeated without it.

The same by the command, where the zone stands as a control beside the states:

    python german_borders.py my-germany          # also writes my-germany/halves.csv
    megaregion borders my-germany --layer commuting --control half=my-germany/halves.csv --replications 99
"""

# %% The workspace; kilometers between centroids of counties, and beside them between the points of the workspace
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from megaregion.core.sphere import matrix_km
from megaregion.data.cluster import groups, units
from megaregion.data.workspace import Workspace
from megaregion.links.soft.barriers import Dyads, dyads
from megaregion.links.soft.border_levels import BorderLevels, border_levels, censoring_bounds

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "examples/germany")
if not (folder / "tables" / "flows.csv").is_file():
    print(f"SKIPPED: {folder} has no tables yet: megaregion fetch {folder}")
    sys.exit()
cluster = Workspace(folder).cluster()
counties, state = units(cluster), groups(cluster)
half = pd.Series(np.where(counties.index < "11", "west", "east"), counties.index)  # states 11 to 16: Berlin and the new
levels = pd.DataFrame({"half": half, "state": state})
if len(sys.argv) > 1:
    half.rename("zone").rename_axis("place_id").to_csv(folder / "halves.csv")
shapes = gpd.read_file(folder / "geometry" / "places.gpkg").set_index("place_id").geometry.loc[counties.index]
middle = shapes.to_crs(cluster.attrs["crs"]).centroid.to_crs(4326)
flow = cluster.flows["commuting"].reindex(index=counties.index, columns=counties.index)


def pairs_by(lon: pd.Series, lat: pd.Series, keep: pd.Index = counties.index) -> Dyads:
    """Pairs of counties with kilometers between the given points."""
    km = pd.DataFrame(matrix_km(lon, lat), counties.index, counties.index).loc[keep, keep]
    return dyads(flow.loc[keep, keep], km, state[keep], absent_is_zero=True)


def told(found: BorderLevels) -> str:
    """Coefficients of the levels in words."""
    rows = found.to_frame()
    return "; ".join(
        f"{r.term} {r.coef:.2f} ({r.ci_low:.2f} to {r.ci_high:.2f})" for r in rows[rows["role"] == "level"].itertuples()
    )


centers = pairs_by(middle.x, middle.y)

# %% The state border; flows below 10 as none, as 9 each, or left out (chosen by the outcome, to compare only)
apart = levels[["state"]]
for name, found in censoring_bounds(centers, apart, below=10).items():
    print(f"silent pairs {name}:", told(found))

# %% Without effects of both ends (multilateral resistance), employed residents and jobs instead: to compare only
everyone = flow.fillna(0.0)
masses = pd.DataFrame({"origin": everyone.sum(axis=1), "destination": everyone.sum(axis=0)})
print("masses only:", told(border_levels(centers, apart, masses=masses)))

# %% The former inner-German border beside the states of today. On straight ln km it seems to be there; where distance
# may bend nothing is left of it, with either kind of points: nothing should be said of it. The state border stands
# throughout, but its size hangs on the points: those of the workspace lie somewhere inside, often to one side of a
# county that surrounds a city, and errors in distance look like a border
by_point = pairs_by(counties["lon"], counties["lat"])
for name, pairs in {"centroids": centers, "points inside": by_point}.items():
    for form in ("log", "spline"):
        print(f"{name}, {form}:", told(border_levels(pairs, levels, form=form)))
rest = counties.index[counties.index.str[:2] != "11"]
print("centroids, log, without Berlin:", told(border_levels(pairs_by(middle.x, middle.y, rest), levels.loc[rest])))
