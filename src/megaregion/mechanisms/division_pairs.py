"""Pairs of places in the division of labour: likeness, complements, neighbours, and what sampling alone gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion._rng import generator
from megaregion.core import specialisation
from megaregion.data.cluster import Cluster, groups, units
from megaregion.data.industries import Structures
from megaregion.errors import InputError
from megaregion.mechanisms.division_options import DivisionOptions

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Division:
    """What the tables of the division of labour are made of; arrays are places by industries.

    Attributes
    ----------
    of : Structures
    share, lq, specialised, density : (n, k) arrays
    reference : (k,) array
        Structure of the whole.
    phi : (k, k) array
        Proximity of industries.
    counted : (n,) array or None
        Effective size of each sample.
    options : DivisionOptions
    """

    of: Structures
    share: Floats
    reference: Floats
    lq: Floats
    specialised: NDArray[np.bool_]
    phi: Floats
    density: Floats
    counted: Floats | None
    options: DivisionOptions

    @property
    def places(self) -> list[str]:
        """Labels of the rows."""
        return [str(name) for name in self.of.table.index]

    @property
    def industries(self) -> list[str]:
        """Labels of the columns."""
        return [str(name) for name in self.of.table.columns]


def pairs_table(
    cluster: Cluster, made: Division, adjacent: pd.DataFrame | None, use: pd.DataFrame | None,
    seed: int | np.random.Generator,
) -> tuple[pd.DataFrame, dict[str, Any], tuple[str, ...]]:  # fmt: skip
    """Rows of `PairsResult`, headline numbers and warnings; arguments as of `division_of_labour`."""
    n, options = len(made.places), made.options
    beside_a, beside_b, notes = _neighbours(cluster, made.places, adjacent)
    index = specialisation.krugman_pairs(made.share)
    first, second = np.triu_indices(n, 1)
    joint = None if use is None else specialisation.complementarity(made.share, made.reference, _use(use, made))
    if joint is None:
        notes.append("no input-output table: complementarity is missing; a different structure is not a complement")
    beside = np.zeros(len(index), dtype=bool)
    beside[specialisation.position(n, beside_a, beside_b)] = True
    few = n <= options.all_pairs_up_to
    kept = np.arange(len(index)) if few else _kept(index, beside, joint, first, second, options)
    a, b = first[kept], second[kept]
    pearson, cosine = specialisation.likeness(made.share, a, b)
    group = groups(cluster).reindex(made.places).to_numpy()
    noise, p, text = _tested(made, a, b, beside[kept], seed)
    notes += text
    frame = pd.DataFrame(
        {
            "place_a": np.array(made.places, dtype=object)[a], "place_b": np.array(made.places, dtype=object)[b],
            "adjacent": beside[kept], "same_group": group[a] == group[b], "krugman": index[kept],
            "alike_rank": _rank(index)[kept], "pearson": pearson, "cosine": cosine,
            "complementarity": np.nan if joint is None else joint[a, b], "krugman_noise": noise, "p_sampling": p,
            "q_sampling": false_discovery(p),
        }
    )  # fmt: skip
    rng = generator(seed, "division_of_labour", "neighbours")
    mean, null, chance = specialisation.neighbours_alike(index, n, beside_a, beside_b, options.draws, rng)
    return frame, _pair_facts(frame, n, mean, null, chance), tuple(notes)


def _kept(
    index: Floats, beside: NDArray[np.bool_], joint: Floats | None, first: Ints, second: Ints, options: DivisionOptions
) -> Ints:
    """Neighbours and both ends of every order, in the order of the pairs."""
    keep = beside.copy()
    orders = [index, -index] + ([] if joint is None else [-joint[first, second]])
    for order in orders:
        keep[np.argsort(order, kind="stable")[: options.top]] = True
    return np.flatnonzero(keep)


def _tested(
    made: Division, a: Ints, b: Ints, beside: NDArray[np.bool_], seed: int | np.random.Generator
) -> tuple[Floats, Floats, list[str]]:
    noise, p = np.full(len(a), np.nan), np.full(len(a), np.nan)
    if made.counted is None:
        return noise, p, []
    here = np.ones(len(a), dtype=bool) if len(a) <= made.options.pairs_tested else beside
    rng = generator(seed, "division_of_labour", "pairs")
    noise[here], p[here] = specialisation.sampled_pairs(
        made.share, made.counted, a[here], b[here], made.options.draws, rng
    )
    text = f"only the {int(here.sum())} pairs of neighbours are tested against sampling noise"
    return noise, p, [] if here.all() else [text]


def _pair_facts(frame: pd.DataFrame, n: int, mean: float, null: float, p: float) -> dict[str, Any]:
    near = frame[frame["adjacent"]]
    name = (near["place_a"] + "–" + near["place_b"]).to_numpy()
    alike = np.argsort(near["krugman"].to_numpy(), kind="stable")
    known = near["complementarity"].notna().any()
    joint = np.argsort(-near["complementarity"].to_numpy(), kind="stable")
    return {
        "pairs": n * (n - 1) // 2, "pairs_listed": len(frame), "adjacent_pairs": len(near),
        "adjacent_most_alike": [str(name[i]) for i in alike[:5]],
        "adjacent_least_alike": [str(name[i]) for i in alike[::-1][:5]],
        "adjacent_most_complementary": [str(name[i]) for i in joint[:5]] if known else [],
        "krugman_of_neighbours": _number(mean), "krugman_of_shuffled_neighbours": _number(null),
        "p_neighbours": _number(p),
        "pairs_that_differ_beyond_sampling": int((frame["q_sampling"] <= 0.05).sum())
        if frame["q_sampling"].notna().any() else None,
    }  # fmt: skip


def _neighbours(cluster: Cluster, places: list[str], adjacent: pd.DataFrame | None) -> tuple[Ints, Ints, list[str]]:
    none = np.zeros(0, dtype=np.intp)
    if adjacent is not None:
        order = pd.Index(places)
        a, b = (order.get_indexer(pd.Index(adjacent[name])) for name in ("place_a", "place_b"))
        if ((a < 0) | (b < 0) | (a == b)).any():
            bad = adjacent[(a < 0) | (b < 0) | (a == b)][["place_a", "place_b"]].head(5).to_numpy()
            raise InputError(
                f"adjacent: no pair of two places of analysis: {', '.join(f'{x}–{y}' for x, y in bad)}",
                hint="give pairs of different places of the level of analysis",
            )
        pairs = np.unique(np.column_stack([np.minimum(a, b), np.maximum(a, b)]), axis=0)
        return pairs[:, 0], pairs[:, 1], []
    points = units(cluster).reindex(places)[["lon", "lat"]].astype(float)
    if points.isna().any(axis=None):
        lost = ", ".join(points.index[points.isna().any(axis=1)][:5])
        return none, none, [f"places without coordinates ({lost}): no neighbours, and nothing is said of them"]
    first, second = specialisation.gabriel(points["lon"].to_numpy(), points["lat"].to_numpy())
    return first, second, ["neighbours are found by the points of the places (Gabriel graph), not by their borders"]


def _use(use: pd.DataFrame, made: Division) -> Floats:
    wrong = []
    for axis, name in ((use.index, "rows"), (use.columns, "columns")):
        if not axis.is_unique:
            wrong.append(f"{name} repeat an industry")
        if lost := sorted(set(made.industries) - set(map(str, axis))):
            wrong.append(f"{name} lack {', '.join(lost[:5])}")
    if not wrong:
        values = use.reindex(index=made.industries, columns=made.industries).to_numpy(float)
        if not (np.isfinite(values) & (values >= 0)).all():
            wrong.append("a coefficient is missing, negative or infinite")
    if wrong:
        raise InputError("input_output: " + "; ".join(wrong), hint="one row and column for each industry of the table")
    return np.asarray(values)


def _rank(values: Floats) -> NDArray[np.int64]:
    out = np.empty(len(values), dtype=np.int64)
    out[np.argsort(values, kind="stable")] = np.arange(1, len(values) + 1)
    return out


def false_discovery(p: Floats) -> Floats:
    """Benjamini and Hochberg (1995) over the p that are there."""
    from scipy.stats import false_discovery_control

    out, known = np.full(len(p), np.nan), ~np.isnan(p)
    if known.any():
        out[known] = false_discovery_control(np.clip(p[known], 0.0, 1.0))
    return out


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
