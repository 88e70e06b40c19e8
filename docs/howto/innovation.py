"""What goes into innovation, what becomes of it, what could be cut off, and what could come next? Yangtze River Delta.

R&D expenditure, technology contracts, sales of new products and patents of the four provinces and seven of the cities
(2005 to 2022), and 16 cities' purchases of technology: docs/howto/yangtze_innovation/indicators.csv, each with the text
in which it was read. Choke points: 32 of the 35 core technologies that Science and Technology Daily listed in 2018.
"""

# %% The shipped workspace: patents of 37 cities (2017), census of 2020 by city and by county
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd

from megaregion.data.workspace import Workspace
from megaregion.nodes.innovation import innovation
from megaregion.nodes.innovation_options import InnovationOptions

cluster = Workspace(Path(sys.argv[1] if len(sys.argv) > 1 else "examples/yangtze-delta")).cluster()
names = cluster.places["name"]

# %% What was looked up: figures and list. The terminal takes the same files (last cell)
folder = Path(__file__).parent / "yangtze_innovation"
facts = pd.read_csv(folder / "indicators.csv", dtype={"place_id": str})
totals = pd.read_csv(folder / "totals.csv").set_index(["area", "year", "indicator"])["value"]
choke = pd.read_csv(folder / "choke_points.csv")
print(
    f"{len(facts)} figures of {facts['place_id'].nunique()} places, read in:", facts["x_read"].value_counts().to_dict()
)
more = (
    ("new_product_sales_large_medium", "rd_large_medium"),
    ("technology_absorbed_h1", "gdp"),
    ("rd_expenditure", "gdp"),
)
asked = InnovationOptions.of(cluster.options["innovation"])
options = replace(asked, yields=(*asked.yields, *more))
columns = [c for c in facts.columns if not c.startswith("x_")]
richer = cluster.replace(indicators=pd.concat([cluster.indicators, facts[columns]], ignore_index=True),
                         further={**cluster.further, "choke_points": choke})  # fmt: skip
found = innovation(richer, seed=1, options=options)

# %% Inputs and outputs side by side, never one score; counts with the interval of a Poisson number
vector = found["innovation"].to_frame()
vector.insert(1, "name", vector["place_id"].map(names))
patents = vector[vector["indicator"] == "patents"].sort_values("rank")
print(patents[["name", "year", "scope", "value", "low", "high", "share", "rank_p05", "rank_p95"]].head(8)
      .to_string(index=False, float_format="{:.4g}".format))  # fmt: skip
inputs = vector[(vector["role"] == "input") & (vector["kind"] == "county")]
print(inputs.pivot(index="name", columns="indicator", values="value")
      .sort_values("information_employment_share", ascending=False).head(5).round(1).to_string())  # fmt: skip
for text in found["innovation"].warnings:
    if text.startswith(("patents", "innovation")):
        print("note:", text)

# %% What inputs become: contracts over R&D, by province and city. 1.71 in Shanghai does not mean that R&D earns a
# profit there: a contract is turnover, counted where it is registered, and no text says how much of it is research
yields = found["innovation_yields"].to_frame()
yields.insert(1, "name", yields["place_id"].map(names))
spent = yields[(yields["input"] == "rd_expenditure") & yields["value"].notna()]
print(spent[spent["kind"] == "province"][["name", "output", "year", "input_year", "output_value", "input_value",
            "value", "lag_low", "lag_high"]].round(2).to_string(index=False))  # fmt: skip
print(spent[spent["kind"] == "city"][["name", "output", "year", "input_year", "value", "unit", "low", "high"]]
      .round(2).to_string(index=False))  # fmt: skip
contracts = totals.xs("technology_contracts", level="indicator")
for lag in (0, 1):
    whole = contracts["CN", 2021] / totals["CN", 2021 - lag, "rd_expenditure"]
    print(f"China, contracts of 2021 over R&D of {2021 - lag}: {whole:.2f}")
