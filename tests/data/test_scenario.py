import json
import tomllib

import pandas as pd
import pytest

from megaregion.data.cluster import Cluster
from megaregion.data.scenario import BASELINE, Scenario, change_from_dict, scenario_from_dict
from megaregion.errors import InputError


@pytest.fixture
def cluster() -> Cluster:
    places = pd.DataFrame(
        {"kind": ["province", "province", "city", "city"], "parent_id": [None, None, "p", "q"],
         "name": list("pqab"), "lon": [0.0, 1, 0, 1], "lat": [0.0] * 4},
        index=pd.Index(["p", "q", "a", "b"], name="place_id"),
    )  # fmt: skip
    nodes = pd.DataFrame({"name": ["A", "B"]}, index=pd.Index(["na", "nb"], name="node_id"))
    links = pd.DataFrame(
        {c: pd.Series(dtype=object) for c in ("mode", "from_node", "to_node", "length_km", "time_min", "status")}
    )
    services = pd.DataFrame({"timetable": ["2019", "2016"]})
    return Cluster(
        places=places, indicators=pd.DataFrame(), nodes=nodes, links=links, services=services, flows={},
        agreements=pd.DataFrame(), attrs={"level": "city", "group": "province", "timetable": "2019"},
    )  # fmt: skip


ENTRIES = [
    {"type": "AddLink", "from_node": "na", "to_node": "nb", "length_km": 100, "time_min": 30.5},
    {"type": "ScaleBarrier", "between": "all", "factor": 0.5},
    {"type": "ScaleBarrier", "between": ["q", "p"], "factor": 0.5},
    {"type": "SetProductivity", "place_id": "a", "factor": 1.1},
    {"type": "SetAmenity", "place_id": "b", "factor": 1.1, "comment": "lake"},
    {"type": "UseTimetable", "timetable": "2016"},
]


def test_json_form_is_loss_free() -> None:
    scenario = scenario_from_dict({"id": "s", "name": "S", "name_zh": "情景", "change": ENTRIES})
    again = scenario_from_dict(json.loads(json.dumps(scenario.to_dict())))
    assert again == scenario
    assert len(scenario.changes) == len(ENTRIES)


def test_toml_form() -> None:
    text = 'id = "s"\n[[change]]\ntype = "ScaleBarrier"\nbetween = "all"\nfactor = 0.5\n'
    assert scenario_from_dict(tomllib.loads(text)).changes == (change_from_dict(ENTRIES[1]),)


def test_apply_leaves_the_baseline_alone(cluster: Cluster) -> None:
    scenario = scenario_from_dict({"id": "s", "change": ENTRIES})
    changed = scenario.apply(cluster)
    assert (len(cluster.links), len(cluster.barriers), len(cluster.shifts)) == (0, 0, 0)
    assert changed.links["status"].tolist() == ["scenario"]
    assert changed.links["headway_min"].tolist() == [30.0]  # twice the expected wait
    assert changed.barriers.to_dict("list") == {"group_a": ["*", "p"], "group_b": ["*", "q"], "factor": [0.5, 0.5]}
    assert changed.shifts["what"].tolist() == ["productivity", "amenity"]
    assert changed.attrs["timetable"] == "2016"
    assert BASELINE.apply(cluster) is cluster


def test_every_problem_at_once(cluster: Cluster) -> None:
    bad = [
        {"type": "AddLink", "from_node": "nx", "to_node": "nx", "length_km": -1, "time_min": 0},
        {"type": "ScaleBarrier", "between": ["p", "z"], "factor": -1},
        {"type": "SetProductivity", "place_id": "p", "factor": 0},
        {"type": "UseTimetable", "timetable": "1999"},
    ]
    with pytest.raises(InputError) as caught:
        scenario_from_dict({"id": "s", "change": bad}).apply(cluster)
    for part in ("'nx' is not in nodes", "both ends", "must be > 0", "'z' is not a province", "factor must be >= 0",
                 "'p' is not a city", "'1999' is not in services.timetable (there: 2016, 2019)"):  # fmt: skip
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ({"type": "Magic"}, "unknown type 'Magic'"),
        ({"type": "ScaleBarrier", "between": "all", "factor": 1, "size": 2}, "unknown keys size"),
        ({"type": "ScaleBarrier"}, "missing keys between, factor"),
        ({"type": "ScaleBarrier", "between": "all", "factor": "half"}, "expected a number, got 'half'"),
        ({"type": "ScaleBarrier", "between": 7, "factor": 1}, "expected 'all' or two ids, got 7"),
        ({"type": ["AddLink"]}, "unknown type"),
        (3, "expected a table"),
    ],
)
def test_unreadable_changes(entry: object, text: str) -> None:
    with pytest.raises(InputError, match=text):
        scenario_from_dict({"id": "s", "change": [entry]})


def test_order_matters_and_equality_is_by_value() -> None:
    one, two = (change_from_dict(ENTRIES[i]) for i in (1, 3))
    assert Scenario(id="s", changes=(one, two)) != Scenario(id="s", changes=(two, one))


def test_change_must_be_a_list() -> None:
    with pytest.raises(InputError, match="must be written"):
        scenario_from_dict({"id": "s", "change": 3})
