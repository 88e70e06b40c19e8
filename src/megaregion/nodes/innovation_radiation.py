"""Radiation of the centre: its ties by distance against gravity of the other pairs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from megaregion.core.centre_decay import TERMS, centre_decay
from megaregion.core.sphere import matrix_km
from megaregion.data.cluster import Cluster, units
from megaregion.errors import ConvergenceError, InputError
from megaregion.nodes.innovation_options import InnovationOptions
from megaregion.nodes.innovation_tables import CentreResult, RadiationResult
from megaregion.nodes.innovation_ties import DOCUMENTS, Network
from megaregion.result import Input

Z95 = 1.959963984540054
_MEANING = {
    "intercept": ("log tie of two places with one document each at 1 km", "两地各1件成果、相距1公里时合作强度的对数"),
    "size": ("elasticity to the product of both sizes", "对两地规模乘积的弹性"),
    "distance": ("elasticity to distance, pairs without the centre", "对距离的弹性（不含中心的地区对）"),
    "centre": ("log of the centre's ties over gravity, at its mean distance", "中心合作超出引力的对数（平均距离处）"),
    "centre_distance": (
        "how much slower (above 0) or faster the centre's ties thin out", "中心合作随距离衰减的差别（大于0为更慢）",
    ),
}  # fmt: skip


def radiation(
    cluster: Cluster, made: Network, options: InnovationOptions
) -> tuple[RadiationResult | None, CentreResult | None, str]:
    """Ties with the centre against gravity of the other pairs.

    Parameters
    ----------
    cluster : Cluster
    made : Network
    options : InnovationOptions
        `centre`; default the place with the most documents by fractions.

    Returns
    -------
    by place, terms : results or None
    reason : str
        Why there are none.

    Raises
    ------
    InputError
        The centre is no place of the level of analysis, or has no document.
    """
    places, n = made.found.places, len(made.found.places)
    size = made.fractional[:n].sum(axis=1)
    centre = _centre(places, size, options.centre)
    used = np.flatnonzero(size > 0)
    at = units(cluster).iloc[used]
    km = matrix_km(at["lon"], at["lat"])
    tie = made.fractional[np.ix_(used, used)]
    here = int(np.searchsorted(used, centre))
    try:
        got = centre_decay(tie, size[used], km, here)
    except (InputError, ConvergenceError) as problem:
        return None, None, f"radiation of the centre is not computed: {problem.message}"
    settings = {"centre": str(places[centre]), "window": list(made.found.window), "draws": options.draws,
                "document_kind": made.found.kind}  # fmt: skip
    facts = {"centre": str(places[centre]), "middle_km": got.middle_km, "pairs": got.pairs, "places": len(used)}
    others = np.arange(len(used)) != here
    low, high = _drawn(made, centre, n)
    table = pd.DataFrame({
        "place_id": places[used][others], "km": km[here][others], "observed": tie[here][others],
        "low": low[used][others], "high": high[used][others], "expected": got.expected[others],
        "expected_low": (got.expected * np.exp(-Z95 * got.error))[others],
        "expected_high": (got.expected * np.exp(Z95 * got.error))[others],
        "ratio": (tie[here] / got.expected)[others],
    })  # fmt: skip
    error = np.sqrt(np.diag(got.covariance))
    terms = pd.DataFrame({
        "term": TERMS, "coef": got.estimate, "se": error, "low": got.estimate - Z95 * error,
        "high": got.estimate + Z95 * error, "meaning_en": [_MEANING[t][0] for t in TERMS],
        "meaning_zh": [_MEANING[t][1] for t in TERMS],
    })  # fmt: skip
    notes = ["radiation: the variance of the errors was not positive and was mended: the errors are rough"]
    inputs = (*DOCUMENTS, Input("tables/places.csv", {"place_id": list(places[used])}))
    return (
        RadiationResult(table=table, whole=inputs, settings=settings, found=facts),
        CentreResult(table=terms, whole=inputs, settings=settings, found=facts, warnings=tuple(notes * got.rough)),
        "",
    )


def _centre(places: pd.Index, size: np.ndarray, wanted: str | None) -> int:
    if wanted is None:
        return int(size.argmax())
    if wanted not in places:
        raise InputError(f"options.innovation.centre: {wanted!r} is no place of the level of analysis")
    centre = int(np.flatnonzero(places == wanted)[0])
    if not size[centre] > 0:
        raise InputError(f"options.innovation.centre: {wanted} has no document in the window")
    return centre


def _drawn(made: Network, centre: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """5-95 % of the tie of each place with the centre over draws of documents; 0 where there is no document."""
    low, high = np.zeros(n), np.zeros(n)
    for one, other in ((made.first, made.second), (made.second, made.first)):
        here = (one == centre) & (other != centre) & (other < n)
        if here.any():
            low[other[here]], high[other[here]] = np.quantile(made.draws[here], [0.05, 0.95], axis=1)
    return low, high
