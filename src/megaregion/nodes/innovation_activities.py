"""What places are specialised in, how complex that is, and how near the rest is: advantage, complexity, density."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion._rng import generator
from megaregion.core.complexity import Complexity, advantage, complexity, expected, prior_of, reflections
from megaregion.core.relatedness import density, proximity
from megaregion.core.specialisation import shares
from megaregion.data.cluster import Cluster
from megaregion.data.industries import structures
from megaregion.nodes.innovation_options import InnovationOptions
from megaregion.nodes.innovation_tables import ActivitiesResult, ComplexityResult, OptionsResult
from megaregion.result import Input

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
LEAST = 10  # activities; relatedness of fewer is arithmetic on a handful of pairs
FINE = 60  # activities; about where classifications have three digits
BLOCK = 16_000_000  # densities held at once (128 MB)
ROUNDS = 20  # of reflections, for the check
KNOWN = 0.5  # an interval needs an index in this part of the draws


@dataclass(frozen=True, eq=False, kw_only=True)
class Activities:
    """Places by activities.

    Attributes
    ----------
    table : DataFrame, rows place_id, columns activity
        Places and activities that have something.
    mean : (n, k) array
        What is expected, in the unit of the table.
    share : (k,) array
        Of each activity in the whole.
    counted : bool
        Whether the table counts people or documents, so that chance is known.
    origin : str
        ``documents`` or ``industries``.
    names_zh : dict
    inputs : tuple of Input
    notes : tuple of str
    """

    table: pd.DataFrame
    mean: Floats
    share: Floats
    counted: bool
    origin: str
    names_zh: dict[str, str] = field(default_factory=dict)
    inputs: tuple[Input, ...] = ()
    notes: tuple[str, ...] = ()
    rare: tuple[str, ...] = ()  # activities that were left out


@dataclass(frozen=True, eq=False)
class Advantages:
    """Advantages of an `Activities` with their draws.

    Attributes
    ----------
    of : Activities
    raw, shrunken, probability : (n, k) array
    has : (n, k) booleans
    near : (n, k) array
        Density.
    index : Complexity
    drawn : (draws, n, k) booleans
        Advantages of 1 or more; no draws where chance is not known.
    prior : float
    """

    of: Activities
    raw: Floats
    shrunken: Floats
    probability: Floats
    has: Flags
    near: Floats
    index: Complexity
    drawn: Flags
    prior: float


def from_industries(cluster: Cluster, options: InnovationOptions) -> Activities | None:
    """Industries of the places of `options.kind`; None where there is no table of industries.

    Raises
    ------
    InputError, MissingDataError
        As `megaregion.data.industries.structures`.
    """
    given = cluster.further.get("industries")
    if given is None or given.empty:
        return None
    level = options.kind or str(cluster.attrs["level"])
    whole = options.absent_is_zero
    if whole is None:
        whole = bool((cluster.options.get("division_of_labour") or {}).get("absent_is_zero", False))
    found = structures(cluster.replace(attrs={**cluster.attrs, "level": level}), given, absent_is_zero=whole)
    if found is None:
        return None
    table, counted = found.table, set(given["unit"].dropna()) <= {"person", "job", "count"}
    share = shares(table.to_numpy(float))
    reference = found.weights.to_numpy(float) @ share
    size = table.sum(axis=1).to_numpy(float) if counted else found.weights.to_numpy(float)
    made = pd.DataFrame(share * size[:, None], table.index, table.columns)
    return Activities(
        table=made, mean=np.outer(size, reference), share=np.asarray(reference), counted=counted, origin="industries",
        names_zh=dict(found.names_zh), inputs=found.inputs(place_id=list(table.index)), notes=found.warnings,
    )  # fmt: skip


def from_fields(table: pd.DataFrame, inputs: tuple[Input, ...]) -> Activities | None:
    """Fields of documents (rows places, columns fields, fractions); None where there are none."""
    kept = table.loc[table.sum(axis=1) > 0, table.sum(axis=0) > 0]
    if kept.empty:
        return None
    x = kept.to_numpy(float)
    return Activities(table=kept, mean=expected(x), share=x.sum(axis=0) / x.sum(), counted=True, origin="documents",
                      inputs=inputs)  # fmt: skip


def common(of: Activities, least: float) -> Activities:
    """Without the activities whose mean expected count is below `least`, which are named; shares keep all."""
    if not of.counted:
        return of
    keep = of.mean.mean(axis=0) >= least
    rare = tuple(str(c) for c in of.table.columns[~keep])
    note = f"activities with fewer than {least:g} expected cases in the mean place are left out: {', '.join(rare)}"
    return replace(of, table=of.table.loc[:, keep], mean=of.mean[:, keep], share=of.share[keep], rare=rare,
                   notes=(*of.notes, *([note] if rare else [])))  # fmt: skip


def advantages(of: Activities, options: InnovationOptions, *, seed: int | np.random.Generator) -> Advantages:
    """Advantages, density and complexity, with draws of Gamma(x + a, E + a) where the table counts.

    Parameters
    ----------
    of : Activities
    options : InnovationOptions
        prior, design_effect, draws.
    seed : int or Generator
    """
    from scipy.special import gammaincc

    scale = options.design_effect if of.counted else 1.0
    x, mean = of.table.to_numpy(float) / scale, of.mean / scale
    raw = advantage(x, mean)
    has = raw >= 1.0
    prior, chance, shrunken = np.nan, np.full(x.shape, np.nan), np.full(x.shape, np.nan)
    drawn = np.zeros((0, *x.shape), dtype=bool)
    if of.counted:
        prior = prior_of(x, mean) if options.prior is None else float(options.prior)
        shrunken = advantage(x, mean, prior)
        shape = np.maximum(x + prior, 1e-12)  # no case and no prior: a rate of zero
        chance = gammaincc(shape, mean + prior)
        rng = generator(seed, "innovation", "advantages")
        drawn = np.empty((options.draws, *x.shape), dtype=bool)
        for k in range(options.draws):
            drawn[k] = rng.gamma(shape) >= mean + prior
    return Advantages(of, raw, shrunken, chance, has, density(has, proximity(has)), complexity(has), drawn, prior)


def density_span(made: Advantages, columns: list[list[int]]) -> Floats:
    """Densities over the draws (draws, n, len(columns)): means over each list of activities.

    Proximities are those of the draw. Missing where an activity is related to none.
    """
    n = len(made.of.table)
    out = np.empty((len(made.drawn), n, len(columns)))
    for k, has in enumerate(made.drawn):
        near = density(has, proximity(has))
        for j, mine in enumerate(columns):
            out[k, :, j] = near[:, mine].mean(axis=1)
    return out


def complexity_tables(made: Advantages, options: InnovationOptions) -> tuple[ComplexityResult, ActivitiesResult]:
    """Complexity of places and of activities with their intervals over the draws."""
    of, index = made.of, made.index
    eci, pci, ranks, flips = _drawn_indices(made)
    names = [str(c) for c in of.table.columns]
    places = pd.DataFrame({"place_id": of.table.index, "diversity": made.has.sum(axis=1), "eci": index.place,
                           "rank": _rank(index.place)})  # fmt: skip
    places["eci_low"], places["eci_high"] = _span(eci)
    places["rank_p05"], places["rank_p95"] = outward(_span(ranks))
    activities = pd.DataFrame({
        "activity": names, "name_zh": [of.names_zh.get(n) for n in names],
        "share": of.share, "ubiquity": made.has.sum(axis=0), "pci": index.activity,
    })  # fmt: skip
    activities["pci_low"], activities["pci_high"] = _span(pci)
    facts = {
        "places": len(places), "activities": len(names), "origin": of.origin, "left_out": list(of.rare),
        "second_eigenvalue": _or_none(index.second), "third_eigenvalue": _or_none(index.third),
        "reflections_correlation": _reflected(made), "draws_against_the_order": flips, "prior": _or_none(made.prior),
    }  # fmt: skip
    settings = {"origin": of.origin, "draws": len(made.drawn), "prior": _or_none(made.prior),
                "design_effect": options.design_effect, "kind": options.kind}  # fmt: skip
    notes = [*of.notes, *_doubts(made)]
    return (
        ComplexityResult(table=places, whole=of.inputs, settings=settings, found=facts, warnings=tuple(notes)),
        ActivitiesResult(table=activities, whole=of.inputs, settings=settings, found=facts),
    )


def weak(made: Advantages) -> list[str]:
    """What makes densities weak: activities that are too few, or that are no counts."""
    k, out = made.of.table.shape[1], []
    if k < FINE:
        out.append(
            f"{k} activities (fewer than {FINE}): complexity and relatedness at this level say little of technology"
        )
    if not made.of.counted:
        out.append("activities are no counts: there is no interval of advantages, densities and complexity")
    return out


def _doubts(made: Advantages) -> list[str]:
    out = weak(made)
    if made.index.reason:
        out.append(f"no complexity: {made.index.reason}")
    elif _against(made) > 0:
        out.append(
            "complexity: the direction is in doubt: places with more activities are those with the more common ones"
        )
    return out


def _against(made: Advantages) -> float:
    """Correlation of the complexity of activities with how many places have them; complex ones should be rare."""
    known = np.isfinite(made.index.activity)
    pci, ubiquity = made.index.activity[known], made.has.sum(axis=0)[known].astype(float)
    return float(((pci - pci.mean()) * (ubiquity - ubiquity.mean())).mean())


def _drawn_indices(made: Advantages) -> tuple[Floats, Floats, Floats, float | None]:
    n, k = made.of.table.shape
    eci, pci = np.full((len(made.drawn), n), np.nan), np.full((len(made.drawn), k), np.nan)
    ranks, against, known = np.full_like(eci, np.nan), 0, 0
    for row, has in enumerate(made.drawn):
        got = complexity(has)
        eci[row], pci[row], ranks[row] = got.place, got.activity, _rank(got.place)
        both = np.isfinite(got.place) & np.isfinite(made.index.place)
        if both.sum() > 2:
            known += 1
            against += bool(np.corrcoef(got.place[both], made.index.place[both])[0, 1] < 0)
    return eci, pci, ranks, against / known if known else None


def _reflected(made: Advantages) -> float | None:
    """Correlation of ECI with the reflections of round `ROUNDS`, without sign."""
    if made.index.reason:
        return None
    rows, columns = made.has.any(axis=1), made.has.any(axis=0)
    places, _ = reflections(made.has[np.ix_(rows, columns)], ROUNDS)
    return float(abs(np.corrcoef(places, made.index.place[rows])[0, 1]))


def options_table(made: Advantages, options: InnovationOptions) -> OptionsResult:
    """Advantage and density of every place and activity."""
    of = made.of
    n, k = of.table.shape
    low, high = np.full((n, k), np.nan), np.full((n, k), np.nan)
    step = max(1, BLOCK // max(len(made.drawn) * n, 1))
    for start in range(0, k if len(made.drawn) else 0, step):
        block = [[j] for j in range(start, min(start + step, k))]
        drawn = density_span(made, block)
        flat = drawn.reshape(len(drawn), -1)
        ends = _span(flat)
        low[:, start : start + len(block)], high[:, start : start + len(block)] = (e.reshape(n, -1) for e in ends)
    table = pd.DataFrame({
        "place_id": np.repeat(of.table.index, k), "activity": np.tile([str(c) for c in of.table.columns], n),
        "advantage": made.raw.ravel(), "advantage_shrunken": made.shrunken.ravel(),
        "p_advantage": made.probability.ravel(), "has": made.has.ravel(), "density": made.near.ravel(),
        "density_low": low.ravel(), "density_high": high.ravel(),
        "density_relative": np.where(made.has, np.nan, relative(made)).ravel(),
    })  # fmt: skip
    settings: dict[str, Any] = {"origin": of.origin, "draws": len(made.drawn), "prior": _or_none(made.prior)}
    return OptionsResult(table=table, whole=of.inputs, settings=settings, warnings=tuple(_doubts(made)))


def relative(made: Advantages) -> Floats:
    """Density less the mean of the activities that the place has no advantage in, over their deviation, (n, k)."""
    open_ = np.where(made.has, np.nan, made.near)
    count = np.isfinite(open_).sum(axis=1)
    some = np.where(np.isfinite(open_), open_, 0.0)
    mean = np.divide(some.sum(axis=1), count, out=np.full(len(count), np.nan), where=count > 0)
    spread = np.where(np.isfinite(open_), open_ - mean[:, None], 0.0)
    sd = np.sqrt(np.divide((spread**2).sum(axis=1), count, out=np.full(len(count), np.nan), where=count > 0))
    return np.asarray(np.divide(made.near - mean[:, None], sd[:, None], out=np.full(made.near.shape, np.nan),
                                where=(sd > 1e-12)[:, None]))  # fmt: skip


def _rank(values: Floats) -> Floats:
    return np.asarray(pd.Series(-values).rank(method="min"), dtype=np.float64)


def outward(ends: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Ends of an interval of ranks as whole ranks, never narrower."""
    return np.floor(ends[0]), np.ceil(ends[1])


def _span(drawn: Floats) -> tuple[Floats, Floats]:
    """5 and 95 % over the draws (rows) that have a value; missing where fewer than `KNOWN` have one."""
    low, high = np.full(drawn.shape[1], np.nan), np.full(drawn.shape[1], np.nan)
    if len(drawn):
        good = np.isfinite(drawn).mean(axis=0) >= KNOWN
        if good.any():
            low[good], high[good] = np.nanquantile(drawn[:, good], [0.05, 0.95], axis=0)
    return low, high


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
