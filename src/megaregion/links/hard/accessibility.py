"""What every unit can reach: in a limit, with decay, as market access, in the mean; how much departure matters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd

from megaregion.core import accessibility as core
from megaregion.data.option_keys import require_known
from megaregion.errors import AlignmentError, InputError, MissingDataError
from megaregion.links.hard.scheduled_times import ScheduledTimesResult
from megaregion.links.hard.times import TimesResult
from megaregion.result import Column, Input, Result

Departure = Literal["early", "middle", "late"]
PERCENTILES: dict[Departure, str] = {"middle": "p50_min", "late": "p95_min", "early": "p05_min"}
FORMULA = "methods#accessibility"


@dataclass(frozen=True, kw_only=True)
class AccessibilityOptions:
    """What is measured; the table [options.accessibility] of workspace.toml. All numbers are stated assumptions.

    Attributes
    ----------
    limits_min : tuple of float
        Limits of the cumulative measure; 60, 120, 180 are the circles of the national outline of 2021.
    half_min : float
        Time at which a person counts half in the potential.
    elasticity : float
        Of market access with respect to time; default that of trade, .42 x 3 of Ahlfeldt and Seidel.
    line_share : float
        Line of accessibility poverty as a share of the median resident's accessibility.
    """

    limits_min: tuple[float, ...] = (60.0, 120.0, 180.0)
    half_min: float = 60.0
    elasticity: float = 1.26
    line_share: float = 0.5

    def __post_init__(self) -> None:
        def bad(value: object, top: float = np.inf) -> bool:
            return isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < top

        wrong = [f"{name} must be a number > 0, got {getattr(self, name)!r}" for name in ("half_min", "elasticity")
                 if bad(getattr(self, name))]  # fmt: skip
        if bad(self.line_share, 1.0):
            wrong.append(f"line_share must be a number between 0 and 1, got {self.line_share!r}")
        limits = self.limits_min
        if not limits or any(bad(v) for v in limits) or len(set(limits)) < len(limits):
            wrong.append(f"limits_min must be different numbers > 0, got {list(limits)!r}")
        if wrong:
            raise InputError("options.accessibility: " + "; ".join(wrong))

    @classmethod
    def of(cls, given: Mapping[str, Any], *, elasticity: object = None) -> AccessibilityOptions:
        """From the table [options.accessibility]; `elasticity` stands where the table has none.

        Raises
        ------
        InputError
            A key is unknown or a value is out of range; all are listed.
        """
        require_known(given, [f.name for f in fields(cls)], "accessibility")
        values: dict[str, Any] = ({} if elasticity is None else {"elasticity": elasticity}) | dict(given)
        if "limits_min" in values:
            limits = values["limits_min"]
            values["limits_min"] = tuple(limits) if isinstance(limits, (list, tuple)) else (limits,)
        return cls(**values)

    def people(self) -> tuple[str, ...]:
        """Columns of the cumulative measure."""
        return tuple(f"people_{limit:g}" for limit in self.limits_min)

    def measures(self) -> tuple[str, ...]:
        """Columns of which more is better."""
        return (*self.people(), "potential", "market_access")


@dataclass(frozen=True, eq=False, kw_only=True)
class AccessibilityResult(Result):
    """Accessibility of each unit.

    Attributes
    ----------
    table : DataFrame
        Index place_id; columns as in `describe()`.
    options : AccessibilityOptions
    settings : dict
        Options of the times, level of the destinations, basis.
    scheduled : bool
        Whether waits come from a timetable, so that times differ by departure.
    """

    table: pd.DataFrame
    options: AccessibilityOptions
    settings: dict[str, Any]
    scheduled: bool

    title_en: ClassVar[str] = "Accessibility of each unit"
    title_zh: ClassVar[str] = "各单元可达性"

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`."""
        waits = Input("tables/services.csv")
        if self.scheduled:
            waits = Input("results/links/timetable", {"origin": "{place_id}"})
        inputs = (
            Input("tables/places.csv", {"place_id": "{place_id}"}), Input("tables/places.csv", {"kind": "{detail}"}),
            Input("tables/nodes.csv", {"place_id": "{place_id}"}),
            waits,
        )  # fmt: skip
        labels = {f"people_{limit:g}": ("person", f"People within {limit:g} min", f"{limit:g}分钟可达人口")
                  for limit in self.options.limits_min}  # fmt: skip
        half = self.options.half_min
        labels |= {
            "potential": ("person", f"Potential (a person {half:g} min away counts half)",
                          f"潜力（{half:g}分钟处计一半）"),
            "market_access": ("index", "Market access (mean resident = 100)", "市场接近度（居民平均=100）"),
            "mean_min": ("min", "Mean time to all residents", "到全部居民的加权平均时间"),
        }  # fmt: skip
        out = [Column("place_id", "", "Place", "地区", key=True)]
        for name, (unit, en, zh) in labels.items():
            made = [("", "", "")]
            if self.scheduled:
                made += [("_late", ", 95th percentile of times", "（用时第95百分位）"),
                         ("_early", ", 5th percentile of times", "（用时第5百分位）")]  # fmt: skip
            out += [Column(f"{name}{end}", unit, en + more, zh + mehr, modelled=True, formula=FORMULA, inputs=inputs)
                    for end, more, mehr in made]  # fmt: skip
        out += [
            Column("own_share", "percent", "Own place in the potential", "本地占潜力比重", modelled=True,
                   formula=FORMULA, inputs=inputs),
            Column("own_min", "min", "Mean time inside the own place", "本地平均时间", modelled=True,
                   formula=FORMULA, inputs=inputs),
        ]  # fmt: skip
        return tuple(out)

    def to_frame(self) -> pd.DataFrame:
        """One row a unit."""
        return self.table.reset_index(names="place_id")

    def parameters(self) -> dict[str, Any]:
        """Options of times and measures, basis of the waits."""
        return {**self.settings, **asdict(self.options), "limits_min": list(self.options.limits_min)}

    def facts(self) -> dict[str, Any]:
        """Medians over the units, of the own place's share too."""
        out: dict[str, Any] = {"basis": self.settings["basis"], "units": len(self.table)}
        out |= {f"{name}_median": float(self.table[name].median()) for name in (*self.options.measures(), "mean_min",
                                                                               "own_share")}  # fmt: skip
        return out

    def values(self, measure: str, departure: Departure) -> pd.Series:
        """A measure at the times of early, middle or late departures."""
        return self.table[measure if departure == "middle" else f"{measure}_{departure}"]


