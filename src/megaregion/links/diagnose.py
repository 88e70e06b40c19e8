"""Everything that the links room says of a cluster."""

from __future__ import annotations

from collections.abc import Callable

from megaregion.data.cluster import Cluster, groups, units
from megaregion.errors import MissingDataError
from megaregion.links.hard.access import reach
from megaregion.links.hard.times import RailNetwork, skim
from megaregion.links.soft.barriers import BorderOptions
from megaregion.links.soft.flows import services
from megaregion.links.soft.pricing import border
from megaregion.result import Result

Progress = Callable[[int, int, str], None]


def diagnose(cluster: Cluster, *, seed: int, progress: Progress | None = None) -> dict[str, Result]:
    """Travel times, reach, direct services and the price of borders.

    Parameters
    ----------
    cluster : Cluster
    seed : int
        For the record: nothing here is drawn at random.
    progress : callable, optional
        Called as ``progress(done, total, text)``.

    Returns
    -------
    dict of str to Result
        `times`, `reach`, `services`, `border`.

    Raises
    ------
    InputError
        A table or an option cannot be used.
    MissingDataError
        A place lacks coordinates, area, population or group.
    """
    level = units(cluster)
    network = RailNetwork.build(cluster)
    times = skim(network, level)
    kind = str(cluster.attrs.get("detail") or cluster.attrs["level"])
    detail = level if kind == cluster.attrs["level"] else cluster.select(kind)
    near = times if detail is level else skim(network, level, detail)
    if detail["population"].isna().all():
        raise MissingDataError(
            f"places.population is empty for every {kind}", hint="fill it, or set `detail` to another level"
        )
    priced = border(
        cluster.flows,
        {"great_circle": times.great_circle, "rail": times.rail, "fastest": times.time},
        level.assign(group=groups(cluster)),
        options=BorderOptions.of(cluster.options.get("border", {})),
        progress=progress,
    )
    return {
        "times": times,
        "reach": reach(near, detail["population"], detail=kind),
        "services": services(cluster),
        "border": priced,
    }
