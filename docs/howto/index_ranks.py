"""How sure is a rank, and which choice moves it?"""

# %% The Yangtze workspace and its tree; every step of the index is kept
import sys
from pathlib import Path

from megaregion.nodes.index_analysis import analyse
from megaregion.nodes.index_source import open_source

source = open_source(Path(sys.argv[1] if len(sys.argv) > 1 else "examples/yangtze-delta"))
found = analyse(source, seed=source.chosen(None))
print(found["steps"].to_frame()[["subject", "done", "skipped"]].to_string(index=False, max_colwidth=70))

# %% Ranks with their intervals over random weights, scales, treatments of long tails and means
ranks = found["uncertainty"].to_frame().set_index("place_id")
ranks.insert(0, "name", source.names)
print(ranks.sort_values("rank").head(12)[["name", "rank", "rank_p05", "rank_p95", "top_5"]].to_string())
print(f"median width {found['uncertainty'].facts()['median_interval_width']:g} ranks")

# %% Which of these choices moves the order: share of the variance alone, and with all interactions
shares = found["sensitivity"].to_frame()
overall = shares[shares["output"] == "mean absolute rank shift"].set_index("choice")
print(overall[["first", "total", "total_se"]].round(3).to_string())

# %% One change at a time: another mean, other weights, one indicator or one pillar left out
one = found["alternatives"].to_frame()
moved = one.assign(moved=one["shift"].abs()).groupby(["choice", "alternative"], sort=False)["moved"].mean()
print(moved.sort_values(ascending=False).head(8).round(2).to_string())

# %% What the score of one city would gain most from (weight times gap, not a cause)
profile = found["profile"].to_frame()
hefei = profile[profile["place_id"] == "340100"].sort_values("obstacle", ascending=False)
print(hefei[["indicator", "scaled", "rank", "obstacle", "kind"]].head(4).round(2).to_string(index=False))
