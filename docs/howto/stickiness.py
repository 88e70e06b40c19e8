"""How sticky are flows: how mutual, how far beyond what gravity expects inside a province, how lasting?

Real: the example's direct trains (timetable of 2020), and, where it was fetched, the Amap migration index between 41
cities on 32 days of 2024: an index, not persons; its publisher states no licence, so it is for your own work.

    megaregion init my-region --from yangtze-delta && megaregion fetch my-region
    python stickiness.py my-region          # also writes my-region/tables/flow_panel.csv, one day a period
    megaregion flows my-region --stickiness --layer people
"""

# %% The example's direct trains between 41 cities: one period
import sys
from dataclasses import replace

import pandas as pd

from megaregion.core.sphere import matrix_km
from megaregion.data.cluster import groups
from megaregion.data.init import example_folder
from megaregion.data.workspace import Workspace
from megaregion.links.diagnose import stickiness_study
from megaregion.links.soft.stickiness import StickinessResult, stickiness

region = Workspace(sys.argv[1] if len(sys.argv) > 1 else example_folder("yangtze-delta"))
cluster = region.cluster()
found = stickiness_study(replace(cluster, further={}), layer="trains", distance="great_circle")["stickiness"].to_frame()

# %% There is no standard measure: four are told apart. Excess linkage is observed over expected inside provinces
# against the same outside, from gravity that knows no border; 1 would mean that a border changes nothing
known = found.dropna(subset=["value"])[["measure", "place", "value", "ci_low", "ci_high"]]
print(known.round(2).to_string(index=False))

# %% What one period of trains cannot give has no number and a reason. Retention wants flows that stay, or stocks;
# persistence and its half-life want five periods or more
for row in found[found["value"].isna()].itertuples():
    print(f"{row.measure}: {row.note_en}")

# %% 32 days of people. The file has days in columns; a panel has one row a pair and day, and days are whole numbers
file = region.root / "raw" / "yangtze-delta" / "local" / "amap_real_links_2024.csv"
if not file.is_file():
    print(f"SKIPPED: everything below needs {file.name}, which is not part of the example: megaregion fetch DIR, then")
    print("SKIPPED: python stickiness.py DIR")
    sys.exit(0)
links = pd.read_csv(file, encoding="utf-8-sig")
cities = cluster.select("city")
code = pd.Series(cities.index, cities["name_zh"].str.removesuffix("市"))
days = pd.to_datetime(pd.Series({c: c for c in links.columns if c.startswith("2024/")}), format="%Y/%m/%d")
links = links.assign(origin=links["StartCity"].map(code), destination=links["EndCity"].map(code))
panel = links.melt(["origin", "destination"], [*days.index], "date", "value")
panel["date"] = panel["date"].map(days)
panel["period"] = (panel["date"] - panel["date"].min()).dt.days + 1  # 1 is 18 August 2024, a Sunday
panel = panel.assign(layer="people", unit="index", observed=True, source="amap-2024")
table = panel[["layer", "origin", "destination", "period", "value", "unit", "observed", "source"]]
if len(sys.argv) > 1:
    table.to_csv(region.root / "tables" / "flow_panel.csv", index=False)


km = pd.DataFrame(matrix_km(cities["lon"], cities["lat"]), cities.index, cities.index)


def sticky(rows: pd.DataFrame) -> StickinessResult:
    """The four measures over these days."""
    flows = rows.rename(columns={"value": "flow"})
    return stickiness(flows, layer="people", unit="index", distance=km, groups=groups(cluster))


# %% All days; the 21 days before the typhoon and the Mid-Autumn holiday; of these the working days, and those on which
# people do not leave for the weekend. Effects of days take out what weekdays have in common, not the weekly cycle of a
# pair of its own (home on Friday, back on Sunday): leaving weekends out does, and no step leads across a weekend
calm = panel["period"] <= 21  # to 7 September
weekday = panel["date"].dt.day_of_week  # 0 is Monday
choices = {
    "all 32 days": panel["period"] > 0, "21 calm days": calm, "calm, Monday to Friday": calm & (weekday < 5),
    "calm, Monday to Thursday": calm & (weekday < 4), "after 7 September": ~calm,
}  # fmt: skip
rows, notes = [], {}
for name, mask in choices.items():
    got = sticky(table[mask]).to_frame()
    whole = got[(got["place"] == "") & got["value"].notna()].set_index("measure")
    notes[name] = str(whole.loc["persistence", "note_en"])
    for measure, line in whole.iterrows():
        rows.append({"days": name, "measure": measure, **line[["value", "ci_low", "ci_high"]]})
print("people (index, not persons); half-life in days:")
print(pd.DataFrame(rows).to_string(index=False, float_format="{:.2f}".format))

# %% Read persistence with its note: where levels of pairs drift (students return at the end of August), the correction
# for short series does too much, and the truth lies between the uncorrected number and the one above
for name, text in notes.items():
    print(f"{name}: {text}")

# %% By province: how much more people go inside than gravity without a border expects, against the same outside
excess = sticky(table[calm]).to_frame().query("measure == 'excess linkage' and place != ''")
excess = excess.assign(place=excess["place"].map(cluster.places["name"]))
print(excess[["place", "value", "ci_low", "ci_high"]].round(2).to_string(index=False))