def accessibility(
    times: TimesResult, population: pd.Series, own: pd.Series, *, options: AccessibilityOptions,
    scheduled: ScheduledTimesResult | None = None, detail: str = "",
) -> AccessibilityResult:  # fmt: skip
    """Measure what each unit can reach.

    Parameters
    ----------
    times : TimesResult
        From units (rows) to the places whose people are counted (columns), with expected waits and by road.
    population : Series
        People of each destination; index place_id, in any order.
    own : Series
        Unit in which each destination lies; index place_id.
    options : AccessibilityOptions
    scheduled : ScheduledTimesResult, optional
        Times by timetable between the same places, percentiles 5, 50 and 95; they take the place of rail with
        expected waits.
    detail : str
        Level of the destinations, for the record.

    Returns
    -------
    AccessibilityResult
        With a timetable each measure has its value at the median time of every pair over the window of departures,
        and `_late` and `_early` at the 95th and 5th percentiles.

    Raises
    ------
    AlignmentError
        Places differ.
    MissingDataError
        A place has no population.
    InputError
        A population is negative, or nobody lives anywhere.

    Notes
    -----
    The faster of rail and road at every departure: the road does not depend on it, so that the percentile of the
    minimum is the minimum of the percentile and the road. Percentiles are taken pair by pair (Conway, Byrd and van der
    Linden 2017, Transportation Research Record 2653); no one departure has all of them.
    """
    where = times.time.columns
    mass = _mass(where, population, own)
    if scheduled is not None and not (
        scheduled.origins.equals(times.time.index) and scheduled.destinations.equals(where)
    ):
        raise AlignmentError("times by timetable are between other places than times by road")
    inside = own.reindex(where).to_numpy(object)[None, :] == times.time.index.to_numpy(object)[:, None]
    made: dict[str, pd.Series | np.ndarray] = {}
    scale = np.nan
    for departure, column in PERCENTILES.items():
        if departure != "middle" and scheduled is None:
            continue
        minutes = times.time.to_numpy(float) if scheduled is None else np.fmin(
            scheduled.matrix(column).to_numpy(float), times.road.to_numpy(float))  # fmt: skip
        found = _measures(minutes, mass, options)
        if departure == "middle":
            people = np.where(inside, mass, 0.0).sum(axis=1)
            total = float(people @ found["market_access"])
            scale = 100.0 * people.sum() / total if total > 0 else np.nan
            with np.errstate(invalid="ignore"):
                made["own_share"] = 100.0 * (np.where(inside, np.exp2(-minutes / options.half_min), 0.0) @ mass)
                made["own_share"] = made["own_share"] / found["potential"]
                made["own_min"] = np.where(inside, minutes, 0.0) @ mass / people
        found["market_access"] = found["market_access"] * scale
        made |= {name if departure == "middle" else f"{name}_{departure}": value for name, value in found.items()}
    basis = "expected waits" if scheduled is None else (
        f"timetable {scheduled.timetable}, ready to leave {_clock(scheduled.window.start_min)} to "
        f"{_clock(scheduled.window.end_min)}")  # fmt: skip
    unknown = (
        "no timetable: waits are expected from counts of services, so that how much the departure matters is unknown"
    )
    said = () if scheduled is not None else (unknown,)
    out = AccessibilityResult(
        table=pd.DataFrame(made, index=times.time.index), options=options, scheduled=scheduled is not None,
        settings={**times.parameters(), "detail": detail, "basis": basis}, warnings=said,
    )  # fmt: skip
    return replace(out, table=out.table[[c.name for c in out.describe()[1:]]])


