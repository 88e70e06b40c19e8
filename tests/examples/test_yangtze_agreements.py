"""The shipped register: each entry with an address, and none that the sources file does not account for."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd

from megaregion.data.workspace import Workspace
from megaregion.mechanisms.agreement_parties import parties_of
from megaregion.mechanisms.agreement_register import CARRIED, STRENGTH
from megaregion.mechanisms.maturity import FIELDS


def test_every_entry_is_cited_and_its_parties_are_places(examples: Path) -> None:
    root = examples / "yangtze-delta"
    table, problems = Workspace(root).read("agreements")
    assert problems == [] and len(table) >= 30
    table = table.set_index("agreement_id")
    assert set(table["field"]) <= set(FIELDS)
    assert set(table["instrument"]) <= set(STRENGTH) and set(table["status"]) <= set(CARRIED)
    places = pd.read_csv(root / "tables" / "places.csv", dtype=str).set_index("place_id")
    names = parties_of(table)
    assert set(names) <= set(places.index[places["kind"] != "stable_unit"])
    assert (names.groupby(level=0).nunique() >= 2).all() and not names.reset_index().duplicated().any()
    assert table["url"].map(lambda u: bool(urlsplit(u).netloc)).all() and table["note"].notna().all()
    hosts = {urlsplit(u).netloc for u in table["url"]}
    text = (root / "SOURCES.md").read_text(encoding="utf-8")
    assert [host for host in sorted(hosts) if host not in text] == []


def test_members_that_a_source_counts_are_as_many(examples: Path) -> None:
    """22 mayors signed in Zhenjiang; the corridor has nine cities; the paired cities are 8 and 8."""
    table = Workspace(examples / "yangtze-delta").cluster().agreements
    count = parties_of(table).groupby(level=0).nunique()
    assert count["zhenjiang-2011"] == 22 and count["g60-declaration-2018"] == count["songjiang-declaration-2021"] == 9
    pairs = table[table.index.str.startswith("paired-")]
    donor, recipient = pairs["parties"].str.split(";").str[0], pairs["parties"].str.split(";").str[1]
    assert len(pairs) == donor.nunique() == recipient.nunique() == 8
    assert recipient.str.startswith("34").all() and not donor.str.startswith("34").any()
    assert (pairs["start"] == 2021).all() and (pairs["end"] == 2030).all()
