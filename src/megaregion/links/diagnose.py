"""Everything that the links room says of a cluster: one long file, because only here hard and soft links may meet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Literal

import pandas as pd

from megaregion.core.sphere import matrix_km
from megaregion.data.cluster import Cluster, ancestor, groups, units
from megaregion.data.flow_kinds import declared, threshold
from megaregion.data.scenario import Scenario
from megaregion.errors import InputError, MissingDataError
from megaregion.links.hard.access import reach
from megaregion.links.hard.accessibility import AccessibilityOptions, accessibility
from megaregion.links.hard.accessibility_equity import accessibility_equity
from megaregion.links.hard.energy import energy_of_cluster
from megaregion.links.hard.layer_failures import failures_of_cluster
from megaregion.links.hard.layer_frames import MultilayerOptions, change_minutes, layer_weights, unknown_pairs
from megaregion.links.hard.multilayer import multilayer
from megaregion.links.hard.scheduled_times import scheduled_times
from megaregion.links.hard.times import RailNetwork, TimesResult, skim
from megaregion.links.hard.timetable import Timetable
from megaregion.links.hard.workspace_rail import rail_of_cluster
from megaregion.links.hard.workspace_timetable import TimetableOptions
from megaregion.links.soft.barriers import BorderOptions, Dyads, dyads
from megaregion.links.soft.border_inference import border_inference
from megaregion.links.soft.border_levels import border_levels, censoring_bounds
from megaregion.links.soft.business_study import business_study
from megaregion.links.soft.flow_layers import flow_layers
from megaregion.links.soft.flow_scenario import constrained_of_cluster, time_factors
from megaregion.links.soft.flows import services
from megaregion.links.soft.gravity_equation import GravityOptions, gravity_equation
from megaregion.links.soft.offices import offices_of_cluster
from megaregion.links.soft.potential import potential_of_cluster
from megaregion.links.soft.pricing import border, layer_borders
from megaregion.links.soft.programs import stated_programs
from megaregion.links.soft.search_links import search_links_of_cluster
from megaregion.links.soft.service_study import Minutes, services_and_rights
from megaregion.links.soft.study import soft_links, sticky
from megaregion.result import Result

Progress = Callable[[int, int, str], None]
Distance = Literal["great_circle", "rail", "fastest"]


def diagnose(
    cluster: Cluster, *, seed: int, timetable: Timetable | None = None, progress: Progress | None = None
) -> dict[str, Result]:
    """Travel times, reach, accessibility and its equity, direct services and the price of borders.

    Parameters
    ----------
    cluster : Cluster
    seed : int
        Of the draws for rank intervals of the business environment; nothing else is drawn at random.
    timetable : Timetable, optional
        Of the workspace (`megaregion.links.hard.workspace_timetable.timetable_of`): accessibility then differs by
        departure.
    progress : callable, optional
        Called as ``progress(done, total, text)``.

    Returns
    -------
    dict of str to Result
        `times`, `reach`, `accessibility`, `accessibility_equity`, `services`, `flow_layers`, `border`; `timetable`
        where there is one; `business_environment` where tables/survey_answers.csv is there.

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
        **_accessibility(cluster, near, (level, detail, kind), timetable),
        "services": services(cluster),
        "flow_layers": flow_layers(cluster.flows, options=cluster.options),
        "border": priced,
        **business_study(cluster, seed=seed),
    }


def _accessibility(
    cluster: Cluster, near: TimesResult, places: tuple[pd.DataFrame, pd.DataFrame, str], timetable: Timetable | None
) -> dict[str, Result]:
    """Accessibility of the units, its equity among their residents, and the times by timetable behind it."""
    level, detail, kind = places
    trade = cluster.options.get("equilibrium", {}).get("time_elasticity")
    options = AccessibilityOptions.of(cluster.options.get("accessibility", {}), elasticity=trade)
    own = ancestor(cluster.places, str(cluster.attrs["level"])).reindex(detail.index)
    scheduled = None
    if timetable is not None:
        window = TimetableOptions.of(cluster.options.get("timetable", {})).window
        scheduled = scheduled_times(timetable, level, detail, window=window, options=near.options)
    found = accessibility(near, detail["population"], own, options=options, scheduled=scheduled, detail=kind)
    inside = detail["population"].groupby(own).sum().reindex(level.index)
    residents = level["population"].where(level["population"].notna(), inside)
    out: dict[str, Result] = {"accessibility": found, "accessibility_equity": accessibility_equity(found, residents)}
    return out if scheduled is None else {"timetable": scheduled, **out}


