"""Layers side by side, by hand: an index has no sum, shares are seen as shares, absent is not zero."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from megaregion.data.workspace import Workspace
from megaregion.errors import InputError
from megaregion.links.soft.flow_layers import flow_layers

IDS = ["a", "b", "c"]
SQUARE = np.array([[9.0, 3.0, 0.0], [1.0, 8.0, np.nan], [2.0, 4.0, 7.0]])


def layer(values: np.ndarray, unit: str = "person", observed: bool = True) -> pd.DataFrame:
    frame = pd.DataFrame(values, index=IDS, columns=IDS)
    frame.attrs.update(unit=unit, period="2020", observed=observed)
    return frame


def test_by_hand() -> None:
    """Pairs a-b (3, 1) and a-c (0, 2) are known both ways: (1 + 1 + 0 + 0) / (3 + 1 + 0 + 2)."""
    row = flow_layers({"people": layer(SQUARE)}).to_frame().iloc[0]
    assert row[["origins", "destinations", "pairs", "zeros", "absent", "inside"]].tolist() == [3, 2, 4, 1, 1, 3]
    assert (row["smallest"], row["between"], row["within"]) == (1.0, 10.0, 24.0)
    assert row["two_way"] == pytest.approx(2 / 6) and row["kind"] == "volume" and row["observed"]
    assert np.isnan(row["censored_below"])


def test_an_index_has_no_sum_and_scaling_it_changes_nothing_else() -> None:
    one, two = (flow_layers({"people": layer(k * SQUARE, "index")}) for k in (1.0, 7.5))
    row = one.to_frame().iloc[0]
    assert np.isnan(row["between"]) and np.isnan(row["within"]) and row["kind"] == "index"
    assert any("no number of persons" in text for text in one.warnings)
    left, right = (found.to_frame().drop(columns="smallest") for found in (one, two))
    pd.testing.assert_frame_equal(left, right)


def test_modelled_flows_are_called_so() -> None:
    found = flow_layers({"goods": layer(SQUARE, observed=False)})
    assert any("goods is modelled, not observed" in text for text in found.warnings)
    assert not any("modelled" in text for text in flow_layers({"goods": layer(SQUARE)}).warnings)


def test_shares_under_the_name_of_persons() -> None:
    share = np.array([[50.0, 30.0, 20.0], [10.0, 80.0, 10.0], [5.0, 5.0, 90.0]])
    for square in (share, share.T, share / 100):
        found = flow_layers({"commuting": layer(square)})
        assert found.to_frame().loc[0, "kind"] == "share" and np.isnan(found.to_frame().loc[0, "between"])
        assert any("shares, although the unit is person" in text for text in found.warnings)


def test_relabelling_permutes_nothing_in_the_numbers() -> None:
    frame = layer(SQUARE)
    turned = frame.loc[["c", "a", "b"], ["c", "a", "b"]]
    turned.attrs = frame.attrs
    pd.testing.assert_frame_equal(flow_layers({"x": frame}).to_frame(), flow_layers({"x": turned}).to_frame())


def test_thresholds_ends_and_what_is_not_inside() -> None:
    square = np.full((3, 3), np.nan)
    square[0, 1:] = [3.0, 4.0]
    found = flow_layers({"commuting": layer(square)}, options={"flows": {"commuting": {"censored_below": 3}}})
    text = " ".join(found.warnings)
    assert "one origin only" in text and "no flow inside any place" in text
    assert found.to_frame().loc[0, "censored_below"] == 3.0 and np.isnan(found.to_frame().loc[0, "within"])
    assert np.isnan(found.to_frame().loc[0, "two_way"])  # no pair is known both ways
    assert flow_layers({}).to_frame().empty and flow_layers({}).warnings == ("tables/flows.csv lists no flow",)


def test_what_cannot_be_used_is_said_at_once() -> None:
    bad = layer(SQUARE.copy())
    bad.iloc[0, 1], bad.iloc[2, 0] = -1.0, np.inf
    crooked = layer(SQUARE)
    crooked.columns = ["a", "c", "b"]
    with pytest.raises(InputError, match=r"x: flows must be finite .*a to b, c to a; y: rows and columns"):
        flow_layers({"x": bad, "y": crooked})


def test_the_trains_of_the_example(examples: Path) -> None:
    """24,118 trains a day without the doubles, 1,032 pairs, 40 cities (data notes of the example)."""
    cluster = Workspace(examples / "yangtze-delta").cluster()
    row = flow_layers(cluster.flows, options=cluster.options).to_frame().set_index("layer").loc["trains"]
    assert row["between"] == 24118 and row["pairs"] == 1032 and row["origins"] == row["destinations"] == 40
    assert row["unit"] == "trains/day" and np.isnan(row["censored_below"]) and row["two_way"] > 0.9
