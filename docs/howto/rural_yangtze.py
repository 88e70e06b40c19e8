"""Where do the counties of the Yangtze delta stand between town and country, and what flows between them?"""

# %% The shipped workspace; which indicators play which role is said here (or in [indicators] of workspace.toml)
import sys
from pathlib import Path

import pandas as pd

from megaregion.data.init import example_folder
from megaregion.data.workspace import Workspace
from megaregion.mechanisms.diagnose import diagnose
from megaregion.mechanisms.factor_accounts import factor_accounts
from megaregion.mechanisms.urban_rural import urban_rural

folder = Path(sys.argv[1]) if len(sys.argv) > 1 else example_folder("yangtze-delta")
if not (folder / "tables" / "indicators.rural.csv").is_file():
    print(f"{folder} has no tables/indicators.rural.csv: python examples/yangtze-delta/derive/rural.py --data DIR")
    sys.exit()
workspace = Workspace(folder)
cluster = workspace.cluster()
roles = {
    "population_urban": "urban_population",
    "value_added": "gdp",
    "value_added_primary": "gdp_primary",
    "employment_primary_share": "agriculture_employment_share",
    "settlement": "urban_core",  # 1 for the districts of a city pooled, 0 for a county
    "registered_same_province": "registered_same_province",
    "registered_other_province": "registered_other_province",
    "population_hukou": "hukou_population",
    "deposits": "deposits",
    "loans": "loans",
}
services = ("tap_water_share", "toilet_share", "bath_share")
options = {
    "gaps": ["age65_share", "college_share", *services, "car_share"],
    "gap_years": [2010, 2020],
    # direction, low and high goalpost: stated here, the same for both years, and part of the answer
    "profile": {
        "people": {"urban_share": [1, 20.0, 100.0], "college_share": [1, 0.0, 35.0], "age65_share": [-1, 5.0, 30.0]},
        "services": {name: [1, 20.0, 100.0] for name in services},
    },
}
cluster = cluster.replace(
    attrs={**cluster.attrs, "indicators": {**cluster.attrs["indicators"], **roles}},
    options={**cluster.options, "urban_rural": options},
)
names = cluster.places["name"]

# %% Population loss on comparable borders: counties lose people while their towns grow
change = diagnose(cluster)["population_change"].facts()["by_scope"]["县"]
print(
    f"{change['losing']} of {change['units']} counties lose people 2010-2020 ({change['change_of_losing']:+,.0f}); "
    f"in {change['losing_urban_grew']} of them the towns grew; {change['check_border']} changes may be moved borders"
)

# %% Levels beside ratios: ageing, schooling and amenities in urban cores and in counties, weighted by people (homes are
# counted by household in the long form, so weights by people come near, not exactly)
found = urban_rural(cluster, workspace.seed)
shown = ["indicator", "year", "town", "country", "gap", "gap_low", "gap_high", "ratio", "p"]
print(found["settlement_gaps"].to_frame()[shown].round(3).to_string(index=False))

# %% Dual economy of the 41 cities: how productive is agriculture beside the rest, and how many still work in it
main = found["urban_rural"].to_frame()
dual = main[main["dual_contrast"].notna()].assign(name=main["place_id"].map(names))
columns = ["name", "value_share_primary", "employment_share_primary", "dual_contrast", "dual_deviation"]
order = dual.sort_values("dual_contrast")[columns].round(3)
print(pd.concat([order.head(6), order.tail(4)]).to_string(index=False))

# %% Profile by pillar, no total and no rank; what nobody measured stays empty
profile = found["integration_profile"].to_frame()
wide = profile[profile["year"] == 2020].pivot(index="place_id", columns="pillar", values="score")
wide = wide[["people", "land", "capital", "services", "ecology"]].join(names)
print(wide.sort_values("people").head(8).round(0).to_string(na_rep="no data"))

