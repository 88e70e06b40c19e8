"""Coupling coordination of the systems of a place, by the corrected degree, with warnings against known misuse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion._rng import generator
from megaregion.core.coupling import (
    classical_degree,
    coordination,
    coupling_degree,
    development,
    published_mistakes,
)
from megaregion.data.align import exact
from megaregion.data.cluster import Cluster, units
from megaregion.errors import AlignmentError, InputError, MissingDataError
from megaregion.mechanisms.coupling_checks import (
    check_indicators,
    check_systems,
    equally_low,
    fixed_goalposts,
    per_year_scaling,
    resembles,
    usable_weights,
)
from megaregion.mechanisms.coupling_tables import GRADES, CouplingResult, grade
from megaregion.result import Input

Floats = NDArray[np.float64]
LOW, HIGH = 0.05, 0.95
BLOCK_CELLS = 2_000_000  # numbers drawn at once (16 MB)


@dataclass(frozen=True, kw_only=True)
class CouplingOptions:
    """The table [options.coupling] of workspace.toml.

    Attributes
    ----------
    draws : int
        Draws of the bootstrap.
    balanced : float
        Systems whose levels differ by no more than this are called balanced: a convention.
    grades : bool
        Whether to add the ten grades of D: a convention without a test behind it.
    """

    draws: int = 1000
    balanced: float = 0.1
    grades: bool = False

    def __post_init__(self) -> None:
        if self.draws < 100 or not 0 <= self.balanced <= 1:
            raise InputError("options.coupling: draws must be >= 100 and balanced in [0, 1]")

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> CouplingOptions:
        """From the table [options.coupling]; unknown keys raise InputError."""
        known = [f.name for f in fields(cls)]
        unknown = sorted(set(options) - set(known))
        if unknown:
            raise InputError(f"options.coupling: unknown keys {', '.join(unknown)}", hint="keys: " + ", ".join(known))
        return cls(**options)


def coupling(
    systems: pd.DataFrame,
    *,
    seed: int | np.random.Generator,
    weights: Mapping[str, float] | None = None,
    indicators: pd.DataFrame | None = None,
    claimed: pd.Series | None = None,
    names: Mapping[str, tuple[str, str]] | None = None,
    origin: tuple[Input, ...] = (),
    options: CouplingOptions | None = None,
) -> CouplingResult:
    """Levels U, coupling C, development T and coordination D of every place, with bootstrap intervals.

    Parameters
    ----------
    systems : DataFrame, rows place_id or (place_id, year), columns subsystem
        Levels U between fixed goalposts, in [0, 1]; at least two subsystems; `subsystem_levels` makes them.
    seed : int or Generator
        For the bootstrap.
    weights : mapping of str to float, optional
        Weight alpha of each subsystem in T, default equal; rescaled with a warning where they do not sum to 1.
    indicators : DataFrame, rows as `systems`, columns (subsystem, indicator), optional
        Scaled values in [0, 1] whose mean is U; drawn with replacement inside each subsystem. Without it there are
        no intervals. Unequal weights inside a subsystem: ``indicators.attrs["weights"]``, one for every column.
    claimed : Series, rows as `systems`, optional
        Coupling degrees computed elsewhere, to be recognised.
    names : mapping of str to (English, Chinese), optional
        Names of the subsystems.
    origin : tuple of Input
        Rows that the systems come from.
    options : CouplingOptions, optional

    Returns
    -------
    CouplingResult

    Raises
    ------
    InputError
        A level is outside [0, 1], a weight is negative, rows are repeated, indicators do not give the levels; all
        at once.
    MissingDataError
        A level is missing.

    Notes
    -----
    C = sqrt{[1 - sum_{i>j} |U_i - U_j| / (n (n - 1) / 2)] [prod_i U_i / U_max]^(1 / (n - 1))}, T = sum alpha_i U_i,
    D = sqrt(C T): Wang, Kong, Ren, Zhi and Dai (2021). Intervals speak of the choice of indicators and of nothing
    else: not of errors in them, not of goalposts, not of weights of T. Coupling is no cause and no effect.

    Examples
    --------
    >>> pair = pd.DataFrame({"nature": {"a": 0.5}, "economy": {"a": 0.5}})
    >>> coupling(pair, seed=1).to_frame()[["c", "t", "d"]].round(4).to_numpy().tolist()
    [[1.0, 0.5, 0.7071]]
    """
    chosen = options or CouplingOptions()
    check_systems(systems)
    systems = systems.sort_index()
    u = systems.to_numpy(float)
    alpha, warnings = usable_weights(weights, [str(name) for name in systems.columns])
    c, t = coupling_degree(u), development(u, alpha)
    low = equally_low(c, t)
    drawn, told = _intervals(systems, indicators, alpha, chosen, seed)
    warnings += [*told, *per_year_scaling(systems), *_cautions(systems, u, low)]
    if claimed is not None:
        (_, given) = exact(pd.Series(0, systems.index), claimed)
        warnings += resembles(u, np.asarray(given, dtype=float), classical_degree(u), c, published_mistakes(u))
    table = _table(systems, c, t, drawn, chosen.balanced).assign(flag=np.where(low, "equally-low", ""))
    if chosen.grades:
        table, note = _graded(table)
        warnings.append(note)
    labels = {str(n): (names or {}).get(str(n), (str(n), str(n))) for n in systems.columns}
    settings = {
        "draws": chosen.draws if indicators is not None else 0, "balanced": chosen.balanced,
        "levels": [LOW, HIGH], "seed": seed if isinstance(seed, int) else None,
    }  # fmt: skip
    return CouplingResult(
        table=table, systems=labels, weights=dict(zip(labels, map(float, alpha), strict=True)),
        panel=systems.index.nlevels == 2, graded=chosen.grades, origin=origin, settings=settings,
        warnings=tuple(warnings),
    )  # fmt: skip


def _table(
    systems: pd.DataFrame, c: Floats, t: Floats, drawn: Mapping[str, tuple[Floats, Floats]], balanced: float
) -> pd.DataFrame:
    """All columns but the flag and the grades."""
    u, index = systems.to_numpy(float), systems.index
    name = np.array([str(column) for column in systems.columns], dtype=object)
    none = np.full(len(u), np.nan)
    columns: dict[str, Any] = {"place_id": index.get_level_values(0)}
    if index.nlevels == 2:
        columns["year"] = index.get_level_values(1).astype(int)
    levels = {f"u_{n}": u[:, k] for k, n in enumerate(name)}
    for key, value in {**levels, "c": c, "t": t, "d": coordination(c, t)}.items():
        ends = drawn.get(key, (none, none))
        columns |= {key: value, f"{key}_low": ends[0], f"{key}_high": ends[1]}
    old = classical_degree(u)
    last, gap = name[u.argmin(axis=1)], np.ptp(u, axis=1)
    columns |= {
        "c_classical": old, "d_classical": coordination(old, t), "lags": np.where(gap > 0, last, ""), "gap": gap,
        "lag_share": np.where(gap > 0, drawn.get("lags", (none, none))[0], np.nan),
        "type": np.where(gap <= balanced, "balanced", last + " lags"),
    }  # fmt: skip
    return pd.DataFrame(columns)


def subsystem_levels(values: pd.DataFrame, goalposts: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Levels U of the subsystems from raw indicators, between fixed goalposts.

    Parameters
    ----------
    values : DataFrame, rows place_id or (place_id, year), columns indicator
        In the unit of the goalposts; nothing missing.
    goalposts : DataFrame
        Columns indicator, subsystem, low, high, direction (1 more is better, -1 less), optionally weight; one row
        an indicator. A column `year` is accepted only where the goalposts are the same in every year.

    Returns
    -------
    systems, indicators : DataFrame
        As `coupling` wants them; values beyond a goalpost count as the goalpost.

    Raises
    ------
    InputError
        Goalposts differ by year: then levels of different years cannot be compared, a published misuse; or are
        out of order, or the indicators are not those of `values`; all at once.
    MissingDataError
        A value is missing.
    """
    from megaregion.core.aggregate import goalposts as between

    posts = fixed_goalposts(goalposts, [str(name) for name in values.columns])
    lost = values.columns[values.isna().any()]
    if len(lost):
        raise MissingDataError(
            f"values are missing for {', '.join(map(str, lost[:5]))}", hint="leave the indicator or the rows out"
        )
    raw = values[list(posts.index)]
    scaled = np.column_stack(
        [
            between(raw[name].to_numpy(float), row["low"], row["high"], int(row["direction"])).values
            for name, row in posts.iterrows()
        ]
    )
    columns = pd.MultiIndex.from_arrays([posts["subsystem"], posts.index], names=["subsystem", "indicator"])
    indicators = pd.DataFrame(scaled, index=values.index, columns=columns)
    indicators.attrs["weights"] = posts["weight"].tolist()
    share = posts["weight"] / posts.groupby("subsystem")["weight"].transform("sum")
    systems = pd.DataFrame(
        {str(s): scaled[:, at] @ share.to_numpy()[at] for s in dict.fromkeys(posts["subsystem"])
         for at in [np.flatnonzero(posts["subsystem"] == s)]},
        index=values.index,
    )  # fmt: skip
    return systems, indicators


