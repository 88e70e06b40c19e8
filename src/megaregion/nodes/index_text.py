"""An index in words, for a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

import pandas as pd

from megaregion.nodes.index_sensitivity import SHIFT
from megaregion.result import Result


def lines(found: Mapping[str, Result], *, top: int, names: pd.Series | None = None) -> Iterator[str]:
    """What `analyse` found: first places with their intervals, weights beside equal ones, choices that move ranks.

    Parameters
    ----------
    found : mapping
        What `megaregion.nodes.index_analysis.analyse` returns.
    top : int
        Places to show.
    names : Series, optional
        Name of each place, index `place_id`.
    """
    scores, facts = found["scores"].to_frame(), found["scores"].facts()
    if scores.empty:
        yield "no pillar has data: there is no score"
        return
    now = scores.loc[scores["year"] == facts["year"], ["place_id", "score", "rank", "rank_equal"]]
    if "uncertainty" in found:
        now = now.merge(found["uncertainty"].to_frame().drop(columns="rank"), on="place_id")
    yield _table(now, top, names)
    rho = facts["spearman_with_equal_weights"]
    if rho is not None:
        yield (
            f"weights: {facts['rule']}; Spearman with the ranks of equal weights {rho:.4f}, "
            f"largest move {facts['largest_move']}"
        )
    if facts["rule"] != "benefit-of-the-doubt":  # there every place has its own
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
        yield _table(found["topsis"].to_frame(), top, names)


def together(warnings: Iterable[str]) -> Iterator[str]:
    """Each warning once; one that says the same of several indicators names all of them."""
    about: dict[str, list[str]] = {}
    for text in dict.fromkeys(warnings):
        found = re.fullmatch(r"indicator (\w+): (\d+ values are flagged .*)", text)
        about.setdefault(found[2] if found else text, []).extend([found[1]] if found else [])
    for text, names in about.items():
        yield text if not names else f"indicator{'s' * (len(names) > 1)} {', '.join(names)}: {text}"


def _table(frame: pd.DataFrame, top: int, names: pd.Series | None) -> str:
    """First rows by rank, with the names of the places."""
    first = frame.sort_values("rank").head(top)
    if names is not None:
        first.insert(1, "name", first["place_id"].map(names).fillna(""))
    return first.to_string(index=False, float_format="{:.4g}".format)


def _weights(frame: pd.DataFrame, top: int) -> Iterator[str]:
    heavy = frame.dropna(subset=["weight_in_index"]).sort_values("weight_in_index", ascending=False, kind="stable")
    named = [f"{c} {w:.3f}" for c, w in zip(heavy["child"].head(top), heavy["weight_in_index"].head(top), strict=True)]
    yield f"heaviest indicators: {', '.join(named)}"


def _choices(result: Result) -> Iterator[str]:
    frame = result.to_frame()
    overall = frame[frame["output"] == SHIFT]
    if overall["total"].isna().all():
        yield "no choice moves a rank"
        return
    shares = zip(overall["choice"], overall["first"].round(2) + 0.0, overall["total"], strict=True)  # no -0.00
    parts = [f"{name} {first:.2f} alone, {total:.2f} in all" for name, first, total in shares]
    error = overall[["first_se", "total_se"]].max().max()
    yield f"variance of the mean rank shift: {'; '.join(parts)} (standard errors up to {error:.2f})"
    moved = {k: v for k, v in result.facts()["places_moved_most_by"].items() if v}
    yield "places moved most by: " + ", ".join(f"{k} {v}" for k, v in moved.items())