part = contracts["Yangtze River Delta", 2019] / contracts["CN", 2019]
print(f"the four provinces had {part:.1%} of the contracts of China in 2019")

# %% New products of Nanjing's industry over its R&D: large and medium-sized firms in 2005 and 2006, all above the limit
# of the survey in 2021. The two are not one series
goods = yields[yields["output"].str.startswith("new_product") & yields["value"].notna()]
print(goods[["name", "output", "year", "input_year", "value", "lag_low", "lag_high"]].round(1).to_string(index=False))

# %% Who buys technology in Anhui: contracts of January to June 2022 over the GDP of the whole year (that of Huainan is
# not in the workspace)
buys = yields[(yields["output"] == "technology_absorbed_h1") & (yields["lag"] == 0)].sort_values("value")
print(buys.assign(percent=100 * buys["value"])[["name", "output_value", "percent"]].round(2).to_string(index=False))

# %% Do the figures fit the workspace? R&D over its GDP, per cent, against the share that the same text prints. Where
# the two differ, the workspace has another edition of the GDP
check = yields[(yields["output"] == "rd_expenditure") & (yields["lag"] == 0)].merge(
    facts[facts["indicator"] == "rd_expenditure"], on=["place_id", "year"])  # fmt: skip
check["printed"] = check["x_note"].str.extract(r"([0-9.]+)% of GDP")[0]
print(check.dropna(subset=["printed"]).assign(percent=100 * check["value_x"])[["name", "year", "percent", "printed"]]
      .round(2).to_string(index=False))  # fmt: skip
for text in (*found["innovation_conversion"].warnings, *found["innovation_yields"].warnings):
    print("note:", text)

# %% Complexity: who does what only few others do (305 districts and counties, 20 sections of the census)
complexity = found["innovation_complexity"]
table = complexity.to_frame()
table.insert(1, "name", table["place_id"].map(names))
print(table.sort_values("rank")[["name", "diversity", "eci", "eci_low", "eci_high", "rank", "rank_p05", "rank_p95"]]
      .head(6).round(2).to_string(index=False))  # fmt: skip
activities = found["innovation_activities"].to_frame().sort_values("pci", ascending=False)
print(activities[["activity", "share", "ubiquity", "pci", "pci_low", "pci_high"]].round(3).to_string(index=False))
facts = complexity.facts()
print(f"reflections agree to a correlation of {facts['reflections_correlation']:.3f}; prior {facts['prior']:.1f} cases")
for text in complexity.warnings:
    print("note:", text)

# %% What could come next: activities near to what a county is good at, beyond what is near to everything it does
options = found["innovation_options"].to_frame()
near = options[~options["has"] & options["activity"].isin(["information", "science"])]
near = near.assign(name=near["place_id"].map(names)).sort_values("density_relative", ascending=False)
print(near[["name", "activity", "advantage", "p_advantage", "density", "density_low", "density_high",
            "density_relative"]].head(6).round(2).to_string(index=False))  # fmt: skip

# %% Choke points. The texts of 2018 to 2020 print the share that is imported for 10 of 32, who makes it at home for 5.
# "More than 90 %" counts as 90 % (at least); where nobody at home makes a thing, all of it is imported (follows);
# "almost all" is no number and stays empty. Industry, by a rule of this page: goods rest on manufacturing, programs on
# information, methods and certificates on science. 20 sections of the census allow no more: a small exposure says that
# what goes with manufacturing is near, not that microscopes are. x_division names the finer division, for a finer table
points = found["choke_points"].to_frame().merge(choke[["choke_point", "x_basis"]])
print(points.groupby("activities")[["choke_point", "import_dependence", "domestic_holders", "exposure"]].count())
known = points.dropna(subset=["import_dependence"]).assign(nearest=lambda f: f["nearest_place"].map(names))
known["at_most"] = known["import_dependence"] * (1 - known["density_low"])  # exposure with one holder or none
print(known[["choke_point", "import_dependence", "x_basis", "domestic_holders", "places_with", "nearest", "density",
             "exposure", "exposure_low", "exposure_high", "at_most"]].round(2).to_string(index=False))  # fmt: skip
