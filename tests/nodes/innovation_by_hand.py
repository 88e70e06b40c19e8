"""A region small enough to be counted by hand: two provinces, eight cities, one county, and places outside."""

import pandas as pd

from megaregion.data.cluster import Cluster

CITIES = tuple("ABCDEFGH")


def cluster(**further: pd.DataFrame) -> Cluster:
    """Eight cities on a line, 50 km apart (0.45 degree of latitude); county a1 lies in A; other tables as given."""
    rows = [("p", "province", None, 120.0, 30.0), ("q", "province", None, 120.0, 30.0)]
    rows += [(c, "city", "p" if c < "E" else "q", 120.0, 30.0 + 0.45 * k) for k, c in enumerate(CITIES)]
    rows += [("a1", "county", "A", 120.0, 30.0)]
    places = pd.DataFrame(rows, columns=["place_id", "kind", "parent_id", "lon", "lat"]).set_index("place_id")
    places["name"], places["name_zh"], places["population"] = places.index, None, 1e6
    nothing = pd.DataFrame()
    columns = ["place_id", "year", "indicator", "value", "unit", "scope", "source", "flag"]
    indicators = further.pop("indicators", pd.DataFrame(columns=columns))
    roles = {"population": "population"} if "population" in set(indicators["indicator"]) else {}
    return Cluster(
        places=places, indicators=indicators, nodes=nothing, links=nothing, services=nothing, flows={},
        agreements=nothing, further=further,
        attrs={"level": "city", "group": "province", "base_year": 2020, "indicators": roles},
    )  # fmt: skip


def documents(*rows: tuple[object, ...]) -> pd.DataFrame:
    """document_id, place_id, year, people, kind, field."""
    return pd.DataFrame(rows, columns=["document_id", "place_id", "year", "people", "kind", "field"])


def indicators(*rows: tuple[str, int, str, float, str, str]) -> pd.DataFrame:
    """place_id, year, indicator, value, unit, scope."""
    frame = pd.DataFrame(rows, columns=["place_id", "year", "indicator", "value", "unit", "scope"])
    return frame.assign(source="x", flag=None)


def industries(table: dict[str, list[float]], unit: str = "person", share: float | None = None) -> pd.DataFrame:
    """Industries i00, i01 ... of each place."""
    rows = [(p, 2020, f"i{k:02d}", v, unit, "全市", "x", share, f"业{k}", None)
            for p, values in table.items() for k, v in enumerate(values)]  # fmt: skip
    return pd.DataFrame(rows, columns=["place_id", "year", "industry", "value", "unit", "scope", "source",
                                       "sample_share", "name_zh", "flag"])  # fmt: skip
