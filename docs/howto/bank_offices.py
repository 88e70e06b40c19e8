"""Which cities do banks tie together, and is it more than the size of the cities? A real list of firms and places.

Real: which of 30 banks has an entry in which of the 40 largest German cities, from the directory of bank codes of the
Deutsche Bundesbank, valid from 3 September 2012 (german_banks/derive.py: as shipped by the package pyblz; facts of an
official register). Cooperative and savings banks are no firms of many cities and are left out, and so are banks of one
or two of these cities. Assumed: every office counts the same (service value 2, a normal office); the register knows
neither headquarters nor staff, and an entry is a place of account keeping, not always a branch. No published
connectivity of these banks was found to hold the result against.
"""

# %% Firms and places: in a workspace this is tables/offices.csv
from pathlib import Path

import pandas as pd

from megaregion.links.soft.offices import OfficesOptions, offices

here = Path(__file__).parent if "__file__" in globals() else Path("docs/howto")
listed = pd.read_csv(here / "german_banks" / "offices_2012.csv", dtype={"place_id": str})
city = listed.drop_duplicates("place_id").set_index("place_id")["city"].sort_index()
print(f"{len(listed)} offices of {listed['firm'].nunique()} banks in {len(city)} cities")

# %% Connectivity: four banks are nearly everywhere and tie all pairs; ranks with intervals over samples of banks
tied = offices(listed.assign(value=2.0), city.index, OfficesOptions(draws=999, bootstrap=199), seed=1)
places = tied["office_places"].to_frame()
places.insert(0, "city", places.pop("place_id").map(city))
places = places.drop(columns=["rules", "is_ruled"])  # unknown: no headquarters in the register
print(places.head(10).round(2).to_string(index=False))

# %% Links beyond chance. Against banks that go anywhere, the large cities are tied; against cities that keep their
# number of banks, nothing is left that 30 banks could tell from chance: the ranking is a ranking of size
for null in ("same-counts", "random-places"):
    options = OfficesOptions(null=null, draws=7999, bootstrap=9)
    links = offices(listed.assign(value=2.0), city.index, options, seed=1)
    table = links["office_links"].to_frame().sort_values("z", ascending=False)
    pairs = [f"{city[a]}-{city[b]} ({z:.1f})" for a, b, z in table[["place_a", "place_b", "z"]].head(4).to_numpy()]
    print(
        f"{null}: {int(table['more_than_chance'].sum())} of {len(table)} links exceed chance; by z: {', '.join(pairs)}"
    )
for text in links["office_links"].warnings:
    print("note:", text)
