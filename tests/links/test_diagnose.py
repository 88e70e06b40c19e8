"""The links room as a whole, on a small cluster and on the shipped delta."""

import numpy as np
import pandas as pd
import pytest

from megaregion.data.workspace import Workspace
from megaregion.errors import MissingDataError
from megaregion.links.diagnose import diagnose

PLACES = {"A": (118.0, 32.0), "B": (119.0, 32.0), "C": (120.0, 32.5)}
STOPS = {"a": (118.0, 32.0, "A"), "b": (119.0, 32.0, "B")}
SERVICES = [("G", "a", "b", 32, 30), ("G", "b", "a", 32, 30)]


def test_four_tables_with_described_columns(cluster):
    found = diagnose(cluster(PLACES, STOPS, SERVICES), seed=1)
    names = ["times", "reach", "accessibility", "accessibility_equity", "services", "flow_layers", "border"]
    assert list(found) == names
    for name, result in found.items():
        frame, columns = result.to_frame(), result.describe()
        assert list(frame.columns) == [c.name for c in columns], name
        assert isinstance(frame.index, pd.RangeIndex), name
        assert all(c.en and c.zh and (c.formula or c.key or not c.modelled) for c in columns), name


def test_missing_population_is_an_error(cluster):
    base = cluster(PLACES, STOPS, SERVICES)
    with pytest.raises(MissingDataError, match="population"):
        diagnose(base.replace(places=base.places.assign(population=np.nan)), seed=1)


@pytest.fixture(scope="module")
def delta(examples):
    return diagnose(Workspace(examples / "yangtze-delta").cluster(), seed=1)


def test_delta_services(delta):
    """Published facts of the timetable: 24,118 direct trains a day, 1,032 ordered pairs, 40 cities, 253 to Nanjing."""
    facts = delta["services"].facts()
    assert (facts["services_per_day"], facts["pairs"], facts["places_served"]) == (24_118, 1_032, 40)
    frame = delta["services"].to_frame().set_index(["origin", "destination"])
    assert frame.loc[("310100", "320100"), "services_per_day"] == 253


def test_delta_times_and_reach(delta):
    times = delta["times"]
    frame = times.to_frame()
    assert len(frame) == 41 * 40 and frame["time_min"].notna().all()
    # nobody travels faster than the fastest train of the timetable could fly straight (350 km/h)
    assert (frame["great_circle_km"] / frame["time_min"] * 60 < 350).all()
    reach = delta["reach"].to_frame().set_index("place_id")
    assert delta["reach"].facts()["population"] == 235_213_670
    assert (reach["people_180"] <= 235_213_670).all()
    assert (reach.loc["330900", ["rail_60", "rail_120"]] == 0).all()  # Zhoushan has no railway


def test_delta_border(delta):
    table = delta["border"].to_frame()
    main = table[(table["spec"] == "main") & (table["layer"] == "trains")]
    assert set(main["distance"]) == {"great_circle", "rail", "fastest"}
    assert (main["n"] == 1560).all() and (main["n_dropped"] == 80).all()  # Zhoushan has no train
    own = table[table["spec"].str.startswith("pair:310000")]
    assert len(own) == 3 and own["coef"].isna().all() and not own["identified"].any()
    kilometres = table[table["distance"] == "great_circle"]
    assert kilometres["equivalent_min"].isna().all()