def coupling_of_cluster(
    cluster: Cluster,
    scores: pd.DataFrame,
    *,
    seed: int | np.random.Generator,
    values: pd.DataFrame | None = None,
    weights: Mapping[str, float] | None = None,
    names: Mapping[str, tuple[str, str]] | None = None,
    options: CouplingOptions | None = None,
) -> CouplingResult:
    """Coupling coordination of the pillars of the composite index.

    Parameters
    ----------
    cluster : Cluster
    scores : DataFrame
        Columns place_id and pillar_<id> in 0-100: the frame of ``results/nodes/index``. Pillars without data are
        left out, and the warnings say so.
    seed : int or Generator
    values : DataFrame, optional
        Columns place_id, pillar, indicator, normalised, used: the frame of ``results/nodes/index_values``; for the
        intervals. Where its means are not the pillars (unequal weights inside a pillar), there are none.
    weights : mapping of str to float, optional
        By pillar; default equal.
    names : mapping of str to (English, Chinese), optional
    options : CouplingOptions, optional

    Raises
    ------
    InputError
        The places are not those of the cluster (AlignmentError), or fewer than two pillars have data.
    """
    found = [str(name) for name in scores.columns if str(name).startswith("pillar_")]
    frame = scores.set_index("place_id")[found].astype(float)
    here = units(cluster).index
    if frame.index.has_duplicates or set(frame.index) != set(here):
        odd = sorted(set(frame.index) ^ set(here))[:5] or list(frame.index[frame.index.duplicated()][:5])
        raise AlignmentError(
            f"scores and the cluster differ in the places {', '.join(odd)}", hint="run the index again"
        )
    holes = [name.removeprefix("pillar_") for name in found if frame[name].isna().all()]
    whole = frame.drop(columns=[f"pillar_{name}" for name in holes]) / 100.0
    whole.columns = [name.removeprefix("pillar_") for name in whole.columns]
    if whole.shape[1] < 2:
        raise InputError(
            f"coupling needs two pillars with data, {whole.shape[1]} has any (no data: {', '.join(holes) or 'none'})",
            hint="add indicators to the pillars without data in index.toml",
        )
    leaves, told = (None, []) if values is None else _leaves(values, whole)
    if weights is not None:
        weights = {name: value for name, value in weights.items() if name not in holes}
    if holes:
        told.append(f"pillars without data are left out: {', '.join(holes)}")
    origin = (Input("results/nodes/index", {"place_id": "{place}"}),)
    out = coupling(whole, seed=seed, weights=weights, indicators=leaves, names=names, origin=origin, options=options)
    return replace(out, warnings=(*told, *out.warnings))


