"""Small clusters built by hand."""

from collections.abc import Callable

import pandas as pd
import pytest

from megaregion.data.cluster import Cluster

LINKS = ("mode", "from_node", "to_node", "length_km", "time_min", "headway_min", "status", "oneway")


@pytest.fixture
def cluster() -> Callable[..., Cluster]:
    """Factory: places {id: (lon, lat)}, stops {id: (lon, lat, place)}, services [(class, a, b, n, minutes)]."""

    def make(places, stops, services, **fields):
        table = pd.DataFrame(
            {
                "kind": "city", "parent_id": "P", "lon": [p[0] for p in places.values()],
                "lat": [p[1] for p in places.values()], "area_km2": 3000.0, "population": 1e6, "name": list(places),
            },
            index=pd.Index(list(places), name="place_id"),
        )  # fmt: skip
        group = table.iloc[[0]].assign(kind="province", parent_id=None).set_axis(["P"])
        nodes = pd.DataFrame(
            {
                "mode": "rail", "lon": [float(s[0]) for s in stops.values()],
                "lat": [float(s[1]) for s in stops.values()], "place_id": [s[2] for s in stops.values()],
            },
            index=pd.Index(list(stops), name="node_id", dtype=object),
        )  # fmt: skip
        rows = [("base", "rail", c, a, b, float(n), float(m), float(m), True) for c, a, b, n, m in services]
        names = ("timetable", "mode", "service", "origin", "destination", "services_per_day", "in_vehicle_min",
                 "fastest_min", "time_observed")  # fmt: skip
        frame = pd.DataFrame(rows, columns=list(names))
        attrs = {"level": "city", "detail": "city", "group": "province", "timetable": "base", "base_year": 2020}
        given = {
            "places": pd.concat([table, group]).rename_axis("place_id"), "indicators": pd.DataFrame(),
            "nodes": nodes, "links": pd.DataFrame({name: pd.Series(dtype=object) for name in LINKS}),
            "services": frame, "flows": {}, "agreements": pd.DataFrame(), "attrs": attrs,
        }  # fmt: skip
        return Cluster(**{**given, **fields})

    return make