def _mass(where: pd.Index, population: pd.Series, own: pd.Series) -> np.ndarray:
    for what, series in (("population", population), ("own", own)):
        differ = where.symmetric_difference(series.index)
        if len(differ) or not series.index.is_unique:
            raise AlignmentError(f"times and {what} speak of different places: "
                                 f"{', '.join(map(str, differ[:5])) or 'repeated labels'}")  # fmt: skip
    mass: np.ndarray = population.reindex(where).to_numpy(float)
    if (gaps := where[np.isnan(mass)]).size:
        raise MissingDataError(f"places.population is empty for {len(gaps)} of {len(mass)} places: "
                               f"{', '.join(map(str, gaps[:5]))}", hint="fill the cells")  # fmt: skip
    if (mass < 0).any():
        raise InputError(f"population is negative for {', '.join(map(str, where[mass < 0][:5]))}")
    if not mass.sum() > 0:
        raise InputError("nobody lives in any place: places.population is zero throughout")
    return mass


def _measures(minutes: np.ndarray, mass: np.ndarray, options: AccessibilityOptions) -> dict[str, np.ndarray]:
    out = {f"people_{limit:g}": core.cumulative(minutes, mass, limit) for limit in options.limits_min}
    out["potential"] = core.potential(minutes, mass, options.half_min)
    out["market_access"] = core.market_access(minutes, mass, options.elasticity)
    return out | {"mean_min": core.mean_time(minutes, mass)}


def _clock(minutes: float) -> str:
    return f"{int(minutes // 60)}:{int(minutes % 60):02d}"
