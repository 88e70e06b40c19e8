"""How do I measure heritage: stock, density, whether sites keep together beyond people, corridors and their owners?"""

# %% REAL: the 740 sites under national protection in Shanghai, Jiangsu, Zhejiang and Anhui (batches of 1961 to 2019,
# notices of the State Council; source and checks in the example's SOURCES.md). They have no coordinates: an address
# names a county or a city. STATED: what a part of World Heritage counts for. MODELLED: positions, drawn in these places
import sys
from pathlib import Path

from megaregion.data.cluster import values
from megaregion.data.init import example_folder
from megaregion.data.workspace import Workspace
from megaregion.nodes.culture import CultureOptions, culture_of_cluster
from megaregion.nodes.culture_stock import output_residual

workspace = Workspace(Path(sys.argv[1]) if len(sys.argv) > 1 else example_folder("yangtze-delta"))
cluster = workspace.cluster()
sites = cluster.further["heritage"]
print(sites.astype({"year": int}).groupby(["level", "year"]).size().unstack(fill_value=0).to_string())

# %% The weights are your statement: there is no default
options = CultureOptions.of(cluster.options["culture"])
print(f"levels {dict(options.levels)}, positions {options.positions}, {options.simulations} draws of the null")
found = culture_of_cluster(cluster, shapes=workspace.geometry(), seed=workspace.seed)

# %% How sure is the order of places, and which level moves it?
names = cluster.places["name"]
stock = found["culture_stock"].to_frame()
print(stock.assign(name=stock["place_id"].map(names))[["name", "sites", "stock", "rank", "rank_p05", "rank_p95",
                                                       "rank_equal"]].head(8).to_string(index=False))  # fmt: skip
print(found["culture_levels"].to_frame().to_string(index=False))

# %% Do they keep together more than people do? Against draws in which each falls where people live. Nothing is told
# below the size of a county: there the positions are themselves such draws
print(found["culture_density"].facts())
pattern = found["culture_pattern"]
print(pattern.facts())
print(pattern.to_frame().iloc[::6].round(1).to_string(index=False))

# %% How much hangs on the drawn positions? Other seeds, other draws
for seed in (1, 2):
    again = culture_of_cluster(cluster, shapes=workspace.geometry(), seed=seed)
    facts, groups = again["culture_pattern"].facts(), again["culture_clusters"].to_frame()
    print(f"seed {seed}: p {facts['p_rank']:.3f}, clusters {', '.join(groups['place_id'].map(names))}")

# %% Corridors between dense clusters, and who owns which piece. Straight lines to look at, no proven routes
print(found["culture_corridors"].to_frame()[["corridor", "length_km", "sites", "expected", "ratio", "ratio_low",
                                             "ratio_high", "longest_gap_km"]].round(2).to_string())  # fmt: skip
owners = found["culture_owners"].to_frame()
print(owners.assign(name=owners["place_id"].map(names)).round(2).head(8).to_string(index=False))

# %% Output beyond stock and people: a residual with its interval, not the value of a brand. No visits are at hand: GDP
# stands for them, to show the step
gdp, people = values(cluster, "gdp"), cluster.select("city")["population"].astype(float)
residual = output_residual(gdp, stock.set_index("place_id")["stock"], people)
print(residual.facts())
print(residual.to_frame().head(4).round(2).to_string(index=False))

# %% In a workspace: tables/heritage.csv, and in workspace.toml
#     [options.culture.levels]
#     national = 4
#     provincial = 3
# then `megaregion culture my-region`; run and report show it too. Without a workspace:
#     megaregion culture sites.csv --units counties.gpkg --weight national=4 --weight provincial=3 --seed 1
# and --drawn for sites with a place_id but no coordinates
