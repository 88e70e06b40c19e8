"""How do I compare years between which borders were changed?"""

# %% The Yangtze workspace: yearbooks keep to the borders of their year; Zongyang county went from Anqing to Tongling
import sys
from pathlib import Path

from megaregion.data.crosswalk import crosswalk
from megaregion.data.harmonize import harmonize
from megaregion.data.workspace import Workspace

workspace = Workspace(Path(sys.argv[1] if len(sys.argv) > 1 else "examples/yangtze-delta"))
cluster = workspace.cluster()
series = cluster.indicators[cluster.indicators["indicator"].isin(["resident_population", "gdp"])]
print(cluster.further["crosswalk"].to_string(index=False))

# %% All years on the borders of 2024: both indicators are amounts, shared out as people were in the census of 2010
found = harmonize(series, crosswalk(cluster.further["crosswalk"], by="population"), year=2024)
print(found.facts())

# %% Tongling before and after: the jump of 2015 is gone, and what was shared out is flagged as modelled. A tenth is
# left, since some towns of the county stayed with Anqing: the share of the census is rather too large
tongling, published = (f[f["place_id"] == "340700"] for f in (found.to_frame(), series))
for name in ("resident_population", "gdp"):
    now = tongling[(tongling["indicator"] == name) & tongling["year"].between(2012, 2017)]
    then = published[published["indicator"] == name].set_index("year")["value"]
    print(
        now.assign(as_published=now["year"].map(then))[["year", "as_published", "value", "how", "flag"]].to_string(
            index=False
        )
    )

# %% Sums are kept: what came in and what came out, for every indicator on every set of borders
steps = found.steps.to_frame()
print(f"largest relative difference of the sums {abs(steps['sum_out'] / steps['sum_in'] - 1).max():.1e}")

# %% Jumps that are left: no change of borders in the crosswalk explains them. Wuhu and Ma'anshan took over parts of
# Chaohu in 2011, whose values are not in these tables, so that their years before cannot be brought to today's borders
print(found.jumps.to_frame().to_string(index=False))
for text in found.warnings:
    print("note:", text)
