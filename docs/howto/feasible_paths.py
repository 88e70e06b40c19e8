"""What is the cheapest way to tap water and toilets for the counties of Anhui, and what blocks the rest?

Real: what works cost and whom they served, the rate of the province, the targets of national plans (`anhui_paths/`, row
by row with its source and how it was read); piped water and toilets in the homes of 59 counties by the censuses of 2010
and 2020; the matrix "Somewhereland" and its published scenarios. Declared, each where it is used: groups of counties,
size of a step, which step needs which, that costs of one place hold in another. Modelled: every sequence. Money is as
printed, of 2005 to 2018, without a correction for prices. No policy text gives an effect or a lead time.
"""

# %% What did it cost? A programme counts whom it serves by its own list
import json
import math
import shutil
import sys
import tempfile
from pathlib import Path

import pandas as pd

from megaregion.data.init import example_folder
from megaregion.data.workspace import Workspace
from megaregion.mechanisms.paths import starter_library
from megaregion.mechanisms.paths_of_cluster import paths_of_cluster, scenarios_of_cluster

here = Path(__file__).parent / "anhui_paths"
costs = pd.read_csv(here / "costs.csv", dtype={"place_id": str}).set_index("id")
published = pd.read_csv(here / "targets_published.csv", dtype={"place_id": str})
water = costs[(costs["what"] == "water") & costs["money_million_cny"].notna()]
served = water["people"] + water["students"].fillna(0)
each = (1e6 * water["money_million_cny"] / served).rename("cny_a_person")
print(pd.concat([water[["place", "period", "kind"]], each.round(0), water["read"]], axis=1).to_string())
toilet = costs[(costs["what"] == "toilet") & costs["money_million_cny"].notna()]
household = 1e6 * toilet["money_million_cny"] / toilet["households"]
fujian = household.drop("feixi-2018")
persons = 26.8114 / 6.9353  # people and households of rural Fujian in 2006, in the same table as its toilets
print(
    f"a sanitary toilet, CNY a household: {household['feixi-2018']:,.0f} in Feixi County 2018, {fujian.min():,.0f} to "
    f"{fujian.max():,.0f} in Fujian 2005-2012, most of it paid by residents; award in Gansu 2019: 1,500"
)

# %% What did it bring? In Bozhou two censuses tell how many people came to have piped water at home, and the programme
# how many it served since 2005. What was served before 2010, or had water already, is in the second number only
rural = Workspace(example_folder("yangtze-delta")).cluster()
measured = rural.indicators.pivot_table(index="place_id", columns=["indicator", "year"], values="value")
people = measured["population"][[2010, 2020]]
tap, toilets = (measured[name][[2010, 2020]] for name in ("tap_water_share", "toilet_share"))
bozhou = [u for u in people.index if u.startswith("S3416")]
gained = (people * tap / 100).loc[bozhou].sum().diff().iloc[-1]
count = costs.loc["bozhou", "people"]
seen = gained / count
print(f"Bozhou: {count:,.0f} served, {gained:,.0f} more with piped water than in 2010: {seen:.2f} a person served")

# %% Types of region: counties by their city (declared): the six cities of the northern plain, the three of the southern
# hills, the rest between. Huangshan stands by itself, because the agricultural census of 2016 counts there what the
# plans mean: treated tap water, sanitary toilets. The other three have the population census: any piped water, any
# toilet in the home. That is easier: in Huangshan of 2016, 95 % had a toilet and 57 % a sanitary one
north, south = ("3403", "3404", "3406", "3412", "3413", "3416"), ("3410", "3417", "3418")
counties = [u for u in toilets.dropna().index if u.startswith("S34") and not u.endswith("00")]
kind = pd.Series({u: "north" if u[1:5] in north else "south" if u[1:5] in south else "middle" for u in counties})
fact = published[published["place"] == "Huangshan"].set_index("indicator")["value"]
size = people.loc[counties, 2010].groupby(kind).sum()
size["huangshan"] = fact["farm_households"] * persons
now = pd.DataFrame({
    name: (table.loc[counties, 2010] * people.loc[counties, 2010]).groupby(kind).sum() / size.drop("huangshan")
    for name, table in (("tap_water_share", tap), ("toilet_share", toilets))
})  # fmt: skip
now.loc["huangshan"] = [fact["tap_water_share"], fact["sanitary_toilet_share"]]
print(now.assign(million_people=size / 1e6).round(1).to_string())