def border_study(
    cluster: Cluster, *, layer: str | None, distance: Distance, seed: int, replications: int = 999,
    controls: Mapping[str, pd.DataFrame] | None = None, tell: Callable[[int, int], None] | None = None,
) -> dict[str, Result]:  # fmt: skip
    """Borders of one layer by level, under three forms of distance, and how sure they are with few groups.

    Parameters
    ----------
    cluster : Cluster
    layer : str, optional
        Of `flows`; default: the first.
    distance : {'great_circle', 'rail', 'fastest'}
        Minutes have an equivalent in minutes, kilometres have none.
    seed : int
    replications : int
        Draws of the bootstraps.
    controls : mapping of name to DataFrame, optional
        Square tables such as those of `border_controls`: in the tables by level, and in further rows of `estimates`.
    tell : callable, optional
        Called as ``tell(done, total)`` while places are drawn.

    Returns
    -------
    dict of str to Result
        `estimates` (main, each pair of groups, placebo lines, quadratic; main and pairs beside the controls), `levels`,
        `levels_level` (ln x and x), `levels_spline`, `inference` (also for few groups; beside the controls, if any);
        where small flows are not published `levels_most` (each silent pair as large as it can be) and `levels_positive`
        (silent pairs left out).

    Raises
    ------
    InputError, MissingDataError
        There is no such layer, or the border is not identified.
    """
    layer = _layer(cluster, layer)
    pairs, _ = _pairs(cluster, layer, distance)
    labels = _levels(cluster)
    levels, bent = border_levels(pairs, labels, controls=controls), {}
    try:
        bent["levels_spline"] = border_levels(pairs, labels, controls=controls, form="spline")
    except InputError as error:  # a handful of distances: the rest stands without it
        levels = replace(levels, warnings=(*levels.warnings, f"no spline: {error.message}"))
    return {
        "estimates": layer_borders(
            pairs,
            units(cluster).assign(group=groups(cluster)),
            cluster.flows[layer],
            layer=layer,
            distance=distance,
            options=BorderOptions.of(cluster.options.get("border", {})),
            controls=controls,
        ),
        "levels": levels,
        "levels_level": border_levels(pairs, labels, controls=controls, form="log and level"),
        **bent,
        **_censored(cluster, layer, pairs, labels, controls),
        "inference": border_inference(pairs, seed=seed, replications=replications, controls=controls, tell=tell),
    }


def _censored(
    cluster: Cluster, layer: str, pairs: Dyads, labels: pd.DataFrame, controls: Mapping[str, pd.DataFrame] | None
) -> dict[str, Result]:  # fmt: skip
    """Borders with unpublished flows at the most they can be, and left out; empty where all flows are published."""
    stated = declared(cluster.options, layer).get("censored_below")
    found = threshold(pairs.rows["flow"].to_numpy(float))
    below = int(stated) if isinstance(stated, int | float) else int(found.value) if found else 0
    if below < 2 or (pairs.rows["flow"] > 0).all():
        return {}
    bounds = censoring_bounds(pairs, labels, below=below, controls=controls)
    out: dict[str, Result] = {}
    for name, text in (("most", f"each of the silent pairs has {below - 1}, the most it can have"),
                       ("positive", "silent pairs are left out: chosen by the outcome, to compare only")):  # fmt: skip
        out[f"levels_{name}"] = replace(bounds[name], warnings=(*bounds[name].warnings, text))
    return out


