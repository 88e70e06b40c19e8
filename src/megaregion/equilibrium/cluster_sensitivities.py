"""The step `sensitivities`: what every link, border and place of a cluster is worth, and how far to trust that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from megaregion.data.cluster import Cluster
from megaregion.data.stored import StoredTable
from megaregion.equilibrium.calibrate import Baseline, Calibration, HasFrame, HasTime, baseline
from megaregion.equilibrium.caveats import caveats, model_parameters
from megaregion.equilibrium.economy import Array, Economy
from megaregion.equilibrium.ensemble import Draws, draws, fit_at, policy_draws
from megaregion.equilibrium.joint import FAILED_ALLOWED
from megaregion.equilibrium.network import LinkNetwork, Routes, routes
from megaregion.equilibrium.objectives import SocialWelfare
from megaregion.equilibrium.parameters import ALL
from megaregion.equilibrium.routing_options import DISPERSION, RoutedTimes, RoutingOptions
from megaregion.equilibrium.screening import Screening, screening
from megaregion.equilibrium.sensitivities import Sensitivities, sensitivities
from megaregion.equilibrium.sensitivity_tables import (
    FORMULA,
    Unit,
    border_table,
    incidence_table,
    link_table,
    place_table,
)
from megaregion.equilibrium.time_effects import TimeEffects
from megaregion.equilibrium.two_way import TwoWay
from megaregion.equilibrium.welfare import INDICATORS
from megaregion.errors import ConvergenceError, InfeasibleError, MissingDataError, SolveError
from megaregion.result import Column, Input, Result

Progress = Callable[[int, int, str], None]
CUT = 0.8
MEETINGS = "face_to_face"
SHORTLIST = 20  # links that are solved exactly, and whose groups are shown
_SWEPT = 16  # draws that are handed down the trees of paths at once
_AGREE = 1e-6  # largest gap of log times between the network and links/times
_NO_LINKS = "no scheduled service: roads are known from end to end only, so that there is no link to value"


@dataclass(frozen=True, eq=False, kw_only=True)
class ScreeningResult(Result):
    """First-order gains of the links ranked first beside exact re-solves."""

    title_en: ClassVar[str] = "Links ranked first, solved exactly"
    title_zh: ClassVar[str] = "排名靠前路段的精确求解"
    found: Screening
    factor: float
    sources: tuple[Input, ...]
    settings: dict[str, Any]

    def describe(self) -> tuple[Column, ...]:
        """Columns; the cut of travel time is a parameter."""
        cut = f"{1.0 - self.factor:.0%}"
        kind: dict[str, Any] = {"modelled": True, "formula": FORMULA, "inputs": self.sources}
        return (
            Column("link_id", "", "Link", "路段", key=True),
            Column("first_order_percent", "percent", f"Welfare, time cut {cut}, first order",
                   f"时间减{cut}的福利变化（一阶）", **kind),
            Column("exact_percent", "percent", f"Welfare, time cut {cut}, solved", f"时间减{cut}的福利变化（精确）",
                   **kind),
            Column("bias", "ratio", "First order over exact, less one", "一阶相对精确的偏差", **kind),
        )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row a link, in the order of the gradient."""
        frame = self.found.frame.rename_axis("link_id").reset_index()
        frame = frame.rename(columns={"first_order": "first_order_percent", "exact": "exact_percent"})
        frame[["first_order_percent", "exact_percent"]] *= 100.0
        return frame

    def parameters(self) -> dict[str, Any]:
        """Elasticities in use, and the factor on time."""
        return {**self.settings, "factor": self.factor}

    def facts(self) -> dict[str, Any]:
        """How well the gradient ranks, and by how much it misses."""
        low, high = self.found.bias
        return {
            "correlation": self.found.correlation, "rank_correlation": self.found.rank_correlation,
            "bias_low": low, "bias_high": high,
            "together_percent": None if self.found.together is None else 100.0 * self.found.together,
            "singles_percent": float(100.0 * self.found.frame["exact"].sum()),
        }  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class Gradient:
    """Everything that one baseline says about small changes.

    Attributes
    ----------
    base : Baseline
    nominal : Sensitivities
        Objectives: welfare (groups by income), money, every group.
    routes : Routes or None
        None without scheduled services.
    two_way : TwoWay or None
    """

    base: Baseline
    nominal: Sensitivities
    routes: Routes | None
    two_way: TwoWay | None