# %% Instruments. A step serves a tenth of the people; real years served 3 % (Anqing 2016) to 16 % (He County 2013).
# Three ways to water: the two parts of He County's plan, each for as large a part of those without water as there (65
# and 35 %), the second after the first; or the rate of the province, for anybody. Grades (declared): B where a
# programme in a county of the same type told money and people (between: He County, Anqing, Feixi; north: Bozhou), C for
# the rate elsewhere, which is the province's judgement, D for costs of another type. Requires (declared): steps of one
# kind follow each other, one a year; the first toilets follow the first water, for the plan of 2021 wants flush toilets
# where water is (宜水则水、宜旱则旱); toilets need a plan by county (eight ministries on toilets) and consent (Anhui,
# 2017). Works of 2012 and 2013 were built in one year
part = served["hexian-1"] / (served["hexian-1"] + served["hexian-2"])
TEXTS = {
    "mains": ("Mains and works, easiest first (He County 2011-2012)", "管网延伸与集中供水（先易后难）"),
    "works": ("Works for the rest (He County 2013)", "其余集中供水工程"),
    "rate": ("Water works at the rate of the province", "按省定标准建设供水工程"),
    "toilets": ("Sanitary toilets (Feixi County 2018)", "农村卫生厕所改造"),
}


def instruments(cost: dict[str, float], bring: float = seen, kinds: tuple[str, ...] = tuple(TEXTS)) -> pd.DataFrame:
    """Steps of each type of region; `cost` CNY a person, `bring` people with water a person served."""
    rows = []
    for place, row in now.iterrows():
        dry, need = 100 - row["tap_water_share"], 85 - row
        steps = {
            "mains": int(dry * part / 10), "works": int(dry * (1 - part) / 10),
            "rate": math.ceil(need["tap_water_share"] / (10 * bring)), "toilets": math.ceil(need["toilet_share"] / 10),
        }  # fmt: skip
        either = [f"{place}-{k}-1" for k in ("mains", "rate") if k in kinds]
        start = {"works": f"{place}-mains-{steps['mains']}", "toilets": "|".join(either)}
        for name in kinds:
            known = "B" if place == "middle" or (place, name) == ("north", "rate") else "C" if name == "rate" else "D"
            effect = f"tap_water_share={10 * bring:.4f}" if name != "toilets" else "toilet_share=10"
            for k in range(1, steps[name] + 1):
                needs = [f"{place}-{name}-{k - 1}" if k > 1 else start.get(name, "")]
                needs += ["condition:county-plan", "condition:consent"] if name == "toilets" else []
                rows.append({
                    "instrument_id": f"{place}-{name}-{k}", "title": TEXTS[name][0], "title_zh": TEXTS[name][1],
                    "country": "CN", "requires": ";".join(n for n in needs if n), "excludes": "",
                    "cost": round(0.1 * size[place] * cost[name] / 1e6, 1), "lead_time": 1,
                    "evidence": known, "types": place, "effects": effect,
                })  # fmt: skip
    return pd.DataFrame(rows)


central = {
    "mains": each["hexian-1"], "works": each["hexian-2"], "rate": 500.0, "toilets": household["feixi-2018"] / persons,
}  # fmt: skip
listed = instruments(central)
name = listed["instrument_id"].str.split("-").str[1]
print(listed.assign(kind=name).pivot_table(index="kind", columns="types", values="cost", aggfunc=["size", "first"])
      .rename(columns={"size": "steps", "first": "million CNY a step"}).to_string())  # fmt: skip

