"""Feasible paths against brute force, contradictions, and the starter library."""

from __future__ import annotations

import re
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megaregion.errors import InputError, MissingDataError
from megaregion.mechanisms.path_milp import PathProblem, best_paths, conflict, partial_path, reach
from megaregion.mechanisms.paths import PathOptions, consistent_scenarios, feasible_paths, starter_library


def _instruments(*rows: dict[str, Any]) -> pd.DataFrame:
    base = {"title": "", "requires": "", "excludes": "", "cost": 1.0, "lead_time": 1, "evidence": "C", "effects": ""}
    return pd.DataFrame([base | row for row in rows])


ROAD = {"instrument_id": "road", "cost": 5.0, "lead_time": 2, "effects": "minutes=-20", "requires": "plan"}
BUS = {"instrument_id": "bus", "cost": 2.0, "lead_time": 0, "effects": "minutes=-10", "requires": "road|condition:lane"}
PLAN = {"instrument_id": "plan", "cost": 1.0, "lead_time": 1, "evidence": "A"}
TARGET = pd.DataFrame({"region_type": ["far"], "indicator": ["minutes"], "sense": ["at-most"], "target": [60.0]})
STATE = pd.DataFrame({"minutes": [85.0]}, ["far"])


def test_a_chain_by_hand() -> None:
    """85 - 20 - 10 <= 60 needs both; plan in year 0, road in 1 to 3, bus in 3; 8 in all."""
    out = feasible_paths(_instruments(ROAD, BUS, PLAN), TARGET, STATE, options=PathOptions(horizon=5))
    path = out["paths"].to_frame().iloc[0]
    assert (path["complete"], path["cost"], path["finish"]) == ("yes", 8.0, 3)
    assert path["sequence"] == "0: plan; 1: road; 3: bus"
    assert path["weakest_evidence"] == "C"
    target = out["path_targets"].to_frame().iloc[0]
    assert (target["reached"], target["missing"], target["met"]) == (55.0, 0.0, "yes")
    steps = out["path_steps"].to_frame()
    assert steps["needed_for"].tolist() == ["road", "bus;minutes", "minutes"]
    assert len(out["path_blocks"].to_frame()) == 0


def test_a_condition_opens_a_way_round() -> None:
    target = TARGET.assign(target=75.0)
    free = feasible_paths(_instruments(ROAD, BUS, PLAN), target, STATE, conditions={"far": ["lane"]})
    assert free["paths"].to_frame()["sequence"].tolist() == ["0: bus", "0: plan; 1: road"]
    assert free["paths"].to_frame()["extra_cost"].tolist() == [0.0, 4.0]


def test_what_blocks_is_named_with_the_amount() -> None:
    """40 at most: 15 lack even with everything; and within two years the bus cannot run."""
    out = feasible_paths(_instruments(ROAD, BUS, PLAN), TARGET.assign(target=40.0), STATE)
    assert out["paths"].to_frame()["complete"].tolist() == ["no"]
    blocks = out["path_blocks"].to_frame()
    row = blocks[blocks["kind"] == "target"].iloc[0]
    assert row["missing"] == pytest.approx(15.0)
    assert "55 at most" in row["text"]
    assert blocks.loc[blocks["kind"] == "reason", "subject"].tolist() == ["target minutes at-most 40"]
    late = feasible_paths(_instruments(ROAD, BUS, PLAN), TARGET, STATE, options=PathOptions(horizon=2))
    blocks = late["path_blocks"].to_frame()
    reasons = blocks.loc[blocks["kind"] == "reason", "subject"].tolist()
    assert reasons == ["horizon and deadlines", "target minutes at-most 60"]
    stuck = blocks[blocks["kind"] == "instrument"].set_index("subject")["text"]
    assert stuck.to_dict() == {"bus": "lacks road or condition lane", "road": "cannot take effect within 2 years"}


def test_a_region_type_without_the_instrument() -> None:
    out = feasible_paths(
        _instruments(ROAD | {"types": "near"}, BUS, PLAN), TARGET, STATE, options=PathOptions(horizon=5)
    )  # fmt: skip
    blocks = out["path_blocks"].to_frame()
    assert "lacks condition lane" in blocks.set_index("subject").loc["bus", "text"]
    assert "road" not in out["path_steps"].to_frame()["instrument_id"].tolist()


def test_reached_already_needs_nothing() -> None:
    out = feasible_paths(_instruments(ROAD, BUS, PLAN), TARGET.assign(target=85.0), STATE)
    path = out["paths"].to_frame()
    assert (path["instruments"].tolist(), path["cost"].tolist()) == ([0], [0.0])
    assert out["path_steps"].to_frame().empty