for text in found["choke_points"].warnings:
    print("note:", text)

# %% Exposure by place, 5 to 95 %: if only what is near in this place could help. Main bearings of tunnelling machines
# (all imported, one holder): the least and the most exposed of the districts and counties that have no advantage in
# manufacturing as a whole. That 109 others have one says nothing of bearings
places = found["choke_options"].to_frame()
bearing = places[places["choke_point"] == "tunnelling-bearings"].dropna(subset=["exposure"])
ordered = bearing.sort_values(["exposure", "place_id"])
shown = pd.concat([ordered.head(6), ordered.tail(3)])
print(shown.assign(name=shown["place_id"].map(names))[["name", "density", "exposure", "exposure_low", "exposure_high"]]
      .round(2).to_string(index=False))  # fmt: skip

# %% How much of the chips is imported? Three published readings of one thing: pieces imported over pieces used (those
# that go out again in products are in both), imports less exports, and one less the self-sufficiency of 2019 (30 %)
made, bought, sold = (totals["CN", 2020, f"chips_{name}"] for name in ("made", "imported", "exported"))
used = made + bought - sold
near = points.set_index("choke_point").loc["chips", "density"]
for label, share in (("imports over use", bought / used), ("net imports over use", (bought - sold) / used),
                     ("one less self-sufficiency", 0.7)):  # fmt: skip
    print(f"{label}: {share:.2f} imported; exposure with one holder {share * (1 - near):.2f}")

# %% Joint publications: 1,407 of one file of PubMed (June 2021; medicine and life sciences), 247 of them by several
# cities. Fractional: a document counts one in all, shared by its authors; beside it the full count
ties = found["innovation_ties"].to_frame().sort_values("fractional", ascending=False)
pair = ties.assign(a=ties["place_a"].map(names), b=ties["place_b"].map(names))
print(pair[["a", "b", "full", "fractional", "low", "high", "km"]].head(6).round(2).to_string(index=False))
mine = found["innovation_ties_places"].to_frame()
mine.insert(1, "name", mine["place_id"].map(names))
print(mine[["name", "documents_full", "documents", "documents_low", "documents_high", "inside", "cluster", "outside"]]
      .sort_values("documents", ascending=False).head(6).round(2).to_string(index=False))  # fmt: skip

# %% Does the centre radiate beyond what size and distance give?
print(found["innovation_centre"].to_frame()[["term", "coef", "low", "high"]].round(2).to_string(index=False))
beyond = found["innovation_radiation"].to_frame().sort_values("observed", ascending=False)
print(beyond.assign(name=beyond["place_id"].map(names))[["name", "km", "observed", "low", "high", "expected", "ratio"]]
      .head(6).round(2).to_string(index=False))  # fmt: skip
for text in (*found["innovation_ties"].warnings, *found["innovation_centre"].warnings):
    print("note:", text)

# %% Is one file of one field enough to see the network? Its order of cities against the degrees of co-publication that
# Liang et al. (2024) took from all sciences in 2017
degree = vector[vector["indicator"] == "copublication_degree"].set_index("place_id")["value"]
print(f"rank correlation over {len(degree)} cities: "
      f"{mine.set_index('place_id')['documents'].corr(degree, method='spearman'):.2f}")  # fmt: skip

# %% The same at the terminal, in a copy of the workspace. Conversion of patents in the narrow sense (licensed and
# transferred over valid) stays empty: no free table of licences or sales of patents by city was found
print(", ".join(found))
print("""
cp -r examples/yangtze-delta mine
tail -n +2 docs/howto/yangtze_innovation/indicators.csv | cut -d, -f1-8 >> mine/tables/indicators.csv
cp docs/howto/yangtze_innovation/choke_points.csv mine/tables/
cat docs/howto/yangtze_innovation/sources.toml >> mine/workspace.toml
megaregion innovation mine --table innovation_yields --table choke_points --table choke_options
""")
