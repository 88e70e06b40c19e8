"""From a changed cluster to the changes of trade costs, productivity and amenity that the model takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from megaregion.data.align import exact
from megaregion.data.cluster import Cluster
from megaregion.data.scenario import Scenario
from megaregion.equilibrium.assemble import remarks, shock_of, used
from megaregion.equilibrium.calibrate import Calibration, Geography
from megaregion.equilibrium.layout import Layout
from megaregion.equilibrium.mappings import Mapping as Elasticity
from megaregion.equilibrium.parameters import ALL, Parameters
from megaregion.equilibrium.shock import Array, Shock
from megaregion.errors import InputError, MissingDataError
from megaregion.links.hard.network import RailNetwork
from megaregion.links.hard.times import times

TimesOf = Callable[[Cluster], pd.DataFrame]
VARIANTS = ("headline", "full_effect")


@dataclass(frozen=True, eq=False, kw_only=True)
class Policy:
    """Changes whose degree is known before any elasticity, and whose shock needs the axes of the economy.

    Attributes
    ----------
    base, changed : Cluster
        Before and after `Scenario.apply`.
    place : Geography
        Of the baseline.
    """

    base: Cluster
    changed: Cluster
    place: Geography

    def shock(
        self, fit: Calibration, ratio: Array, *, full_effect: bool = False,
        elasticity: Mapping[str, float] | None = None,
    ) -> Shock:  # fmt: skip
        """Shock of the model at the elasticities of a calibration, and at those of mappings that are given."""
        layout = fit.layout(self.place, full_effect=full_effect)
        if elasticity:
            layout = layout.replace(elasticity={**layout.elasticity, **elasticity})
        return shock_of(self.base, self.changed, layout, time_ratio=ratio)

    def elasticities(self) -> tuple[Elasticity, ...]:
        """Mappings of the changes whose elasticity is no parameter of the model and has a range."""
        return tuple(r for r in used(self.changed) if r.name not in ALL and r.low is not None and r.high is not None)

    def remarks(self) -> tuple[str, ...]:
        """What a reader must know beyond the numbers."""
        return remarks(self.changed, Layout(
            places=self.place.places, labels=self.place.groups, elasticities=Parameters().structure()
        ))  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class Impulse:
    """What a scenario changes, before any elasticity is applied.

    Attributes
    ----------
    time_ratio : array (n, n)
        Travel time over baseline travel time.
    barrier : array (n, n)
        Factor on the friction of each pair; one within groups.
    productivity, amenity : array (n,)
        Factors on each place.
    policy : Policy, optional
        Changes beyond times, borders, productivity and amenity of places; with it the whole shock comes from
        `assemble.shock_of`.
    warnings : tuple of str
    """

    time_ratio: Array
    barrier: Array
    productivity: Array
    amenity: Array
    policy: Policy | None = None
    warnings: tuple[str, ...] = ()

    @property
    def elasticities(self) -> tuple[Elasticity, ...]:
        """Mappings of its policies whose elasticity is no parameter of the model and has a range."""
        return () if self.policy is None else self.policy.elasticities()

    def shock(
        self, fit: Calibration, *, full_effect: bool = False, elasticity: Mapping[str, float] | None = None
    ) -> Shock:
        """Shock of the model at the elasticities of a calibration.

        Parameters
        ----------
        fit : Calibration
        full_effect : bool
            Let passenger time move the whole cost of trade instead of its face-to-face share.
        elasticity : mapping of str to float, optional
            Elasticities of the mappings of policies (`mappings.MAPPINGS`) that differ from their defaults.

        Notes
        -----
        trade cost factor = ratio^(share * time_elasticity / theta) * exp(-(1 - factor) gamma / theta) across groups,
        the share zero for a primary sector. Where people commute, commuting cost factor = ratio^commuting_time *
        exp(-(1 - factor) gamma_commuting / phi) across groups: all of passenger time counts.
        """
        if self.policy is not None:
            return self.policy.shock(fit, self.time_ratio, full_effect=full_effect, elasticity=elasticity)
        p = fit.parameters
        meetings = np.ones(len(fit.blocks.sectors)) if full_effect else fit.blocks.meetings(p.face_to_face)
        kinds = {share: self._trade_cost(fit, share) for share in meetings.tolist()}
        known = [kinds[share] for share in meetings.tolist()]
        trade = (
            known[0] if len(kinds) == 1 else np.stack([np.ones_like(self.barrier) if k is None else k for k in known])
        )
        return Shock(
            trade_cost=None if trade is None or (trade == 1.0).all() else trade,
            commuting_cost=self._commuting_cost(fit), productivity=_changed(self.productivity),
            amenity=_changed(self.amenity),
        )  # fmt: skip

    def _trade_cost(self, fit: Calibration, share: float) -> Array | None:
        """Factor on the trade cost of a sector (n, n), None where nothing changes."""
        p = fit.parameters
        log_cost = share * p.time_elasticity * np.log(self.time_ratio)
        log_cost -= (1.0 - self.barrier) * fit.gamma
        return np.exp(log_cost / p.theta) if log_cost.any() else None

    def _commuting_cost(self, fit: Calibration) -> Array | None:
        """Factor on the commuting cost (n, n), None if nobody commutes or nothing changes."""
        if not fit.economy.commutes:
            return None
        log_cost = fit.parameters.commuting_time * np.log(self.time_ratio)
        log_cost -= (1.0 - self.barrier) * fit.gamma_commuting / fit.economy.elasticities.phi
        return np.exp(log_cost) if log_cost.any() else None


def _changed(factor: Array) -> Array | None:
    return factor if (factor != 1.0).any() else None


def impulse(base: Cluster, changed: Cluster, place: Geography, times_of: TimesOf) -> Impulse:
    """What differs between two clusters of the same places.

    Parameters
    ----------
    base, changed : Cluster
        Before and after `Scenario.apply`.
    place : Geography
        Of the baseline.
    times_of : callable
        Minutes between the units of a cluster; asked only if links or timetable differ.

    Raises
    ------
    InputError
        A barrier or a shift names what is not there.
    MissingDataError
        A travel time of the scenario is missing.
    """
    n = len(place.places)
    if changed.links is base.links and changed.attrs.get("timetable") == base.attrs.get("timetable"):
        ratio = np.ones((n, n))
    else:
        ratio = time_ratio(times_of(changed), place)
    barrier, warnings = barrier_factor(changed.barriers, place)
    if _is_plain(changed):
        policy, shifts = None, changed.shifts
    else:
        policy, shifts = Policy(base=base, changed=changed, place=place), changed.shifts.iloc[:0]
        warnings += [text for text in policy.remarks() if text not in warnings]
    shift = {what: _shift(shifts, what, place) for what in ("productivity", "amenity")}
    return Impulse(
        time_ratio=ratio, barrier=barrier, productivity=shift["productivity"], amenity=shift["amenity"],
        policy=policy, warnings=tuple(warnings),
    )  # fmt: skip


def _is_plain(changed: Cluster) -> bool:
    """Whether times, borders, productivity and amenity of places are all that changes."""
    shifts = changed.shifts
    whole = set(shifts["what"]) <= {"productivity", "amenity"} and not shifts["sector"].fillna("").astype(bool).any()
    return whole and changed.pair_shifts.empty and changed.group_shifts.empty


def time_ratio(time: pd.DataFrame, place: Geography) -> Array:
    """Minutes over those of the baseline (n, n).

    Raises
    ------
    MissingDataError
        A time is missing or not positive.
    """
    _, frame = exact(pd.Series(0.0, index=list(place.places)), time)
    minutes = frame.to_numpy(float)
    if not (np.isfinite(minutes) & (minutes > 0)).all():
        raise MissingDataError("a travel time of the scenario is missing or not above zero")
    ratio: Array = minutes / place.time
    return ratio


def barrier_factor(barriers: pd.DataFrame, place: Geography) -> tuple[Array, list[str]]:
    """Factor on the border friction of every pair, the product of all rows that name it, and warnings.

    Raises
    ------
    InputError
        A row names a group without places.
    """
    names = sorted(set(place.groups))
    code = pd.Index(names).get_indexer(place.groups)
    matrix = np.ones((len(names), len(names)))
    lost: set[str] = set()
    single: set[str] = set()
    members = pd.Series(place.groups).value_counts()
    for a, b, factor in barriers[["group_a", "group_b", "factor"]].itertuples(index=False):
        if (a, b) == ("*", "*"):
            matrix *= float(factor)
            named = names
        elif {a, b} <= set(names):
            i, j = names.index(a), names.index(b)
            matrix[i, j] *= float(factor)
            matrix[j, i] = matrix[i, j]
            named = [a, b]
        else:
            lost |= {a, b} - set(names)
            continue
        if float(factor) != 1.0:
            single |= {g for g in named if members[g] == 1}
    if lost:
        raise InputError(
            f"barriers name groups without places: {', '.join(sorted(lost))}", hint="groups: " + ", ".join(names)
        )
    out = np.where(place.cross > 0, matrix[np.ix_(code, code)], 1.0)
    return out, [
        f"the border of {g} (one place only) is not identified on its own: its friction is the pooled estimate"
        for g in sorted(single)
    ]


def _shift(shifts: pd.DataFrame, what: str, place: Geography) -> Array:
    rows = shifts[shifts["what"] == what]
    lost = sorted(set(rows["place_id"]) - set(place.places))
    if lost:
        raise InputError(f"shifts of {what} name places that are not units of analysis: {', '.join(lost[:5])}")
    product = rows.assign(factor=rows["factor"].astype(float)).groupby("place_id")["factor"].prod()
    return product.reindex(list(place.places), fill_value=1.0).to_numpy(float)


def travel_times(base: Cluster) -> TimesOf:
    """Minutes between the units of clusters that scenarios made of `base`, by the room links.

    The rail network is built at the first question only; added links are then taken in by updates.
    """
    built: list[RailNetwork] = []

    def ask(changed: Cluster) -> pd.DataFrame:
        if not built:
            built.append(RailNetwork.build(base))
        return times(changed, network=built[0].updated(changed, base)).time

    return remembered(ask)


def remembered(times_of: TimesOf) -> TimesOf:
    """The same function, asked once for each set of added links and timetable."""
    known: dict[tuple[object, ...], pd.DataFrame] = {}

    def ask(cluster: Cluster) -> pd.DataFrame:
        links = cluster.links
        added = links[links["status"] == "scenario"] if "status" in links.columns else links
        names = [c for c in ("mode", "from_node", "to_node", "time_min", "headway_min") if c in added.columns]
        key = (cluster.attrs.get("timetable"), *sorted(added[names].itertuples(index=False, name=None), key=str))
        if key not in known:
            known[key] = times_of(cluster)
        return known[key]

    return ask


def impulses(
    cluster: Cluster, scenarios: Mapping[str, Scenario], place: Geography, times_of: TimesOf,
    *, progress: Callable[[int, int, str], None] | None = None,
) -> dict[str, Impulse]:  # fmt: skip
    """Impulse of every scenario; all that do not fit are reported together.

    Raises
    ------
    InputError
        A change does not fit the cluster.
    """
    problems = [text for scenario in scenarios.values() for text in scenario.problems(cluster)]
    if problems:
        raise InputError("\n".join(problems), hint="correct the scenario or the tables that it names")
    out = {}
    for number, (name, scenario) in enumerate(scenarios.items()):
        if progress is not None:
            progress(number, len(scenarios), f"travel times: {scenario.name or name}")
        out[name] = impulse(cluster, scenario.apply(cluster), place, times_of)
    return out