def flow_study(cluster: Cluster, *, layer: str | None, distance: Distance) -> dict[str, Result]:
    """Gravity of one layer, every pair's flow over what one would expect, and how sticky the layer is.

    Parameters
    ----------
    cluster : Cluster
    layer : str, optional
        Of `flows`; default: the first.
    distance : {'great_circle', 'rail', 'fastest'}

    Returns
    -------
    dict of str to Result
        `layers` (all of them), `gravity` (ln distance, same group, effects of both ends), `expected`, and those of
        `stickiness_study`.

    Raises
    ------
    InputError, MissingDataError
        There is no such layer, or nothing flows between two places.
    """
    layer = _layer(cluster, layer)
    pairs, far = _pairs(cluster, layer, distance)
    unit = str(cluster.flows[layer].attrs.get("unit", "")) or "count"
    found = gravity_equation(pairs.rows, ["ln_x", "same"], options=GravityOptions(unit=unit))
    layers = flow_layers(cluster.flows, options=cluster.options)
    return {"layers": layers, "gravity": found, "expected": found.expected, **sticky(cluster, layer, far)}


def stickiness_study(cluster: Cluster, *, layer: str | None, distance: Distance) -> dict[str, Result]:
    """How sticky a layer is, and how its border has changed.

    Parameters
    ----------
    cluster : Cluster
    layer : str, optional
        Of tables/flow_panel.csv (several periods), else of `flows` (one); default: the first, of the panel if any.
    distance : {'great_circle', 'rail', 'fastest'}
        For excess linkage.

    Returns
    -------
    dict of str to Result
        `stickiness` and, with several periods, `border_change`.

    Raises
    ------
    InputError, MissingDataError
        There is no such layer, or its flows cannot be used.
    """
    panel = cluster.further.get("flow_panel")
    several = [] if panel is None else sorted(map(str, panel["layer"].unique()))
    chosen = layer if layer in several else several[0] if several and layer is None else _layer(cluster, layer)
    return sticky(cluster, chosen, _far(cluster, distance))


def potential_study(cluster: Cluster, *, distance: Distance, exponent: float = 2.0) -> dict[str, Result]:
    """Potential interaction between the units of analysis: a formula, not an observed flow.

    Returns
    -------
    dict of str to Result
        `potential`.

    Raises
    ------
    InputError, MissingDataError
        As `megaregion.links.soft.potential.potential_of_cluster`.
    """
    far, unit = _far(cluster, distance), "km" if distance == "great_circle" else "min"
    return {"potential": potential_of_cluster(cluster, far, exponent=exponent, unit=unit)}


def constrained_study(
    cluster: Cluster, *, layer: str | None, distance: Distance = "fastest", scenario: Scenario | None = None
) -> dict[str, Result]:
    """Doubly constrained flows of a layer, and what they become at the minutes of a scenario.

    Parameters
    ----------
    cluster : Cluster
    layer : str, optional
        Of `flows`; default: the first.
    distance : {'fastest', 'rail', 'great_circle'}
        Kilometres answer to no scenario.
    scenario : Scenario, optional
        Its links, timetable and factors on minutes count.

    Returns
    -------
    dict of str to Result
        `constrained`.

    Raises
    ------
    InputError, MissingDataError, InfeasibleError
        The scenario does not fit or is given with kilometres, or as
        `megaregion.links.soft.flow_scenario.constrained_of_cluster`.
    """
    layer, after = _layer(cluster, layer), None
    if distance == "great_circle":
        if scenario is not None:
            raise InputError("kilometres between places do not change in a scenario", hint="use fastest or rail")
        before = _far(cluster, distance)
    else:
        network = RailNetwork.build(cluster)
        before = _ways(skim(network, units(cluster)), distance)
        if scenario is not None:
            changed = scenario.apply(cluster)
            later = skim(network.updated(changed, cluster), units(changed))
            after = _ways(later, distance) * time_factors(changed)
    unit = "km" if distance == "great_circle" else "min"
    return {"constrained": constrained_of_cluster(cluster, layer, before, after, cost=distance, cost_unit=unit,
                                                  scenario=scenario)}  # fmt: skip


def _ways(times: TimesResult, distance: Distance) -> pd.DataFrame:
    """Minutes, infinite where there is no way."""
    return (times.rail if distance == "rail" else times.time).fillna(float("inf"))


def service_study(cluster: Cluster) -> dict[str, Result]:
    """Access to shared services and portability of rights over the travel times of the workspace.

    Raises
    ------
    InputError, MissingDataError
        As `megaregion.links.soft.service_study.services_and_rights`.
    """
    return services_and_rights(cluster, _minutes(cluster))


