"""Published numbers in the data of the how-to on feasible paths.

Cross-impact balance: "Somewhereland" (W. Weimer-Jehle; matrix and balances of [A2 B1 C3 D1 E1 F1] in the manual of
ScenarioWizard 4.1, figure 2-3; the ten consistent of 486 scenarios at cross-impact.de/english/CIB_e_Alg_4.htm).
Costs: He County 2013, 90,100 people by two numbers of one text; Anqing 2016, 500 CNY a person, the rate of the province
(bf35.com); Feixi County 2018, 15 million CNY for 10,000 toilets at 1,500 (yybnet.net); sanitary toilets of 2016, 48.6 %
of China's farm households (J. of Agricultural Resources and Environment, aed.org.cn, 2019/5). The cheapest path of a
type is checked by counting all mixtures of steps. Not reproduced: any published path, for none was found.
"""

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from megaregion.core.cross_impact import balances
from megaregion.mechanisms.paths import consistent_scenarios, feasible_paths

HERE = Path(__file__).parents[2] / "docs/howto/anhui_paths"
PUBLISHED = {
    "A3 B1 C3 D2 E1 F1", "A3 B2 C3 D2 E1 F1", "A2 B1 C3 D2 E2 F1", "A2 B2 C3 D2 E2 F1", "A3 B1 C2 D1 E1 F2",
    "A1 B2 C2 D1 E1 F2", "A3 B2 C2 D1 E1 F2", "A1 B3 C2 D1 E1 F2", "A1 B3 C2 D1 E1 F3", "A1 B3 C1 D2 E3 F3",
}  # fmt: skip
SIZES = (3, 3, 3, 2, 3, 3)


def _somewhereland() -> pd.DataFrame:
    table = pd.read_csv(HERE / "impacts.csv")
    states = pd.MultiIndex.from_tuples([(d, f"{d}{k + 1}") for d, n in zip("ABCDEF", SIZES, strict=True)
                                        for k in range(n)])  # fmt: skip
    out = pd.DataFrame(0.0, states, states)
    for row in table.itertuples():
        here, there = row.state[:2], row.on_state[:2]
        out.loc[(here[0], here), (there[0], there)] = row.impact
    return out


def test_the_ten_scenarios_of_somewhereland() -> None:
    found = consistent_scenarios(_somewhereland())
    table = found.to_frame()
    assert set(table.groupby("scenario")["state"].agg(" ".join)) == PUBLISHED
    assert found.facts() == {"possible": 486.0, "consistent": 10}


def test_the_balances_of_the_scenario_in_the_manual() -> None:
    got = balances(_somewhereland().to_numpy(), SIZES, np.array([[1, 0, 2, 0, 0, 0]], dtype=np.intp))
    assert got[0].tolist() == [0, 3, -3, 2, 1, -3, -9, -1, 10, -7, 7, 4, -1, -3, 2, -1, -1]


def test_costs_and_shares_as_printed() -> None:
    costs = pd.read_csv(HERE / "costs.csv").set_index("id")
    assert costs.loc["hexian-2", ["people", "students"]].sum() == 90_100
    for row in ("anqing-2016", "anqing-2017"):
        assert 1e6 * costs.loc[row, "money_million_cny"] / costs.loc[row, "people"] == pytest.approx(500.0)
    feixi = costs.loc["feixi-2018"]
    assert 1e6 * feixi["money_million_cny"] / feixi["households"] == 1500.0
    shares = pd.read_csv(HERE / "targets_published.csv").query("indicator == 'sanitary_toilet_share'")
    assert shares.set_index("place").loc["China"].query("year == 2016")["value"].tolist() == [48.6]
    for name in ("costs", "targets_published"):
        assert pd.read_csv(HERE / f"{name}.csv")[["source", "read"]].notna().all(axis=None)


def test_the_cheapest_path_by_counting_all_mixtures() -> None:
    """Steps of three kinds in a row, the second kind after the whole first: 41 points, without a budget."""
    kinds = {"mains": (2, 308.3, 7.0), "works": (2, 455.6, 9.0), "rate": (6, 500.0, 7.4)}
    rows = [
        {"instrument_id": f"{kind}-{k}", "title": kind, "cost": cost, "lead_time": 1, "evidence": "B",
         "effects": f"share={brings}", "requires": f"{kind}-{k - 1}" if k > 1 else "mains-2" * (kind == "works")}
        for kind, (steps, cost, brings) in kinds.items() for k in range(1, steps + 1)
    ]  # fmt: skip
    target = pd.DataFrame({"region_type": ["t"], "indicator": ["share"], "sense": ["at-least"], "target": [85.0]})
    found = feasible_paths(pd.DataFrame(rows), target, pd.DataFrame({"share": [44.0]}, ["t"]))["paths"].to_frame()
    every = [
        sum(n * cost for n, (_, cost, _) in zip(mix, kinds.values(), strict=True))
        for mix in product(*(range(steps + 1) for steps, _, _ in kinds.values()))
        if sum(n * brings for n, (_, _, brings) in zip(mix, kinds.values(), strict=True)) >= 41
        and (mix[1] == 0 or mix[0] == 2)
    ]
    assert found["cost"].iloc[0] == pytest.approx(min(every))
