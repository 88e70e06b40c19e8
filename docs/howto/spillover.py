"""Do growing centres lift the small places around them, or drain them?"""

# %% The example's districts and counties (209 units with the borders of 2010 and 2020 alike) and six core cities
from megaregion.data.init import example_folder
from megaregion.data.workspace import Workspace
from megaregion.links.soft.spillover_of_cluster import SpilloverOptions, spillover_of_cluster

cluster = Workspace(example_folder("yangtze-delta")).cluster()
options = SpilloverOptions(
    indicator="population", level="stable_unit", years=(2010, 2020), edges_km=(0.0, 50.0, 100.0, 200.0),
    cores=("S310100", "S320100", "S320500", "S330100", "S330200", "S340100"),
)  # fmt: skip
found = spillover_of_cluster(cluster, options, seed=1)

# %% By ring of distance: points of growth a year per point of growth of the nearest core; below zero is siphon. With
# six cores the intervals hold zero everywhere: these data show neither
shown = ["from_km", "to_km", "places", "theta", "ci_low", "ci_high", "band_low", "band_high", "sign"]
print(found["spillover"].to_frame()[shown].round(2).to_string(index=False))

# %% Through neighbours (spatial Durbin model): direct and indirect effects with simulated intervals, never the
# coefficients. `indirect` is what a larger start of a place goes with in the growth of all others
print(found["spillover_space"].to_frame().round(3).to_string(index=False))

# %% GDP of cities instead of people of counties, four periods, other rings: the sign is still open. The command line
# does the same: megaregion spillover DIR --indicator gdp --level city --core 310100 ... --year 2019 --year 2020 ...
cities = tuple(core.removeprefix("S") for core in options.cores)
other = SpilloverOptions(
    indicator="gdp", level="city", cores=cities, years=(2019, 2020, 2021, 2022, 2023), edges_km=(0.0, 100.0, 200.0)
)
rings = spillover_of_cluster(cluster, other, seed=1)["spillover"]
print(rings.to_frame()[shown].round(2).to_string(index=False))
for text in rings.warnings:
    print("note:", text)
