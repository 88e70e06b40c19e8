"""Direct services: from counts where there are any, else from the busiest pair of stops."""

import numpy as np
import pandas as pd

from megaregion.links.soft.flows import services

PLACES = {"A": (118.0, 32.0), "B": (120.0, 32.0), "Z": (121.0, 30.0)}
STOPS = {
    "a1": (118.0, 32.0, "A"), "a2": (118.1, 32.0, "A"), "b": (120.0, 32.1, "B"), "x": (119.0, 32.0, None),
}  # fmt: skip
SERVICES = [
    ("G", "a1", "b", 10, 50), ("D", "a1", "b", 5, 70), ("G", "a2", "b", 12, 45), ("G", "a1", "a2", 9, 8),
    ("G", "x", "b", 90, 20),
]  # fmt: skip


def test_counts_of_the_layer_win(cluster):
    ids = ["A", "B", "Z"]
    counts = pd.DataFrame(np.nan, ids, ids)
    counts.loc["A", "B"], counts.loc["A", "Z"], counts.loc["Z", "A"] = 20.0, 0.0, 3.0
    got = services(cluster(PLACES, STOPS, SERVICES, flows={"trains": counts}))
    frame = got.to_frame()
    assert frame[["origin", "destination"]].values.tolist() == [["A", "B"], ["Z", "A"]]
    assert frame["services_per_day"].tolist() == [20.0, 3.0]
    assert frame["fastest_min"].iloc[0] == 45.0 and np.isnan(frame["fastest_min"].iloc[1])
    assert got.facts()["services_per_day"] == 23.0 and got.facts()["places_served"] == 3
    assert any("1 pairs" in w for w in got.warnings)


def test_without_counts_no_train_counts_twice(cluster):
    """a1-b has 10 + 5, a2-b 12: the busiest pair gives 15, the sum of 27 would count trains that call at both."""
    got = services(cluster(PLACES, STOPS, SERVICES))
    frame = got.to_frame()
    assert frame.values.tolist() == [["A", "B", 15.0, 45.0]]
    assert any("lower bound" in w for w in got.warnings)
    assert list(frame.columns) == [c.name for c in got.describe()]


def test_no_services(cluster):
    got = services(cluster(PLACES, {}, []))
    assert got.to_frame().empty and got.facts()["pairs"] == 0


def test_modelled_minutes_are_labelled(cluster):
    base = cluster(PLACES, STOPS, SERVICES)
    assert not services(base).describe()[3].modelled
    rough = base.replace(services=base.services.assign(time_observed=False))
    assert services(rough).describe()[3].modelled