# %% Money: water at the province's rate of 2015, and the toilets of its plan of 2017 (2.4 million in four years) at
# Feixi's cost; together, by people (declared)
plan = published.set_index("indicator").loc["new_sanitary_toilets", "value"] / 4 * household["feixi-2018"]
rate = 500 * costs.loc["anhui-2015", "people"] + 300 * costs.loc["anhui-2015", "students"]
budget = {t: round(float((rate + plan) / 1e6 * size[t] / size.drop("huangshan").sum()), 1) for t in size.index}
print(f"a year: {rate / 1e6:,.0f} for water and {plan / 1e6:,.0f} for toilets, million CNY; by type: {budget}")

# %% A folder, kept where an argument says so; there the same comes from the terminal:
# `megaregion rural FOLDER --table paths --table path_steps --table path_blocks --table consistent_scenarios`. The
# present value of a type is the mean of its counties by people; that of Huangshan stands in the table of targets
places = rural.places.loc[counties, ["name", "name_zh", "lon", "lat"]].assign(kind="county", parent_id="340000")
places["population"] = people.loc[counties, 2010].astype("Int64")
places.loc["340000", ["name", "name_zh", "kind"]] = ["Anhui", "安徽省", "province"]
shares = pd.concat([
    table.loc[counties, 2010].rename("value").rename_axis("place_id").reset_index()
    .assign(year=2010, indicator=name, unit="percent", scope="县", source="census-2010")
    for name, table in (("tap_water_share", tap), ("toilet_share", toilets))
])  # fmt: skip
CONFIG = """format = 1
[cluster]
id = "anhui-paths"
name = "Counties of Anhui"
level = "county"
group = "province"
base_year = 2010
timetable = "none"
currency = "CNY"
seed = 1
[options.paths]
horizon = 12
alternatives = {alternatives}
[options.paths.budget]
{budget}
[options.paths.types]
{types}
[options.paths.conditions]
{conditions}
"""
# national targets: tap water 85 % in 2022, toilets about 85 % in 2020; years from 2011, in Huangshan from 2017
BY = {"north": (12, 10), "middle": (12, 10), "south": (12, 10), "huangshan": (6, 4)}


def write(folder: Path, rows: pd.DataFrame, by: dict[str, tuple[int, int]], agreed: list[str], paths: int) -> Path:
    """A workspace with `rows` as instruments and targets of 85 percent after `by` years."""
    (folder / "tables").mkdir(parents=True, exist_ok=True)
    lines = {
        "budget": [f"{t} = {budget[t]}" for t in by],
        "types": [f"{t} = {json.dumps(list(kind.index[kind == t]))}" for t in by if t != "huangshan"],
        "conditions": [f"{t} = {json.dumps(agreed)}" for t in by],
    }  # fmt: skip
    config = CONFIG.format(alternatives=paths, **{k: "\n".join(v) for k, v in lines.items()})
    (folder / "workspace.toml").write_text(config, encoding="utf-8")
    targets = [
        {"region_type": t, "indicator": i, "sense": "at-least", "target": 85.0, "unit": "percent",
         "now": now.loc[t, i] if t == "huangshan" else None, "deadline": d}
        for t, years in by.items() for i, d in zip(now.columns, years, strict=True)
    ]  # fmt: skip
    for name, table in (("targets", pd.DataFrame(targets)), ("instruments", rows), ("indicators", shares)):
        table.to_csv(folder / "tables" / f"{name}.csv", index=False)
    places.rename_axis("place_id").to_csv(folder / "tables" / "places.csv")
    shutil.copy(here / "impacts.csv", folder / "tables" / "impacts.csv")
    return folder


def search(
    rows: pd.DataFrame, by: dict[str, tuple[int, int]] = BY, agreed: tuple[str, ...] = ("county-plan", "consent"),
    paths: int = 1,
) -> dict[str, pd.DataFrame]:  # fmt: skip
    """Tables of the paths."""
    with tempfile.TemporaryDirectory() as folder:
        cluster = Workspace(write(Path(folder), rows, by, list(agreed), paths)).cluster()
        return {name: t.to_frame() for name, t in paths_of_cluster(cluster).items()}


if len(sys.argv) > 1:
    write(Path(sys.argv[1]), listed, BY, ["county-plan", "consent"], 3)