def test_decimals_that_add_up_do_reach() -> None:
    """0.1 + 0.2 is 0.30000000000000004 in binary, and 1.1 - 1.0 less than 0.1 + 1e-16: rounding must not block."""
    rows = [{"instrument_id": n, "effects": f"x={e}"} for n, e in (("a", 0.1), ("b", 0.2))]
    state = pd.DataFrame({"x": [0.8]}, ["t"])
    target = pd.DataFrame({"region_type": ["t"], "indicator": ["x"], "sense": ["at-least"], "target": [1.1]})
    assert feasible_paths(_instruments(*rows), target, state)["paths"].to_frame()["complete"].tolist() == ["yes"]
    above = target.assign(target=1.1001)
    assert feasible_paths(_instruments(*rows), above, state)["paths"].to_frame()["complete"].tolist() == ["no"]


def _starts(p: PathProblem, horizon: int) -> Any:
    return product(*(range(-1, horizon) for _ in p.cost))


def _feasible(p: PathProblem, s: tuple[int, ...], *, without: tuple[Any, ...] = (), horizon: int | None = None) -> bool:
    """Whether the starts obey everything but the targets; `without` names restrictions that are lifted."""
    horizon = horizon or p.horizon
    lifted = {k for kind, k in without if kind == "condition"}
    for i, start in enumerate(s):
        if start < 0:
            continue
        if start + p.lead[i] > horizon:
            return False
        for instruments, facts in p.needs[i]:
            ready = any(s[j] >= 0 and s[j] + max(p.lead[j], 1) <= start for j in instruments)
            if not ready and not lifted & set(facts):
                return False
    if any(s[a] >= 0 and s[b] >= 0 for a, b in p.excludes if ("exclusion", (a, b)) not in without):
        return False
    if ("budget", None) in without:
        return True
    budget = [*p.budget, *[p.budget[-1]] * (horizon - p.horizon)]
    return all(sum(c for c, t in zip(p.cost, s, strict=True) if t == year) <= budget[year] for year in range(horizon))


def _met(p: PathProblem, s: tuple[int, ...], *, horizon: int | None = None, late: bool = False) -> list[bool]:
    horizon = horizon or p.horizon
    out = []
    for t, gap in enumerate(p.gap):
        years = range(horizon if late else p.deadline[t], horizon + 1)
        done = [[i for i, at in enumerate(s) if at >= 0 and at + p.lead[i] <= year] for year in years]
        out.append(all(sum(p.effects[i, t] for i in d) >= gap for d in done))
    return out


@st.composite
def problems(draw: st.DrawFn, most: int = 5) -> PathProblem:
    """Small problems; effects and gaps are quarters, so that sums are exact."""
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    n, m, horizon = int(rng.integers(2, most + 1)), int(rng.integers(1, 3)), int(rng.integers(2, 5))
    needs = []
    for i in range(n):
        clauses = []
        for _ in range(rng.integers(1, 3)):
            others = [j for j in range(n) if j != i and rng.random() < 0.6]
            facts = tuple(k for k in range(2) if rng.random() < 0.2)
            clauses.append((tuple(others), facts))
        needs.append(tuple(clauses) if rng.random() < 0.5 else ())
    pairs = [(a, b) for a in range(n) for b in range(a + 1, n) if rng.random() < 0.15]
    cost = np.round(rng.uniform(1, 9, n), 6)  # sums of subsets all differ
    budget = np.full(horizon, np.inf) if rng.random() < 0.5 else rng.integers(5, 16, horizon) + 0.5
    return PathProblem(
        cost=cost, lead=rng.integers(0, 3, n), needs=tuple(needs), conditions=2, excludes=tuple(pairs),
        effects=rng.integers(-2, 8, (n, m)) / 4, gap=rng.integers(-1, 11, m) / 4,
        deadline=horizon - rng.integers(0, 2, m), horizon=horizon, budget=budget,
    )  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(problems())