def welfare(economy: Economy) -> SocialWelfare:
    """The welfare of the scenarios: groups by their members times mean earnings."""
    return SocialWelfare(weights=economy.location @ economy.income)


def time_effects(fit: Calibration) -> TimeEffects:
    """What passenger time does to costs at the parameters of a calibration."""
    p = fit.parameters
    return TimeEffects.of(
        fit.economy, share=fit.blocks.meetings(p.face_to_face), time_elasticity=p.time_elasticity,
        commuting=p.commuting_time,
    )  # fmt: skip


def border_powers(fit: Calibration) -> tuple[Array, float]:
    """d ln cost / d ln friction of a border: of trade (S,), of commuting."""
    e = fit.economy.elasticities
    commuting = fit.gamma_commuting / e.phi if fit.economy.commutes else 0.0
    return fit.gamma / e.theta, commuting


def way_of(cluster: Cluster) -> Routes | None:
    """Routed services of a cluster, hard or soft as [options.sensitivities] says; None where there are none.

    Raises
    ------
    InputError
        An option makes no sense.
    MissingDataError
        Soft routing is asked for where there is nothing to route.
    SolveError
        The dispersion is too small for this network.
    """
    theta = RoutingOptions.of(cluster.options.get("sensitivities", {})).dispersion_per_min
    network: LinkNetwork | None = None
    if len(cluster.services):
        try:
            network = LinkNetwork.from_cluster(cluster, theta=theta)
        except MissingDataError:  # times were given, not routed
            network = None
    if network is not None and len(network.links):
        return routes(network)
    if theta is not None:
        raise MissingDataError(
            f"options.sensitivities: {DISPERSION} needs scheduled services to route",
            hint="leave it out, or fill tables/services.csv and the lon, lat and area_km2 of every place",
        )
    return None


def gradient(base: Baseline, way: Routes | None) -> Gradient:
    """Derivatives of welfare at the baseline of a cluster.

    Raises
    ------
    SolveError
        The adjoint equations have no solution, or the network does not give the times of the baseline.
    """
    both = None
    if way is not None:
        gap = float(np.abs(np.log(way.time / base.place.time)).max())
        if not gap <= _AGREE:
            raise SolveError(
                f"the network gives other times than links/times: largest log gap {gap:.1e}",
                hint="values of links hold for times of the same services and options",
            )
        both = TwoWay.of(way.network.links)
    economy = base.nominal.economy
    found = sensitivities(
        economy, objective=(welfare(economy), "money", "groups"), network=way, effects=time_effects(base.nominal)
    )
    return Gradient(base=base, nominal=found, routes=way, two_way=both)


def valued(
    cluster: Cluster, times: HasTime, border: pd.DataFrame | HasFrame | StoredTable
) -> tuple[Gradient, tuple[str, ...]]:
    """The gradient of a cluster with journeys routed as it asks, and what to say of that.

    Under soft routing the baseline is calibrated on the expected times, so that gradient and exact solutions start
    from the times that the network gives.

    Raises
    ------
    InputError, MissingDataError, SolveError
        As `calibrate.baseline`, `way_of` and `gradient`.
    """
    way = way_of(cluster)
    if way is None or way.network.theta is None:
        return gradient(baseline(cluster, times, border), way), ()
    soft = RoutedTimes(routes=way)
    return gradient(baseline(cluster, soft, border), way), (soft.remark(times.time), *way.warnings)


