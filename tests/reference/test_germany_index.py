"""The index of the 400 German counties of INKAR (BBSR, dl-de/by-2-0), against the formulas in plain pandas.

The tree is a part of the shipped example with goalposts of the test; the values are the readable form of the published
panel. Nothing is published to compare the total with: what is pinned is that the engine computes what the tree says, on
real data, in a panel of three years with one scale, and that the change of every county is split exactly.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from megaregion.nodes.index_chain import Chain, chain
from megaregion.nodes.index_change import change
from megaregion.nodes.tree import IndexTree, tree_from_dict

YEARS = (2016, 2017, 2018)
LEAVES = {  # pillar: indicator, low, high, direction
    "economy": [("gdp_per_capita", 12.0, 84.0, 1), ("purchasing_power", 17000.0, 32000.0, 1)],
    "work": [("unemployment_rate", 2.0, 21.5, -1), ("youth_unemployment_rate", 1.5, 14.0, -1)],
    "housing": [("living_space_per_capita", 38.8, 60.9, 1), ("rent_level", 4.3, 12.7, -1)],
}


@pytest.fixture(scope="module")
def inkar(shared_data: Path) -> pd.DataFrame:
    table = pd.read_csv(shared_data / "germany/inkar_counties_readable.csv.gz", dtype={"county_code": str})
    return table


def long(inkar: pd.DataFrame) -> pd.DataFrame:
    names = [name for leaves in LEAVES.values() for name, *_ in leaves]
    part = inkar[inkar["year"].isin(YEARS)]
    out = part.melt(id_vars=["county_code", "year"], value_vars=names, var_name="indicator")
    return out.rename(columns={"county_code": "place_id"}).assign(unit="index", scope="Kreis").dropna()


def tree(**head: Any) -> IndexTree:
    return tree_from_dict(
        {
            "index": {"name": "INKAR", "year": 2018, "years": list(YEARS), **head},
            "pillar": [
                {"id": p, "name": p, "indicator": [
                    {"id": k, "name": k, "low": low, "high": high, "direction": sign, "unit": "index",
                     "goalpost_source": "example"} for k, low, high, sign in leaves]}
                for p, leaves in LEAVES.items()
            ],
        }
    )  # fmt: skip


@pytest.fixture(scope="module")
def found(inkar: pd.DataFrame) -> Chain:
    rows = long(inkar)
    return chain(rows, sorted(set(rows["place_id"])), tree=tree())


def test_score_of_every_county_and_year_equals_the_formula(inkar: pd.DataFrame, found: Chain) -> None:
    wide = long(inkar).pivot(index=["year", "place_id"], columns="indicator", values="value")
    assert len(wide) == 1200
    pillars = []
    for leaves in LEAVES.values():
        parts = []
        for name, low, high, sign in leaves:
            share = ((wide[name] - low) / (high - low)).clip(0, 1)
            parts.append(0.98 * (share if sign > 0 else 1 - share) + 0.01)
        pillars.append(np.mean(parts, axis=0))
    want = np.exp(np.mean(np.log(pillars), axis=0))
    np.testing.assert_allclose(found.scores["score"].loc[wide.index], want, rtol=1e-12)


def test_change_of_every_county_is_split_exactly(found: Chain) -> None:
    frame = change(found).to_frame()
    total = frame.groupby(["place_id", "from_year", "to_year"])[["contribution", "change"]].agg(
        {"contribution": "sum", "change": "first"}
    )
    assert len(total) == 1200
    np.testing.assert_allclose(total["contribution"], total["change"], atol=1e-9)