def test_paths_are_those_of_brute_force(p: PathProblem) -> None:
    good = [s for s in _starts(p, p.horizon) if _feasible(p, s)]
    full = [s for s in good if all(_met(p, s))]
    earlier: list[set[int]] = []
    want: list[tuple[set[int], int]] = []
    while len(want) < 3:
        left = {}
        for s in full:
            used = frozenset(i for i, at in enumerate(s) if at >= 0)
            if not any(e <= used for e in earlier):
                left[used] = min(left.get(used, 10**9), sum(at for at in s if at >= 0))
        if not left:
            break
        best = min(left, key=lambda used: sum(p.cost[i] for i in used))
        want.append((set(best), left[best]))
        earlier.append(set(best))
    got = best_paths(p, count=3)
    assert [(set(np.flatnonzero(g.start >= 0)), int(g.start[g.start >= 0].sum())) for g in got] == want
    for g in got:
        assert _feasible(p, tuple(g.start)) and all(_met(p, tuple(g.start)))
    if not full:
        part = partial_path(p)
        most = max(sum(_met(p, s)) for s in good)
        assert _feasible(p, tuple(part.start)) and part.met.tolist() == _met(p, tuple(part.start))
        assert part.met.sum() == most
        enough = [s for s in good if all(a or not b for a, b in zip(_met(p, s), part.met, strict=True))]
        assert part.cost == pytest.approx(min(sum(p.cost[i] for i, at in enumerate(s) if at >= 0) for s in enough))
    for t in range(len(p.gap)):
        level = max(
            min(sum(p.effects[i, t] for i, at in enumerate(s) if at >= 0 and at + p.lead[i] <= year)
                for year in range(p.deadline[t], p.horizon + 1))
            for s in good
        )  # fmt: skip
        assert reach(p, t) == pytest.approx(level, abs=1e-7)


def _possible(p: PathProblem, groups: list[tuple[str, Any]]) -> bool:
    """Brute force with only the restrictions of `groups`."""
    every = [("budget", None), ("time", None), *(("exclusion", e) for e in p.excludes)]
    every += [("condition", k) for k in range(p.conditions)]
    without = tuple(g for g in every if g not in groups)
    long = ("time", None) in without
    horizon = p.horizon + int(np.maximum(p.lead, 1).sum()) + 1 if long else p.horizon
    wanted = [t for t in range(len(p.gap)) if ("target", t) in groups]
    for s in _starts(p, horizon):
        if _feasible(p, s, without=without, horizon=horizon):
            met = _met(p, s, horizon=horizon, late=long)
            if all(met[t] for t in wanted):
                return True
    return False


@settings(max_examples=100, deadline=None)
@given(problems(most=3))
def test_reasons_are_irreducible(p: PathProblem) -> None:
    reasons = conflict(p)
    everything = any(_feasible(p, s) and all(_met(p, s)) for s in _starts(p, p.horizon))
    assert (not reasons) == everything
    if reasons:
        assert not _possible(p, reasons)
        for group in reasons:
            assert _possible(p, [g for g in reasons if g != group])


@settings(max_examples=15, deadline=None)
@given(problems(), st.floats(0.001, 1000.0))
def test_the_currency_does_not_matter(p: PathProblem, unit: float) -> None:
    from dataclasses import replace

    other = replace(p, cost=p.cost * unit, budget=p.budget * unit)
    got = [tuple(g.start) for g in best_paths(p, count=2)]
    assert [tuple(g.start) for g in best_paths(other, count=2)] == got


def test_a_choice_cannot_support_itself() -> None:
    """a needs b or c, b needs a or c, both without lead: only with c first, never a and b by each other."""
    rows = _instruments(
        {"instrument_id": "a", "requires": "b|c", "lead_time": 0, "effects": "x=1"},
        {"instrument_id": "b", "requires": "a|c", "lead_time": 0},
        {"instrument_id": "c", "cost": 50.0, "lead_time": 0},
    )
    target = pd.DataFrame({"region_type": ["t"], "indicator": ["x"], "sense": ["at-least"], "target": [1.0]})
    out = feasible_paths(rows, target, pd.DataFrame({"x": [0.0]}, ["t"]))
    assert out["paths"].to_frame()["sequence"].iloc[0] == "0: c; 1: a"


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ([{"instrument_id": "a", "requires": "b"}, {"instrument_id": "b", "requires": "a"}], "a needs b needs a"),
        ([{"instrument_id": "a", "requires": "a"}], "circle: a needs a"),
        ([{"instrument_id": "a", "requires": "b", "excludes": "b"}, {"instrument_id": "b"}], "a needs and excludes b"),
        (
            [{"instrument_id": "a", "requires": "b;c"}, {"instrument_id": "b", "excludes": "c"},
             {"instrument_id": "c"}],
            "a needs b and c, which exclude each other",
        ),
        (
            [{"instrument_id": "a", "requires": "b;c|d"}, {"instrument_id": "b", "excludes": "c;d"},
             {"instrument_id": "c"}, {"instrument_id": "d"}],
            "a needs c or d, which what it needs otherwise excludes",
        ),
        ([{"instrument_id": "a", "requires": "ghost"}], "'ghost' is neither an instrument nor condition:name"),
        ([{"instrument_id": "a", "excludes": "a"}], "excludes of a: 'a' is itself"),
        ([{"instrument_id": "a"}, {"instrument_id": "a"}], "instrument a is given twice"),
        ([{"instrument_id": "a", "effects": "x=much"}], "'x=much' is no indicator=change"),
        ([{"instrument_id": "a", "lead_time": 1.5}], "lead_time must be a whole number"),
        ([{"instrument_id": "a", "cost": -1.0}], "cost must be a finite number"),
    ],
)  # fmt: skip
def test_contradictions_are_named(rows: list[dict[str, Any]], text: str) -> None:
    with pytest.raises(InputError, match=re.escape(text)):
        feasible_paths(_instruments(*rows), TARGET, STATE)