def _leaves(values: pd.DataFrame, systems: pd.DataFrame) -> tuple[pd.DataFrame | None, list[str]]:
    """Scaled indicators behind the pillars; none where their plain means are not the pillars."""
    used = values["used"].astype(bool) & values["pillar"].isin(systems.columns)
    wide = values[used].pivot(index="place_id", columns=["pillar", "indicator"], values="normalised")
    wide = wide.reindex(systems.index).astype(float)
    if set(wide.columns.get_level_values(0)) != set(systems.columns) or wide.isna().any(axis=None):
        return None, ["the values behind the pillars are incomplete: no intervals"]
    mean = wide.T.groupby(level=0).mean().T[systems.columns]
    if not np.allclose(mean, systems, atol=1e-9):
        return None, ["pillars are not the plain means of their indicators (unequal weights): no intervals"]
    return wide, []


def _intervals(
    systems: pd.DataFrame, indicators: pd.DataFrame | None, alpha: Floats, options: CouplingOptions,
    seed: int | np.random.Generator,
) -> tuple[dict[str, tuple[Floats, Floats]], list[str]]:  # fmt: skip
    """Ends of the intervals by name, the share of draws in which the lowest system is lowest, and warnings."""
    if indicators is None:
        return {}, ["no indicators behind the systems were given: there are no intervals"]
    wide, weight = check_indicators(systems, indicators)
    rng = generator(seed, "coupling")
    of = [np.flatnonzero(wide.columns.get_level_values(0) == name) for name in systems.columns]
    picks = [_drawn_weights(weight[at], options.draws, rng) for at in of]
    x = wide.to_numpy(float)
    seen = systems.to_numpy(float).argmin(axis=1)
    keys = [*(f"u_{name}" for name in systems.columns), "c", "t", "d"]
    ends = np.empty((2, len(x), len(keys)))
    share = np.empty(len(x))
    step = max(1, BLOCK_CELLS // (options.draws * len(of)))
    for start in range(0, len(x), step):
        rows = slice(start, start + step)
        u = np.stack([x[rows][:, at] @ pick for at, pick in zip(of, picks, strict=True)], axis=-1)
        c, t = coupling_degree(u), development(u, alpha)
        cloud = np.concatenate([u, np.stack([c, t, coordination(c, t)], axis=-1)], axis=-1)
        ends[:, rows] = np.quantile(cloud, [LOW, HIGH], axis=1)
        share[rows] = (u.argmin(axis=-1) == seen[rows, None]).mean(axis=1)
    out = {key: (ends[0, :, k], ends[1, :, k]) for k, key in enumerate(keys)}
    out["lags"] = (share, share)
    few = [f"{name} ({len(at)})" for name, at in zip(systems.columns, of, strict=True) if len(at) < 5]
    warnings = []
    if few:
        warnings.append(
            f"few indicators in {', '.join(few)}: intervals are narrower than the doubt about them; "
            "a system of one indicator has none"
        )
    return out, warnings


def _drawn_weights(weight: Floats, draws: int, rng: np.random.Generator) -> Floats:
    """Weights of the indicators of a subsystem in every draw with replacement, (k, draws), columns sum to 1."""
    k = len(weight)
    times = rng.multinomial(k, np.full(k, 1.0 / k), size=draws).T * weight[:, None]
    return np.asarray(times / times.sum(axis=0))


def _cautions(systems: pd.DataFrame, u: Floats, low: NDArray[np.bool_]) -> list[str]:
    out = []
    if low.any():
        out.append(
            f"{int(low.sum())} rows have a high C and a low T: their systems are equally bad, which is no coordination "
            f"worth having ({_rows(systems.index[low])})"
        )
    if (u.max(axis=1) == 0).any():
        some = _rows(systems.index[u.max(axis=1) == 0])
        out.append(f"all systems are 0 in {some}: C has no value there, and D is 0")
    return out


def _rows(index: pd.Index) -> str:
    """The first few places, or places and years."""
    return ", ".join(" ".join(map(str, row)) if isinstance(row, tuple) else str(row) for row in index[:5])


def _graded(table: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    number = grade(table["d"].to_numpy(float))
    en, zh = (np.array(["", *(pair[k] for pair in GRADES)], dtype=object)[number] for k in (0, 1))
    note = "grades are ten even classes of D by convention: nothing happens at their limits"
    return table.assign(grade=number, grade_en=en, grade_zh=zh), note