def samples(found: Gradient, *, seed: int, progress: Progress | None = None) -> dict[str, dict[str, Array]]:
    """Values at joint draws of the parameters, baseline calibrated again: table -> column -> (draws, rows).

    Rows of links in the order of `TwoWay.frame`, of borders in the order of the upper triangle of the sorted areas, of
    places in theirs. Draws at which the baseline cannot be fitted are left out; their number is under ``failed``.

    Raises
    ------
    SolveError
        More than a tenth of the draws fail.
    """
    base, way = found.base, found.routes
    sample = _sample(base, seed)
    borders, places, by_time, link_rows = [], [], [], []
    failed = 0
    areas = np.unique(base.place.groups).size
    upper = np.triu_indices(areas, 1)
    for number, row in enumerate(sample.values):
        if progress is not None and number % 10 == 0:
            progress(number, len(sample.values), "values at joint draws of the parameters")
        try:
            fit = fit_at(base, sample, row)
            s = sensitivities(fit.economy, objective=(welfare(fit.economy), "money"))
        except (SolveError, ConvergenceError, InfeasibleError) as error:
            failed += 1
            if failed > FAILED_ALLOWED * len(sample.values):
                raise SolveError(
                    f"more than a tenth of {len(sample.values)} draws of the parameters have no baseline or gradient: "
                    f"{error.message}", hint="narrow the ranges in [options.equilibrium.ranges]",
                ) from error  # fmt: skip
            continue
        trade, commuting = border_powers(fit)
        pairs = s.borders(base.place.groups, trade=trade, commuting=commuting)
        borders.append(-(pairs + pairs.transpose(0, 2, 1))[:, upper[0], upper[1]])
        places.append(np.stack([s.productivity.sum(axis=1), s.amenity, s.floor_space]))
        if way is not None:
            effects = time_effects(fit)
            by_time.append(np.stack([s.by_log_time(effects, k) / way.time for k in (0, 1)]))
            if len(by_time) == _SWEPT:
                link_rows.append(_swept(found, by_time))
                by_time = []
    if by_time:
        link_rows.append(_swept(found, by_time))
    return _columns(np.array(borders), np.array(places), link_rows, failed)


def _sample(base: Baseline, seed: int) -> Draws:
    """Parameters of the model, and the share of trade that needs meetings, on which values of links hang in proportion.

    Scenarios show that share as two variants instead.
    """
    model = draws(base, seed=seed)
    more = policy_draws({MEETINGS: base.settings.ranges[MEETINGS]}, len(model.values), seed=seed)
    return Draws(names=(*model.names, *more.names), values=np.column_stack([model.values, more.values]))


def _swept(found: Gradient, by_time: list[Array]) -> Array:
    """Derivatives in log times of two-way links (draws, 2, rows)."""
    way, both = found.routes, found.two_way
    assert way is not None and both is not None  # the caller has looked
    stack = np.concatenate(by_time)
    value = -way.sweep(stack) * way.network.links["time"].to_numpy(float)
    return both.sums(value).reshape(len(by_time), 2, -1)


def _columns(borders: Array, places: Array, links: list[Array], failed: int) -> dict[str, dict[str, Array]]:
    out: dict[str, dict[str, Array]] = {"failed": {"draws": np.array([failed])}}
    if borders.size:
        out["borders"] = {"welfare_percent": borders[:, 0], "gain": 0.01 * borders[:, 1]}
    for number, name in enumerate(("productivity", "amenity", "floor_space")):
        if places.size:
            out.setdefault("places", {})[f"{name}_percent"] = places[:, number, 0]
            out["places"][f"{name}_gain"] = 0.01 * places[:, number, 1]
    if links:
        whole = np.concatenate(links)
        out["links"] = {"welfare_percent": whole[:, 0], "gain": 0.01 * whole[:, 1]}
    return out