def test_everything_wrong_is_said_at_once() -> None:
    rows = _instruments({"instrument_id": "a", "requires": "b"}, {"instrument_id": "b", "requires": "a"},
                        {"instrument_id": "c", "cost": np.nan, "requires": "d", "excludes": "d"},
                        {"instrument_id": "d"})  # fmt: skip
    with pytest.raises(InputError) as caught:
        feasible_paths(rows, TARGET, STATE)
    for part in ("a needs b needs a", "c needs and excludes d", "cost is missing for 1: c"):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"sense": "about"}, "sense must be"),
        ({"target": np.nan}, "target is no finite number"),
        ({"deadline": 99.0}, "deadline must be a whole year"),
        ({"indicator": "ghost"}, "state has no ghost of far"),
    ],
)
def test_bad_targets(change: dict[str, Any], text: str) -> None:
    with pytest.raises(InputError, match=text):
        feasible_paths(_instruments(PLAN), TARGET.assign(**change), STATE)


def test_more_bad_input() -> None:
    with pytest.raises(InputError, match="0 rows"):
        feasible_paths(_instruments(PLAN), TARGET.iloc[:0], STATE)
    with pytest.raises(InputError, match="0 rows"):
        feasible_paths(_instruments(PLAN).iloc[:0], TARGET, STATE)
    with pytest.raises(MissingDataError, match="minutes of far is missing"):
        feasible_paths(_instruments(PLAN), TARGET, STATE * np.nan)
    with pytest.raises(MissingDataError, match="cost is missing"):
        feasible_paths(_instruments(PLAN | {"cost": np.nan}), TARGET, STATE)
    with pytest.raises(InputError, match="named by no instrument: ghost"):
        feasible_paths(_instruments(PLAN), TARGET, STATE, conditions={"far": ["ghost"]})
    with pytest.raises(InputError, match="the budget needs 10 years"):
        feasible_paths(_instruments(PLAN), TARGET, STATE, options=PathOptions(budget=(1.0, 2.0)))
    with pytest.raises(InputError, match="given twice"):
        feasible_paths(_instruments(PLAN), pd.concat([TARGET, TARGET]), STATE)


def test_each_type_has_its_own_money() -> None:
    """Plan 1 and road 5: 5 a year are enough, 4 are not; a type that is not named has no limit."""
    both = pd.concat([TARGET.assign(target=70.0), TARGET.assign(target=70.0, region_type="near")])
    state = pd.DataFrame({"minutes": [85.0, 85.0]}, ["far", "near"])
    rows = _instruments(ROAD, PLAN)
    for budget, complete in (({"far": 4.0}, ["no", "yes"]), ({"far": 5.0, "near": (1.0, 4.0, 4.0)}, ["yes", "no"])):
        out = feasible_paths(rows, both, state, options=PathOptions(horizon=3, budget=budget))
        assert out["paths"].to_frame().drop_duplicates("region_type")["complete"].tolist() == complete
    assert out["paths"].parameters()["budget"] == {"far": 5.0, "near": [1.0, 4.0, 4.0]}
    with pytest.raises(InputError, match="the budget names ghost, which has no target"):
        feasible_paths(rows, both, state, options=PathOptions(budget={"ghost": 1.0}))
    with pytest.raises(InputError, match="the budget of near needs 10 years, got 1; the budget of far is negative"):
        feasible_paths(rows, both, state, options=PathOptions(budget={"near": (1.0,), "far": -1.0}))


def test_the_first_path_costs_nothing_above_itself() -> None:
    """Also where the sum in order of the start would differ in the last digit from the sum in order of the names."""
    rows = _instruments(*(
        {"instrument_id": i, "cost": c, "effects": "minutes=-10", "requires": r}
        for i, c, r in (("a", 0.1, "b"), ("b", 0.2, "c"), ("c", 0.3, ""))
    ))  # fmt: skip
    path = feasible_paths(rows, TARGET.assign(target=55.0), STATE)["paths"].to_frame().iloc[0]
    assert path["sequence"] == "0: c; 1: b; 2: a"
    assert path["extra_cost"] == 0.0


