"""How do I measure heritage: stock, density, whether sites keep together beyond people, corridors and their owners?"""

# %% Your list: one row a site with its level and position, as tables/heritage.csv (see: workspace format)
# No list of heritage is shipped (none at hand has a clean licence). To show the steps on real points, the railway
# stations of the example stand in: they are NO heritage, "central" and "other" are no levels of listing.
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from megaregion.data.cluster import residents, values
from megaregion.data.init import example_folder
from megaregion.data.workspace import Workspace
from megaregion.nodes.culture import CultureOptions, culture
from megaregion.nodes.culture_stock import output_residual

workspace = Workspace(Path(sys.argv[1]) if len(sys.argv) > 1 else example_folder("yangtze-delta"))
cluster = workspace.cluster()
stations = cluster.nodes[cluster.nodes["mode"] == "rail"]
sites = pd.DataFrame({
    "site_id": stations.index, "level": np.where(stations["central"] == True, "central", "other"),  # noqa: E712
    "lon": stations["lon"].to_numpy(), "lat": stations["lat"].to_numpy(),
})  # fmt: skip

# %% The weights are your statement: there is no default
options = CultureOptions(levels={"central": 3.0, "other": 1.0}, simulations=199)
people, shapes = residents(cluster), workspace.geometry()
counties = cluster.select("county")["population"].astype(float)  # the null is as fine as these
found = culture(sites, people, options=options, shapes=shapes, finer=(counties, shapes), seed=workspace.seed)

# %% How sure is the order of places, and which level moves it?
names = cluster.places["name"]
stock = found["culture_stock"].to_frame()
print(stock.assign(name=stock["place_id"].map(names))[["name", "sites", "stock", "rank", "rank_p05", "rank_p95",
                                                       "rank_equal"]].head(8).to_string(index=False))  # fmt: skip
print(found["culture_levels"].to_frame().to_string(index=False))

# %% Do they keep together more than people do? Against 199 draws in which each falls where people live
print(found["culture_density"].facts())
pattern = found["culture_pattern"]
print(pattern.facts())
print(pattern.to_frame().iloc[::6].round(1).to_string(index=False))

# %% Corridors between dense clusters, and who owns which piece
print(found["culture_corridors"].to_frame()[["corridor", "length_km", "sites", "expected", "ratio", "ratio_low",
                                             "ratio_high", "longest_gap_km"]].round(2).to_string())  # fmt: skip
owners = found["culture_owners"].to_frame()
print(owners.assign(name=owners["place_id"].map(names)).round(2).head(8).to_string(index=False))

# %% Output beyond stock and people: a residual with its interval, not the value of a brand (here GDP stands for visits)
gdp = values(cluster, "gdp")
residual = output_residual(gdp, stock.set_index("place_id")["stock"], people)
print(residual.facts())
print(residual.to_frame().head(4).round(2).to_string(index=False))

# %% In a workspace: tables/heritage.csv, and in workspace.toml
#     [options.culture.levels]
#     national = 4
#     provincial = 3
# then `megaregion culture my-region`; run and report show it too. Without a workspace:
#     megaregion culture sites.csv --units counties.gpkg --weight national=4 --weight provincial=3 --seed 1
