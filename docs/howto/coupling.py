"""How evenly do two or more sides of a city develop, and which published ways of computing it mislead?"""

# %% Real, published: coupling degrees of ecology and economy in 13 cities of Beijing-Tianjin-Hebei, as printed by
# Wang Shujia et al. (2021), Journal of Natural Resources 36(3), table 8: the classical degree and the corrected one.
# The paper prints no levels of the two sides; both degrees together determine them (two equations, two unknowns)
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from megaregion.core.coupling import published_mistakes
from megaregion.data.cluster import values
from megaregion.data.init import example_folder
from megaregion.data.workspace import Workspace
from megaregion.mechanisms.coupling import coupling, subsystem_levels

cities = ("Beijing", "Tianjin", "Shijiazhuang", "Tangshan", "Qinhuangdao", "Handan", "Xingtai", "Baoding",
          "Zhangjiakou", "Chengde", "Cangzhou", "Langfang", "Hengshui")  # fmt: skip
old = np.array(
    [0.9989, 0.9935, 0.8868, 0.9073, 0.6821, 0.8328, 0.6816, 0.7789, 0.6871, 0.6101, 0.8017, 0.7867, 0.7191]
)  # 2008
new = np.array([0.9404, 0.8660, 0.5440, 0.5769, 0.3006, 0.4780, 0.3344, 0.4171, 0.3278, 0.2700, 0.4374, 0.4196, 0.3738])
ratio = ((1 - np.sqrt(1 - old**2)) / old) ** 2  # lower over higher level
high = (1 - new**2 / ratio) / (1 - ratio)
levels = pd.DataFrame({"lower": high * ratio, "higher": high}, index=list(cities))
table = coupling(levels, seed=1).to_frame().set_index("place_id").loc[list(cities)]
print(f"levels that give both printed degrees lie in [0, 1] for all {len(levels)} cities: "
      f"{levels.to_numpy().min():.3f} to {levels.to_numpy().max():.3f}; a wrong formula leaves it")  # fmt: skip
print(table.assign(lower=levels["lower"], higher=levels["higher"])[["lower", "higher", "c_classical", "c", "t", "d"]]
      .loc[["Beijing", "Shijiazhuang", "Chengde"]].round(4).to_string())  # fmt: skip
print(f"the classical degree spreads the 13 cities by {old.std():.2f}, the corrected one by {new.std():.2f}")

# %% Degrees computed elsewhere: which formula gave them? Give them as `claimed`. About half of 379 papers looked at by
# Liu (2017) used a wrong one
wrong = published_mistakes(levels.to_numpy())
for name, claimed in {"as printed, classical": old, "as printed, corrected": new, **wrong}.items():
    told = coupling(levels, seed=1, claimed=pd.Series(np.round(claimed, 4), levels.index)).warnings
    print(f"{name}: {told[-1]}")

# %% Real, the 41 cities of the Yangtze example in 2010 and 2020: urban share (census) and structure (share of services;
# agriculture, the less the higher). Goalposts are stated and the same for both years: an assumption
workspace = Workspace(Path(sys.argv[1]) if len(sys.argv) > 1 else example_folder("yangtze-delta"))
cluster = workspace.cluster()
rows = []
for year in (2010, 2020):
    gdp = values(cluster, "gdp", year=year)
    rows.append(pd.DataFrame({
        "urban": values(cluster, "urban_share", year=year),
        "services": 100 * values(cluster, "gdp_tertiary", year=year) / gdp,
        "agriculture": 100 * values(cluster, "gdp_primary", year=year) / gdp,
    }).assign(year=year))  # fmt: skip
panel = pd.concat(rows).rename_axis("place_id").set_index("year", append=True)
posts = pd.DataFrame({
    "indicator": ["urban", "services", "agriculture"], "subsystem": ["town", "structure", "structure"],
    "low": [20.0, 20.0, 0.0], "high": [100.0, 80.0, 40.0], "direction": [1, 1, -1],
})  # fmt: skip
systems, behind = subsystem_levels(panel, posts)
found = coupling(systems, indicators=behind, seed=workspace.seed)
frame = found.to_frame().set_index(["place_id", "year"])
names = cluster.places["name"]
some = frame[["u_town", "u_structure", "c", "t", "d", "d_low", "d_high", "type"]].loc[["310100", "330100", "341200"]]
print(some.rename(index=names, level=0).round(2).to_string())
by_year = frame.groupby(level="year")[["c_classical", "c", "t", "d"]].mean().round(3)
print(by_year.to_string())
for text in found.warnings:
    print("note:", text)

# %% The misuse that cannot be seen in one formula: every year scaled by itself. Levels then say who is first, not how
# far a place has come; the rise of all is gone, and it is said
own = panel.assign(agriculture=-panel["agriculture"]).groupby(level="year").transform(
    lambda x: (x - x.min()) / (x.max() - x.min()))  # fmt: skip
scaled = pd.DataFrame({"town": own["urban"], "structure": own[["services", "agriculture"]].mean(axis=1)})
misled = coupling(scaled, seed=1)
rise = misled.to_frame().groupby("year")["d"].mean()
print(f"mean D by fixed goalposts {by_year['d'].iloc[0]:.2f} to {by_year['d'].iloc[1]:.2f}, "
      f"scaled by year {rise.iloc[0]:.2f} to {rise.iloc[1]:.2f}")  # fmt: skip
for text in misled.warnings:
    print("note:", text)

# %% In a workspace: the pillars of index.toml are the systems; `megaregion run my-region`, results/coupling, in the
# report under "coordination among cities". [options.coupling] draws, balanced, grades
