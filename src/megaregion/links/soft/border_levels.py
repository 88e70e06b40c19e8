"""The border by level (country, province, prefecture, county), with controls and several forms of distance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.poisson import PoissonFit, poisson, separated
from megaregion.core.score_covariance import dyadic, mended
from megaregion.data.align import exact
from megaregion.errors import InputError, MissingDataError, SolveError
from megaregion.links.soft.barriers import Dyads
from megaregion.links.soft.border_controls import FORETOLD, FORETOLD_ZH, foretelling
from megaregion.links.soft.equivalents import equivalent
from megaregion.links.soft.gravity import active, identified
from megaregion.result import Column, Result

Floats = NDArray[np.float64]
Form = Literal["log", "log and level", "spline"]
ENDS = ("origin", "destination")
_KNOTS = (0.05, 0.35, 0.65, 0.95)  # quantiles of ln distance; Harrell (2001), Regression Modeling Strategies, table 2.3


@dataclass(frozen=True, eq=False, kw_only=True)
class BorderDesign:
    """Regressors of a border regression on the pairs that carry information.

    Attributes
    ----------
    rows : DataFrame
        Pairs used, with all regressors as columns.
    terms : tuple of str
        Regressors in the estimation; `known` those that are identified.
    absorbed : bool
        Whether effects of both ends are in (multilateral resistance).
    lost : int
        Pairs given but perfectly predicted.
    foretold : tuple of str
        Controls left out, because where they have one of their two values nothing flows.
    """

    rows: pd.DataFrame
    terms: tuple[str, ...]
    known: tuple[str, ...]
    absorbed: bool
    lost: int
    foretold: tuple[str, ...] = ()

    def arrays(self) -> tuple[Floats, Floats, list[NDArray[np.intp]]]:
        """x (n, k), y (n,), codes of the effects."""
        x = self.rows[list(self.terms)].to_numpy(float)
        if not self.absorbed:
            x = np.column_stack([x, np.ones(len(x))])
        codes = [pd.factorize(self.rows[e])[0].astype(np.intp) for e in ENDS] if self.absorbed else []
        return x, self.rows["flow"].to_numpy(float), codes

    def members(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Codes of both ends in one numbering."""
        n = len(self.rows)
        code = pd.factorize(pd.concat([self.rows["origin"], self.rows["destination"]], ignore_index=True))[0]
        return code[:n].astype(np.intp), code[n:].astype(np.intp)