def soft_study(
    cluster: Cluster, *, seed: int, adjacent: pd.DataFrame | None = None, priced: pd.DataFrame | None = None,
    progress: Progress | None = None,
) -> dict[str, Result]:  # fmt: skip
    """All soft links beside the borders, as far as the tables allow: `megaregion.links.soft.study.soft_links`."""
    return soft_links(
        cluster, _minutes(cluster), seed=seed, adjacent=adjacent, priced=priced, progress=progress
    )  # fmt: skip


def _minutes(cluster: Cluster) -> Minutes:
    """Travel times between rows of places; the network is built when they are first asked for."""
    built: list[RailNetwork] = []

    def minutes(homes: pd.DataFrame, sites: pd.DataFrame) -> pd.DataFrame:
        if not built:
            built.append(RailNetwork.build(cluster))
        return skim(built[0], homes, sites).time

    return minutes


def programs(cluster: Cluster, *, seed: int) -> dict[str, Result]:
    """Vouchers, joint parks and paired assistance that a workspace states, over its travel times.

    Raises
    ------
    InputError, MissingDataError, InfeasibleError
        As `megaregion.links.soft.programs.stated_programs`; or minutes of a place that the workspace does not have are
        asked for.
    """
    return stated_programs(cluster, minutes_between(cluster), seed=seed)


def minutes_between(cluster: Cluster) -> Callable[[Sequence[str], Sequence[str]], pd.DataFrame]:
    """Door-to-door minutes between places of a cluster, by id; the network is built when asked.

    Raises
    ------
    MissingDataError
        When asked for a place that the workspace does not have.
    """
    by_row = _minutes(cluster)

    def minutes(origins: Sequence[str], destinations: Sequence[str]) -> pd.DataFrame:
        lost = sorted({*origins, *destinations} - set(cluster.places.index))
        if lost:
            raise MissingDataError(f"no travel times to or from {', '.join(lost[:5])}, which places.csv does not have",
                                   hint="state their minutes in the rows")  # fmt: skip
        return by_row(cluster.places.loc[list(origins)], cluster.places.loc[list(destinations)])

    return minutes


def office_study(cluster: Cluster, *, seed: int) -> dict[str, Result]:
    """Places tied by offices of firms and by searches: what tables/offices.csv and search_index.csv say.

    Raises
    ------
    InputError, MissingDataError
        Neither table is there, or they cannot be used.
    """
    found = {**offices_of_cluster(cluster, seed=seed), **search_links_of_cluster(cluster)}
    if not found:
        raise MissingDataError("neither tables/offices.csv nor tables/search_index.csv is there",
                               hint="offices: firm, place_id, value; see docs: workspace format")  # fmt: skip
    return found


