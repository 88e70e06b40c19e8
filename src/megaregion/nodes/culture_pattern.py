"""Where sites are dense, and whether they keep together more than the people around them do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion._rng import generator
from megaregion.core.global_envelope import Kind, global_envelope
from megaregion.core.kernel_density import kernel_density, likelihood_bandwidth, scott_bandwidth
from megaregion.core.point_pattern import SetCovariance, inhomogeneous_k, l_of_k, set_covariance
from megaregion.errors import InputError
from megaregion.nodes.culture_sites import Ground, Null
from megaregion.nodes.culture_tables import DensityResult, PatternResult

if TYPE_CHECKING:
    from shapely import Geometry

Floats = NDArray[np.float64]
Rule = Literal["scott", "likelihood"]
Edge = Literal["translation", "none"]
CELLS = 48  # cells of the density along the longer side of the region
FINE = 256  # cells of the window along its longer side, for set covariances
STEPS = 40  # distances at which K is read


@dataclass(frozen=True, eq=False)
class Width:
    """The bandwidth in use, and both rules beside it.

    Attributes
    ----------
    km : float
    chosen : str
        scott, likelihood or stated.
    scott, likelihood : float
        km; missing where a rule has no answer.
    warnings : tuple of str
    """

    km: float
    chosen: str
    scott: float
    likelihood: float
    warnings: tuple[str, ...] = ()


def bandwidth(xy: Floats, rule: Rule | float) -> Width:
    """The bandwidth by a rule, or as stated in km, with both rules beside it.

    Raises
    ------
    InputError
        The rule has no answer: too few places.
    """
    scott = likelihood = float("nan")
    notes: list[str] = []
    places = len(np.unique(xy, axis=0))
    if places >= 2:
        scott = scott_bandwidth(xy)
    if places >= 3:
        found = likelihood_bandwidth(xy)
        likelihood = found.width
        if found.at_bound:
            notes.append("cross-validation of the bandwidth finds no optimum inside of its range: state one in km")
    if not isinstance(rule, str):
        return Width(float(rule), "stated", scott, likelihood, ())
    km = scott if rule == "scott" else likelihood
    if not np.isfinite(km):
        raise InputError(f"sites stand in {places} places only: the rule {rule} gives no bandwidth",
                         hint="state one in km: [options.culture] bandwidth = 10.0")  # fmt: skip
    return Width(km, rule, scott, likelihood, tuple(notes) if rule == "likelihood" else ())


def density(xy: Floats, weight: Floats, land: Ground, width: Width) -> DensityResult:
    """Stock per 1,000 km2 in cells of the region; it sums to the stock."""
    mask, x, y = window_cells(land, CELLS)
    found = kernel_density(xy, weight, mask, x_edges=x, y_edges=y, width=width.km)
    rows, cols = np.nonzero(mask)
    middle = np.column_stack([(x[cols] + x[cols + 1]) / 2, (y[rows] + y[rows + 1]) / 2])
    lonlat = land.globe(middle)
    table = pd.DataFrame({"cell": [f"{r:03d}-{c:03d}" for r, c in zip(rows, cols, strict=True)], "lon": lonlat[:, 0],
                          "lat": lonlat[:, 1], "density": found[rows, cols] * 1000.0})  # fmt: skip
    facts = {"bandwidth_km": width.km, "bandwidth_by": width.chosen, "bandwidth_scott_km": width.scott,
             "bandwidth_likelihood_km": width.likelihood}  # fmt: skip
    settings = {"cell_km": float(x[1] - x[0]), "kernel": "normal", "edge": "mass kept inside (Diggle 1985)",
                "rows": mask.shape[0], "cols": mask.shape[1]}  # fmt: skip
    notes = list(width.warnings)
    if width.km < float(x[1] - x[0]) / 2:
        notes.append(f"the bandwidth ({width.km:.3g} km) is finer than the cells ({x[1] - x[0]:.3g} km) of the map")
    return DensityResult(table=table, settings=settings, more=facts, warnings=tuple(notes))


def window_cells(land: Ground, count: int) -> tuple[NDArray[np.bool_], Floats, Floats]:
    """Square cells over the region, `count` along its longer side: whether the middle is inside; edges of x and y."""
    west, south, east, north = (float(v) for v in land.shapes.total_bounds)
    cell = max(east - west, north - south) / count
    x = west + cell * np.arange(int(np.ceil((east - west) / cell - 1e-9)) + 1)
    y = south + cell * np.arange(int(np.ceil((north - south) / cell - 1e-9)) + 1)
    at_x, at_y = np.meshgrid((x[:-1] + x[1:]) / 2, (y[:-1] + y[1:]) / 2)
    inside = (land.at(np.column_stack([at_x.ravel(), at_y.ravel()])) >= 0).reshape(at_x.shape)
    return inside, x.astype(np.float64), y.astype(np.float64)


def pattern(
    xy: Floats, null: Null, *, seed: int | np.random.Generator, simulations: int = 499,
    edge: Edge = "translation", envelope: Kind = "rank", furthest: float | None = None,
    tell: Callable[[int, int], None] | None = None,
) -> PatternResult:  # fmt: skip
    """Inhomogeneous K of sites against the null that each site fell where people live.

    Parameters
    ----------
    xy : (n, 2) array
        Sites in km in the plane of `null.land`.
    null : Null
        Places and their residents, who are spread evenly inside of each.
    seed : int or Generator
    simulations : int
    edge : {'translation', 'none'}
    envelope : {'rank', 'mad'}
        Global envelope at 95 %.
    furthest : float, optional
        Largest distance, km; default a quarter of the shorter side of the region.
    tell : callable, optional
        Called as ``tell(done, total)``.

    Raises
    ------
    InputError
        Fewer than ten sites, sites where nobody lives, sites outside, or a distance out of range.
    """
    land, people = null.land, null.people
    mask, x, _ = window_cells(land, FINE)
    west, south, east, north = land.shapes.total_bounds
    reach = 0.25 * min(east - west, north - south) if furthest is None else float(furthest)
    intensity = _Intensity.of(land, people, len(xy))
    mine = _check(xy, land, intensity, reach)
    area = float(land.shapes.area.sum())
    window: SetCovariance | float = set_covariance(mask, cell=float(x[1] - x[0])) if edge == "translation" else area
    r = np.array([float(f"{reach * step / STEPS:.4g}") for step in range(1, STEPS + 1)])  # keys that can be typed

    def curve(points: Floats, at: Floats) -> Floats:
        return inhomogeneous_k(points, at, r, window=window, normalise=area)

    free, near = _simulated(curve, intensity, land, len(xy), simulations, generator(seed, "culture-null"), tell)
    k = curve(xy, intensity.per_km2[mine])
    mine_l = l_of_k(k)
    band = global_envelope(mine_l, free, kind=envelope)
    other: Kind = "mad" if envelope == "rank" else "rank"
    p = {envelope: band.p, other: global_envelope(mine_l, free, kind=other).p}
    reading = np.where(mine_l > band.high, "together", np.where(mine_l < band.low, "apart", "as people"))
    table = pd.DataFrame({"r_km": r, "k": k, "l": mine_l, "l_null": free.mean(axis=0), "l_low": band.low,
                          "l_high": band.high, "reading": reading})  # fmt: skip
    coarse = float(np.sqrt(np.median(land.shapes.area) / np.pi))
    settings = {"simulations": simulations, "edge": edge, "envelope": envelope, "level": 0.95,
                "null": "each site falls into a place by its residents, evenly inside", "normalised": True}  # fmt: skip
    facts: dict[str, Any] = {
        "sites": len(xy), "p_rank": p["rank"], "p_mad": p["mad"], **_nearest(_nearest_km(xy), near),
        "grain_km": coarse, "places_of_null": len(land.shapes), "level_of_null": null.level,
    }  # fmt: skip
    note = (f"residents are spread evenly inside of each place (median radius {coarse:.3g} km): at shorter distances, "
            "that people themselves keep together inside of a place is not told from sites that do",)  # fmt: skip
    return PatternResult(table=table, settings=settings, more=facts, warnings=note)


def _simulated(
    curve: Callable[[Floats, Floats], Floats], intensity: _Intensity, land: Ground, n: int, simulations: int,
    rng: np.random.Generator, tell: Callable[[int, int], None] | None,
) -> tuple[Floats, Floats]:  # fmt: skip
    """L (simulations, m) and the mean distance to the nearest site (simulations,) of patterns of the null."""
    drawn, where = _draw(intensity, land, n, simulations, rng)
    free, near = np.empty((simulations, STEPS)), np.empty(simulations)
    for s in range(simulations):
        free[s] = l_of_k(curve(drawn[s], intensity.per_km2[where[s]]))
        near[s] = _nearest_km(drawn[s])
        if tell is not None and (s % 20 == 19 or s == simulations - 1):
            tell(s + 1, simulations)
    return free, near


def _nearest_km(xy: Floats) -> float:
    from scipy.spatial import cKDTree

    return float(cKDTree(xy).query(xy, k=2)[0][:, 1].mean())


def _nearest(mine: float, null: Floats) -> dict[str, float]:
    """Mean distance to the nearest site over that of the null, with a two-sided p."""
    below, above = (null <= mine).sum() + 1, (null >= mine).sum() + 1
    middle = float(null.mean())
    return {
        "nearest_km": mine, "nearest_km_null": middle, "nearest_ratio": mine / middle,
        "nearest_p": float(min(1.0, 2.0 * min(below, above) / (len(null) + 1))),
    }  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Intensity:
    """Sites expected in each place and per km2 of it."""

    share: Floats
    per_km2: Floats

    @classmethod
    def of(cls, land: Ground, people: pd.Series, n: int) -> _Intensity:
        held = people.reindex(land.shapes.index).to_numpy(float)
        if not np.isfinite(held).all() or (held < 0).any() or not held.sum() > 0:
            raise InputError("people must be >= 0 in every place, and somebody must live there")
        share = held / held.sum()
        return cls(share, n * share / land.shapes.area.to_numpy(float))


def _check(xy: Floats, land: Ground, intensity: _Intensity, reach: float) -> NDArray[np.intp]:
    mine = land.at(xy)
    wrong = []
    if len(xy) < 10:
        wrong.append(f"ten sites at least are needed, got {len(xy)}")
    if (mine < 0).any():
        wrong.append(f"{int((mine < 0).sum())} sites lie outside of the region")
    empty = (mine >= 0) & (intensity.per_km2[mine] <= 0)
    if empty.any():
        names = ", ".join(dict.fromkeys(land.shapes.index[mine[empty]].astype(str)[:5]))
        wrong.append(f"{int(empty.sum())} sites lie where nobody lives ({names}) and the null expects none")
    west, south, east, north = land.shapes.total_bounds
    if not 0 < reach <= 0.5 * min(east - west, north - south):
        wrong.append(f"the furthest distance must lie above 0 and up to half of the shorter side, got {reach:g} km")
    if wrong:
        raise InputError("pattern of sites: " + "; ".join(wrong))
    return mine


def _draw(
    intensity: _Intensity, land: Ground, n: int, simulations: int, rng: np.random.Generator
) -> tuple[Floats, NDArray[np.intp]]:
    """Points (simulations, n, 2) of the null and the place of each."""
    where = rng.choice(len(intensity.share), size=(simulations, n), p=intensity.share)
    out = np.empty((simulations, n, 2))
    for place in np.unique(where):
        rows = np.nonzero(where == place)
        out[rows] = evenly(land.shapes.geometry.iloc[place], len(rows[0]), rng)
    return out, where.astype(np.intp)


def evenly(shape: Geometry, count: int, rng: np.random.Generator) -> Floats:
    """Points (count, 2) spread evenly over a polygon."""
    import shapely

    west, south, east, north = shape.bounds
    shapely.prepare(shape)
    share = shape.area / ((east - west) * (north - south))
    kept: list[Floats] = []
    left = count
    while left > 0:
        tried = rng.uniform((west, south), (east, north), (int(1.1 * left / share) + 8, 2))
        good = tried[shapely.contains_xy(shape, tried[:, 0], tried[:, 1])][:left]
        kept.append(good)
        left -= len(good)
    return np.concatenate(kept) if kept else np.empty((0, 2))
