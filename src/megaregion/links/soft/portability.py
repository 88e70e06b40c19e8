"""Portability: how far social insurance and points go along with people, and what recognition is worth to movers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.data.align import exact
from megaregion.data.changes.borders import SCHEMES
from megaregion.errors import AlignmentError, InputError
from megaregion.links.soft.portability_tables import FrictionChangeResult, PortabilityResult
from megaregion.links.soft.recognition import EVERYWHERE, checked_recognition, recognition_matrix

Floats = NDArray[np.float64]
DIRECTED = "points"  # becomes HukouPoints, which opens one destination; the rest Recognize, which goes both ways
_DIGITS = 9
_ROUNDING = 10.0**-_DIGITS  # shares computed from decimals


@dataclass(frozen=True, kw_only=True)
class Elasticity:
    """Share of the log cost of moving that full recognition removes: a declared prior, not an estimate.

    Attributes
    ----------
    value, low, high : float
        0 <= low <= value <= high. One cross-section cannot identify it, hence the wide range; the same numbers as
        the equilibrium uses for recognition of registration.
    """

    value: float = 0.3
    low: float = 0.05
    high: float = 1.0

    def problems(self) -> list[str]:
        """Why this is no range."""
        good = 0 <= self.low <= self.value <= self.high < np.inf
        return (
            [] if good else [f"elasticity needs 0 <= low <= value <= high, got {self.low}, {self.value}, {self.high}"]
        )


def portability(
    rows: pd.DataFrame,
    groups: pd.Series,
    *,
    migrants: pd.DataFrame | None = None,
    people: pd.Series | None = None,
    scheme_weights: Mapping[str, float] | None = None,
) -> PortabilityResult:
    """Index of portability over all pairs of different places, by place, by scheme and by pair of groups.

    Parameters
    ----------
    rows, groups
        As in `megaregion.links.soft.recognition.checked_recognition`.
    migrants : DataFrame, rows registered in, columns living in, optional
        Weights of pairs, >= 0; those of a place with itself are not read.
    people : Series, optional
        Where there are no migrants: pairs weigh P_i P_j. With neither every pair weighs the same.
    scheme_weights : mapping of str to float, optional
        Declared, > 0; default one for every scheme in `rows`. A scheme that no row names counts as unknown.

    Returns
    -------
    PortabilityResult

    Raises
    ------
    InputError, SchemaError
        As `checked_recognition`; both weights are given, or one is negative, missing or all zero.
    AlignmentError
        Weights speak of other places.

    Notes
    -----
    index = sum m_ij w_s R_ij^s / sum m_ij w_s over the cells that are known. What is unknown is not guessed: `low` and
    `high` take all of it as 0 and as 1, `known` is its part of the weight.
    """
    table = checked_recognition(rows, groups)
    weights = {str(name): 1.0 for name in sorted(set(table["scheme"]))} if scheme_weights is None else scheme_weights
    pair, basis = _pair_weights(groups, migrants, people)
    if not weights or not all(0 < w < np.inf for w in weights.values()):
        raise InputError(f"scheme_weights must be > 0 and finite, got {dict(weights)!r}", hint="leave a scheme out")
    value = np.stack([recognition_matrix(table, name, groups).to_numpy() for name in weights])
    known, off = ~np.isnan(value), ~np.eye(len(groups), dtype=bool)
    weight = np.array(list(weights.values()))[:, None, None] * pair[None]
    sums = np.stack([weight, weight * known, weight * np.where(known, value, 0.0), off & ~known, off & known])
    out = _views(sums, list(weights), groups)
    columns = [c.name for c in PortabilityResult(table=pd.DataFrame()).describe()]
    found = PortabilityResult(
        table=pd.DataFrame(out, columns=columns), settings={"scheme_weights": dict(weights), "pairs_weighted_by": basis}
    )
    return PortabilityResult(table=found.table, settings=found.settings, warnings=_remarks(found.facts(), basis))


def friction_change(
    before: pd.DataFrame, after: pd.DataFrame, cost: pd.DataFrame, *, elasticity: Elasticity | None = None
) -> FrictionChangeResult:
    """Cost of moving between places when recognition rises.

    Parameters
    ----------
    before, after : DataFrame, rows registered in, columns living in
        Recognition in [0, 1]; missing where unknown, and then so is the change.
    cost : DataFrame, like `before`
        Level of the cost of moving, 1 at home, infinite where nobody moved; below one it counts as one.
    elasticity : Elasticity, optional

    Raises
    ------
    InputError
        A value is out of range, recognition falls (withdrawing is no reform that this maps), a cost is missing.
    AlignmentError
        The places differ.

    Notes
    -----
    mu' = mu^(1 - eta R) with R = (after - before) / (1 - before), the part of what was not yet recognised that comes
    to be; where nobody moved no recognition brings the first one, and the factor is one. The level is inverted from
    shares of people, m_ij ~ (V_j / mu_ij)^kappa (Tombe and Zhu 2019).
    """
    eta = elasticity or Elasticity()
    wrong = eta.problems()
    marker = pd.Series(0.0, index=before.index)
    b, a, mu = (np.asarray(f.to_numpy(dtype=np.float64)) for f in exact(marker, before, after, cost)[1:])
    off = ~np.eye(len(marker), dtype=bool)
    for name, values, high in (("before", b, 1.0), ("after", a, 1.0), ("cost", mu, np.inf)):
        if (bad := off & ((values < 0) | (values > high))).any():
            wrong.append(f"{name} must lie in [0, {high:g}]: {_pairs(before, bad)}")
    if (bad := off & (a < b - _ROUNDING)).any():
        wrong.append(f"recognition falls: {_pairs(before, bad)}")
    if (bad := off & np.isnan(mu)).any():
        wrong.append(f"cost is missing: {_pairs(before, bad)}")
    if wrong:
        raise InputError("friction_change: " + "; ".join(wrong), hint="0 is none, 1 is full; unknown stays missing")
    share = np.divide(np.maximum(a - b, 0.0), 1.0 - b, out=np.where(np.isnan(a - b), np.nan, 0.0), where=b < 1)
    level = np.where(np.isinf(mu), 1.0, np.maximum(mu, 1.0))
    i, j = np.nonzero(off)
    table = pd.DataFrame({"origin": before.index.to_numpy(object)[i], "destination": before.index.to_numpy(object)[j],
                          "before": b[i, j], "after": a[i, j], "recognized": share[i, j],
                          "cost_before": mu[i, j]})  # fmt: skip
    for name, value in (("factor", eta.value), ("factor_low", eta.high), ("factor_high", eta.low)):
        table[name] = (level ** (-value * share))[i, j]
    table["cost_after"] = table["cost_before"] * table["factor"]
    unknown = int(table["factor"].isna().sum())
    said = ["the elasticity is a declared prior: one cross-section does not identify it"]
    if unknown:
        said.append(f"{unknown} pairs of places have no known recognition: no change is computed for them")
    if (low := int((mu[i, j] < 1).sum())) > 0:
        said.append(f"{low} costs of moving lie below one and count as one")
    columns = [c.name for c in FrictionChangeResult(table=table).describe()]
    return FrictionChangeResult(table=table[columns], settings=asdict(eta), warnings=tuple(said))


def recognition_changes(before: pd.DataFrame, after: pd.DataFrame, groups: pd.Series) -> list[dict[str, Any]]:
    """Changes of a scenario that lead from one table of recognition to another.

    Parameters
    ----------
    before, after : DataFrame
        As `rows` of `portability`; rows are compared by origin, destination and scheme.
    groups : Series
        Group of each place.

    Returns
    -------
    list of dict
        For `megaregion.data.scenario.change_from_dict`: ``Recognize`` for both directions of a pair at once,
        ``HukouPoints`` for the scheme points, which opens one destination. `share` is the part of what was not yet
        recognised; rows that do not change give none.

    Raises
    ------
    InputError
        Recognition falls or is unknown on one side, a row stands in one table only, a scheme is none of the scenario's,
        a change of a scheme other than points goes one way only or names ``all`` on one side, or a row that changes
        overlaps with another of its scheme; everything is listed.
    """
    key = ["origin", "destination", "scheme"]
    old, new = (checked_recognition(t, groups)[[*key, "value"]] for t in (before, after))
    both = old.merge(new, on=key, how="outer", suffixes=("_before", "_after"), indicator=True)
    rise = both["value_after"] - both["value_before"]
    moved = both[~((rise.abs() <= _ROUNDING) | (both["value_before"].isna() & both["value_after"].isna()))]
    step = moved["value_after"] - moved["value_before"]
    wrong = []
    for bad, text in (
        (moved["_merge"] != "both", "a row stands in one table only"),
        ((moved["_merge"] == "both") & step.isna(), "recognition is unknown on one side"),
        (step < 0, "recognition falls"), (~moved["scheme"].isin(SCHEMES), f"scheme is none of {', '.join(SCHEMES)}"),
    ):  # fmt: skip
        if bad.any():
            wrong.append(f"{text}: {_lines(moved[bad])}")
    share = (step / (1.0 - moved["value_before"])).clip(upper=1.0).round(_DIGITS)
    rows = {(str(o), str(d), str(s)): float(x) for o, d, s, x in moved[key].assign(share=share).to_numpy()}
    wrong += _overlaps(both, moved, groups)
    points = [{"type": "HukouPoints", "place_id": d, "origin": o, "share": x}
              for (o, d, s), x in rows.items() if s == DIRECTED]  # fmt: skip
    joint: dict[tuple[str, str, float], list[str]] = {}
    for (origin, destination, scheme), x in rows.items():
        if scheme == DIRECTED:
            continue
        if rows.get((destination, origin, scheme)) != x:
            wrong.append(f"{scheme} changes one way only or unequally: {origin} to {destination}")
        elif (origin == EVERYWHERE) != (destination == EVERYWHERE):
            wrong.append(f"{scheme} of {origin} to {destination}: name all on both sides or on none")
        elif origin <= destination:
            joint.setdefault((origin, destination, x), []).append(scheme)
    if wrong:
        raise InputError("recognition_changes: " + "; ".join(dict.fromkeys(wrong)), hint="Recognize goes both ways")
    size = groups.value_counts()
    inside = [[g, g] for g in sorted(map(str, size.index[size > 1]))]  # all of a scenario means borders between groups
    out: list[dict[str, Any]] = []
    for (a, b, x), schemes in joint.items():
        named = [s for s in SCHEMES if s in schemes]
        for between in [["all"], *inside] if a == EVERYWHERE else [[a, b]]:
            out.append({"type": "Recognize", "between": between, "share": x, "schemes": named})
    return points + out


def _overlaps(both: pd.DataFrame, moved: pd.DataFrame, groups: pd.Series) -> list[str]:
    """Rows that change and speak of pairs of which another row of the scheme speaks too: changes would add up."""
    place, group = groups.index.astype("str").to_numpy(), groups.to_numpy(object)

    def block(row: Mapping[Any, Any]) -> NDArray[np.bool_]:
        o, d = (
            (place == row[end]) | (group == row[end]) | (row[end] == EVERYWHERE) for end in ("origin", "destination")
        )
        return np.asarray(np.outer(o, d) & ~np.eye(len(place), dtype=bool))

    out = []
    for scheme, rows in moved.groupby("scheme", sort=True):
        count = np.zeros((len(place), len(place)), dtype=int)
        for row in both[both["scheme"] == scheme].to_dict("records"):
            count += block(row)
        bad = [row for row in rows.to_dict("records") if (count[block(row)] > 1).any()]
        if bad:
            out.append(f"rows overlap with others, and changes add up: {_lines(pd.DataFrame(bad))}")
    return out


def _views(sums: Floats, schemes: list[str], groups: pd.Series) -> list[dict[str, Any]]:
    """Rows of the table: sums (5, schemes, n, n) added up over everything, by origin, by destination, by groups."""
    code, names = pd.factorize(groups, sort=True)
    member = (code[:, None] == np.arange(len(names))[None, :]).astype(np.float64)
    ids, labels = [str(i) for i in groups.index], [str(g) for g in names]
    parts = (
        ("all", [("", "")], sums.sum(axis=(2, 3))[..., None]),
        ("origin", [(i, "") for i in ids], sums.sum(axis=3)), ("destination", [("", i) for i in ids], sums.sum(axis=2)),
        ("groups", [(a, b) for a in labels for b in labels],
         (member.T @ sums @ member).reshape(*sums.shape[:2], len(labels) ** 2)),
    )  # fmt: skip
    out = []
    for view, keys, found in parts:
        whole = np.concatenate([found.sum(axis=1, keepdims=True), found], axis=1)
        for k, (origin, destination) in enumerate(keys):
            for scheme, five in zip(["", *schemes], whole[:, :, k].T, strict=True):
                if five[3] + five[4] > 0:  # a group of one place has no pair inside
                    out.append({"view": view, "origin": origin, "destination": destination, "scheme": scheme,
                                **_index(*five[:4])})  # fmt: skip
    return out


def _index(total: float, there: float, met: float, unknown: float) -> dict[str, float]:
    """Weighted mean of what is known, its bounds, and the part of the weight that is known."""
    if not total > 0:
        return {"index": np.nan, "low": np.nan, "high": np.nan, "known": np.nan, "unknown_cells": unknown}
    return {"index": met / there if there > 0 else np.nan, "low": met / total, "high": (met + total - there) / total,
            "known": there / total, "unknown_cells": unknown}  # fmt: skip


def _pair_weights(groups: pd.Series, migrants: pd.DataFrame | None, people: pd.Series | None) -> tuple[Floats, str]:
    n = len(groups)
    if migrants is not None and people is not None:
        raise InputError("give migrants or people, not both", hint="migrants weigh pairs as they are used")
    if migrants is not None:
        _, square = exact(groups, migrants)
        pair, basis = square.to_numpy(dtype=np.float64), "migrants"
    elif people is not None:
        _, count = exact(groups, people)
        pair, basis = np.outer(count.to_numpy(dtype=np.float64), count.to_numpy(dtype=np.float64)), "people"
    else:
        pair, basis = np.ones((n, n)), "pairs"
    off = ~np.eye(n, dtype=bool)
    if n < 2:
        raise AlignmentError("portability needs two places at least")
    if not (np.isfinite(pair[off]) & (pair[off] >= 0)).all() or not pair[off].sum() > 0:
        raise InputError(f"{basis} must be >= 0, finite, not missing and not all zero", hint="0 for no migrants")
    return np.where(off, pair / pair[off].sum(), 0.0), basis


def _remarks(facts: Mapping[str, Any], basis: str) -> tuple[str, ...]:
    out = []
    if facts["unknown_cells"]:
        out.append(
            f"{facts['unknown_cells']} values are unknown; {1 - (facts['known'] or 0):.1%} of the weight: "
            "they are left out of the index and bounded in low and high"
        )
    if basis != "migrants":
        out.append(f"pairs are weighted by {basis}, not by the migrants who need recognition")
    return tuple(out)


def _pairs(frame: pd.DataFrame, bad: NDArray[np.bool_]) -> str:
    return ", ".join(f"{frame.index[i]} to {frame.index[j]}" for i, j in np.argwhere(bad)[:5])


def _lines(rows: pd.DataFrame) -> str:
    return ", ".join(f"{r['origin']} to {r['destination']} {r['scheme']}" for r in rows.head(5).to_dict("records"))