def multilayer_study(
    cluster: Cluster, *, seed: int, found: dict[str, Result] | None = None, lenient: bool = False
) -> dict[str, Result]:
    """Places over several layers: flows, services by class, offices, searches.

    Parameters
    ----------
    cluster : Cluster
        [options.multilayer].
    seed : int
    found : mapping, optional
        What `office_study` gave, if at hand.
    lenient : bool
        Nothing instead of an error where fewer than two layers are there and none are named.

    Raises
    ------
    InputError, MissingDataError
        Fewer than two layers have links, or a named one is not there.
    """
    options = MultilayerOptions.of(cluster.options.get("multilayer", {}))
    ties = {**offices_of_cluster(cluster, seed=seed), **search_links_of_cluster(cluster)} if found is None else found
    made, searched = {}, len(ties["search_links"].to_frame()) if "search_links" in ties else 0
    for layer, table, value in (("offices", "office_links", "interlock"), ("search", "search_links", "link")):
        if table in ties:
            frame = ties[table].to_frame()
            half = frame.pivot(index="place_a", columns="place_b", values=value)
            index = units(cluster).index
            upper = half.reindex(index=index, columns=index).fillna(0.0)
            made[layer] = upper + upper.T
    weights = layer_weights(cluster, options, made)
    if len(weights) < 2:
        if lenient and options.layers is None:
            return {}
        raise MissingDataError(f"two layers with links are needed, there are: {', '.join(weights) or 'none'}",
                               hint="add a layer to flows.csv, offices.csv or search_index.csv, or name classes of "
                               "services in [options.multilayer] layers")  # fmt: skip
    out = multilayer(weights, change_minutes(cluster, options), options, seed=seed)
    first = out["multilayer_places"]
    said = [*first.warnings, *unknown_pairs(cluster, weights)]
    n = len(units(cluster))
    if searched and (lost := n * (n - 1) // 2 - searched):
        said.append(f"{lost} pairs are not in the search index: no link there")
    out["multilayer_places"] = replace(first, warnings=tuple(said))
    return out


def layer_study(
    cluster: Cluster, *, seed: int, adjacent: pd.DataFrame | None = None, timetable: Timetable | None = None,
    progress: Progress | None = None,
) -> dict[str, Result]:  # fmt: skip
    """Energy, offices, searches, the multilayer view, failures, rail networks: what the tables of a workspace allow.

    Parameters
    ----------
    cluster : Cluster
    seed : int
        Of the nulls, permutations and orders of chance.
    adjacent : DataFrame, optional
        Columns place_a, place_b: units that share a border; without it roads are no layer of their own.
    timetable : Timetable, optional
        Of the workspace: how well its rail networks work as one, where two can be told.
    progress : callable, optional
        Called as ``progress(done, total, text)``.

    Raises
    ------
    InputError, MissingDataError
        A table or an option cannot be used.
    """

    def told(text: str) -> Callable[[int, int], None]:
        return lambda done, total: progress(done, total, text) if progress is not None else None

    ties = {**offices_of_cluster(cluster, seed=seed), **search_links_of_cluster(cluster)}
    return {
        **energy_of_cluster(cluster, progress=told("outages")), **ties,
        **multilayer_study(cluster, seed=seed, found=ties, lenient=True),
        **failures_of_cluster(cluster, seed=seed, adjacent=adjacent, lenient=True, progress=told("failures")),
        **rail_of_cluster(cluster, timetable, progress=told("rail networks")),
    }  # fmt: skip


def _layer(cluster: Cluster, layer: str | None) -> str:
    if not cluster.flows:
        raise MissingDataError("the workspace has no flows", hint="flows.csv: layer, origin, destination, value")
    if layer is not None and layer not in cluster.flows:
        raise InputError(f"there is no layer {layer!r} in flows", hint=f"layers: {', '.join(cluster.flows)}")
    return next(iter(cluster.flows)) if layer is None else layer


def _far(cluster: Cluster, distance: Distance) -> pd.DataFrame:
    """Square table of kilometres or minutes between the units of analysis."""
    level = units(cluster)
    if distance == "great_circle":
        return pd.DataFrame(matrix_km(level["lon"], level["lat"]), level.index, level.index)
    times = skim(RailNetwork.build(cluster), level)
    return times.rail if distance == "rail" else times.time


def _pairs(cluster: Cluster, layer: str, distance: Distance) -> tuple[Dyads, pd.DataFrame]:
    """Ordered pairs of a layer, and the square table of the distance."""
    level, options, far = units(cluster), BorderOptions.of(cluster.options.get("border", {})), _far(cluster, distance)
    flow = cluster.flows[layer].reindex(index=level.index, columns=level.index)
    pairs = dyads(
        flow, far, groups(cluster), measure="distance" if distance == "great_circle" else "time",
        base_min=options.base_min, absent_is_zero=layer in options.absent_is_zero,
    )  # fmt: skip
    if not (pairs.rows["flow"] > 0).any():
        raise InputError(f"layer {layer}: no flow between two places")
    return pairs, far


def _levels(cluster: Cluster) -> pd.DataFrame:
    """Labels of every level above the units that holds all of them and splits them, from the coarsest."""
    index, found = units(cluster).index, {str(cluster.attrs["group"]): groups(cluster)}
    for kind in cluster.places["kind"].unique():
        label = ancestor(cluster.places, str(kind)).reindex(index)
        if not label.isna().any() and 1 < label.nunique() < len(index):
            found[str(kind)] = label
    order = sorted(found, key=lambda kind: (found[kind].nunique(), kind))
    return pd.DataFrame({kind: found[kind] for kind in order})
