"""Reforms of recognition: the same as the changes of a scenario, Shapley by hand, ranges that hold what they say."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from megaregion.data.cluster import Cluster
from megaregion.data.scenario import HukouPoints, Recognize, ScaleBarrier, Scenario
from megaregion.equilibrium.calibrate import Baseline, baseline
from megaregion.equilibrium.cluster_reforms import run, stated
from megaregion.equilibrium.mappings import MAPPINGS
from megaregion.equilibrium.parameters import ALL
from megaregion.equilibrium.recognition_reforms import recognition_shock, reform_study
from megaregion.equilibrium.reform_options import PRIORS, ReformOptions
from megaregion.equilibrium.shocks import impulses, travel_times
from megaregion.equilibrium.simulate import solve
from megaregion.equilibrium.welfare import welfare_of
from megaregion.errors import InputError
from megaregion.links.soft.reforms import RecognitionReforms, recognition_reforms

KEYS = ["origin", "destination", "scheme", "value"]
NONE = pd.DataFrame([("all", "all", s, 0.0) for s in ("medical", "pension", "points")], columns=KEYS)
REFORMS = pd.DataFrame(
    [("medical", "all", "all", "medical", 0.5), ("points", "all", "all", "points", 0.1)], columns=["reform", *KEYS]
)


class Region(NamedTuple):
    """A region of eight places whose people are registered somewhere."""

    cluster: Cluster
    base: Baseline
    groups: pd.Series

    def reforms(self, table: pd.DataFrame = REFORMS, before: pd.DataFrame = NONE) -> RecognitionReforms:
        return recognition_reforms(before, table, self.groups)


@pytest.fixture
def region(geography, cluster, times, border) -> Region:
    place = geography(8, 2)
    made = cluster(place, equilibrium={"groups": "registered", "draws": 20})
    people = pd.Series(place.population, index=list(place.places))
    rows = [
        pd.DataFrame({"place_id": people.index, "indicator": name, "value": share * people.to_numpy(),
                      "unit": "person"})
        for name, share in (("registered_same_county", 0.05), ("registered_same_province", 0.1),
                            ("registered_other_province", 0.15))
    ]  # fmt: skip
    more = pd.concat([made.indicators, *(r.assign(year=2020, scope="", source="") for r in rows)], ignore_index=True)
    made = made.replace(indicators=more)
    return Region(made, baseline(made, times(place), border), pd.Series(place.groups, index=list(place.places)))


def shock_of(region: Region, *changes: object):
    one = Scenario(id="one", changes=changes)
    found = impulses(region.cluster, {"one": one}, region.base.place, travel_times(region.cluster))["one"]
    return found.shock(region.base.nominal)


def test_the_same_shock_as_the_changes_of_a_scenario(region: Region) -> None:
    """Nothing recognised before: the table and HukouPoints, or Recognize for every pair of groups, are one thing."""
    table, layout = region.reforms(), region.base.layout
    points = recognition_shock(table.recognized(["points"]), layout)
    other = shock_of(region, HukouPoints(place_id="all", share=0.1))
    np.testing.assert_allclose(points.migration_cost, other.migration_cost, rtol=1e-14)
    assert points.entitlement is None
    medical = recognition_shock(table.recognized(["medical"]), layout)
    names = sorted(set(region.groups))
    pairs = [(a, b) for k, a in enumerate(names) for b in names[k:]]
    sizes = region.groups.value_counts()
    changes = [Recognize(between=p, share=0.5, schemes=("medical",)) for p in pairs if p[0] != p[1] or sizes[p[0]] > 1]
    np.testing.assert_allclose(medical.entitlement, shock_of(region, *changes).entitlement, rtol=1e-14)
    assert recognition_shock(table.recognized([]), layout).empty


def test_half_recognised_before_counts_as_part_of_the_gap(region: Region) -> None:
    before = NONE.assign(value=[0.5, 0.0, 0.0])
    table = REFORMS.assign(value=[0.75, 0.1])
    now, none = (
        recognition_shock(r.recognized(["medical"]), region.base.layout)
        for r in (region.reforms(table, before), region.reforms())
    )
    np.testing.assert_allclose(now.entitlement, none.entitlement, rtol=1e-14)


def test_shapley_by_hand_and_ranges(region: Region) -> None:
    table = region.reforms()
    found = reform_study(region.cluster, region.base, table)
    frame, facts = found["reforms"].to_frame().set_index("reform"), found["reforms"].facts()
    economy, layout = region.base.nominal.economy, region.base.layout

    def worth(*names: str, **at: float) -> float:
        used = layout.replace(elasticity=at)
        return 100 * (float(welfare_of(economy, [recognition_shock(table.recognized(names), used)])[0]) - 1)

    v = {n: worth(n) for n in table.names}
    both = worth(*table.names)
    for name, other in (("medical", "points"), ("points", "medical")):
        assert frame.loc[name, "alone_percent"] == pytest.approx(v[name], rel=1e-9)
        assert frame.loc[name, "shapley_percent"] == pytest.approx((v[name] + both - v[other]) / 2, rel=1e-9)
        assert frame.loc[name, "last_percent"] == pytest.approx(both - v[other], rel=1e-9)
    assert frame.loc["joint", "alone_percent"] == pytest.approx(both, rel=1e-9)
    assert facts["joint_percent"] == pytest.approx(both, rel=1e-9) and facts["settings"] == 5
    points = MAPPINGS["hukou_recognition"]
    ends = [worth("points", hukou_recognition=x) for x in (points.low, points.high)]
    assert frame.loc["points", ["alone_percent_low", "alone_percent_high"]].tolist() == pytest.approx(ends, rel=1e-9)
    assert frame.loc["medical", "alone_percent_low"] == pytest.approx(0.0, abs=1e-9)  # its prior starts at nothing
    for name in ("alone_percent", "shapley_percent", "gain", "share"):
        assert ((frame[f"{name}_low"] <= frame[name]) & (frame[name] <= frame[f"{name}_high"])).all()
    parts = frame.drop("joint")
    assert parts["shapley_percent"].sum() == pytest.approx(both, rel=1e-9)
    assert parts["share"].sum() == pytest.approx(1.0) and parts["gain"].sum() == pytest.approx(facts["gain"])
    groups = found["reform_groups"].to_frame().pivot(index="group", columns="reform", values="gain")
    np.testing.assert_allclose(groups.sum()[frame.index], frame["gain"], rtol=1e-8)
    places = found["reform_places"].to_frame().set_index(["reform", "place_id"])["population_percent"]
    solved = solve(economy, [recognition_shock(table.recognized(["points"]), layout)])
    np.testing.assert_allclose(places["points"], 100 * (solved.residents[0] - 1), rtol=0, atol=1e-8)


def test_people_concerned_by_hand(region: Region) -> None:
    """Members of all groups with a home who live elsewhere; recognition before and after is that of the pairs."""
    frame = reform_study(region.cluster, region.base, region.reforms())["reforms"].to_frame().set_index("reform")
    economy = region.base.nominal.economy
    people = economy.groups[:, None] * economy.location
    rooted = economy.home >= 0
    at_home = people[rooted, economy.home[rooted]].sum()
    assert frame.loc["medical", "movers"] == pytest.approx(people[rooted].sum() - at_home, rel=1e-12)
    assert frame.loc["medical", ["recognized_before", "recognized_after"]].tolist() == [0.0, pytest.approx(0.5)]
    assert frame.loc["joint", "recognized_after"] == pytest.approx(0.3)  # .5 and .1 for the same people


def test_twins_bring_together_what_one_brings(region: Region) -> None:
    """Two reforms that say the same are floors of the same height: half each, nothing more together."""
    twins = pd.concat([REFORMS[:1], REFORMS[:1].assign(reform="twin")])
    frame = reform_study(region.cluster, region.base, region.reforms(twins))["reforms"].to_frame()
    alone = frame["alone_percent"].to_numpy()
    np.testing.assert_allclose(alone, alone[0], rtol=1e-9)
    np.testing.assert_allclose(frame["shapley_percent"].to_numpy()[:2], alone[0] / 2, rtol=1e-9)


def test_order_and_names_do_not_matter(region: Region) -> None:
    first = reform_study(region.cluster, region.base, region.reforms())["reforms"].to_frame()
    turned = reform_study(region.cluster, region.base, region.reforms(REFORMS[::-1]))["reforms"].to_frame()
    one, two = (f.set_index("reform").drop(columns=["title_en", "title_zh"]) for f in (first, turned))
    np.testing.assert_allclose(two.loc[one.index], one, rtol=1e-7, atol=1e-9)


def test_a_border_beside_rights_moves_with_its_error(region: Region) -> None:
    """Of two corners that differ in the friction only, the stronger border brings more when it is halved."""
    half = Scenario(id="half", name="Half", changes=(ScaleBarrier(between=("all",), factor=0.5),))
    table = region.reforms(REFORMS[1:])
    found = reform_study(region.cluster, region.base, table, [half])
    frame = found["reforms"].to_frame().set_index("reform")
    gamma, se = region.base.border.gamma, region.base.border.se
    known = found["reforms"].parameters()["reform_elasticities"]["border_friction"]
    assert (known["low"], known["high"]) == pytest.approx((gamma - 1.959964 * se, gamma + 1.959964 * se), rel=1e-6)
    fit = region.base.at(gamma=known["high"])
    ask = travel_times(region.cluster)
    moved = impulses(region.cluster, {"half": half}, region.base.place, ask)["half"].shock(fit)
    want = 100 * (float(welfare_of(fit.economy, [moved])[0]) - 1)
    assert frame.loc["half", "alone_percent_high"] == pytest.approx(want, rel=1e-7)
    assert np.isnan(frame.loc["half", "movers"]) and found["reforms"].facts()["settings"] == 5
    with pytest.raises(InputError, match="rights changes recognition or points, and so does"):
        rights = Scenario(id="rights", changes=(HukouPoints(place_id="all", share=0.1),))
        reform_study(region.cluster, region.base, table, [rights])


def test_declared_ranges_are_used(region: Region) -> None:
    fixed = ReformOptions.of({"elasticities": {"recognition_value": [0.1, 0.1, 0.1], "hukou_recognition": [0, 0, 0]}})
    frame = reform_study(region.cluster, region.base, region.reforms(), options=fixed)["reforms"].to_frame()
    rows = frame.set_index("reform")
    assert rows.loc["points", "alone_percent"] == pytest.approx(0.0, abs=1e-9)
    for end in ("low", "high"):
        assert rows.loc["medical", f"alone_percent_{end}"] == pytest.approx(rows.loc["medical", "alone_percent"])
    assert set(PRIORS) == {n for n, r in MAPPINGS.items() if n not in ALL and r.low is not None}


@pytest.mark.parametrize(
    ("given", "texts"),
    [
        ({"scenario": ["a"]}, ["unknown key 'scenario'"]),
        ({"scenarios": "a"}, ["scenarios must be a list"]),
        ({"scenarios": ["a", "a"], "elasticities": {"theta": [1, 2, 3], "recognition_value": [0.2, 0.1, 0.3],
                                                    "hukou_recognition": [1, True, 2]}},
         ["a is named twice", "unknown elasticity 'theta'", "recognition_value needs 0 <= low", "must be [low, value"]),
    ],
)  # fmt: skip
def test_bad_options_are_listed(given, texts) -> None:
    with pytest.raises(InputError) as caught:
        ReformOptions.of(given)
    for text in texts:
        assert text in str(caught.value)


def test_a_cluster_states_reforms(region: Region, times, border) -> None:
    place = region.base.place
    made = region.cluster.replace(further={"recognition": NONE, "reforms": REFORMS})
    assert stated(made) and not stated(region.cluster)
    found = run(made, times(place), border, seed=1)
    want = reform_study(region.cluster, region.base, region.reforms())
    pd.testing.assert_frame_equal(found["reforms"].to_frame(), want["reforms"].to_frame())
    for part in found.values():
        assert [c.name for c in part.describe()] == list(part.to_frame())
        assert all(c.modelled for c in part.describe() if not c.key and not c.name.startswith("title"))
    with pytest.raises(InputError, match="no reform is stated"):
        run(region.cluster, times(place), border, seed=1)
    with pytest.raises(InputError, match="no scenario elsewhere"):
        run(made, times(place), border, options=ReformOptions(scenarios=("elsewhere",)), seed=1)
    plain = made.replace(options={"equilibrium": {"draws": 20}})
    with pytest.raises(InputError, match="no groups of registered origin"):
        run(plain, times(place), border, seed=1)


def test_an_evaluation_recovers_the_elasticities(region: Region) -> None:
    """Shares before and after a reform of some pairs, with effects of groups and of places, give eta and v back.

    m_gn ~ (V_n e_gn / mu_gn)^epsilon, so that d ln m_gn = a_g + b_n + epsilon (eta R ln mu_gn + v R'): what an
    evaluation of an earlier reform would estimate, on data that the model itself made with known eta and v.
    """
    economy, layout = region.base.nominal.economy, region.base.layout
    some = [p for k, p in enumerate(layout.places) if k % 2]
    rows = [
        (o, d, s, v) for o in some for d in layout.places[:5] if o != d for s, v in (("points", 0.4), ("medical", 0.6))
    ]
    table = region.reforms(pd.DataFrame([("early", *r) for r in rows], columns=["reform", *KEYS]))
    true = {"hukou_recognition": 0.37, "recognition_value": 0.11}
    recognized = table.recognized(["early"])
    solved = solve(economy, [recognition_shock(recognized, layout.replace(elasticity=true))], tolerance=1e-13)
    rooted = economy.home >= 0
    change = np.log(solved.location[0] / economy.location)[rooted]
    level = np.maximum(layout.migration_cost[rooted], 1.0)
    home = economy.home[rooted]
    points = recognized["points"][home] * np.log(level)
    rights = recognized["medical"][home] / 6
    g, n = change.shape
    effects = np.hstack([np.kron(np.eye(g), np.ones((n, 1))), np.tile(np.eye(n), (g, 1))])
    design = np.column_stack([points.ravel(), rights.ravel(), effects])
    found = np.linalg.lstsq(design, change.ravel(), rcond=None)[0][:2] / economy.elasticities.epsilon
    np.testing.assert_allclose(found, [true["hukou_recognition"], true["recognition_value"]], rtol=1e-8)
