"""One market or many? Relative prices of 8 goods in 18 Chinese provinces and of 12 goods in 18 US metropolitan areas.

Real: both tables of prices. Assumed: the border that the last cell plants to see whether it would be found.

China: china_province_prices_2006.csv, consumer prices by category in 2006, preceding year = 100: 湖南统计年鉴 2007
(Hunan Statistical Yearbook), table 16-10, of the National Bureau of Statistics; official figures, retyped, with the
general index to check by. The copy at hand ends with Hunan: Guangdong and the west are not in it. One decimal:
rounding alone spreads changes by 0.03 points. Points are the provincial capitals.

USA: us_metro_prices_1998_2017.csv, Consumer Price Index for All Urban Consumers by metropolitan area and category,
annual averages, not seasonally adjusted: U.S. Bureau of Labor Statistics, a work of the US government in the public
domain (17 U.S.C. 105); series CUUR/CUUS + area + item, extracted from the PyPI package cpi 2.1.0 (MIT, Ben Welsh).
Categories that do not overlap: SAF11 food at home, SEFV food away from home, SAF116 alcohol, SAH1 shelter, SAH2 fuels
and utilities, SAH3 household furnishings and operations, SAA apparel, SAT1 private transport, SAM medical care, SAG
other, SAR recreation, SAE education and communication. One decimal until 2006, three after; areas changed in 1998 and
2018, hence the years. The BLS warns that local indices have far more sampling error than the national one.
us_metros.csv: the centre of the first-named city, and the census region: four parts of the country without any border
between them.
"""

# %% 33 pairs of provinces that share a border (Hebei surrounds Beijing and Tianjin; the four of the delta are Shanghai,
# Jiangsu, Zhejiang and Anhui)
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

from megaregion.links.soft.price_border import price_border
from megaregion.links.soft.segmentation import segmentation

here = Path(__file__).parent
provinces = pd.read_csv(here / "china_province_prices_2006.csv", dtype={"place_id": str}).set_index("name")
goods = list(provinces.columns[provinces.columns.get_loc("general") + 1 :])
beside = """
Beijing Tianjin, Beijing Hebei, Tianjin Hebei, Hebei Shanxi, Hebei Inner_Mongolia, Hebei Liaoning, Hebei Shandong,
Hebei Henan, Shanxi Inner_Mongolia, Shanxi Henan, Inner_Mongolia Liaoning, Inner_Mongolia Jilin,
Inner_Mongolia Heilongjiang, Liaoning Jilin, Jilin Heilongjiang, Shanghai Jiangsu, Shanghai Zhejiang, Jiangsu Zhejiang,
Jiangsu Anhui, Jiangsu Shandong, Zhejiang Anhui, Zhejiang Fujian, Zhejiang Jiangxi, Anhui Shandong, Anhui Henan,
Anhui Hubei, Anhui Jiangxi, Fujian Jiangxi, Jiangxi Hubei, Jiangxi Hunan, Shandong Henan, Henan Hubei, Hubei Hunan
"""
pairs = [[name.replace("_", " ") for name in pair.split()] for pair in beside.split(",")]
neighbours = pd.DataFrame(pairs, columns=["place_a", "place_b"])


def indices(table: pd.DataFrame) -> pd.DataFrame:
    """One row a province and good."""
    long = table[goods].rename_axis("place").reset_index().melt("place", var_name="good", value_name="price")
    return long.assign(period=2006)


found = segmentation(indices(provinces), neighbours, kind="index")
columns = ["place", "segmentation", "ci_low", "ci_high", "neighbours", "driver", "without_driver"]
print(found.table[columns].round(4).to_string(index=False))

# %% Shanghai stands out, but its interval starts at zero. One good, clothing (106.4 there, 97.8 in Zhejiang), makes it
# the most segmented province of 2006: a figure of one good and one year is not a finding about a market
rest = segmentation(indices(provinces).query("good != 'clothing'"), neighbours, kind="index").table.set_index("place")
rank = int(rest["segmentation"].rank(ascending=False)["Shanghai"])
print(f"without clothing Shanghai has {rest.loc['Shanghai', 'segmentation']:.4f}, rank {rank} of 18")

# %% How large is the index where there is no border at all? US metropolitan areas, all pairs, and of their goods the
# eight that come nearest to the eight of China
metros = pd.read_csv(here / "us_metros.csv").set_index("place_id")
wide = pd.read_csv(here / "us_metro_prices_1998_2017.csv")
prices = wide.melt(["place_id", "period"], var_name="good", value_name="price").rename(columns={"place_id": "place"})
every = pd.DataFrame(list(combinations(sorted(metros.index), 2)), columns=["place_a", "place_b"])
near = ["SAF11", "SAF116", "SAA", "SAH3", "SAM", "SAT1", "SAR", "SAH1"]
usa = segmentation(prices[prices["good"].isin(near)], every, kind="price").table
names = sorted(provinces.index)
whole = segmentation(
    indices(provinces), pd.DataFrame(list(combinations(names, 2)), columns=["place_a", "place_b"]), kind="index"
).table
by_year = usa.groupby("period")["segmentation"].mean()
print(f"all pairs, eight goods: provinces of China in 2006 {whole['segmentation'].mean():.4f};")
print(f"metropolitan areas of the USA {by_year.min():.4f} to {by_year.max():.4f} in 1999-2017")
print(
    "so the level of the index is no measure of barriers: prices of one city rest on few shops, of a province on many"
)

# %% The width of a border (Engel and Rogers 1996): what does it add to the spread of relative prices beyond distance?
# Between census regions there is nothing, so that the answer must be nothing: a placebo
places = metros.rename(columns={"census_region": "group"})
placebo = price_border(prices, places, kind="price")
print(placebo.to_frame().head(2).round(5).to_string(index=False))
print(*(f"{name}: {round(value, 4)}" for name, value in placebo.facts().items()), *placebo.warnings, sep="\n")

# %% Would a border be found if there were one? Planted: each year all prices of a region move together by 2 %, as an
# exchange rate would move them
rng = np.random.default_rng(1)
years, regions = sorted(wide["period"].unique()), sorted(metros["census_region"].unique())
walk = pd.DataFrame(0.02 * rng.normal(size=(len(years), len(regions))), years, regions).cumsum()
shift = [walk.loc[p, metros.loc[k, "census_region"]] for k, p in zip(prices["place"], prices["period"], strict=True)]
planted = price_border(prices.assign(price=prices["price"] * np.exp(shift)), places, kind="price")
print(planted.to_frame().head(2).round(5).to_string(index=False))
