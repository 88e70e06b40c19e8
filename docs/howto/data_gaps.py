"""What do my data leave out, and does it matter?"""

# %% The Yangtze workspace: which indicators have years in which some of the 41 cities lack a value
import sys
from pathlib import Path

import numpy as np

from megaregion.core.multiple_imputation import rubin
from megaregion.data.cluster import groups, residents
from megaregion.data.workspace import Workspace
from megaregion.nodes.data_bias import data_bias, impute

workspace = Workspace(Path(sys.argv[1] if len(sys.argv) > 1 else "examples/yangtze-delta"))
cluster = workspace.cluster()
found = data_bias(cluster, seed=workspace.seed)
cover = found.coverage.to_frame()
short = cover[(cover["given"] < cover["places"]) & (cover["group"] == "all")]
print(short[["indicator", "kind", "year", "places", "given", "flagged"]].round(0).to_string(index=False))

# %% Are the gaps an accident? 0.5 would be; 0.92 says that a city with patent data is richer than one without in 92 of
# 100 pairs: every mean of such an indicator is that of the richer cities
gaps = found.selection.to_frame()
print(gaps[["indicator", "year", "trait", "missing", "chance", "p", "q"]].sort_values("q").head(8).round(4).to_string())
for text in found.selection.warnings:
    print("note:", text)

# %% Means with the gaps imputed twenty times, and the error that the gaps alone make
print(found.imputation.to_frame()[["indicator", "mean_given", "mean", "se", "se_gaps", "lost"]].round(1).to_string())

# %% The draws for an analysis of your own: how far the cities of Anhui are behind the others in patents (logarithms of
# amounts), over all 41 cities, pooled with Rubin's rules
patents = cluster.indicators.query("indicator == 'patents'").set_index("place_id")["value"]
people = residents(cluster)
patents = patents.reindex(people.index)
if patents.isna().any() and patents.notna().sum() > 10:
    drawn = np.log(impute(patents.to_numpy(float), {"size": np.log(people.to_numpy(float))}, seed=workspace.seed))
    anhui = (groups(cluster).reindex(people.index) == "340000").to_numpy()
    behind = drawn[:, anhui].mean(axis=1) - drawn[:, ~anhui].mean(axis=1)
    variance = sum(drawn[:, part].var(axis=1, ddof=1) / part.sum() for part in (anhui, ~anhui))
    fit = rubin(behind, variance, complete_df=len(people) - 2.0)
    print(f"difference of ln patents {fit.estimate:.2f} ({fit.low:.2f} to {fit.high:.2f}), "
          f"{100 * fit.missing_information:.0f} % of the information lost")  # fmt: skip
