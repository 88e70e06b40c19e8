"""A small region with real structure: places on a plane, groups, incomes, travel times."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from megaregion.data.cluster import Cluster
from megaregion.equilibrium.calibrate import Geography


def _geography(n: int, seed: int) -> Geography:
    rng = np.random.default_rng(seed)
    xy = rng.random((n, 2)) * 400
    time = 50 + np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    np.fill_diagonal(time, 40.0)
    return Geography(
        places=tuple(f"{i:06}" for i in range(n)),
        groups=np.array([f"g{int(x > 200) + 2 * int(y > 200)}" for x, y in xy]),
        time=time,
        income=rng.lognormal(10, 0.8, n),
        population=rng.lognormal(14, 0.5, n),
        money_unit="million CNY (current)",
    )


@pytest.fixture
def geography() -> Callable[[int, int], Geography]:
    """Geography of n places, by seed."""
    return _geography


def _cluster(place: Geography, **options: Any) -> Cluster:
    ids = list(place.places)
    kinds = ["city"] * len(ids) + ["province"] * len(set(place.groups))
    groups = sorted(set(place.groups))
    places = pd.DataFrame(
        {"name": ids + groups, "kind": kinds, "parent_id": [*place.groups, *[None] * len(groups)]},
        index=pd.Index(ids + groups, name="place_id"),
    )
    rows = [
        pd.DataFrame({"place_id": ids, "indicator": name, "value": values, "unit": unit})
        for name, values, unit in (
            ("gdp", place.income, "million CNY (current)"),
            ("population", place.population, "person"),
        )
    ]
    empty = pd.DataFrame()
    links = pd.DataFrame({name: pd.Series(dtype=float) for name in ("length_km", "time_min")})
    return Cluster(
        places=places, indicators=pd.concat(rows, ignore_index=True).assign(year=2020, scope="", source=""),
        nodes=pd.DataFrame(index=pd.Index([f"n{i}" for i in ids], name="node_id")).assign(place_id=ids),
        links=links, services=empty, flows={}, agreements=empty,
        attrs={
            "level": "city", "group": "province", "base_year": 2020, "currency": "CNY", "timetable": "2020",
            "indicators": {"population": "population", "income": "gdp"},
        },
        options=options,
    )  # fmt: skip


@pytest.fixture
def cluster() -> Callable[..., Cluster]:
    """Cluster around a geography; keywords are the tables [options.*]."""
    return _cluster


class Times:
    """Minutes between the units, as TimesResult gives them."""

    def __init__(self, place: Geography) -> None:
        self.time = pd.DataFrame(place.time, index=list(place.places), columns=list(place.places))


@pytest.fixture
def times() -> type[Times]:
    """Maker of travel times from a geography."""
    return Times


@pytest.fixture
def border() -> pd.DataFrame:
    """Rows of links/border: main estimates of three layers, one of them modelled, and others to be ignored."""
    base = {"distance": "great_circle", "spec": "main", "identified": True, "observed": True}
    return pd.DataFrame([
        {**base, "layer": "trains", "coef": 0.6, "se": 0.10},
        {**base, "layer": "people", "coef": 0.8, "se": 0.11},
        {**base, "layer": "people", "coef": 0.1, "se": 0.05, "spec": "placebo"},
        {**base, "layer": "people", "coef": 0.9, "se": 0.10, "distance": "rail"},
        {**base, "layer": "commuting", "coef": 0.7, "se": 0.10, "observed": False},
    ])  # fmt: skip


def _times_of(place: Geography) -> Callable[[Cluster], pd.DataFrame]:
    """Minutes of a cluster with added links: the faster of the old way and one over the new links."""

    def ask(changed: Cluster) -> pd.DataFrame:
        time, ids = place.time.copy(), list(place.places)
        for start, end, minutes in changed.links[["from_node", "to_node", "time_min"]].itertuples(index=False):
            i, j = ids.index(start[1:]), ids.index(end[1:])
            over = time[:, [i]] + minutes + time[[j], :]
            time = np.minimum(time, np.minimum(over, over.T))
        return pd.DataFrame(time, index=ids, columns=ids)

    return ask


@pytest.fixture
def times_of() -> Callable[[Geography], Callable[[Cluster], pd.DataFrame]]:
    """Maker of the function that gives minutes of changed clusters."""
    return _times_of
