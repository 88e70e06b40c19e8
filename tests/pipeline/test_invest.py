"""Investment from a workspace: it keeps the budget, beats the simple plans, refuses what makes no sense."""

import numpy as np
import pytest

from megaregion.errors import InputError
from megaregion.pipeline.invest import invest


def test_the_plan_of_the_example_keeps_its_budget_and_beats_the_simple_plans(done) -> None:
    found = invest(done, percent=0.2)
    frame, facts = found.to_frame(), found.facts()
    assert facts["spent"] == pytest.approx(found.budget, rel=1e-9)
    assert frame["cost"].sum() == pytest.approx(found.budget, rel=1e-9)
    assert facts["value_percent"] >= facts["greedy_percent"] * (1 - 1e-9) > facts["uniform_percent"] > 0
    assert ((frame["investment"] >= 0) & (frame["investment"] <= 1)).all()
    np.testing.assert_allclose(frame["time_after"], frame["time_before"] * (1 + frame["investment"]) ** -0.3)


def test_the_planner_keeps_what_stands(done) -> None:
    pytest.importorskip("casadi", reason="extra `planner` is not installed")
    found = invest(done, method="planner", percent=10.0)
    assert (found.investment >= found.problem.lower - 1e-6).all()
    assert found.facts()["used"] <= found.problem.budget * (1 + 1e-6)


@pytest.mark.parametrize(
    ("more", "message"),
    [({"percent": 0.0}, "above zero percent"), ({"percent": float("nan")}, "above zero percent"),
     ({"method": "guess"}, "unknown method"), ({"gamma": -1.0}, "gamma must be above zero")],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(done, more, message: str) -> None:
    with pytest.raises(InputError, match=message):
        invest(done, **more)
