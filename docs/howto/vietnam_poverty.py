"""Who is poor in town and country, in how many ways, and which remedy lifts most for its money? Households of Vietnam.

Real: 5,999 households of the Vietnam Living Standards Survey 1997-98 in 194 communes (vietnam_households/, GPL-2), the
people of town and country (census of 1999), what a road project of Programme 135 cost in 2000, what roads and extension
did in fifteen Ethiopian villages (Dercon et al. 2008). Declared, and named so below: lines, cutoffs, what of the
Ethiopian effect arrives, yearly cost of capital, what is lost of cash. In a folder that this script fills:
python docs/howto/vietnam_poverty.py my-folder
megaregion rural my-folder
"""

# %% Tables of a workspace from the records: one row a household, spending per head, sampled by commune
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from megaregion.core.poverty import fgt, weighted_median
from megaregion.data.workspace import Workspace
from megaregion.mechanisms.people_tables import poverty_of_cluster, remedies_of_cluster

here = Path(__file__).parent if "__file__" in globals() else Path("docs/howto")
folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp())
shutil.copytree(here / "vietnam_households", folder, dirs_exist_ok=True)
home = pd.read_csv(folder / "households_1998.csv")
home["group"] = np.where(home["urban"] == 1, "urban", "rural")
home["income"] = home["spending"] / home["people"]
counted = {"urban": 0.235 * 76.3e6, "rural": 0.765 * 76.3e6}
home["weight"] = home["group"].map(counted) / home.groupby("group")["people"].transform("sum")
# Programme 135 names 1,870 of 8,950 rural communes: here as many of the sampled ones, the poorest by their own mean
total = home.groupby("commune")[["spending", "people"]].sum()
mean = (total["spending"] / total["people"])[home.groupby("commune")["urban"].first() == 0]
poorest = mean.nsmallest(round(len(mean) * 1870 / 8950)).index
part = np.where(home["commune"].isin(poorest), "vn-poorest", "vn-other")
home["place_id"] = np.where(home["urban"] == 1, "vn-town", part)
home["record_id"] = np.arange(1, len(home) + 1).astype(str)
common = home[["record_id", "place_id", "people", "weight", "group"]].assign(year=1998, source="vlss")
unit = "thousand VND (1998) per person"
incomes = common.assign(level="household", income=home["income"].round(2), unit=unit, psu=home["commune"].astype(str))
incomes.to_csv(folder / "tables" / "incomes.csv", index=False)

# %% Deprivations, cutoffs declared: spends less than 60 percent of the median; head of household with less than five
# years of school (primary school); more than a tenth of all spending goes to health
persons = (home["people"] * home["weight"]).to_numpy()
line = 0.6 * weighted_median(home["income"].to_numpy(), persons)
ways = {
    "spending": (home["income"], line, unit, "cardinal"),
    "schooling": (home["schooling"], 5.0, "year", "cardinal"),
    "health": (1.0 - home["health"].fillna(0.0) / home["spending"], 0.9, "share", "ordinal"),
}
parts = [common.assign(dimension=name, value=value, cutoff=cutoff, unit=of, scale=scale)
         for name, (value, cutoff, of, scale) in ways.items()]  # fmt: skip
pd.concat(parts).to_csv(folder / "tables" / "deprivations.csv", index=False)

