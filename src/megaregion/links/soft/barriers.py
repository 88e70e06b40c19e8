"""What a border between groups of places costs: gravity by PPML, its placebo, and what it cannot say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from itertools import combinations
from typing import Any, Literal

import numpy as np
import pandas as pd

from megaregion.data.align import exact
from megaregion.data.option_keys import require_known
from megaregion.errors import InputError, MissingDataError, SolveError
from megaregion.links.soft.equivalents import equivalent
from megaregion.links.soft.gravity import active, identified
from megaregion.links.soft.pair_fit import ENDS, PairFit, pair_fit

SQUARED = "ln_x_squared"
NO_CONTRAST = "no place has flows both inside its group and across"
ONE_END = "flows above zero have one origin, or one destination, only: with its effect nothing is left to compare"
NONE_ACROSS = "no flow crosses a border: perfectly separated, so that the effect has no finite size"
NONE_INSIDE = "no flow stays inside a group: perfectly separated, so that the effect has no finite size"


@dataclass(frozen=True, kw_only=True)
class BorderOptions:
    """The table [options.border] of workspace.toml.

    Attributes
    ----------
    base_min : float
        Trip on which "equivalent minutes" are stated.
    absent_is_zero : tuple of str
        Layers whose tables list all there is, so that a pair that is not listed has none. For every other layer
        a pair that is not listed is unknown and left out.
    max_pairs : int
        Effects by pair of groups are estimated where there are at most so many pairs of groups.
    full_rows : int
        On times, the quadratic and the placebo of every single group are estimated up to so many pairs of places.
    """

    base_min: float = 60.0
    absent_is_zero: tuple[str, ...] = ("trains", "commuting")
    max_pairs: int = 15
    full_rows: int = 20_000

    def __post_init__(self) -> None:
        if not self.base_min > 0 or not self.max_pairs >= 0 or not self.full_rows >= 0:
            raise InputError("options.border: base_min must be > 0, max_pairs and full_rows >= 0")

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> BorderOptions:
        """From the table [options.border]; unknown keys raise InputError."""
        require_known(options, [f.name for f in fields(cls)], "border")
        given = dict(options)
        if "absent_is_zero" in given:
            given["absent_is_zero"] = tuple(given["absent_is_zero"])
        return cls(**given)


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """One border coefficient.

    `coef` is the log of how many times larger a flow inside a group is than one across the border, at equal
    distance and with the pull of both ends held fixed: positive where the border holds flows back. NaN where
    the design does not identify it.
    """

    spec: str
    group_a: str = ""
    group_b: str = ""
    identified: bool = False
    coef: float = np.nan
    se: float = np.nan
    ci_low: float = np.nan
    ci_high: float = np.nan
    errors: str = ""
    se_two_way: float = np.nan
    two_way_low: float = np.nan
    two_way_high: float = np.nan
    n: int = 0
    n_dropped: int = 0
    clusters: int = 0
    flow_factor: float = np.nan
    ln_distance: float = np.nan
    ln_distance_se: float = np.nan
    equivalent_percent: float = np.nan
    percent_low: float = np.nan
    percent_high: float = np.nan
    base_min: float = np.nan
    equivalent_min: float = np.nan
    min_low: float = np.nan
    min_high: float = np.nan
    note_en: str = ""
    note_zh: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain form."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class Dyads:
    """Ordered pairs of different places with what the regressions need.

    Attributes
    ----------
    rows : DataFrame
        Columns origin, destination, flow, ln_x, same (1.0 or 0.0), pair (``a|b``, sorted; empty inside a group).
    groups : Series
        Group of each place.
    measure : {'distance', 'time'}
        What x is.
    base_min : float
    """

    rows: pd.DataFrame
    groups: pd.Series
    measure: Literal["distance", "time"]
    base_min: float

    def where(self, mask: pd.Series) -> Dyads:
        """Some of the pairs."""
        return Dyads(self.rows[mask], self.groups, self.measure, self.base_min)

    def alone(self) -> list[str]:
        """Groups with one place: no flow inside them is ever seen."""
        count = self.groups.value_counts()
        return sorted(map(str, count.index[count == 1]))


def dyads(
    flow: pd.DataFrame,
    distance: pd.DataFrame,
    groups: pd.Series,
    *,
    measure: Literal["distance", "time"] = "distance",
    base_min: float = 60.0,
    absent_is_zero: bool = False,
) -> Dyads:
    """Pairs of places as rows.

    Parameters
    ----------
    flow : DataFrame, rows origin, columns destination
        >= 0; NaN where the table says nothing.
    distance : DataFrame, rows origin, columns destination
        Kilometres or minutes, > 0 off the diagonal; pairs where it is NaN (no way) are left out.
    groups : Series
        Group of each place; its index is the order.
    measure : {'distance', 'time'}
    base_min : float
        Trip on which equivalent minutes are stated.
    absent_is_zero : bool
        Whether NaN in `flow` means zero; otherwise such pairs are left out.

    Raises
    ------
    AlignmentError, MissingDataError, InputError
        The places differ, a group is missing, or a value is out of range.
    """
    if groups.isna().any():
        raise MissingDataError(f"no group for {', '.join(map(str, groups.index[groups.isna()][:5]))}")
    _, f, x = exact(groups, flow, distance)
    own, value, size = groups.to_numpy(object), f.to_numpy(float), x.to_numpy(float)
    i, j = np.nonzero(~np.eye(len(own), dtype=bool))
    rows = pd.DataFrame({"origin": groups.index[i], "destination": groups.index[j], "flow": value[i, j]})
    rows["x"] = size[i, j]
    rows["same"] = (own[i] == own[j]).astype(float)
    low, high = np.minimum(own[i], own[j]), np.maximum(own[i], own[j])
    rows["pair"] = np.where(rows["same"] > 0, "", low + "|" + high)
    if absent_is_zero:
        rows["flow"] = rows["flow"].fillna(0.0)
    rows = rows.dropna(subset=["flow", "x"])
    problems = []
    for bad, text in (
        (rows["flow"] < 0, "a flow is negative"), (np.isinf(rows["flow"]), "a flow is infinite"),
        (~(rows["x"] > 0), f"the {measure} is not > 0"), (np.isinf(rows["x"]), f"the {measure} is infinite"),
    ):  # fmt: skip
        if bad.any():
            shown = (rows["origin"] + "→" + rows["destination"])[bad].head(5)
            problems.append(f"{text} for {int(bad.sum())} pairs: {', '.join(shown)}")
    if problems:
        raise InputError("; ".join(problems))
    rows["ln_x"] = np.log(rows["x"])
    return Dyads(rows.drop(columns="x"), groups, measure, base_min)


def border_effect(pairs: Dyads, *, spec: str = "main", group: str = "", extra: tuple[str, ...] = ()) -> Estimate:
    """How much larger flows are inside groups than across their borders.

    Parameters
    ----------
    pairs : Dyads
    spec, group : str
        Name of the specification and the group that it speaks of, for the record.
    extra : tuple of str
        Further columns of `pairs.rows` in the regression.

    Returns
    -------
    Estimate
        ``E[F_ij] = exp(o_i + d_j + b ln x_ij + g same_ij)`` over i != j, zeros included, errors dyadic or two-way,
        whichever is wider (`PairFit.errors`); `coef` is g. Not identified where no group, or every pair, holds both
        kinds of pairs.

    Notes
    -----
    Feenstra (2002), Scottish Journal of Political Economy 49, 491 (border effect with effects of both ends);
    Santos Silva & Tenreyro (2006) for the estimator.
    """
    rows = active(pairs.rows, "flow", ENDS)
    terms = ["ln_x", *extra, "same"]
    lost = len(pairs.rows) - len(rows)
    known = identified(rows, terms, ENDS)[0] if len(rows) else []
    sides = rows.groupby("same")["flow"].sum()
    if "same" not in known or "ln_x" not in known or not (sides > 0).all():
        return _unknown(spec, (group, ""), not_identified(pairs.rows), len(rows), lost)
    if lacking := sorted(set(terms) - set(known)):
        text = f"{', '.join(lacking)} cannot be told apart from the rest in so few pairs"
        return _unknown(spec, (group, ""), text, len(rows), lost)
    try:
        fit = pair_fit(rows, terms)
    except (SolveError, InputError) as error:  # too few pairs for this design: a finding, not an end
        return _unknown(spec, (group, ""), error.message, len(rows), lost)
    return _estimate(spec, (group, ""), fit, "same", pairs, lost=lost, curved=SQUARED in extra)


def not_identified(rows: pd.DataFrame) -> str:
    """Why pairs (origin, destination, flow, same) say nothing of a border: one end, perfectly separated, or neither."""
    used = rows[rows["flow"] > 0]
    if min(used[end].nunique() for end in ENDS) == 1:
        return ONE_END
    for side, reason in ((1.0, NONE_ACROSS), (0.0, NONE_INSIDE)) if len(used) else ():
        if (used["same"] == side).all() and (rows["same"] != side).any():
            return reason
    return NO_CONTRAST


def pair_effects(pairs: Dyads, *, extra: tuple[str, ...] = ()) -> list[Estimate]:
    """The border of every pair of groups on its own; those that the design does not identify say so.

    `extra` names further columns of `pairs.rows` in the regression, such as a dialect zone or a direct service
    (`megaregion.links.soft.border_controls.with_controls`).

    A group of one place has no flow inside, so that the effects of its two ends absorb the mean of its borders:
    they are identified only relative to each other and get no number.
    """
    rows = active(pairs.rows, "flow", ENDS)
    lost = len(pairs.rows) - len(rows)
    total = rows[rows["pair"] != ""].groupby("pair")["flow"].sum()
    empty = set(total.index[total == 0])
    rows = active(rows[~rows["pair"].isin(empty)], "flow", ENDS)
    lost = len(pairs.rows) - len(rows)
    names = sorted(set(rows["pair"]) - {""})
    rows = rows.assign(**{f"b{k}": (rows["pair"] == name).astype(float) for k, name in enumerate(names)})
    columns = [f"b{k}" for k in range(len(names))]
    known, helpers = identified(rows, ["ln_x", *extra, *columns], ENDS) if len(rows) else ([], [])
    fit: PairFit | None = None
    reason = "one of the two groups has a single place and no flow inside: identified only relative to its others"
    if "ln_x" in known:
        try:
            fit = pair_fit(rows, [*known, *helpers])
        except (SolveError, InputError) as error:
            reason = error.message
    out = []
    for a, b in combinations(sorted(map(str, pairs.groups.unique())), 2):
        name, spec = f"{a}|{b}", f"pair:{a}-{b}"
        column = f"b{names.index(name)}" if name in names else ""
        if fit is not None and column in known:
            out.append(_estimate(spec, (a, b), fit, column, pairs, lost=lost, sign=-1.0))
        else:
            why = reason if column else "no flow at all between the two groups"
            out.append(_unknown(spec, (a, b), why, len(rows), lost))
    return out


def placebo(pairs: Dyads, coordinate: pd.Series, *, spec: str = "placebo", single: bool = True) -> list[Estimate]:
    """Borders that are none: each group cut at the median of a coordinate of its places, pairs inside only.

    Parameters
    ----------
    pairs : Dyads
    coordinate : Series
        Latitude (or longitude) in degrees, index as the groups; a place on the median goes to the lower half.
    spec : str
        Name of the specification.
    single : bool
        Also for every group alone.

    Returns
    -------
    list of Estimate
        All groups together (`group_a` empty), then each alone. What they differ from zero by is not the border:
        curvature in distance, terrain, or how flows are measured.
    """
    exact(pairs.groups, coordinate)
    middle = coordinate.groupby(pairs.groups).transform("median")
    half = coordinate > middle
    rows = pairs.rows[pairs.rows["same"] > 0]
    group = rows["origin"].map(pairs.groups)
    same = (rows["origin"].map(half) == rows["destination"].map(half)).astype(float)
    inside = Dyads(rows.assign(same=same), pairs.groups, pairs.measure, pairs.base_min)
    out = [border_effect(inside, spec=spec)]
    for name in sorted(map(str, pairs.groups.unique())) if single else ():
        out.append(border_effect(inside.where(group == name), spec=spec, group=name))
    return [_bare(e) for e in out]


def quadratic(pairs: Dyads) -> Estimate:
    """The main coefficient with a quadratic in ln x."""
    rows = pairs.rows.assign(**{SQUARED: pairs.rows["ln_x"] ** 2})
    squared = Dyads(rows, pairs.groups, pairs.measure, pairs.base_min)
    return border_effect(squared, spec="quadratic", extra=(SQUARED,))


def without_single(pairs: Dyads) -> list[Estimate]:
    """The main coefficient without the groups of one place; empty if there is none, or nothing else."""
    alone = pairs.alone()
    if not alone or len(alone) == pairs.groups.nunique():
        return []
    keep = pairs.groups.index[~pairs.groups.isin(alone)]
    mask = pairs.rows["origin"].isin(keep) & pairs.rows["destination"].isin(keep)
    smaller = Dyads(pairs.rows[mask], pairs.groups.loc[keep], pairs.measure, pairs.base_min)
    return [border_effect(smaller, spec=f"without:{'+'.join(alone)}")]


def _estimate(
    spec: str, groups: tuple[str, str], fit: PairFit, term: str, pairs: Dyads,
    *, lost: int, sign: float = 1.0, curved: bool = False,
) -> Estimate:  # fmt: skip
    coef, beta = sign * float(fit.coef[term]), float(fit.coef["ln_x"])
    found, slope = fit.errors(term), fit.errors("ln_x")
    low, high = sorted((sign * found.low, sign * found.high))
    two_way = sorted((sign * found.two_way_low, sign * found.two_way_high))
    worth, note = _equivalents(fit, term, sign, pairs, curved)
    notes = [text for text in (note, _MENDED if fit.mended else "") if text]
    return Estimate(
        spec=spec, group_a=groups[0], group_b=groups[1], identified=True, coef=coef, se=found.se,
        ci_low=low, ci_high=high, errors=found.kind, se_two_way=found.se_two_way, two_way_low=two_way[0],
        two_way_high=two_way[1], n=fit.n, n_dropped=lost + fit.dropped, clusters=fit.ends,
        flow_factor=float(np.exp(coef)), ln_distance=beta, ln_distance_se=slope.se, **worth,
        note_en="; ".join(notes), note_zh="；".join(_ZH[text] for text in notes),
    )  # fmt: skip


_CURVED = "with a quadratic in distance there is no single equivalent"
_FLAT = "flows hardly fall with distance here, so that an equivalent distance means nothing"
_MENDED = "a variance of the errors was not positive and was mended: the error is rough"
_ZH = {
    _MENDED: "误差方差矩阵非正定，已修正：标准误较粗略",
    _CURVED: "距离取二次项时没有唯一的等价量",
    _FLAT: "此处流量几乎不随距离下降，等价距离没有意义",
    NO_CONTRAST: "没有一个地区同时有组内与跨组的流量",
    ONE_END: "流量只有一个起点或一个终点：扣除其效应后无可比较",
    NONE_ACROSS: "没有任何流量跨越边界：完全分离，效应没有有限值",
    NONE_INSIDE: "没有任何流量在组内：完全分离，效应没有有限值",
    "one of the two groups has a single place and no flow inside: identified only relative to its others":
        "其中一组只有一个地区、组内无流量：只能相对于它的其他边界识别，不给系数",
    "no flow at all between the two groups": "两组之间没有任何流量",
    "an artificial line, not a border": "人为划线，不是真实边界",
}  # fmt: skip
_WORTH = ("equivalent_percent", "percent_low", "percent_high", "base_min", "equivalent_min", "min_low", "min_high")


def _equivalents(
    fit: PairFit, term: str, sign: float, pairs: Dyads, curved: bool
) -> tuple[dict[str, float], str]:  # fmt: skip
    """By how many percent a trip would have to be longer to cut flows as the border does, and minutes on the base."""
    coef, beta, errors = sign * float(fit.coef[term]), float(fit.coef["ln_x"]), fit.errors(term)
    if curved or not beta < 0 or (pairs.measure == "distance" and abs(beta) < 1):
        return dict.fromkeys(_WORTH, np.nan), _CURVED if curved else _FLAT
    signs = np.outer((sign, 1.0), (sign, 1.0))
    variance = signs * fit.covariance[errors.kind].loc[[term, "ln_x"], [term, "ln_x"]].to_numpy(float)
    whole, share, low, high = equivalent(coef, beta, variance, base_min=1.0, wide=errors.quantile)
    base = pairs.base_min if pairs.measure == "time" else np.nan
    return {
        "equivalent_percent": whole, "percent_low": 100.0 * low, "percent_high": 100.0 * high, "base_min": base,
        "equivalent_min": base * share, "min_low": base * low, "min_high": base * high,
    }, ""  # fmt: skip


def _unknown(spec: str, groups: tuple[str, str], why: str, n: int, lost: int) -> Estimate:
    return Estimate(
        spec=spec, group_a=groups[0], group_b=groups[1], n=n, n_dropped=lost,
        note_en=why, note_zh=_ZH.get(why, "无法估计"),
    )  # fmt: skip


def _bare(estimate: Estimate) -> Estimate:
    """Without equivalents: a line that is no border is worth no minutes."""
    note = "an artificial line, not a border"
    blank: dict[str, Any] = dict.fromkeys(_WORTH, np.nan)
    if estimate.identified:
        blank |= {"note_en": note, "note_zh": _ZH[note]}
    return Estimate(**{**estimate.to_dict(), **blank})