# %% The cheapest path of each type and the next best. Steps start as early as money and order allow
found = search(listed, paths=2)
shown = ["region_type", "path", "complete", "instruments", "cost", "extra_cost", "finish", "weakest_evidence"]
print(found["paths"][shown].round(1).to_string(index=False))
best = found["paths"].query("path == 1").set_index("region_type")
for t, sequence in best["sequence"].items():
    print(f"{t}: {sequence.replace(f'{t}-', '')}")
met = found["path_targets"].query("path == 1")
print(met[["region_type", "indicator", "now", "reached", "deadline", "met"]].round(1).to_string(index=False))

# %% What happened? The census of 2020 in the same counties: the north came to 92 % in ten years; its path takes seven.
# The money a year is that of late programmes, so this checks no more than the order of magnitude; what each type spent
# is not known
late = people.loc[counties, 2020]
came = pd.DataFrame({
    name: (table.loc[counties, 2020] * late).groupby(kind).sum() / late.groupby(kind).sum()
    for name, table in (("tap_water_share", tap), ("toilet_share", toilets))
})  # fmt: skip
print(came.round(1).to_string())


# %% What blocks the rest? The north, in five years; and without the consent of households
def blocked(title: str, tables: dict[str, pd.DataFrame]) -> None:
    """Targets that are missed, with the amount that lacks even alone, and the reasons that cannot hold together."""
    rows = tables["path_blocks"].query("kind != 'instrument'")
    print(title)
    print(rows[["region_type", "kind", "subject", "missing"]].round(1).to_string(index=False, na_rep=""))


blocked("in five years:", search(listed, {"north": (5, 5)}))
blocked("without consent:", search(listed, {"middle": BY["middle"]}, agreed=("county-plan",)))

# %% What does better evidence cost? Without He County's works, water rests on the rate alone
safe = search(instruments(central, kinds=("rate", "toilets")))["paths"].set_index("region_type")
for t, row in safe.iterrows():
    more = f"{row['cost'] / best.loc[t, 'cost'] - 1:+.0%}" if row["complete"] == "yes" else "targets out of reach"
    print(f"{t}, on the rate alone: {more}")

# %% Ranges, from the best to the worst of the sources: He County's costs or, in their place, Henan's and Bozhou's; the
# cheapest or the dearest year of toilets in Fujian; each person served counts as one or as .74. Which steps are in all?
low = central | {"toilets": fujian.min() / persons}
high = central | {
    "mains": each["henan-2012"], "works": each["bozhou"], "toilets": fujian.max() / persons,
}  # fmt: skip
runs = [search(instruments(low, 1.0)), {n: t.query("path == 1") for n, t in found.items() if "path" in t},
        search(instruments(high, seen))]  # fmt: skip
for t in BY:
    rows = pd.concat([run["paths"].query("region_type == @t") for run in runs])
    used = [set(run["path_steps"].query("region_type == @t")["instrument_id"]) for run in runs]
    money = [f"{row.cost:,.0f}" + " (targets missed)" * (row.complete != "yes")
             for row in rows.itertuples()]  # fmt: skip
    always = sorted(step.removeprefix(f"{t}-") for step in set.intersection(*used))
    print(f"{t}: {', '.join(money)} million CNY; in all three: {', '.join(always)}")
blocked("in the worst case:", runs[-1])

# %% Scenarios that hold together: the published example of the method (Weimer-Jehle 2006; matrix in the manual of
# ScenarioWizard 4.1, page 11) and its ten scenarios of 486 (cross-impact.de). No regional matrix was found
with tempfile.TemporaryDirectory() as folder:
    cluster = Workspace(write(Path(folder), listed, BY, [], 1)).cluster()
scenarios = scenarios_of_cluster(cluster)["consistent_scenarios"]
table = scenarios.to_frame()
print(scenarios.facts())
table = table.assign(descriptor=table["descriptor"].str[0], state=table["state"].str[:2])
print(table.pivot(index="scenario", columns="descriptor", values="state").to_string())

# %% The starter library: what policy texts provide for, to be filled with numbers like those above
library = starter_library()
open_rows = library["note"].str.contains("not confirmed")
print(f"{len(library)} instruments, {(~open_rows).sum()} with title and date read in a second text")
