"""Portability: index with bounds, friction of moving, changes of a scenario."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from megaregion.data.cluster import ancestor, units
from megaregion.data.scenario import Scenario, change_from_dict
from megaregion.data.toy import line
from megaregion.equilibrium.mappings import MAPPINGS, hukou_migration_cost
from megaregion.errors import AlignmentError, InputError
from megaregion.links.soft.portability import Elasticity, friction_change, portability, recognition_changes

GROUPS = pd.Series({"a1": "A", "a2": "A", "b1": "B"})


def rows(*lines: tuple[str, str, str, float | None]) -> pd.DataFrame:
    return pd.DataFrame(list(lines), columns=["origin", "destination", "scheme", "value"])


def look(got: pd.DataFrame, view: str, origin: str = "", destination: str = "", scheme: str = "") -> pd.Series:
    mask = (got["view"] == view) & (got["origin"] == origin) & (got["destination"] == destination)
    found = got[mask & (got["scheme"] == scheme)]
    assert len(found) == 1
    return found.iloc[0]


def test_by_hand_with_what_is_unknown() -> None:
    """Six ordered pairs of three places, one scheme: .5 both ways inside A, 1 from A to B, nothing said of B to A."""
    got = portability(rows(("A", "A", "medical", 0.5), ("A", "B", "medical", 1.0)), GROUPS)
    whole = look(got.table, "all")
    assert whole["index"] == pytest.approx(3 / 4)  # (2 x .5 + 2 x 1) / 4 known pairs
    assert (whole["known"], whole["low"], whole["high"]) == (
        pytest.approx(4 / 6),
        pytest.approx(0.5),
        pytest.approx(5 / 6),
    )
    assert whole["unknown_cells"] == 2
    assert look(got.table, "origin", "a1")["index"] == pytest.approx(0.75)
    lost = look(got.table, "origin", "b1")
    assert np.isnan(lost["index"]) and (lost["low"], lost["high"]) == (0.0, 1.0)
    assert look(got.table, "groups", "A", "B")["index"] == 1.0
    assert not (
        (got.table["view"] == "groups") & (got.table["origin"] == "B") & (got.table["destination"] == "B")
    ).any()
    assert got.facts()["unknown_cells"] == 2
    assert any("33.3% of the weight" in text for text in got.warnings)
    assert [c.name for c in got.describe()] == list(got.to_frame())


def test_migrants_and_schemes_weigh() -> None:
    """Ten move a1 to b1 (pension 1, medical 0), thirty b1 to a1 (0, 1); medical counts three times."""
    table = rows(
        ("a1", "b1", "pension", 1.0),
        ("a1", "b1", "medical", 0.0),
        ("b1", "a1", "pension", 0.0),
        ("b1", "a1", "medical", 1.0),
    )
    moves = pd.DataFrame(0.0, index=GROUPS.index, columns=GROUPS.index)
    moves.loc["a1", "b1"], moves.loc["b1", "a1"], moves.loc["a1", "a1"] = 10, 30, 1e9
    got = portability(table, GROUPS, migrants=moves, scheme_weights={"pension": 1.0, "medical": 3.0})
    assert look(got.table, "all")["index"] == pytest.approx((10 * 1 + 30 * 3) / 160)
    assert look(got.table, "all", scheme="pension")["index"] == pytest.approx(0.25)
    assert look(got.table, "destination", destination="a1")["index"] == pytest.approx(0.75)
    assert np.isnan(look(got.table, "origin", "a2")["known"])  # nobody of a2 moves
    assert got.parameters()["pairs_weighted_by"] == "migrants"


@given(st.integers(0, 10_000))
def test_bounds_hold_whatever_the_unknown_is(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ids = list(GROUPS.index)
    full = rows(*[(i, j, s, float(rng.random())) for i in ids for j in ids if i != j for s in ("x", "y")])
    people = pd.Series(rng.integers(1, 100, 3), index=ids)
    truth = look(portability(full, GROUPS, people=people).table, "all")
    gaps = full.assign(value=full["value"].where(rng.random(len(full)) < 0.6))
    got = look(portability(gaps, GROUPS, people=people).table, "all")
    assert got["low"] - 1e-12 <= truth["index"] <= got["high"] + 1e-12
    assert got["high"] - got["low"] == pytest.approx(1 - got["known"], abs=1e-12)
    assert truth["low"] == pytest.approx(truth["high"])


def square(values: object) -> pd.DataFrame:
    return pd.DataFrame(np.asarray(values, dtype=float), index=["a", "b"], columns=["a", "b"])


def test_friction_by_hand_and_as_the_equilibrium() -> None:
    """Half of what was missing: R = (.7 - .4) / .6; mu' = mu^(1 - eta R)."""
    before, after = square([[1, 0.4], [1.0, 1]]), square([[1, 0.7], [1.0, 1]])
    cost = square([[1, 9.0], [4.0, 1]])
    got = friction_change(before, after, cost).table.set_index("origin")
    assert got.loc["a", "recognized"] == pytest.approx(0.5)
    assert got.loc["a", "cost_after"] == pytest.approx(9.0 ** (1 - 0.3 * 0.5))
    assert got.loc["b", "factor"] == 1.0  # all was recognised already
    assert got.loc["a", "factor_low"] == pytest.approx(9.0**-0.5)
    assert got.loc["a", "factor"] == pytest.approx(float(hukou_migration_cost(9.0, 0.5, eta=0.3)))


def test_the_prior_is_that_of_the_equilibrium() -> None:
    record = MAPPINGS["hukou_recognition"]
    assert (record.default, record.low, record.high) == (Elasticity().value, Elasticity().low, Elasticity().high)


