"""The steps of the main job: what each reads, what it needs before it, what it computes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from megaregion.data.cluster import Cluster, units, values
from megaregion.data.problem import Problem
from megaregion.data.scenario import Scenario
from megaregion.data.schema import FURTHER
from megaregion.data.stored import StoredTable
from megaregion.data.workspace import Workspace
from megaregion.errors import InputError
from megaregion.result import Result

if TYPE_CHECKING:
    from megaregion.links.hard.timetable import Timetable

Progress = Callable[[int, int, str], None]


@dataclass
class Context:
    """What the steps of one run share; everything is read at most once.

    Attributes
    ----------
    workspace : Workspace
    progress : callable
        Called as ``progress(done, total, text)`` inside long steps.
    executor : Executor, optional
        Where joint draws are computed; default this process. Results do not depend on it.
    """

    workspace: Workspace
    progress: Progress
    executor: Executor | None = None
    problems: list[Problem] = field(default_factory=list)

    @cached_property
    def cluster(self) -> Cluster:
        """The aligned tables."""
        return self.workspace.cluster()

    @cached_property
    def scenarios(self) -> tuple[Scenario, ...]:
        """Every scenario of the workspace."""
        return self.workspace.scenarios()

    @cached_property
    def timetable(self) -> Timetable | None:
        """The timetable, if the workspace has one."""
        from megaregion.links.hard.workspace_timetable import timetable_of

        return timetable_of(self.cluster, self.workspace.root)

    def table(self, step: str, name: str) -> StoredTable:
        """A table of an earlier step."""
        return self.workspace.store.load(step)[name]


@dataclass(frozen=True)
class Step:
    """One step.

    Attributes
    ----------
    name : str
    inputs : tuple of str
        Beginnings of the workspace paths that it reads.
    after : tuple of str
        Steps whose results it reads.
    compute : callable
        Context -> results by name.
    lacks : callable
        Context -> reasons why the workspace cannot feed this step; such a step is left out and says so.
    """

    name: str
    inputs: tuple[str, ...]
    after: tuple[str, ...]
    compute: Callable[[Context], Mapping[str, Result]]
    lacks: Callable[[Context], list[str]]


def _check(context: Context) -> Mapping[str, Result]:
    from megaregion.data.check import check
    from megaregion.pipeline.findings import FindingsResult

    return {"problems": FindingsResult(problems=tuple(check(context.workspace.root)))}


def _nodes(context: Context) -> Mapping[str, Result]:
    from megaregion.nodes.culture import culture_of_cluster
    from megaregion.nodes.diagnose import diagnose
    from megaregion.nodes.tree import tree_from_dict

    trees = {name: tree_from_dict(raw, name) for name, raw in context.workspace.trees().items()}
    known = set(context.cluster.indicators["indicator"])
    for name in list(trees)[1:]:  # a further tree waits for tables that were not fetched: check notes it
        if not known & {leaf.id for pillar in trees[name].pillars for leaf in pillar.indicators}:
            del trees[name]
    out = diagnose(context.cluster, trees, seed=context.workspace.seed)
    return out | culture_of_cluster(
        context.cluster, shapes=context.workspace.geometry(), seed=context.workspace.seed,
        tell=lambda done, total: context.progress(done, total, "culture"),
    )  # fmt: skip


def _links(context: Context) -> Mapping[str, Result]:
    from megaregion.links.diagnose import diagnose

    return diagnose(
        context.cluster, seed=context.workspace.seed, timetable=context.timetable, progress=context.progress
    )


def _programs(context: Context) -> Mapping[str, Result]:
    from megaregion.links.diagnose import programs

    return programs(context.cluster, seed=context.workspace.seed)


def _soft_links(context: Context) -> Mapping[str, Result]:
    from megaregion.links.diagnose import soft_study
    from megaregion.pipeline.soft_links import adjacent_places

    beside, priced = adjacent_places(context.workspace, context.cluster)
    return soft_study(
        context.cluster, seed=context.workspace.seed, adjacent=beside, priced=priced, progress=context.progress
    )


def _mechanisms(context: Context) -> Mapping[str, Result]:
    from megaregion.data.adjacency import shared_borders
    from megaregion.mechanisms.division_options import DivisionOptions
    from megaregion.mechanisms.run import run

    cluster, shapes = context.cluster, context.workspace.geometry()
    own, crs = str(cluster.attrs["level"]), cluster.attrs.get("crs")
    level = DivisionOptions.of(cluster.options.get("division_of_labour", {})).kind or own
    beside = adjacent = None
    if shapes is not None and crs is not None:
        beside = adjacent = shared_borders(shapes, cluster.select(own).index, crs=str(crs))
        if level != own:
            adjacent = shared_borders(shapes, cluster.select(level).index, crs=str(crs))
    return run(cluster, seed=context.workspace.seed, adjacent=adjacent, beside=beside)


def _layers(context: Context) -> Mapping[str, Result]:
    from megaregion.data.adjacency import shared_borders
    from megaregion.links.diagnose import layer_study

    cluster, shapes, crs = context.cluster, context.workspace.geometry(), context.cluster.attrs.get("crs")
    beside = None
    if shapes is not None and crs is not None:
        beside = shared_borders(shapes, units(cluster).index, crs=str(crs))
    return layer_study(
        cluster, seed=context.workspace.seed, adjacent=beside, timetable=context.timetable, progress=context.progress
    )


def _has_layers(context: Context) -> list[str]:
    """Energy, offices, searches, rail that could fail, or several rail networks."""
    from megaregion.links.hard.rail_failures import lacking
    from megaregion.links.hard.workspace_rail import has_networks

    cluster = context.cluster
    stated = [n for n in _LAYERED if n in cluster.further and not cluster.further[n].empty]
    several = len(cluster.flows) > 1 or bool(cluster.options.get("multilayer"))
    reasons = [] if stated or several else lacking(cluster)
    return _several(context) + ([] if reasons and has_networks(cluster, context.timetable) else reasons)


def _coupling(context: Context) -> Mapping[str, Result]:
    from megaregion.mechanisms.coupling import coupling_of_cluster

    scores, values = context.table("nodes", "index"), context.table("nodes", "index_values")
    named = {
        str(p["id"]): (str(p.get("name") or p["id"]), str(p.get("name_zh") or p.get("name") or p["id"]))
        for p in scores.facts.get("pillars", [])
    }
    found = coupling_of_cluster(
        context.cluster, scores.frame, seed=context.workspace.seed, values=values.frame, names=named
    )
    return {"coupling": found}


def _equilibrium(context: Context) -> Mapping[str, Result]:
    from megaregion.equilibrium.run import run
    from megaregion.links.hard.times import times

    return run(
        context.cluster, times(context.cluster), context.table("links", "border"), context.scenarios,
        seed=context.workspace.seed, progress=context.progress, executor=context.executor,
    )  # fmt: skip


def _reforms(context: Context) -> Mapping[str, Result]:
    from megaregion.equilibrium.cluster_reforms import run, stated
    from megaregion.links.hard.times import times

    cluster = context.cluster
    if not stated(cluster):
        return {}
    return run(cluster, times(cluster), context.table("links", "border"), context.scenarios,
               seed=context.workspace.seed)  # fmt: skip


def _has_income_for_reforms(context: Context) -> list[str]:
    from megaregion.equilibrium.cluster_reforms import stated

    return _income(context) if stated(context.cluster) else []


def _sensitivities(context: Context) -> Mapping[str, Result]:
    from megaregion.equilibrium.cluster_sensitivities import run
    from megaregion.links.hard.times import times

    return run(
        context.cluster, times(context.cluster), context.table("links", "border"),
        seed=context.workspace.seed, progress=context.progress,
    )  # fmt: skip


def _agreements(context: Context) -> Mapping[str, Result]:
    from megaregion.links.hard.times import times
    from megaregion.plan.border_agreements import border_agreements

    return border_agreements(
        context.cluster, times(context.cluster), context.table("links", "border"), seed=context.workspace.seed,
        progress=context.progress,
    )  # fmt: skip


def _plan(context: Context) -> Mapping[str, Result]:
    from megaregion.links.hard.times import times
    from megaregion.plan.run import run

    return run(
        context.cluster, times(context.cluster), context.table("links", "border"),
        seed=context.workspace.seed, progress=context.progress, executor=context.executor,
    )  # fmt: skip


def _roads(context: Context) -> Mapping[str, Result]:
    from megaregion.links.hard.road_traffic import traffic

    def listen(iteration: int, gap: float) -> None:
        context.progress(iteration, 0, f"relative gap {gap:.1e}")

    return traffic(context.workspace.root, context.cluster, listen=listen)


def _ecology(context: Context) -> Mapping[str, Result]:
    from megaregion.nodes.ecology_workspace import ecology_of_workspace

    return ecology_of_workspace(context.workspace.root, context.cluster, context.workspace.geometry())


def _has_landcover(context: Context) -> list[str]:
    from megaregion.nodes.ecology_workspace import lacking

    return lacking(context.workspace.root, context.cluster)


def _has_roads(context: Context) -> list[str]:
    from megaregion.links.hard.road_traffic import lacking

    return lacking(context.cluster)


def _road_map(context: Context) -> Mapping[str, Result]:
    from megaregion.links.hard.road_map_study import study

    shapes = context.workspace.geometry()
    assert shapes is not None  # `lacks` has looked
    return study(context.workspace.root, context.cluster, shapes, seed=context.workspace.seed)


def _has_road_map(context: Context) -> list[str]:
    from megaregion.links.hard.road_map_study import lacking

    return lacking(context.cluster, context.workspace.geometry())


def _nothing(context: Context) -> list[str]:
    return []


def _population(context: Context) -> list[str]:
    level = units(context.cluster)
    gaps = level.index[level["population"].isna()]
    return (
        [f"places.population is empty for {len(gaps)} of {len(level)} places: {', '.join(gaps[:5])}"]
        if len(gaps)
        else []
    )


def _several(context: Context) -> list[str]:
    found = len(units(context.cluster))
    return [] if found > 1 else [f"{found} place of the level of analysis; links need two"]


def _placed(context: Context) -> list[str]:
    """Travel times need a point and, for the time inside, the area of every place."""
    level = units(context.cluster)
    out = _several(context)
    for columns, what in ((["lon", "lat"], "places.lon, lat"), (["area_km2"], "places.area_km2")):
        held = level.reindex(columns=columns)
        gaps = level.index[(held.isna() | (held <= 0 if columns == ["area_km2"] else False)).any(axis=1)]
        if len(gaps):
            out.append(f"{what} is empty for {len(gaps)} of {len(level)} places: {', '.join(gaps[:5])}")
    return out


def _pillars(context: Context) -> list[str]:
    """Coupling needs an index with two pillars that have data."""
    tables = context.workspace.store.load("nodes")
    if "index" not in tables or "index_values" not in tables:
        return ["no composite index: add index.toml"]
    frame = tables["index"].frame
    known = [c for c in frame.columns if c.startswith("pillar_") and frame[c].notna().any()]
    return [] if len(known) > 1 else [f"coupling needs two pillars with data, the index has {len(known)}"]


def _income(context: Context) -> list[str]:
    """The equilibrium needs income in the base year, several places and more than one group."""
    out = _several(context) + _population(context)
    role = context.cluster.attrs["indicators"].get("income")
    if role is None:
        return [*out, "workspace.toml names no income indicator: [indicators] income = ..."]
    try:
        values(context.cluster, role)
    except InputError as error:
        out.append(error.message)
    return out + _friction(context)


def _areas(context: Context) -> list[str]:
    """Agreements need two areas, and few enough to solve every coalition."""
    from megaregion.data.cluster import groups
    from megaregion.plan.border_agreements import LARGEST

    out = _income(context)
    found = groups(context.cluster).nunique()
    return out if 2 <= found <= LARGEST else [*out, f"coalitions are solved for 2 to {LARGEST} areas, here are {found}"]


def _friction(context: Context) -> list[str]:
    tables = context.workspace.store.load("links")
    rows = tables["border"].frame if "border" in tables else None
    if rows is not None and (rows["spec"].eq("main") & rows["coef"].notna() & rows["observed"].astype(bool)).any():
        return []
    return ["no observed flow gives a border effect: add a layer (people, commuting or trains) to tables/flows.csv"]


def _projects(context: Context) -> list[str]:
    out = _income(context)
    if not context.cluster.projects:
        out.append("projects.toml lists no project")
    elif "budget" not in context.cluster.options.get("plan", {}):
        out.append("workspace.toml states no budget: [options.plan] budget = (million of the currency)")
    return out


CONFIG = ("workspace.toml",)
_NETWORK = (
    "tables/places",
    "tables/nodes",
    "tables/links",
    "tables/services",
    "tables/flows",
    "tables/road_times",
    "tables/train_calls",
    "timetables/",
    "raw/",
)
_SOFT = ("tables/indicators", "tables/flow_panel", "tables/recognition", "tables/prices", "geometry/")
_MECHANISMS = ("tables/places", "tables/indicators", "tables/flows", "tables/nodes", "tables/links",
               "tables/services", "tables/agreements", "geometry/",
               *(f"tables/{name}" for name in FURTHER))  # fmt: skip
_INNOVATION = ("tables/documents", "tables/industries", "tables/choke_points")
_PROGRAMS = ("tables/voucher", "tables/park_", "tables/pairing", "tables/pairs")
_LAYERED = ("energy_buses", "energy_lines", "energy_plants", "offices", "search_index")
STEPS: tuple[Step, ...] = (
    Step("check", ("",), (), _check, _nothing),
    Step("nodes", (*CONFIG, "index", "tables/places", "tables/indicators", "tables/flows", "tables/crosswalk",
                   "tables/heritage", "tables/services_supply", "geometry/", *_INNOVATION), (), _nodes, _population),
    Step("ecology", (*CONFIG, "tables/places", "geometry/", "ecology/"), (), _ecology, _has_landcover),
    Step("links", (*CONFIG, *_NETWORK, "tables/survey_answers"), (), _links, _placed),
    Step("soft_links", (*CONFIG, *_NETWORK, *_SOFT), ("links",), _soft_links, _several),
    Step("roads", (*CONFIG, *_NETWORK, "trips"), (), _roads, _has_roads),
    Step("programs", (*CONFIG, *_NETWORK, *_PROGRAMS), (), _programs, _nothing),
    Step("road_map", (*CONFIG, "tables/places", "tables/flows", "tables/road_lengths", "geometry/", "maps/", "raw/"),
         (), _road_map, _has_road_map),
    Step("layers", (*CONFIG, *_NETWORK, "tables/road_times", "geometry/", *(f"tables/{name}" for name in _LAYERED)), (),
         _layers, _has_layers),
    Step("mechanisms", (*CONFIG, *_MECHANISMS), (), _mechanisms, _nothing),
    Step("coupling", CONFIG, ("nodes",), _coupling, _pillars),
    Step("equilibrium", (*CONFIG, "tables/indicators", "scenarios"), ("links",), _equilibrium, _income),
    Step("reforms", (*CONFIG, "tables/indicators", "tables/recognition", "tables/reforms", "scenarios"), ("links",),
         _reforms, _has_income_for_reforms),
    Step("sensitivities", (*CONFIG, "tables/indicators"), ("links",), _sensitivities, _income),
    Step("agreements", (*CONFIG, "tables/indicators"), ("links",), _agreements, _areas),
    Step("plan", (*CONFIG, "tables/indicators", "tables/incomes", "tables/remedies", "projects.toml"), ("links",),
         _plan, _projects),
)  # fmt: skip
BY_NAME: dict[str, Step] = {step.name: step for step in STEPS}


def parameters(context: Context, step: Step) -> dict[str, Any]:
    """What the step is told beside its files."""
    return {"seed": context.workspace.seed, "step": step.name}