@dataclass(frozen=True, eq=False, kw_only=True)
class BorderLevels(Result):
    """Border coefficients by level, in one regression, with the equivalents of each."""

    table: pd.DataFrame
    form: str
    multilateral: bool
    measure: str

    title_en: ClassVar[str] = "Borders by level"
    title_zh: ClassVar[str] = "分级行政边界效应"

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`."""

        def number(name: str, unit: str, en: str, zh: str) -> Column:
            return Column(name, unit, en, zh, modelled=True, formula="methods#border-by-level")

        return (
            Column("term", "", "Level or control", "层级或控制变量", key=True),
            Column("role", "", "Role", "角色"),
            Column("identified", "", "Identified by the design", "可识别"),
            number("coef", "", "Coefficient (log of flow inside over across)", "系数（组内相对跨界，对数）"),
            number("se", "", "Standard error, dyadic", "标准误（对偶稳健）"),
            number("ci_low", "", "95 % interval, low", "95%区间下限"),
            number("ci_high", "", "95 % interval, high", "95%区间上限"),
            number("n", "count", "Pairs used", "使用的对数"),
            number("equivalent_percent", "percent", "Worth a trip longer by", "相当于行程延长"),
            number("equivalent_min", "min", "Worth minutes more on the base trip", "相当于基准行程增加的分钟数"),
            number("min_low", "min", "Interval (delta method), low", "区间下限（delta法）"),
            number("min_high", "min", "Interval (delta method), high", "区间上限（delta法）"),
            Column("note_en", "", "Note", "说明（英文）"),
            Column("note_zh", "", "Note in Chinese", "说明"),
        )

    def to_frame(self) -> pd.DataFrame:
        """One row a term: levels from the coarsest, then controls, then distance."""
        return self.table

    def parameters(self) -> dict[str, Any]:
        """Form of distance, multilateral terms, measure."""
        return {"form": self.form, "multilateral": self.multilateral, "measure": self.measure}


def border_levels(
    pairs: Dyads, levels: pd.DataFrame, *, controls: Mapping[str, pd.DataFrame] | None = None, form: Form = "log",
    masses: pd.DataFrame | None = None,
) -> BorderLevels:  # fmt: skip
    """Coefficients of sharing a country, province, prefecture ... at once.

    Parameters
    ----------
    pairs : Dyads
    levels : DataFrame
        Index the places; one column of labels a level, from the coarsest. Nested levels are increments: the
        coefficient of a prefecture is what sharing it adds to sharing its province.
    controls : mapping of name to DataFrame, optional
        Square tables over the places, such as same dialect zone (1, 0), water or a range between, a direct service.
    form : {'log', 'log and level', 'spline'}
        ln x; with x beside it; restricted cubic spline in ln x, four knots at quantiles of the pairs that have a flow.
    masses : DataFrame, optional
        Columns origin, destination (> 0): their logarithms instead of the effects of both ends, for comparison only.

    Returns
    -------
    BorderLevels
        Levels that the design cannot identify have no number: no pair, or every pair, shares them, or the effects
        take them up.

    Raises
    ------
    AlignmentError, MissingDataError, InputError
        Places differ, labels or values are missing, or a name is repeated.

    Notes
    -----
    Errors are dyadic (Aronow, Samii and Assenova 2015), with places - 1 degrees of freedom. Omitting the effects is
    the error that Anderson and van Wincoop (2003, Am. Econ. Rev. 93(1)) found in McCallum (1995).
    """
    design = border_design(pairs, levels, controls=controls, form=form, masses=masses)
    roles = dict.fromkeys(map(str, levels.columns), "level") | dict.fromkeys(controls or {}, "control")
    roles |= {"ln_x": "distance"} | ({} if masses is None else {"ln_mass_o": "mass", "ln_mass_d": "mass"})
    fitted = _fit(design)
    rows = [_row(name, role, design, fitted, pairs, form) for name, role in roles.items()]
    notes = [] if masses is None else ["no effects of the two ends: biased by multilateral resistance, to compare only"]
    for column in levels.columns:
        count = levels[column].value_counts()
        alone = sorted(map(str, count.index[count == 1]))
        if alone and len(count) > 1:
            named = ", ".join(alone[:5]) + (" ..." if len(alone) > 5 else "")
            notes.append(f"{column} {named}: one place, no flow inside; its border is known only relative to others")
    notes += [f"{name} {FORETOLD}" for name in design.foretold]
    if isinstance(fitted, tuple) and fitted[2]:
        notes.append("the variance of the errors was not positive and was mended: the errors are rough")
    return BorderLevels(
        table=pd.DataFrame(rows), form=form, multilateral=masses is None, measure=pairs.measure, warnings=tuple(notes)
    )


def border_design(
    pairs: Dyads, levels: pd.DataFrame, *, controls: Mapping[str, pd.DataFrame] | None = None, form: Form = "log",
    masses: pd.DataFrame | None = None,
) -> BorderDesign:  # fmt: skip
    """The regressors of `border_levels`, on the pairs that are not perfectly predicted."""
    names = [*map(str, levels.columns), *(controls or {})]
    if len(set(names)) < len(names) or {"ln_x", "flow", *ENDS} & set(names):
        raise InputError(
            f"names of levels and controls must differ and not be ln_x, flow, origin, destination: {names}"
        )
    places, rows = pairs.groups.index, pairs.rows
    exact(pairs.groups, levels.iloc[:, 0])
    gaps = levels.columns[levels.isna().any()]
    if len(gaps):
        raise MissingDataError(f"levels.{', levels.'.join(map(str, gaps))} has places without a label")
    i, j = (places.get_indexer(pd.Index(rows[end])) for end in ENDS)
    new: dict[str, Floats] = {}
    for column in levels.columns:
        label = levels[column].reindex(places).to_numpy(object)
        new[str(column)] = (label[i] == label[j]).astype(np.float64)
    for name, table in (controls or {}).items():
        value = exact(pairs.groups, table)[1].to_numpy(float)[i, j]
        if not np.isfinite(value).all():
            raise MissingDataError(f"the control {name} is missing for {int((~np.isfinite(value)).sum())} pairs")
        new[name] = value
    distance, bent = _distance(rows["ln_x"].to_numpy(float), rows["flow"].to_numpy(float) > 0, form)
    foretold = foretelling(rows.assign(**new), controls or {})
    terms = [*(name for name in new if name not in foretold), "ln_x", *distance]
    if masses is not None:
        _, out, into = exact(pairs.groups, masses["origin"], masses["destination"])
        if not ((out > 0).all() and (into > 0).all()):
            raise InputError("masses must be > 0 for every place")
        new |= {"ln_mass_o": np.log(out.to_numpy(float))[i], "ln_mass_d": np.log(into.to_numpy(float))[j]}
        terms += ["ln_mass_o", "ln_mass_d"]
    full = rows.assign(**new, **bent)
    effects = ENDS if masses is None else ()
    return replace(_informative(full, terms, effects, len(rows)), foretold=foretold)


def _informative(full: pd.DataFrame, terms: list[str], effects: tuple[str, ...], given: int) -> BorderDesign:
    """Without pairs that are perfectly predicted, and without terms that nothing identifies."""
    used = active(full, "flow", effects)
    for _ in range(2):
        constant = {t for t in terms if len(used) and used[t].nunique() < 2}
        asked = [t for t in terms if t not in constant]
        if not len(used):
            break
        ones = used.assign(one=0)
        known, helpers = identified(ones, asked, effects or ("one",))
        kept = [t for t in asked if t in {*known, *helpers}]
        design = BorderDesign(rows=used, terms=tuple(kept), known=tuple(known), absorbed=bool(effects),
                              lost=given - len(used))  # fmt: skip
        lost = separated(*design.arrays())
        if not lost.any():
            return design
        used = active(used[~lost], "flow", effects)
    raise InputError(f"of {given} pairs none, or too few, carry information: every flow is perfectly predicted")


def _distance(ln_x: Floats, flows: NDArray[np.bool_], form: Form) -> tuple[list[str], dict[str, Floats]]:
    """Further columns of distance beside ln x."""
    if form == "log":
        return [], {}
    if form == "log and level":
        return ["x"], {"x": np.exp(ln_x - ln_x.max())}
    if form != "spline":
        raise InputError(f"form must be log, 'log and level' or spline, got {form!r}")
    knots = np.quantile(ln_x[flows] if flows.any() else ln_x, _KNOTS)  # a bend where nothing flows has no finite size
    if not (np.diff(knots) > 0).all():
        raise InputError("distances take too few values for a spline with four knots", hint="use form='log and level'")
    last, before = knots[-1], knots[-2]

    def cube(knot: float) -> Floats:
        return np.maximum(ln_x - knot, 0.0) ** 3

    out = {}
    for k, knot in enumerate(knots[:-2]):  # linear beyond the outer knots
        bend = cube(knot) - (cube(before) * (last - knot) - cube(last) * (before - knot)) / (last - before)
        out[f"ln_x_bend_{k + 1}"] = bend / (last - knots[0]) ** 2
    return list(out), out


def _fit(design: BorderDesign) -> tuple[PoissonFit, Floats, bool] | str:
    """Fit, covariance, whether mended; or why there is none."""
    try:
        fit = poisson(*design.arrays())
    except (SolveError, InputError) as error:
        return error.message
    variance, rough = mended(fit.covariance(dyadic(fit.score, *design.members())))
    return fit, variance, rough


_PLAIN: dict[str, Any] = {
    "identified": False, "coef": np.nan, "se": np.nan, "ci_low": np.nan, "ci_high": np.nan,
    "equivalent_percent": np.nan, "equivalent_min": np.nan, "min_low": np.nan, "min_high": np.nan,
    "note_en": "", "note_zh": "",
}  # fmt: skip


def _row(
    name: str, role: str, design: BorderDesign, fitted: tuple[PoissonFit, Floats, bool] | str, pairs: Dyads, form: Form
) -> dict[str, Any]:
    from scipy.stats import t

    row = {"term": name, "role": role, **_PLAIN, "n": len(design.rows)}
    order = ["term", "role", "identified", "coef", "se", "ci_low", "ci_high", "n", *list(_PLAIN)[5:]]
    if name not in design.known or isinstance(fitted, str):
        why = fitted if isinstance(fitted, str) else "no pair, or every pair, has it, or the effects take it up"
        row |= {"note_en": why, "note_zh": "设计无法识别"}
        if name in design.foretold:
            row |= {"note_en": FORETOLD, "note_zh": FORETOLD_ZH}
        return {k: row[k] for k in order}
    fit, variance, _ = fitted
    k, d = design.terms.index(name), design.terms.index("ln_x")
    wide = float(t.ppf(0.975, len(set(design.rows["origin"]) | set(design.rows["destination"])) - 1))
    b, se, slope = float(fit.estimate[k]), float(np.sqrt(variance[k, k])), float(fit.estimate[d])
    row |= {"identified": True, "coef": b, "se": se, "ci_low": b - wide * se, "ci_high": b + wide * se}
    if role == "level" and form != "log":
        row |= {
            "note_en": "distance is not one elasticity here: no single equivalent",
            "note_zh": "距离非单一弹性，无唯一等价量",
        }
    elif role == "level" and (slope <= -1 or (slope < 0 and pairs.measure == "time")):
        base = pairs.base_min if pairs.measure == "time" else np.nan
        found = equivalent(b, slope, variance[np.ix_([k, d], [k, d])], base_min=base, wide=wide)
        row |= dict(zip(("equivalent_percent", "equivalent_min", "min_low", "min_high"), found, strict=True))
    elif role == "level":
        row |= {
            "note_en": "flows hardly fall with distance: no equivalent", "note_zh": "流量几乎不随距离下降，无等价量",
        }  # fmt: skip
    return {k: row[k] for k in order}


def censoring_bounds(
    pairs: Dyads, levels: pd.DataFrame, *, below: int, controls: Mapping[str, pd.DataFrame] | None = None
) -> dict[str, BorderLevels]:  # fmt: skip
    """The same regression with flows that were not published set to zero, to the most they can be, and left out.

    Parameters
    ----------
    pairs : Dyads
        Silent pairs as zero.
    levels : DataFrame
    below : int
        Flows below this many are not published.
    controls : mapping of name to DataFrame, optional
        As in `border_levels`.

    Returns
    -------
    dict
        ``zero``, ``most`` (below - 1 for every silent pair) and ``positive`` (silent pairs left out: selected on the
        outcome, for comparison only).
    """
    if below < 2:
        raise InputError(f"below must be at least 2, got {below!r}")
    seen = pairs.rows["flow"] > 0
    most = replace(pairs, rows=pairs.rows.assign(flow=pairs.rows["flow"].where(seen, below - 1.0)))
    variants = {"zero": pairs, "most": most, "positive": pairs.where(seen)}
    return {name: border_levels(each, levels, controls=controls) for name, each in variants.items()}
