"""Culture as a system of nodes: stock, density, pattern against people, corridors, carriers, residual of output."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import pandas as pd

from megaregion._rng import generator
from megaregion.core.global_envelope import Kind
from megaregion.data.cluster import Cluster, ancestor, residents, units, values
from megaregion.data.option_keys import require_known
from megaregion.errors import InputError
from megaregion.nodes.culture_corridors import corridors
from megaregion.nodes.culture_drawn import drawn_positions
from megaregion.nodes.culture_pattern import Edge, Rule, bandwidth, density, pattern
from megaregion.nodes.culture_sites import Ground, Null, ground, located
from megaregion.nodes.culture_stock import DRAWS, carriers, output_residual, stock
from megaregion.result import Result

if TYPE_CHECKING:
    import geopandas as gpd

Tell = Callable[[int, int], None]
Positions = Literal["stated", "drawn"]
FEWEST = 10  # sites with a position below which there is no pattern to read


@dataclass(frozen=True)
class CultureOptions:
    """The table [options.culture] of workspace.toml.

    Attributes
    ----------
    levels : mapping of str to float
        Weight of every level of listing; there is no default, since the order of places hangs on it.
    weight_factor : float
        Each weight is drawn between a part and a multiple of itself for the interval of ranks.
    draws : int
        Draws of the weights.
    bandwidth : {'likelihood', 'scott'} or float
        Rule, or km.
    simulations : int
        Draws of the null of people.
    edge : {'translation', 'none'}
        Edge correction of K.
    envelope : {'rank', 'mad'}
        Kind of the global envelope.
    furthest_km : float, optional
        Largest distance of K; default a quarter of the shorter side of the region.
    radius_km : float, optional
        Of dense clusters; default the bandwidth.
    least_sites : int
        Sites that make a place dense.
    half_width_km : float, optional
        Of corridors; default the radius.
    positions : {'stated', 'drawn'}
        Sites without coordinates count in the stock only, or are drawn where people live inside of the place they name.
    carriers : tuple of str
        Services of tables/services_supply.csv, or indicators, that count institutions.
    output : str, optional
        Indicator of output (visits, searches, revenue) for the residual.
    """

    levels: Mapping[str, float] = field(default_factory=dict)
    weight_factor: float = 2.0
    draws: int = DRAWS
    bandwidth: Rule | float = "likelihood"
    simulations: int = 499
    edge: Edge = "translation"
    envelope: Kind = "rank"
    furthest_km: float | None = None
    radius_km: float | None = None
    least_sites: int = 4
    half_width_km: float | None = None
    positions: Positions = "stated"
    carriers: tuple[str, ...] = ()
    output: str | None = None

    def __post_init__(self) -> None:
        wrong = []
        if not self.levels:
            wrong.append("levels must give each level of listing its weight")
        wrong += [f"weight of level {k} must be a number > 0, got {v!r}" for k, v in self.levels.items()
                  if not _positive(v)]  # fmt: skip
        wrong += [f"{name} must be one of {', '.join(get_args(kind))}, got {value!r}"
                  for name, value, kind in (("edge", self.edge, Edge), ("envelope", self.envelope, Kind),
                                            ("positions", self.positions, Positions))
                  if value not in get_args(kind)]  # fmt: skip
        if self.bandwidth not in get_args(Rule) and not _positive(self.bandwidth):
            wrong.append(f"bandwidth must be {' or '.join(get_args(Rule))} or km > 0, got {self.bandwidth!r}")
        wrong += [f"{name} must be a number of km > 0, got {value!r}"
                  for name in ("furthest_km", "radius_km", "half_width_km")
                  if (value := getattr(self, name)) is not None and not _positive(value)]  # fmt: skip
        if not _positive(self.weight_factor) or self.weight_factor < 1:
            wrong.append(f"weight_factor must be a number >= 1, got {self.weight_factor!r}")
        wrong += [f"{name} must be a whole number >= {least}, got {value!r}"
                  for name, least in (("draws", 100), ("simulations", 19), ("least_sites", 2))
                  if not isinstance(value := getattr(self, name), int) or value < least]  # fmt: skip
        if wrong:
            raise InputError("options.culture: " + "; ".join(wrong),
                             hint="[options.culture.levels] national = 4, provincial = 3 ...")  # fmt: skip

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> CultureOptions:
        """From the table of workspace.toml.

        Raises
        ------
        InputError
            A key is unknown, or a value out of range.
        """
        require_known(options, [f.name for f in fields(cls)], "culture")
        given = dict(options)
        for name, kind in (("levels", Mapping), ("carriers", (list, tuple))):
            if name in given and not isinstance(given[name], kind):
                raise InputError(f"options.culture: {name} must be a {'table' if name == 'levels' else 'list'}")
        if "carriers" in given:
            given["carriers"] = tuple(map(str, given["carriers"]))
        return cls(**given)


def _positive(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and np.isfinite(value) and value > 0


def culture(
    sites: pd.DataFrame, people: pd.Series, *, options: CultureOptions, shapes: gpd.GeoDataFrame | None,
    seed: int | np.random.Generator, finer: tuple[pd.Series, gpd.GeoDataFrame] | None = None,
    named: gpd.GeoDataFrame | None = None, tell: Tell | None = None,
) -> dict[str, Result]:  # fmt: skip
    """Stock, levels, density, pattern, clusters, corridors and their owners of a list of sites.

    Parameters
    ----------
    sites : DataFrame
        site_id, level; lon, lat (WGS-84) or place_id; optional open, visitors, within (the place that the list names,
        if smaller than `place_id`).
    people : Series
        Residents, index `place_id`: all places of the region.
    options : CultureOptions
    shapes : GeoDataFrame or None
        Polygons of all these places; without them there is the stock only, and each site needs its place_id.
    seed : int or Generator
    finer : (Series, GeoDataFrame), optional
        Residents and polygons of smaller places that fill the region: the null is as fine as these.
    named : GeoDataFrame, optional
        Polygons of the places that sites name, for drawn positions; default `shapes`.
    tell : callable, optional
        Called as ``tell(done, total)`` while the null is drawn.

    Returns
    -------
    dict of str to Result
        culture_stock, culture_levels; with polygons and ten sites culture_density, culture_pattern, culture_clusters,
        culture_corridors, culture_owners. What is left out stands in the warnings of culture_stock.

    Raises
    ------
    SchemaError, InputError, MissingDataError
        The list is wrong, everything at once; or polygons are.
    """
    land = None if shapes is None else ground(shapes, people.index)
    null = None if land is None else _null(land, people, finer)
    drawn = 0
    if null is not None and shapes is not None and options.positions == "drawn":
        sites = sites if "within" in sites else sites.assign(within=sites.get("place_id"))
        sites = drawn_positions(sites, null, shapes if named is None else named, generator(seed, "culture-positions"))
        drawn = int(sites["drawn"].sum())
    found = located(sites, options.levels, people.index, land)
    main, levels = stock(found, people, options.levels, seed=seed, factor=options.weight_factor, draws=options.draws)
    out: dict[str, Result] = {"culture_stock": main, "culture_levels": levels}
    points = found.points
    places = len(points[["x", "y"]].drop_duplicates())
    if land is None or null is None:
        notes = ["no polygons of the places: no density, pattern or corridors"]
    elif len(points) < FEWEST or places < 3:
        notes = [f"{len(points)} sites with a position, in {places} different points: density, pattern and corridors "
                 f"need {FEWEST} sites in three points"]  # fmt: skip
    else:
        made, notes = _in_space(points, land, null, options, seed, tell)
        out |= {name: part if not drawn else _said(part, drawn, len(points)) for name, part in made.items()}
    if notes:
        out["culture_stock"] = replace(main, warnings=(*main.warnings, *notes))
    return out


def _said(part: Result, drawn: int, count: int) -> Result:
    """With the warning that positions were drawn."""
    text = (f"{drawn} of {count} sites are known to their place only: each is drawn once where people live inside of "
            "it. Nothing is read inside of these places; dense clusters and lines are as rough as they")  # fmt: skip
    return replace(part, warnings=(*part.warnings, text))


def _in_space(
    points: pd.DataFrame, land: Ground, null: Null, options: CultureOptions, seed: int | np.random.Generator,
    tell: Tell | None,
) -> tuple[dict[str, Result], list[str]]:  # fmt: skip
    """What needs positions: density, pattern, clusters, corridors; and who has no part in it."""
    xy = points[["x", "y"]].to_numpy(float)
    width = bandwidth(xy, options.bandwidth)
    inside = null.land.at(xy) >= 0
    notes = []
    if not inside.all():
        names = ", ".join(points.loc[~inside, "site_id"].astype(str).head(5))
        lost = int((~inside).sum())
        notes.append(f"{lost} sites lie outside of the finer polygons and have no part in the pattern: {names}")
    groups, lines, owners = corridors(
        points, land, null, radius_km=options.radius_km or width.km, least=options.least_sites,
        half_width_km=options.half_width_km,
    )  # fmt: skip
    return {
        "culture_density": density(xy, points["weight"].to_numpy(float), land, width),
        "culture_pattern": pattern(
            xy[inside], null, seed=seed, simulations=options.simulations, edge=options.edge, envelope=options.envelope,
            furthest=options.furthest_km, tell=tell,
        ),
        "culture_clusters": groups, "culture_corridors": lines, "culture_owners": owners,
    }, notes  # fmt: skip


def _null(land: Ground, people: pd.Series, finer: tuple[pd.Series, gpd.GeoDataFrame] | None) -> Null:
    if finer is None:
        return Null(land, people, str(people.index.name or ""))
    small, shapes = finer
    return Null(ground(shapes, small.index, crs=land.crs), small, str(small.index.name or ""))


def culture_of_cluster(
    cluster: Cluster, *, shapes: gpd.GeoDataFrame | None, seed: int | np.random.Generator, tell: Tell | None = None
) -> dict[str, Result]:
    """Every table of culture that a workspace with tables/heritage.csv feeds; nothing without it.

    Raises
    ------
    InputError, MissingDataError, SchemaError
        Options or tables are wrong (see `culture`, `carriers`, `output_residual`).
    """
    sites = cluster.further.get("heritage")
    if sites is None or sites.empty:
        return {}
    options = CultureOptions.of(cluster.options.get("culture", {}))
    level = str(cluster.attrs["level"])
    people = residents(cluster).rename_axis(level)
    above = ancestor(cluster.places, level)
    given = sites["place_id"]
    place = given.map(above.to_dict()).astype(object)
    whole = sites.assign(place_id=place.where(place.notna(), given), within=given)
    mine = None if shapes is None or people.index.difference(shapes.index).size else shapes
    out = culture(whole, people, options=options, shapes=mine, seed=seed, finer=_finer(cluster, mine),
                  named=shapes, tell=tell)  # fmt: skip
    if options.carriers:
        counts = pd.DataFrame({name: _carrier(cluster, name, above) for name in options.carriers})
        out["culture_carriers"] = carriers(counts, people)
    if options.output is not None:
        frame = out["culture_stock"].to_frame().set_index("place_id")
        out["culture_residual"] = output_residual(values(cluster, options.output), frame["stock"], people)
    return out


def _finer(cluster: Cluster, shapes: gpd.GeoDataFrame | None) -> tuple[pd.Series, gpd.GeoDataFrame] | None:
    """Residents and polygons of the level of detail, if all of its places have both."""
    detail = str(cluster.attrs.get("detail") or cluster.attrs["level"])
    if shapes is None or detail == cluster.attrs["level"] or not (cluster.places["kind"] == detail).any():
        return None
    small = cluster.select(detail)
    held = small["population"].astype(float)
    if not (held > 0).all() or held.index.difference(shapes.index).size:
        return None
    return held.rename_axis(detail), shapes


def _carrier(cluster: Cluster, name: str, above: pd.Series) -> pd.Series:
    """Institutions by unit: facilities of a service in the latest year, or an indicator."""
    index = units(cluster).index
    table = cluster.further.get("services_supply")
    if table is not None and (table["service"] == name).any():
        mine = table[table["service"] == name]
        mine = mine[mine["year"] == mine["year"].max()].drop_duplicates("facility_id")
        place = mine["place_id"].map(above.to_dict())
        if (lost := ~place.isin(index)).any():
            raise InputError(
                f"tables/services_supply: {int(lost.sum())} facilities of {name} lie in no unit of analysis: "
                + ", ".join(mine.loc[lost, "facility_id"].astype(str).head(5))
            )
        return pd.Series(place.value_counts().reindex(index).fillna(0.0))
    if not (cluster.indicators["indicator"] == name).any():
        known = sorted(set(table["service"])) if table is not None else []
        raise InputError(
            f"options.culture: carrier {name!r} is neither a service of tables/services_supply.csv nor an indicator",
            hint="services: " + (", ".join(known[:8]) or "none"),
        )
    return values(cluster, name)
