"""Kinds of units, and thresholds of publication found where there is one and not where there is none."""

import numpy as np
import pandas as pd
import pytest

from megaregion.data.flow_kinds import declared, kind_of, threshold, volumes
from megaregion.errors import InputError


@pytest.mark.parametrize(
    ("unit", "kind"),
    [("person", "volume"), ("trains/day", "volume"), ("million CNY (2020)", "volume"), ("t", "volume"),
     ("index", "index"), ("scaled 0-1", "index"), ("percent", "share"), ("unstated", "unstated"),
     ("heads", "unstated")],
)  # fmt: skip
def test_units(unit: str, kind: str) -> None:
    assert kind_of(unit) == kind


def heavy(n: int, seed: int) -> np.ndarray:
    """Whole flows with a falling density, as of many pairs far apart."""
    return np.floor(np.random.default_rng(seed).pareto(0.7, n) + 1.0)


def test_threshold_by_hand() -> None:
    """Twelve flows in [10, 20), five in [20, 30), one large: a threshold of ten."""
    flows = np.array([10, 10, *range(11, 20), 19, 20, 21, 22, 25, 29, 500, 0, np.nan])
    found = threshold(flows)
    assert found is not None and (found.value, found.just_above, found.flows) == (10.0, 12, 18)


def test_it_is_seen_wherever_flows_were_cut_and_nowhere_else() -> None:
    """200 draws: the chance of a false alarm is below 2 ** -10 a draw, so one in 200 at most but for bad luck."""
    false = sum(threshold(heavy(2000, seed)) is not None for seed in range(200))
    cut = [threshold(flows[flows >= 10]) for flows in (heavy(2000, seed) for seed in range(200))]
    assert false == 0  # a density with mass at 1 is never taken for a cut one
    assert all(found is not None and found.value == 10.0 for found in cut)


@pytest.mark.parametrize(
    "flows",
    [
        np.arange(2.0, 12.0),  # too few
        np.full(40, 25.0),  # all alike
        np.repeat([25.0, 30.0, 40.0], 10),  # no spread
        np.repeat([10.0, 20.0, 30.0, 200.0], 20),  # rounded to tens
        np.array([*np.linspace(10, 20, 20), *np.linspace(20, 30, 60), 500.0]),  # not whole, and still rising
        np.array([*[11, 13, 17] * 5, *[23, 27] * 12, 500.0]),  # still rising
        np.array([]),
    ],
)
def test_what_is_no_threshold(flows: np.ndarray) -> None:
    assert threshold(flows) is None


def test_an_index_is_not_taken_for_persons() -> None:
    frame = pd.DataFrame([[1.0]])
    frame.attrs["unit"] = "person"
    assert volumes(frame, "people", "x") is frame
    for unit, text in (("index", "up to scale only"), ("percent", "shares lose")):
        frame.attrs["unit"] = unit
        with pytest.raises(InputError, match=text):
            volumes(frame, "people", "observed commuting")


def test_what_is_declared() -> None:
    options = {"flows": {"a": {"censored_below": 5}}, "factor_accounts": {"absent_below": {"a": 9.0, "b": 10.0}}}
    assert declared(options, "a") == {"censored_below": 5} and declared(options, "b") == {"censored_below": 10.0}
    assert declared({}, "a") == {} == declared({"flows": "x", "factor_accounts": 1}, "a")