# %% Remedies. Published: 257 billion dong for 1,098 road projects. Declared: a tenth of that a year (interest, decay),
# one project a commune; of the Ethiopian effect, a gain in growth between two surveys that is read as one of level, a
# tenth to all arrives, half in the middle. What extension would cost is not known: it gets the yearly money of the
# roads, and so does cash, a tenth of which is lost on the way
people = pd.Series(persons).groupby(home["place_id"]).sum()
road = 0.1 * 257e6 / 1098  # thousand dong a commune and year
budget = road * 1870
arrives = {"elasticity": 0.5, "elasticity_low": 0.1, "elasticity_high": 1.0}
country = people[["vn-poorest", "vn-other"]]
cash = [("cash, poorest communes", people[["vn-poorest"]]), ("cash, all rural communes", country)]
rows = [
    {"option": "road, poorest communes", "kind": "link", "place_id": "vn-poorest", "cost": budget,
     "access_effect": 0.163, **arrives, "source": "dercon-2009",
     "note": "cost: programme-135; yearly share and part that arrives declared"},
    *({"option": "road, all rural communes", "kind": "link", "place_id": p, "cost": road * n, "access_effect": 0.163,
       **arrives, "source": "dercon-2009", "note": "as if none had a road"}
      for p, n in (("vn-poorest", 1870), ("vn-other", 8950 - 1870))),
    {"option": "extension, poorest communes", "kind": "service", "place_id": "vn-poorest", "cost": budget,
     "access_effect": 0.071, **arrives, "source": "dercon-2009", "note": "cost declared: that of the roads"},
    *({"option": name, "kind": "transfer", "place_id": p, "cost": budget * n / of.sum(), "target": "all",
       "income_effect": 0.9 * budget / of.sum(), "note": "a tenth is lost on the way (declared)"}
      for name, of in cash for p, n in of.items()),
]  # fmt: skip
pd.DataFrame(rows).to_csv(folder / "tables" / "remedies.csv", index=False)
cluster = Workspace(folder).cluster()

# %% Who is poor? Lines are shares of the median of all; intervals by drawing whole communes and the line anew
found = poverty_of_cluster(cluster, seed=1998)
table = found["poverty"].to_frame()
heads = table[table["alpha"] == 0].assign(group=lambda t: t["group"].replace("", "all"))
print(heads.pivot(index="line_share", columns="group", values="value").mul(100).round(1).to_string())
print(heads[heads["line_share"] == 0.6][["group", "line", "value", "low", "high", "contribution", "records"]].round(3))

# %% Poor in two of three ways at once: towns are spared low spending, but not short schooling and the bills of health
print(
    found["multidimensional"].to_frame()[["group", "headcount", "intensity", "m0", "contribution"]].round(3).to_string()
)
print(found["multidimensional_dimensions"].to_frame().pivot(index="dimension", columns="group", values="raw_headcount")
      .rename(columns={"": "all"}).round(3).to_string())  # fmt: skip

# %% Do the Ethiopian numbers agree with each other here? The rural headcount if all rural spending rose as it did
# there. For roads they nearly do; for extension the poor there must have gained more than the average says
rural = (home["urban"] == 0).to_numpy()
y, w = home["income"].to_numpy()[rural], persons[rural]
for name, gain, points in (("all-weather road", 0.163, 6.9), ("extension", 0.071, 9.8)):
    fall = 100 * (fgt(y, w, line, 0) - fgt(y * (1 + gain), w, line, 0))
    print(f"{name}: spending {gain:+.1%} takes {fall:.1f} points off the rural headcount (Ethiopia: {points})")

# %% What lifts most for its money? The bill of perfect targeting is what the gap costs if every dong hits it. Cash
# cannot do better than that (of_benchmark below 1); a road that raises spending by more than it costs can
ranked = remedies_of_cluster(cluster)["remedies"]
out = ranked.to_frame().set_index("option")
shown = [
    "kind",
    "cost",
    "people_reached",
    "reduction_0",
    "reduction_1",
    "of_benchmark",
    "rank",
    "rank_low",
    "rank_high",
]
told = out[shown].assign(cost=out["cost"] / 1e6, people_reached=out["people_reached"] / 1e6)
print(told.rename(columns={"cost": "billion_dong", "people_reached": "million_people"}).round(4).to_string())

# %% How sure is it? The road wins only while enough people share it, extension only while it is cheap enough. The
# communes of Programme 135 lie in mountains and far out: count their people, and what a road there costs
each = people["vn-poorest"] / 1870
cash_per_cost = out.loc["cash, poorest communes", "per_cost"]
for end in ("low", "high"):
    road_better = out.loc["road, poorest communes", f"per_cost_{end}"] / cash_per_cost
    visit_better = out.loc["extension, poorest communes", f"per_cost_{end}"] / cash_per_cost
    print(f"{end} end of the effect: road {road_better:.1f} times cash, better from {each / road_better:,.0f} people a "
          f"commune ({each:,.0f} counted here); extension better up to "
          f"{budget / 1870 * visit_better / 1e3:,.0f} million dong a commune and year")  # fmt: skip
for text in dict.fromkeys(text for result in (*found.values(), ranked) for text in result.warnings):
    print("note:", text)
