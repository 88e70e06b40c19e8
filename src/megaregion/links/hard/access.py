"""People within reach of a centre."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from megaregion.errors import AlignmentError, InputError, MissingDataError
from megaregion.links.hard.times import TimesResult
from megaregion.result import Column, Input, Result

LIMITS_MIN = (60, 120, 180)


@dataclass(frozen=True, eq=False, kw_only=True)
class ReachResult(Result):
    """People whose place lies within 60, 120 and 180 minutes of each centre."""

    people: pd.DataFrame
    total: float
    detail: str
    times: TimesResult

    title_en: ClassVar[str] = "People within reach of each centre"
    title_zh: ClassVar[str] = "各中心可达人口"

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`."""
        inputs = (
            Input("tables/places.csv", {"place_id": "{place_id}"}),
            Input("tables/places.csv", {"kind": self.detail}),
            Input("tables/nodes.csv", {"place_id": "{place_id}"}),
            Input("tables/services.csv"),
        )
        out = [Column("place_id", "", "Place", "地区", key=True)]
        for mode, en, zh in (("people", "rail or road", "铁路或公路"), ("rail", "rail only", "仅铁路")):
            out += [
                Column(f"{mode}_{limit}", "person", f"People within {limit} min, {en}", f"{limit}分钟可达人口（{zh}）",
                       modelled=True, formula="methods#reach", inputs=inputs)
                for limit in LIMITS_MIN
            ]  # fmt: skip
        return tuple(out)

    def to_frame(self) -> pd.DataFrame:
        """One row a centre."""
        return self.people.reset_index(names="place_id")

    def parameters(self) -> dict[str, Any]:
        """Options of the times, and the level whose people are counted."""
        return {**self.times.parameters(), "detail": self.detail, "limits_min": list(LIMITS_MIN)}

    def facts(self) -> dict[str, Any]:
        """Medians over the centres, and the people there are in all."""
        medians = {f"{name}_median": float(self.people[name].median()) for name in self.people}
        return {"population": self.total, "places_counted": self.times.time.shape[1], **medians}


def reach(times: TimesResult, population: pd.Series, *, detail: str = "") -> ReachResult:
    """People within 60, 120 and 180 minutes of each origin (daily accessibility).

    Parameters
    ----------
    times : TimesResult
        From centres (rows) to the places whose people are counted (columns).
    population : Series
        People of each destination; index `place_id`, in any order.
    detail : str
        Level of the destinations, for the record.

    Returns
    -------
    ReachResult
        ``people_T`` by the faster of rail and road, ``rail_T`` by rail alone; a place counts whole where its
        point is reached. The people of the origin itself, where it is also a destination, count in
        ``people_T`` by its own time and never in ``rail_T``.

    Raises
    ------
    AlignmentError
        The places differ.
    MissingDataError
        A place has no population.
    InputError
        A population is negative.

    Notes
    -----
    ``A_i(T) = sum_j M_j 1[t_ij <= T]``; the circles of 1, 2 and 3 hours are those of the national outline of the
    comprehensive transport network of 2021.
    """
    where = times.time.columns
    differ = where.symmetric_difference(population.index)
    if len(differ) or not population.index.is_unique:
        raise AlignmentError(
            f"times and population speak of different places: {', '.join(map(str, differ[:5])) or 'repeated labels'}"
        )
    mass = population.reindex(where).astype(float)
    if mass.isna().any():
        gaps = mass.index[mass.isna()]
        raise MissingDataError(
            f"places.population is empty for {len(gaps)} of {len(mass)} places: {', '.join(map(str, gaps[:5]))}",
            hint="fill the cells, or set `detail` in workspace.toml to a level whose population is known",
        )
    if (mass < 0).any():
        raise InputError(f"population is negative for {', '.join(map(str, mass.index[mass < 0][:5]))}")
    people: dict[str, Any] = {}
    for name, minutes in (("people", times.time), ("rail", times.rail)):
        for limit in LIMITS_MIN:  # a missing time (no train) is not within any limit
            people[f"{name}_{limit}"] = (minutes.to_numpy() <= limit) @ mass.to_numpy()
    return ReachResult(
        people=pd.DataFrame(people, index=times.time.index), total=float(mass.sum()), detail=detail, times=times
    )
