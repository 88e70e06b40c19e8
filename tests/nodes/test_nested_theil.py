"""Theil over a hierarchy: by hand, exactly adding up, and what is no hierarchy."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megaregion.data.toy import line
from megaregion.errors import AlignmentError, InputError
from megaregion.nodes.nested_theil import hierarchy_of, nested_theil

PLACES = [f"p{k}" for k in range(8)]
GROUPS = pd.DataFrame({"zone": list("aaaabbbb"), "province": list("wwxxyyzz")}, PLACES)


def frames(income: list[float], people: list[float] | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    return (pd.DataFrame({2020: income}, PLACES), pd.DataFrame({2020: people or [1.0] * 8}, PLACES))


def parts(found, measure: str) -> dict[str, float]:
    table = found.to_frame()
    return table[table["measure"] == measure].set_index("level")["value"].to_dict()


def test_all_of_it_lies_where_it_was_put() -> None:
    """Zones of 3 and 1 a head: T = .75 ln 1.5 + .25 ln .5; provinces or places of 3 and 1 inside of equal groups."""
    t = 0.75 * np.log(1.5) + 0.25 * np.log(0.5)
    for income, level in (([3] * 4 + [1] * 4, "zone"), ([3, 3, 1, 1] * 2, "province"), ([3, 1] * 4, "places")):
        found = nested_theil(*frames([float(v) for v in income]), GROUPS, seed=1)
        expected = {name: t if name == level else 0.0 for name in ("zone", "province", "places")}
        assert parts(found, "T") == pytest.approx(expected, abs=1e-12)
        share = found.to_frame().query("measure == 'T'").set_index("level")["share"]
        assert share[level] == pytest.approx(1.0)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0.1, 10), min_size=8, max_size=8), st.lists(st.floats(0.1, 10), min_size=8, max_size=8))
def test_parts_sum_to_the_index_and_names_do_not_matter(income: list[float], people: list[float]) -> None:
    y, p = frames(income, people)
    found = nested_theil(y, p, GROUPS, seed=1, draws=3)
    s, q = np.array(income) / sum(income), np.array(people) / sum(people)
    assert sum(parts(found, "T").values()) == pytest.approx(float((s * np.log(s / q)).sum()), abs=1e-12)
    assert sum(parts(found, "L").values()) == pytest.approx(float((q * np.log(q / s)).sum()), abs=1e-12)
    turned = nested_theil(y * 7.0, p.iloc[::-1], GROUPS.iloc[::-1], seed=1, draws=3)
    assert parts(turned, "T") == pytest.approx(parts(found, "T"), abs=1e-12)


def test_levels_are_the_kinds_above() -> None:
    cluster = line(6)
    level = str(cluster.attrs["level"])
    units = cluster.places.index[cluster.places["kind"] == level]
    found = hierarchy_of(cluster.places, units, level)
    assert list(found.columns) == [str(cluster.attrs["group"])] and found.iloc[:, 0].nunique() == 2


def test_what_is_no_hierarchy() -> None:
    crossed = GROUPS.assign(province=list("wxwxyzyz"), zone=list("aabbaabb"))
    with pytest.raises(InputError, match="province does not split zone"):
        nested_theil(*frames([1.0] * 8), crossed, seed=1)
    with pytest.raises(InputError, match="income must be above zero"):
        nested_theil(*frames([0.0] * 8), GROUPS, seed=1)
    with pytest.raises(AlignmentError):
        nested_theil(*frames([1.0] * 8), GROUPS.iloc[:7], seed=1)
