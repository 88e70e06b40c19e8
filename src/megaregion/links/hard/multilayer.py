"""The multilayer view: who is where active, which layers tell the same, whose rank holds whatever a change costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core import multilayer as core
from megaregion.core.mrqap import orders, qap_correlation
from megaregion.errors import AlignmentError, InputError
from megaregion.links.hard.layer_frames import MultilayerOptions
from megaregion.links.hard.multilayer_tables import LayerPairsResult, MultilayerResult
from megaregion.result import Result

Floats = NDArray[np.float64]
SPREAD = (0.25, 0.5, 1.0, 2.0, 4.0)  # of the decay: ranks are shown over all of them
WALK = 0.85


def multilayer(
    layers: Mapping[str, pd.DataFrame], change_min: pd.Series, options: MultilayerOptions | None = None, *, seed: int
) -> dict[str, Result]:
    """Overlap, participation and versatility of places over layers, and how alike the layers are.

    Parameters
    ----------
    layers : mapping of str to DataFrame
        Square frames of the same places, weights >= 0 in any unit, rows origin; two at least.
    change_min : Series
        Minutes to change between two layers in each place; index the places.
    options : MultilayerOptions, optional
    seed : int
        Of the permutations.

    Returns
    -------
    dict of str to Result
        `multilayer_places`, `multilayer_layers`.

    Raises
    ------
    InputError, AlignmentError
        There are fewer than two layers or three places, weights are below zero or missing, or places differ.
    """
    chosen = options or MultilayerOptions()
    index, stack = _stacked(layers)
    if len(change_min.index.symmetric_difference(index)):
        raise AlignmentError("change_min and the layers have different places")
    minutes = change_min.reindex(index).to_numpy(float)
    shares = core.scaled(stack, "layer-shares")
    strength, degree = core.strengths(shares), core.degrees(stack)
    ranks, walk = _versatility(stack, minutes, chosen.decay_min)
    together = core.versatility(shares.sum(axis=0)[None], np.zeros((len(index), 1, 1)), damping=WALK)
    table = pd.DataFrame({
        "place_id": index.to_numpy(object), "rank": ranks[SPREAD.index(1.0)], "rank_low": ranks.min(axis=0),
        "rank_high": ranks.max(axis=0), "versatility": 100.0 * walk, "rank_aggregate": _rank(together),
        "overlap": strength.sum(axis=0), "participation": core.participation(strength),
        "participation_links": core.participation(degree), "change_min": minutes,
    })  # fmt: skip
    for k, name in enumerate(layers):
        table[f"in_{name}"] = strength[k]
    table = table.sort_values("rank", kind="stable", ignore_index=True)
    pairs = _pairs(list(layers), stack, chosen, seed)
    warnings = (
        "layers have different units: each is scaled to its own mean place, walkers follow row shares; what a change "
        f"between layers weighs is assumed (decay {chosen.decay_min:g} min, ranks over a quarter to four times of it)",
    )
    settings = {**asdict(chosen), "layers": list(layers), "seed": seed, "damping": WALK}
    facts = _facts(shares, minutes, chosen.decay_min, table, list(layers))
    return {
        "multilayer_places": MultilayerResult(table=table, layers=tuple(layers), found=facts, settings=settings,
                                              warnings=warnings),
        "multilayer_layers": LayerPairsResult(table=pairs, settings=settings, warnings=warnings[:0]),
    }  # fmt: skip


def _stacked(layers: Mapping[str, pd.DataFrame]) -> tuple[pd.Index[str], Floats]:
    if len(layers) < 2:
        raise InputError(f"two layers are needed, got {', '.join(layers) or 'none'}")
    index = next(iter(layers.values())).index
    problems = []
    for name, frame in layers.items():
        if len(index.symmetric_difference(frame.index)) or len(index.symmetric_difference(frame.columns)):
            problems.append(f"layer {name} has other places than {next(iter(layers))}")
            continue
        values = frame.reindex(index=index, columns=index).to_numpy(float)
        off = values[~np.eye(len(index), dtype=bool)]
        if not ((off >= 0) & np.isfinite(off)).all():
            problems.append(f"layer {name}: weights must be numbers >= 0, {int((~(off >= 0)).sum())} are not")
        elif not off.any():
            problems.append(f"layer {name} has no link")
    if len(index) < 3:
        problems.append(f"three places are needed, got {len(index)}")
    if problems:
        raise InputError("; ".join(problems))
    stack = np.array([f.reindex(index=index, columns=index).to_numpy(float) for f in layers.values()])
    stack[:, np.arange(len(index)), np.arange(len(index))] = 0.0
    return index, stack


def _rank(value: Floats) -> Floats:
    from scipy.stats import rankdata

    out: Floats = rankdata(-np.round(value, 12), method="min").astype(np.float64)
    return out


def _joined(minutes: Floats, decay: float, layers: int) -> Floats:
    weight = core.coupling(minutes, decay)
    return np.broadcast_to(weight[:, None, None], (len(minutes), layers, layers))


def _versatility(stack: Floats, minutes: Floats, decay: float) -> tuple[Floats, Floats]:
    """Ranks at every decay, (5, n), and the versatility at the middle one."""
    walks = [core.versatility(stack, _joined(minutes, decay * f, len(stack)), damping=WALK) for f in SPREAD]
    return np.array([_rank(w) for w in walks]), walks[SPREAD.index(1.0)]


def _pairs(names: list[str], stack: Floats, options: MultilayerOptions, seed: int) -> pd.DataFrame:
    from scipy.stats import false_discovery_control

    rows, shares = [], core.scaled(stack, "row-shares")
    alike, n = core.jaccard(stack), stack.shape[1]
    drawn = orders(n, options.permutations, seed)
    off = ~np.eye(n, dtype=bool)
    for a in range(len(names)):
        for b in range(a + 1, len(names)):
            r = p = np.nan
            if np.ptp(shares[a][off]) > 0 and np.ptp(shares[b][off]) > 0:
                if np.allclose(shares[a], shares[b], rtol=0, atol=1e-12):
                    r, p = 1.0, 1.0 / (1.0 + options.permutations)
                else:
                    found = qap_correlation(shares[a], shares[b], orders=drawn, directed=True)
                    r, p = float(found.partial[0]), float(found.p[0])
            rows.append({"layer_a": names[a], "layer_b": names[b], "jaccard": alike[a, b], "correlation": r, "p": p,
                         "links_a": float((stack[a] > 0).sum()), "links_b": float((stack[b] > 0).sum())})  # fmt: skip
    table = pd.DataFrame(rows)
    known = table["p"].notna().to_numpy()
    table["q"] = np.nan
    if known.any():
        table.loc[known, "q"] = false_discovery_control(table.loc[known, "p"].to_numpy())
    return table


def _facts(shares: Floats, minutes: Floats, decay: float, table: pd.DataFrame, names: list[str]) -> dict[str, Any]:
    linked = (shares.sum(axis=(0, 1)) + shares.sum(axis=(0, 2))) > 0
    inside = shares[:, linked][:, :, linked]

    def second(weight: Floats) -> float:
        return core.algebraic_connectivity(inside, weight[linked])

    free = np.ones((len(minutes), len(names), len(names)))
    return {
        "layers": names, "places": len(minutes), "places_without_links": int((~linked).sum()),
        "algebraic_connectivity": second(_joined(minutes, decay, len(names))),
        "algebraic_connectivity_if_changes_were_free": second(free),
        "mean_participation": float(table["participation"].mean()), "first": str(table["place_id"].iloc[0]),
        "median_rank_width": float((table["rank_high"] - table["rank_low"]).median()),
    }  # fmt: skip
