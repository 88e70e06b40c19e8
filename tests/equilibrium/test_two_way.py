"""Links of both directions taken together."""

import numpy as np
import pandas as pd

from megaregion.equilibrium.two_way import TwoWay


def links(rows: list[tuple[str, str, str, str, float, bool]]) -> pd.DataFrame:
    """Links by id, from, to, mode, time, oneway."""
    return pd.DataFrame(rows, columns=["link_id", "from_node", "to_node", "mode", "time", "oneway"]).set_index(
        "link_id"
    )


def test_directions_of_a_service_stand_in_one_row() -> None:
    both = TwoWay.of(links([
        ("b--a", "b", "a", "rail", 30.0, True), ("a--c", "a", "c", "rail", 50.0, True),
        ("a--b", "a", "b", "rail", 40.0, True),
    ]))  # fmt: skip
    assert both.members == (("b--a", "a--b"), ("a--c",))
    assert list(both.frame.index) == ["a--b", "a--c"]
    assert both.frame["time"].tolist() == [35.0, 50.0]
    np.testing.assert_array_equal(both.sums(np.array([[1.0, 2.0, 4.0]])), [[5.0, 2.0]])


def test_second_services_modes_and_two_way_links_stay_apart() -> None:
    both = TwoWay.of(links([
        ("a--b", "a", "b", "rail", 40.0, True), ("a--b+1", "a", "b", "rail", 45.0, True),
        ("b--a", "b", "a", "rail", 30.0, True), ("b--a+1", "b", "a", "rail", 35.0, True),
        ("road", "a", "b", "road", 60.0, True), ("street", "a", "b", "rail", 20.0, False),
    ]))  # fmt: skip
    assert both.members == (("a--b", "b--a"), ("a--b+1", "b--a+1"), ("road",), ("street",))


def test_relabelling_links_permutes_sums() -> None:
    rng = np.random.default_rng(3)
    rows = [(f"{a}{b}", a, b, "rail", 10.0 + k, True) for k, (a, b) in enumerate(
        (a, b) for a in "abcd" for b in "abcd" if a != b)]  # fmt: skip
    value, order = rng.random(len(rows)), rng.permutation(len(rows))
    one, other = TwoWay.of(links(rows)), TwoWay.of(links([rows[i] for i in order]))
    by_one = pd.Series(one.sums(value), [frozenset(m) for m in one.members])
    by_other = pd.Series(other.sums(value[order]), [frozenset(m) for m in other.members])
    pd.testing.assert_series_equal(by_one, by_other.reindex(by_one.index), rtol=1e-15)