def run(
    cluster: Cluster, times: HasTime, border: pd.DataFrame | HasFrame | StoredTable, *, seed: int,
    progress: Progress | None = None,
) -> dict[str, Result]:  # fmt: skip
    """Value every link, border and place of a cluster by one adjoint solve, with ranges over the parameters.

    Parameters
    ----------
    cluster : Cluster
    times : TimesResult
        Of the baseline.
    border : result or table links/border
    seed : int
        Of the joint draws.
    progress : callable, optional
        Told (done, total, what).

    Returns
    -------
    dict
        `places`; `borders` if there are two areas; `links` (both directions of a service together), `screening` and,
        with several groups of people, `link_groups`, if there are scheduled services.

    Raises
    ------
    InputError, MissingDataError, SolveError
        As `valued` and `samples`.
    """
    found, notes = valued(cluster, times, border)
    drawn = samples(found, seed=seed, progress=progress)
    return {name: _warned(table, notes) for name, table in _tables(found, drawn, seed).items()}


def _tables(found: Gradient, drawn: dict[str, dict[str, Array]], seed: int) -> dict[str, Result]:
    base, s = found.base, found.nominal
    unit, settings = Unit(name=base.place.money_unit), {**model_parameters(base), "seed": seed}
    if found.routes is not None and found.routes.network.theta is not None:
        settings[DISPERSION] = found.routes.network.theta
    friction = Input("results/links/border", {"spec": "main", "distance": "great_circle"})
    timed = Input("results/links/times", {"origin": "{place}"})
    said = _said(found, int(drawn["failed"]["draws"][0]))
    places = place_table(s, base.place.places, unit=unit, sources=(INDICATORS, timed, friction), settings=settings)
    out: dict[str, Any] = {"places": places.useful().ranged(drawn["places"])}
    if np.unique(base.place.groups).size > 1:
        trade, commuting = border_powers(base.nominal)
        crossing = border_table(
            s, base.place.groups, unit=unit, trade=trade, commuting=commuting, sources=(friction,), settings=settings
        )
        order = crossing.frame.index.to_numpy()
        out["borders"] = crossing.ranged({name: rows[:, order] for name, rows in drawn["borders"].items()})
    both = found.two_way
    if both is not None:
        services = Input("tables/services.csv", {"origin": "{from_node}", "destination": "{to_node}"})
        ranked = Input("results/sensitivities/links", {"link_id": "{link_id}"})
        table = link_table(s, unit=unit, two_way=both, sources=(services, friction), settings=settings)
        order = both.frame.index.get_indexer(pd.Index(table.frame["link_id"]))
        out["links"] = table.ranged({name: rows[:, order] for name, rows in drawn["links"].items()})
        members = dict(zip(both.frame.index, both.members, strict=True))
        first = list(table.frame["link_id"].head(SHORTLIST))
        out["screening"] = ScreeningResult(
            found=screening(s, top=len(first), factor=CUT, links={name: members[name] for name in first}),
            factor=CUT, sources=(ranked,), settings=settings,
        )  # fmt: skip
        if s.economy.groups.size > 1:
            out["link_groups"] = incidence_table(
                s, base.nominal.origins, unit=unit, two_way=both, sources=(ranked,), top=SHORTLIST,
                settings=settings,
            )  # fmt: skip
    return {name: _warned(result, said) for name, result in out.items()}


def _warned(result: Any, said: tuple[str, ...]) -> Result:
    out: Result = replace(result, warnings=tuple(dict.fromkeys((*result.warnings, *said))))
    return out


def _said(found: Gradient, failed: int) -> tuple[str, ...]:
    out = list(caveats(found.base))
    if failed:
        out.append(f"{failed} of {found.base.settings.draws} draws of the parameters have no baseline and are left out")
    if found.two_way is None:
        out.append(_NO_LINKS)
    fixed = [name for name in found.base.settings.names if not ALL[name].drawn and name != MEETINGS]
    if fixed:
        out.append(f"ranges hold {', '.join(fixed)} at their defaults")
    return tuple(out)
