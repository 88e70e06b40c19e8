"""Households of the Vietnam Living Standards Survey 1997-98 (docs/howto) against what is published and what must hold.

Published: 5,999 households (documentation of VietNamH in Ecdat; Cameron and Trivedi 2005, pp. 88-90); 76.3 million
people, 23.5 percent urban (census of 1 April 1999). Closed forms: perfect targeting costs the poverty gap
times the line and the people; a dimension of deprivation that is the line repeats the headcount; groups of the records
bound their Gini coefficient. Not reproduced: the official poverty rate, for which the extract has neither real
spending nor weights.
"""

import runpy
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from megaregion.core.inequality import gini as gini_of
from megaregion.core.lorenz import gini_bounds
from megaregion.data.cluster import Cluster
from megaregion.data.workspace import Workspace
from megaregion.mechanisms.people_tables import poverty_of_cluster, remedies_of_cluster

HOWTO = Path(__file__).parents[2] / "docs" / "howto" / "vietnam_poverty.py"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Cluster:
    folder = tmp_path_factory.mktemp("vietnam")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [str(HOWTO), str(folder)])
        runpy.run_path(str(HOWTO))
    return Workspace(folder).cluster()


def test_published_counts(cluster: Cluster) -> None:
    incomes = cluster.further["incomes"]
    persons = (incomes["people"] * incomes["weight"]).groupby(incomes["group"]).sum()
    assert len(incomes) == 5999
    assert incomes["psu"].nunique() == 194
    assert persons.to_dict() == pytest.approx({"urban": 0.235 * 76.3e6, "rural": 0.765 * 76.3e6})


def test_bill_of_perfect_targeting_is_the_gap(cluster: Cluster) -> None:
    table = poverty_of_cluster(cluster, seed=1)["poverty"].to_frame()
    gap = table[(table["group"] == "") & (table["line_share"] == 0.6) & (table["alpha"] == 1)].iloc[0]
    ranked = remedies_of_cluster(cluster)["remedies"].to_frame().set_index("option")
    assert ranked.loc["perfect targeting", "cost"] == pytest.approx(gap["value"] * gap["line"] * gap["people"])
    cash = ranked[ranked["kind"] == "transfer"]
    assert (cash["of_benchmark"] < 1).all()  # no cash beats it; what raises incomes by more than it costs may


def test_dimension_of_spending_repeats_the_headcount(cluster: Cluster) -> None:
    found = poverty_of_cluster(cluster, seed=1)
    heads = found["poverty"].to_frame().query("line_share == 0.6 and alpha == 0").set_index("group")["value"]
    ways = found["multidimensional_dimensions"].to_frame().query("dimension == 'spending'").set_index("group")
    pd.testing.assert_series_equal(ways["raw_headcount"], heads, check_names=False, atol=1e-3)  # incomes are rounded
    counted = found["multidimensional"].to_frame().set_index("group")
    assert counted["m0"].to_numpy() == pytest.approx((counted["headcount"] * counted["intensity"]).to_numpy())
    assert counted.loc[["rural", "urban"], "contribution"].sum() == pytest.approx(1.0)


@pytest.mark.parametrize("groups", [5, 10])
def test_groups_of_the_records_bound_their_gini(cluster: Cluster, groups: int) -> None:
    """As published groups would: means alone, an income between the means of the groups beside its own."""
    incomes = cluster.further["incomes"].sort_values("income")
    y, w = incomes["income"].to_numpy(), (incomes["people"] * incomes["weight"]).to_numpy()
    of = np.minimum((groups * (np.cumsum(w) - w / 2) / w.sum()).astype(int), groups - 1)
    people = np.bincount(of, weights=w)
    mean = np.bincount(of, weights=w * y) / people
    low, high = gini_bounds(np.append(0.0, mean[:-1]), np.append(mean[1:], np.inf), people, mean)
    assert low < float(gini_of(y, w)) < high
