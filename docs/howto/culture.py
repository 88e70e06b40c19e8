"""How do I measure heritage: stock, use, carriers, whether sites keep together beyond people, corridors, attention?"""

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

# %% Is it brought to life? REAL flags: 33 sites bear the name of a scenic area of grade 5A or of a graded museum,
# which receive the public; of the others nothing is known. Nobody lists what is closed, so the flags were looked for
# among the open: a share of the known would be 1 by making. What can be said are bounds: wide, and true whatever the
# others are
facts = found["culture_stock"].facts()
print({name: facts[name] for name in ("sites", "open_known", "open_low", "open_high")})
use = stock[stock["open_known"] > 0].sort_values("open_low", ascending=False)
print(use.assign(name=use["place_id"].map(names))[["name", "sites", "open_known", "open_low", "open_high"]].head(6)
      .round(2).to_string(index=False))  # fmt: skip
print(stock.loc[stock["visitors_known"] > 0, ["place_id", "visitors_known", "visitors"]].to_string(index=False))

# %% Who carries it? REAL counts by city at the end of 2020: scenic areas of grade 5A (59) and museums of the first
# grade (20). So few that rates differ by chance alone: which cities are told from the mean of the region at all? With
# 82 intervals at 95 %, up to four would be told where nothing differs
carried = found["culture_carriers"].to_frame().assign(name=lambda t: t["place_id"].map(names))
for carrier, part in carried.groupby("carrier"):
    mean = part["number"].sum() / cluster.select("city")["population"].sum() * 1e5
    told = part[(part["low"] > mean) | (part["high"] < mean)]
    print(f"{carrier}: {part['number'].sum()} in all, {mean:.3f} per 100,000; told from it: {len(told)} of {len(part)}")
    print(told[["name", "number", "per_100k", "low", "high"]].round(3).to_string(index=False))

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

# %% Output beyond stock and people: a residual with its interval, not the value of a brand. No source at hand counts
# visitors of the cities in one year. REAL and nearer to visits than GDP: the weight of a city in the networks of
# people's moves (2016) and of social media (2015), 37 cities, counted on urban districts, so beside residents of
# these
core = cluster.select("stable_unit")["population"].astype(float)
core.index = core.index.str.removeprefix("S")  # the urban core of city 310100 is S310100
weight, people = stock.set_index("place_id")["stock"], cluster.select("city")["population"].astype(float)
outputs = {"GDP, city": (values(cluster, "gdp"), people)}
for name in ("mobility_degree", "social_media_degree"):
    rows = cluster.indicators[cluster.indicators["indicator"] == name]
    outputs[f"{name}, urban districts"] = (rows.set_index("place_id")["value"], core)
for what, (output, residents) in outputs.items():
    at = output.index
    residual = output_residual(output, weight.reindex(at), residents.reindex(at))
    facts, table = residual.facts(), residual.to_frame()
    told = table[table["reading"] != "not told from none"]["place_id"].map(names)
    print(f"{what}: {facts['places']} places, elasticity to heritage {facts['stock_elasticity']:.2f} "
          f"({facts['stock_elasticity_low']:.2f} to {facts['stock_elasticity_high']:.2f}), told from none: "
          f"{', '.join(told) or 'no city'}; largest {names[table['place_id'].iloc[0]]} "
          f"{table['residual'].iloc[0]:+.2f}")  # fmt: skip

# %% In a workspace: tables/heritage.csv, and in workspace.toml
#     [options.culture.levels]
#     national = 4
#     provincial = 3
# and, there too, carriers = ["museums", ...] and output = "visits", indicators by city (or facilities of
# tables/services_supply.csv); then `megaregion culture my-region`; run and report show it too. Without a workspace:
#     megaregion culture sites.csv --units counties.gpkg --weight national=4 --weight provincial=3 --seed 1
# and --drawn for sites with a place_id but no coordinates