def test_unknown_infinite_and_below_one() -> None:
    before, after = square([[1, np.nan], [0.0, 1]]), square([[1, 1.0], [1.0, 1]])
    got = friction_change(before, after, square([[1, 2.0], [np.inf, 1]]))
    assert np.isnan(got.table["factor"].iloc[0]) and got.table["factor"].iloc[1] == 1.0
    assert got.facts() == {"pairs": 2, "changed": 0, "unknown": 1, "least_factor": 1.0}
    low = friction_change(square(np.eye(2)), square(np.ones((2, 2))), square([[1, 0.5], [0.8, 1]]))
    assert low.table["factor"].tolist() == [1.0, 1.0]
    assert any("2 costs of moving lie below one" in text for text in low.warnings)
    assert [c.name for c in low.describe()] == list(low.to_frame())


def test_friction_refuses_with_everything_wrong() -> None:
    with pytest.raises(InputError) as caught:
        friction_change(
            square([[1, 0.5], [1.2, 1]]), square([[1, 0.4], [1, 1]]), square([[1, np.nan], [-1, 1]]),
            elasticity=Elasticity(low=0.5),
        )  # fmt: skip
    for text in (
        "low <= value",
        "before must lie in [0, 1]: b to a",
        "falls: a to b",
        "cost must lie",
        "cost is missing: a to b",
    ):
        assert text in str(caught.value)
    with pytest.raises(AlignmentError):
        friction_change(square(np.eye(2)), square(np.eye(2)), square(np.eye(2)).rename({"a": "z"}))


def test_changes_for_a_scenario() -> None:
    before = rows(("A", "B", "medical", 0.5), ("B", "A", "medical", 0.0), ("A", "B", "pension", 0.2),
                  ("B", "A", "pension", 0.6), ("A", "b1", "points", 0.0), ("A", "B", "exams", 0.0))  # fmt: skip
    after = before.assign(value=[0.75, 0.5, 0.6, 0.8, 0.4, 0.0])
    got = recognition_changes(before, after, GROUPS)
    assert got == [
        {"type": "HukouPoints", "place_id": "b1", "origin": "A", "share": pytest.approx(0.4)},
        {"type": "Recognize", "between": ["A", "B"], "share": pytest.approx(0.5), "schemes": ["pension", "medical"]},
    ]
    assert [change_from_dict(entry).type for entry in got] == ["HukouPoints", "Recognize"]
    everywhere = rows(("all", "all", "medical", 0.0))
    got = recognition_changes(everywhere, everywhere.assign(value=1.0), GROUPS)
    assert [entry["between"] for entry in got] == [["all"], ["A", "A"]]  # borders, and the pairs inside of A
    assert all(change_from_dict(entry).share == 1.0 for entry in got)
    assert recognition_changes(before, before, GROUPS) == []


def test_a_cluster_takes_the_changes() -> None:
    cluster = line(4)
    groups = ancestor(cluster.places, "province")[units(cluster).index].rename("group")
    a, b = sorted(set(groups))
    before = rows((a, b, "medical", 0.0), (b, a, "medical", 0.0), (groups.index[0], b, "points", 0.5))
    entries = recognition_changes(before, before.assign(value=[0.5, 0.5, 1.0]), groups)
    changes = tuple(change_from_dict(entry) for entry in entries)
    after = Scenario(id="s", changes=changes).apply(cluster)
    got = sorted(map(tuple, after.group_shifts[["origin_id", "place_id", "what", "factor"]].to_numpy().tolist()))
    assert got == sorted([(groups.index[0], b, "hukou", 0.0), (a, b, "recognition:medical", 0.5),
                          (b, a, "recognition:medical", 0.5)])  # fmt: skip


def test_changes_that_no_scenario_can_say() -> None:
    before = rows(("A", "B", "medical", 0.5), ("B", "A", "medical", 0.5), ("A", "B", "school", 0.0),
                  ("A", "B", "pension", None), ("B", "A", "pension", 0.9), ("all", "B", "exams", 0.0),
                  ("B", "all", "exams", 0.0))  # fmt: skip
    after = before.assign(value=[0.75, 0.5, 1.0, 0.5, 0.8, 0.5, 0.5]).iloc[:6]
    with pytest.raises(InputError) as caught:
        recognition_changes(before, after, GROUPS)
    for text in ("one table only: B to all exams", "unknown on one side: A to B pension", "falls: B to A pension",
                 "scheme is none of", "medical changes one way only or unequally: A to B"):  # fmt: skip
        assert text in str(caught.value)
    nested = rows(("A", "B", "points", 0.0), ("a1", "b1", "points", 0.5))
    with pytest.raises(InputError, match="rows overlap with others, and changes add up: A to B points"):
        recognition_changes(nested, nested.assign(value=[0.2, 0.5]), GROUPS)
    with pytest.raises(InputError, match="name all on both sides"):
        recognition_changes(before.iloc[5:], before.iloc[5:].assign(value=0.5), GROUPS)


def test_weights_are_refused() -> None:
    table = rows(("A", "B", "x", 1.0))
    with pytest.raises(InputError, match="not both"):
        portability(table, GROUPS, migrants=pd.DataFrame(), people=pd.Series())
    with pytest.raises(InputError, match="people must be"):
        portability(table, GROUPS, people=pd.Series(0.0, index=GROUPS.index))
    with pytest.raises(AlignmentError, match="b1"):
        portability(table, GROUPS, people=pd.Series({"a1": 1.0, "a2": 1.0}))
    with pytest.raises(InputError, match="scheme_weights"):
        portability(table, GROUPS, scheme_weights={"x": 0.0})
    with pytest.raises(AlignmentError, match="two places"):
        portability(rows(), pd.Series({"a": "A"}))
    unknown = portability(table, GROUPS, scheme_weights={"z": 1.0})
    assert look(unknown.table, "all")["known"] == 0.0
