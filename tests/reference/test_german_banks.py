"""The real list of docs/howto/german_banks: 30 banks in the 40 largest German cities (codes of the Bundesbank, 2012).

No connectivity of these banks is published. Held against counting by hand: with every office worth 2, a link is four
times the number of banks in both cities; Commerzbank, Deutsche Bank and SEB, and no others, are in all 40.
"""

from itertools import combinations
from pathlib import Path

import pandas as pd
import pytest

from megaregion.links.soft.offices import OfficesOptions, offices

FILE = Path(__file__).parents[2] / "docs" / "howto" / "german_banks" / "offices_2012.csv"


def test_links_are_shared_banks_counted() -> None:
    listed = pd.read_csv(FILE, dtype={"place_id": str})
    places = pd.Index(sorted(listed["place_id"].unique()))
    options = OfficesOptions(draws=19, bootstrap=9)
    links = offices(listed.assign(value=2.0), places, options, seed=1)["office_links"].to_frame()
    there = listed.groupby("place_id")["firm"].agg(set)
    want = {(a, b): 4.0 * len(there[a] & there[b]) for a, b in combinations(places, 2)}
    got = links.set_index(["place_a", "place_b"])["interlock"].to_dict()
    assert got == pytest.approx({pair: value for pair, value in want.items() if value})


def test_three_banks_are_everywhere() -> None:
    listed = pd.read_csv(FILE, dtype={"place_id": str})
    count = listed.groupby("firm")["place_id"].nunique()
    assert sorted(count.index[count == 40]) == ["Commerzbank", "Deutsche Bank", "SEB"]
    assert count.min() >= 3 and not listed.duplicated(["firm", "place_id"]).any()