# %% Labour in both directions. 2010: residents registered elsewhere against people registered here who live elsewhere.
# Counties only: the two censuses count moves between districts of one city differently, so cores do not compare
accounts = factor_accounts(cluster)
labour = accounts["factor_accounts"].to_frame().query("channel == 'registration'")
county = labour[labour["place_id"].map(cluster.places["area_km2"]).notna() & ~labour["place_id"].str.endswith("00")]
early = county[(county["period"] == "2010") & county["net"].notna()]
print(
    f"counties 2010: {early['inflow'].sum():,.0f} in, {early['outflow'].sum():,.0f} out; one-way (smaller direction "
    f"below a tenth) {int((early['one_way'] == 'yes').sum())} of {len(early)}"
)
worst = early.assign(name=early["place_id"].map(names)).sort_values("net").head(6)
print(worst[["name", "inflow", "outflow", "net", "balance", "one_way"]].round(3).to_string(index=False))
late = county[county["period"] == "2020"]
print(f"counties 2020: {late['inflow'].sum():,.0f} in; out is not counted by this census, so there is no balance")

# %% Capital: loans over deposits, the workable proxy of money that leaves
leak = accounts["capital_leakage"].to_frame()
table = leak.pivot(index="place_id", columns="year", values="loan_deposit_ratio").join(names)
print(table.sort_values(2023)[["name", 2017, 2020, 2023]].round(2).head(6).to_string(index=False))

# %% Technology in both directions: contracts registered in Anhui from January to June 2022, in 100 million CNY: 428.4
# taken, of which 220.7 from other provinces; 321.8 given, of which 207.7 inside the province, so that 114.1 left it.
# Source: the province's registration system for technology contracts (安徽省技术合同认定登记系统), reproduced at
# z7x5u8.firk.cn/zixun/20013.html; its sixteen cities sum to both totals taken (428.3, 8,024). Half a year, here
# under its year. In a workspace: tables/factor_flows.csv
technology = pd.DataFrame(
    {
        "factor": "technology", "channel": "contracts", "origin": ["outside", "340000"],
        "destination": ["340000", "outside"], "year": 2022, "value": [22_070.0, 32_180.0 - 20_770.0],
        "unit": "million CNY (current)", "observed": True, "source": "contracts registered in Anhui, January-June 2022",
    }
)  # fmt: skip
anhui = factor_accounts(cluster, technology)["factor_accounts"].to_frame().query("channel == 'contracts'")
print(anhui[["place_id", "inflow", "outflow", "net", "balance", "one_way"]].round(3).to_string(index=False))
# The registrations of the Torch centre for 2019 (全国技术合同登记情况表, as quoted at ppfocus.com/0/co8b43c05.html)
# give the net only, of which no balance can be made: Shanghai gives 541.66 more than it takes; Jiangsu takes 295.85,
# Zhejiang 227.15, Anhui 160.40 more than they give. The delta takes from elsewhere, as its totals say too
print(f"delta 2019: net {-541.66 + 295.85 + 227.15 + 160.40:.2f} taken; published 4373.25 taken less 4231.49 given")

# %% Land: quota that Sichuan's counties gave up and cities of Zhejiang took (城乡建设用地增减挂钩节余指标), agreed by
# April 2018: Mabian to Shaoxing 7,000 mu, Ebian to Jiaojiang 1,300 mu, Pingshan to Haiyan 50 mu. Source: General Office
# of the People's Government of Sichuan Province, sc.gov.cn/10462/10758/10760/10765/2018/4/11/10448890.shtml, whose
# English text says acres for 亩 (taken as mu; 15 mu are a hectare). Only these three: no account of the region
quota = pd.DataFrame(
    {
        "factor": "land", "channel": "quota", "origin": "outside", "destination": ["330600", "331002", "330424"],
        "year": 2018, "value": [7000 / 15, 1300 / 15, 50 / 15], "unit": "ha", "observed": True,
        "barrier": "only quota of very poor counties may leave a province (国办发〔2018〕16号)",
        "source": "agreements made public by Sichuan, April 2018",
    }
)  # fmt: skip
land = factor_accounts(cluster, quota)["factor_accounts"].to_frame().query("channel == 'quota'")
taken = land[land["inflow"] > 0].assign(name=land["place_id"].map(names))
print(taken[["name", "inflow", "outflow", "net"]].round(1).to_string(index=False))

# %% What the tables cannot say is said
for result in (*found.values(), *accounts.values()):
    for text in result.warnings:
        print("note:", text)
