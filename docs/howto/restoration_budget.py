"""Which sites do I restore first under a budget, and where does the rule of best value for money go wrong?"""

# %% Sites with gain and cost, and what pairs bring together. INVENTED here, to show the steps: two halves of a stepping
# stone (worth little alone, much together), one good site, one that replaces part of another
import tempfile
from pathlib import Path

from megaregion.nodes.restoration import read_restoration, restoration_priority

folder = Path(tempfile.mkdtemp())
(folder / "sites.csv").write_text("""site,gain,cost
north half,2,30
south half,2,30
meadow,7,50
wet meadow,6,40
""")
(folder / "pairs.csv").write_text("""site_a,site_b,gain
north half,south half,9
meadow,wet meadow,-4
""")
sites, pairs = read_restoration(folder / "sites.csv", folder / "pairs.csv")

# %% The best set, proven, beside the greedy rule
found = restoration_priority(sites, pairs=pairs, budget=100.0)
print(found.to_frame().to_string(index=False))
print(found.facts())

# %% What more money would bring
for budget in (40, 60, 80, 100, 120, 150):
    facts = restoration_priority(sites, pairs=pairs, budget=float(budget)).facts()
    print(f"{budget:>4}: best {facts['gain']:.0f}, greedy {facts['greedy_gain']:.0f}")

# %% Gains of connectivity come from `megaregion.core.habitat_graph.restoration_gains` (see ecology.py). The same from
# the command line, and in a workspace with a land cover (see: workspace format, folder ecology):
#     megaregion restore sites.csv --pairs pairs.csv --budget 100