def test_order_of_the_rows_does_not_matter() -> None:
    rows = _instruments(ROAD, BUS, PLAN)
    one = feasible_paths(rows, TARGET, STATE, options=PathOptions(horizon=5))
    two = feasible_paths(rows.iloc[::-1], TARGET, STATE, options=PathOptions(horizon=5))
    for name in one:
        pd.testing.assert_frame_equal(one[name].to_frame(), two[name].to_frame())
        assert list(one[name].to_frame().columns) == [c.name for c in one[name].describe()]


def test_the_starter_library_cites_and_claims_nothing_more() -> None:
    """No cost, lead time or effect that the texts do not give; relocation never without consent."""
    library = starter_library()
    assert 15 <= len(library) <= 25 and library["instrument_id"].is_unique
    assert library[["cost", "lead_time"]].isna().all(axis=None)
    assert (library["effects"] == "").all() and (library["evidence"] == "assumption").all()
    assert (library["text_title"] != "").all()
    relocation = library.set_index("instrument_id").loc["village-relocation"]
    assert "condition:villagers-consent" in relocation["requires"]
    with pytest.raises(MissingDataError, match="cost is missing for 25"):
        feasible_paths(library, TARGET, STATE)


def test_the_starter_library_can_be_searched_once_filled() -> None:
    """Its preconditions hold together: with an effect on the gap, trial zones come after the mechanism and approval."""
    library = starter_library()
    library.loc[library["instrument_id"] == "integration-trial-zone", "effects"] = "minutes=-30"
    options = PathOptions(objective="count", assumed_lead_time=1)
    out = feasible_paths(library, TARGET, STATE, conditions={"far": ["zone-approved"]}, options=options)
    path = out["paths"].to_frame().iloc[0]
    assert path["sequence"] == "0: integration-mechanism; 1: integration-trial-zone"
    assert np.isnan(path["cost"]) and any("assumption: lead time of 1 years" in w for w in out["paths"].warnings)
    closed = feasible_paths(library, TARGET, STATE, options=options)["path_blocks"].to_frame()
    assert "condition zone-approved is not met" in closed["subject"].tolist()


def _impacts() -> pd.DataFrame:
    names = [("economy", "growth"), ("economy", "decline"), ("mood", "peace"), ("mood", "unrest")]
    states = pd.MultiIndex.from_tuples(names)
    out = pd.DataFrame(np.nan, states, states)
    out.loc["economy", "mood"] = np.array([[3.0, -3.0], [-1.0, 1.0]])
    out.loc["mood", "economy"] = np.array([[2.0, -2.0], [-2.0, 2.0]])
    return out


def test_scenarios_by_hand() -> None:
    result = consistent_scenarios(_impacts())
    frame = result.to_frame()
    assert frame["state"].tolist() == ["growth", "peace", "decline", "unrest"]
    assert frame["balance"].tolist() == [2.0, 3.0, 2.0, 1.0]
    assert frame["lead"].tolist() == [4.0, 6.0, 4.0, 2.0]
    assert frame["total"].tolist() == [5.0, 5.0, 3.0, 3.0]
    assert result.facts() == {"possible": 4.0, "consistent": 2}
    assert list(frame.columns) == [c.name for c in result.describe()]


def test_no_consistent_scenario_is_said() -> None:
    """Each flees the other: growth brings unrest, unrest decline, decline peace, peace growth."""
    impacts = _impacts()
    impacts.loc["economy", "mood"] = -impacts.loc["economy", "mood"].to_numpy()
    result = consistent_scenarios(impacts)
    assert result.to_frame().empty and "no scenario is consistent" in result.warnings[0]
    assert consistent_scenarios(impacts, slack=10.0).facts()["consistent"] == 4


def test_bad_impacts() -> None:
    good = _impacts()
    with pytest.raises(InputError, match="two levels"):
        consistent_scenarios(pd.DataFrame(np.zeros((2, 2))))
    with pytest.raises(InputError, match="same states"):
        consistent_scenarios(good.iloc[::-1])
    with pytest.raises(InputError, match="2 impacts are missing"):
        consistent_scenarios(good.mask(good == 3.0).mask(good == -3.0))
    loop = good.copy()
    loop.iloc[0, 1] = 1.0
    with pytest.raises(InputError, match="act on themselves: economy"):
        consistent_scenarios(loop)
    with pytest.raises(InputError, match="do not stand together"):
        consistent_scenarios(good.iloc[[0, 2, 1, 3], [0, 2, 1, 3]])
