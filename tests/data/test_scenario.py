import json
import tomllib

import pandas as pd
import pytest

from megaregion.data.cluster import Cluster
from megaregion.data.scenario import (
    BASELINE,
    TYPES,
    Scenario,
    change_from_dict,
    change_to_dict,
    scenario_from_dict,
)
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
OTHERS = [
    {"type": "CloseLink", "link_id": "l"},
    {"type": "ScaleTime", "link_id": "l", "factor": 0.8},
    {"type": "ScaleTime", "between": ["a", "q"], "factor": 0.8},
    {"type": "ReleaseFreight", "between": "all", "share": 0.25},
    {"type": "Recognize", "between": ["p", "q"], "share": 0.5, "schemes": ["pension", "medical"]},
    {"type": "Recognize", "between": "all", "share": 1, "schemes": "all"},
    {"type": "HukouPoints", "place_id": "b", "share": 0.5, "origin": "p", "who": "agricultural"},
    {"type": "Voucher", "between": ["p", "q"], "subsidy": 0.4, "coverage": 0.1},
    {"type": "SetProductivity", "place_id": "a", "factor": 1.1, "sector": "services"},
    {"type": "SetHousing", "place_id": "a", "factor": 1.1},
    {"type": "SetLand", "place_id": "a", "factor": 1.1, "sector": "agriculture"},
    {"type": "Platform", "place_id": "a", "gain": 0.02, "spill": 0.5},
    {"type": "CultureSite", "place_id": "a", "ratio": 1.5},
    {"type": "Restore", "place_id": "a", "ratio": 1.2},
    {"type": "SetTransfer", "from_id": "a", "to_id": "b", "amount": 100},
    {"type": "RestructureRural", "rural_id": "a", "urban_id": "b", "land_ratio": 1.1, "plot_ratio": 3, "settled": 0.5,
     "quota_km2": 2, "rural_km2": 20, "urban_km2": 80},
]  # fmt: skip


def test_json_form_is_loss_free() -> None:
    scenario = scenario_from_dict({"id": "s", "name": "S", "name_zh": "情景", "change": ENTRIES + OTHERS})
    again = scenario_from_dict(json.loads(json.dumps(scenario.to_dict())))
    assert again == scenario
    assert len(scenario.changes) == len(ENTRIES + OTHERS)
    assert {change.type for change in scenario.changes} == set(TYPES)


def test_every_change_keeps_what_was_written() -> None:
    for entry in ENTRIES + OTHERS:
        written = change_to_dict(change_from_dict(entry))
        kept = {k: [v] if k in ("between", "schemes") and isinstance(v, str) else v for k, v in entry.items()}
        assert {key: written[key] for key in kept} == kept
        assert json.loads(json.dumps(written)) == written


def test_every_change_has_both_halves_of_its_contract(cluster: Cluster) -> None:
    """A change that finds no problem can be applied and gives another cluster; the given one stays."""
    for entry in [*ENTRIES, *OTHERS[2:]]:
        change = change_from_dict(entry)
        assert change.problems(cluster) == []
        assert change.apply(cluster) is not cluster
    empty = Cluster.__dataclass_fields__
    for name in ("barriers", "shifts", "pair_shifts", "group_shifts"):
        assert list(getattr(cluster, name).columns) == list(empty[name].default_factory().columns)
        assert getattr(cluster, name).empty


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
        ({"type": "Recognize", "between": "all", "share": 1, "schemes": 3}, "schemes: expected 'all' or a list, got 3"),
        ({"type": "HukouPoints", "place_id": "b", "share": True}, "share: expected a number, got True"),
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


def test_changes_that_undo_each_other_are_refused(cluster: Cluster) -> None:
    """A timetable named after a link was closed would bring the closed link back without a word."""
    row = {"mode": "rail", "from_node": "na", "to_node": "nb", "length_km": 1.0, "time_min": 9.0, "status": "existing"}
    links = pd.DataFrame([row], index=pd.Index(["l"], name="link_id"))
    lined = cluster.replace(links=links)
    close, faster, timetable = OTHERS[0], OTHERS[1], ENTRIES[-1]
    with pytest.raises(InputError) as caught:
        scenario_from_dict({"id": "s", "change": [close, close, faster, timetable]}).apply(lined)
    for text in ("CloseLink: 'l' is closed by an earlier", "ScaleTime: 'l' is closed", "UseTimetable after ScaleTime"):
        assert text in str(caught.value)
    assert scenario_from_dict({"id": "s", "change": [timetable, faster, close]}).problems(lined) == []
