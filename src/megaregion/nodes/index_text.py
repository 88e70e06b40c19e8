"""An index in words, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from megaregion.nodes.index_sensitivity import SHIFT
from megaregion.result import Result


def lines(found: Mapping[str, Result], *, top: int) -> Iterator[str]:
    """What `analyse` found: first places with their intervals, weights beside equal ones, choices that move ranks.

    Parameters
    ----------
    found : mapping
        What `megaregion.nodes.index_analysis.analyse` returns.
    top : int
        Places to show.
    """
    scores = found["scores"].to_frame()
    if scores.empty:
        yield "no pillar has data: there is no score"
        return
    now = scores[scores["year"] == scores["year"].max()] if "year" in scores else scores
    facts = found["scores"].facts()
    if "uncertainty" in found:
        ranges = found["uncertainty"].to_frame().drop(columns="rank")
        now = scores.merge(ranges, on="place_id") if scores["year"].nunique() == 1 else now.merge(ranges, on="place_id")
    yield now.sort_values("rank").head(top).to_string(index=False, float_format="{:.4g}".format)
    rho = facts["spearman_with_equal_weights"]
    if rho is not None:
        yield (
            f"weights: {facts['rule']}; Spearman with the ranks of equal weights {rho:.4f}, "
            f"largest move {facts['largest_move']}"
        )
    yield from _weights(found["weights"].to_frame(), top)
    if "uncertainty" in found:
        draws = found["uncertainty"].facts()
        yield (
            f"{draws['draws']} draws over {', '.join(draws['varied'])}; {draws['failed']} failed; "
            f"median width of the 5-95 % interval {draws['median_interval_width']:g} ranks"
        )
    if "sensitivity" in found:
        yield from _choices(found["sensitivity"])
    if "topsis" in found:
        yield (
            found["topsis"]
            .to_frame()
            .sort_values("rank")
            .head(top)
            .to_string(index=False, float_format="{:.4g}".format)
        )


def _weights(frame: pd.DataFrame, top: int) -> Iterator[str]:
    heavy = frame.dropna(subset=["weight_in_index"]).sort_values("weight_in_index", ascending=False, kind="stable")
    named = [f"{c} {w:.3f}" for c, w in zip(heavy["child"].head(top), heavy["weight_in_index"].head(top), strict=True)]
    yield f"heaviest indicators: {', '.join(named)}"


def _choices(result: Result) -> Iterator[str]:
    frame = result.to_frame()
    overall = frame[frame["output"] == SHIFT]
    parts = [f"{r.choice} {r.first:.2f} alone, {r.total:.2f} in all" for r in overall.itertuples()]
    yield f"variance of the mean rank shift: {'; '.join(parts)}"
    moved = {k: v for k, v in result.facts()["places_moved_most_by"].items() if v}
    yield "places moved most by: " + ", ".join(f"{k} {v}" for k, v in moved.items())
