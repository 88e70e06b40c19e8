"""`tables/heritage.csv`: sites under national protection, each in the place that its official address names.

    python examples/yangtze-delta/derive/heritage.py

`heritage_sites.csv` beside this script holds number, name and address of the 740 sites of batches 1 to 8 (1961 to
2019) in Shanghai, Jiangsu, Zhejiang and Anhui, as the notices of the State Council list them. No coordinates are
known: an address names a district or county, or only a city, whose urban core is taken. What was found is printed.

`heritage_open.csv`: words by which a site is shown to be open. A site in that city whose name contains the word bears
the name of a scenic area of grade 5A, or of a registered museum; both receive the public. Nothing is known of others.
"""

import re
from pathlib import Path

import pandas as pd

HERE = Path(__file__).resolve().parent
YEARS = {"1": 1961, "2": 1982, "3": 1988, "4": 1996, "5": 2001, "6": 2006, "7": 2013, "8": 2019}
SOURCE = "heritage-notices"

# components of properties on the World Heritage List that are sites of their own in the notices; a site that merely
# lies inside of a property (a house in a listed quarter) is not marked
WORLD = {
    "Classical Gardens of Suzhou": ("1-0121-3", "1-0124-3", "2-0041-3", "3-0094-3", "5-0284-3", "5-0286-3",
                                    "6-0508-3", "6-0517-3", "6-0529-3"),
    "Imperial Tombs of the Ming and Qing Dynasties": ("1-0177-2",),
    "Ancient Villages in Southern Anhui - Xidi and Hongcun": ("5-0320-3", "5-0321-3"),
    "West Lake Cultural Landscape of Hangzhou": ("1-0072-3", "1-0176-2", "2-0015-4", "5-0299-3", "5-0486-5",
                                                 "7-0989-3", "7-0990-3"),
    "The Grand Canal": ("1-0068-3", "3-0070-3", "3-0098-3", "4-0170-3", "5-0049-1", "5-0285-3", "5-0287-3",
                        "5-0294-3", "5-0301-3", "6-0506-3", "6-0516-3", "6-0530-3", "7-0982-3", "7-0984-3"),
    "Archaeological Ruins of Liangzhu City": ("4-0008-1", "8-0040-1"),
}  # fmt: skip

# names that a place no longer has: districts merged into another, counties that became a district of another name
RENAMED = {"无锡市南长区": "梁溪区", "无锡市崇安区": "梁溪区", "无锡市北塘区": "梁溪区", "连云港市新浦区": "海州区",
           "杭州市下城区": "拱墅区"}  # fmt: skip
# counties whose territory is now shared by several districts: the urban core in which all of them lie
SHARED = {"鄞县": "宁波市", "绍兴县": "绍兴市", "绍兴市绍兴县": "绍兴市"}
# where a border moved since the notice, or the list names the city only: the district of today
MOVED = {"3-0088-3": "徽州区", "5-0284-3": "吴江区", "6-0532-3": "吴江区", "6-0938-5": "吴江区"}

# visitors of a year, where the site itself is what visitors pay to see: statistical communique of Yi county for 2021
VISITORS = {"5-0321-3": 366_000}


def root(name: str) -> str:
    """Name of a county without its rank; names of two characters stay whole."""
    return name if len(name) <= 2 else re.sub("[县市区]$", "", name)


def place_of(row: "pd.Series[str]", places: pd.DataFrame) -> str:
    """The district or county that the address names, or the urban core of the city that it names."""
    mine = places[places["place_id"].str.lstrip("S").str[:2] == places.loc[
        (places["kind"] == "province") & (places["name_zh"] == row["province"]), "place_id"].iloc[0][:2]]  # fmt: skip
    address = SHARED.get(row["address"], row["address"])
    city = mine[(mine["kind"] == "city") & mine["name_zh"].map(address.startswith)]
    rest = address.removeprefix(city["name_zh"].iloc[0]) if len(city) else address
    if row["site_id"] in MOVED or address in RENAMED:
        rest = MOVED.get(row["site_id"]) or RENAMED[address]
    if not rest:
        core = mine[(mine["kind"] == "stable_unit") & (mine["parent_id"] == city["place_id"].iloc[0])]
        found = core[core["name_zh"] == f"{address.removesuffix('市')}市区"]
    else:
        county = mine[mine["kind"] == "county"]
        found = county[county["name_zh"].map(root) == root(rest)]
        if len(found) > 1:
            found = found[found["parent_id"].isin(city["place_id"])]
    if len(found) != 1:
        raise ValueError(f"{row['site_id']} {row['name_zh']}, {row['address']}: {len(found)} places")
    return str(found["place_id"].iloc[0])


def shown_open(listed: pd.DataFrame, city: "pd.Series[str]") -> "pd.Series[str]":
    """true where a word of heritage_open.csv stands in the name of a site of that city, else empty."""
    words = pd.read_csv(HERE / "heritage_open.csv", dtype=str)
    found = pd.Series("", listed.index)
    for row in words.itertuples():
        mine = (city == row.place_id) & listed["name_zh"].str.contains(row.word, regex=False)
        if not mine.any():
            raise ValueError(f"heritage_open.csv: no site of {row.place_id} has {row.word} in its name")
        found[mine] = "true"
    return found


def derive() -> None:
    """Write the table."""
    listed = pd.read_csv(HERE / "heritage_sites.csv", dtype=str)
    places = pd.read_csv(HERE.parent / "tables" / "places.csv", dtype=str)
    property_of = {code: name for name, codes in WORLD.items() for code in codes}
    unknown = set(property_of) - set(listed["site_id"])
    if unknown or listed["site_id"].duplicated().any():
        raise ValueError(f"numbers unknown or twice: {sorted(unknown)}")
    place = listed.apply(place_of, axis=1, places=places)
    parent = places.set_index("place_id")["parent_id"]
    out = pd.DataFrame({
        "site_id": listed["site_id"], "name_zh": listed["name_zh"],
        "level": ["world" if code in property_of else "national" for code in listed["site_id"]],
        "place_id": place, "open": shown_open(listed, place.map(parent)),
        "visitors": listed["site_id"].map(VISITORS).astype("Int64"), "year": listed["site_id"].str[0].map(YEARS),
        "source": SOURCE,
        "note": listed["site_id"].map(property_of),
    })  # fmt: skip
    out.to_csv(HERE.parent / "tables" / "heritage.csv", index=False, encoding="utf-8", lineterminator="\n")
    core = place.str.startswith("S")
    print(f"{len(out)} sites, {int((out['level'] == 'world').sum())} of them parts of World Heritage; "
          f"{int((~core).sum())} in a district or county, {int(core.sum())} in an urban core")  # fmt: skip
    print(listed.groupby([listed["province"], listed["site_id"].str[0]]).size().unstack().to_string())


if __name__ == "__main__":
    derive()
