"""The gravity equation of a table of flows: coefficients, what is perfectly predicted, observed over expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.poisson import PoissonFit, log_mean_error, poisson, separated
from megaregion.core.score_covariance import dyadic, independent, joined, mended, multiway
from megaregion.errors import InputError, MissingDataError
from megaregion.links.soft.expected_flows import ExpectedFlows
from megaregion.links.soft.gravity import active, identified
from megaregion.result import Column, Result

Floats = NDArray[np.float64]
Absorbed = Literal["none", "ends", "ends-period", "pair"]
Errors = Literal["robust", "two-way", "dyadic"]
UP_TO_SCALE = "index"
_ENDS = ("origin", "destination")
_ABSORBED: dict[str, tuple[tuple[str, ...], ...]] = {
    "none": (),
    "ends": (("origin",), ("destination",)),
    "ends-period": (("origin", "period"), ("destination", "period")),
    "pair": (("origin", "destination"), ("origin", "period"), ("destination", "period")),
}


@dataclass(frozen=True, kw_only=True)
class GravityOptions:
    """How a gravity equation is estimated.

    Attributes
    ----------
    absorbed : {'none', 'ends', 'ends-period', 'pair'}
        Effects: none (an intercept), origin and destination, both by period, or these and every ordered pair.
    errors : {'robust', 'two-way', 'dyadic'}
        HC1; clusters of origins and of destinations; any two flows that share a place are dependent.
    internal_flows : {'as given', 'required', 'left out'}
        Flows from a place to itself.
    unit : str
        Unit of the flows; ``index`` is known up to scale only and is never called persons.
    level : float
        Of the intervals.
    """

    absorbed: Absorbed = "ends"
    errors: Errors = "dyadic"
    internal_flows: Literal["as given", "required", "left out"] = "as given"
    unit: str = "count"
    level: float = 0.95

    def __post_init__(self) -> None:
        problems = []
        if self.absorbed not in _ABSORBED:
            problems.append(f"absorbed must be one of {', '.join(_ABSORBED)}, got {self.absorbed!r}")
        if self.errors not in ("robust", "two-way", "dyadic"):
            problems.append(f"errors must be robust, two-way or dyadic, got {self.errors!r}")
        if self.internal_flows not in ("as given", "required", "left out"):
            problems.append(f"internal_flows must be 'as given', 'required' or 'left out', got {self.internal_flows!r}")
        if not 0 < self.level < 1:
            problems.append(f"level must lie between 0 and 1, got {self.level!r}")
        if problems:
            raise InputError("; ".join(problems))


@dataclass(frozen=True, eq=False, kw_only=True)
class GravityResult(Result):
    """Coefficients of a gravity equation.

    Attributes
    ----------
    table : DataFrame
        One row a regressor, see `describe`.
    separated : DataFrame
        Flows that are perfectly predicted (zero for certain): origin, destination, period where there is one, and
        why; they carry no information on the coefficients and are not in `n`.
    expected : ExpectedFlows
        Observed over expected for every flow used.
    covariance : DataFrame
        Of the identified coefficients.
    """

    table: pd.DataFrame
    separated: pd.DataFrame
    expected: ExpectedFlows
    covariance: pd.DataFrame
    options: GravityOptions
    n: int
    places: int
    zeros: int

    title_en: ClassVar[str] = "Gravity equation of flows"
    title_zh: ClassVar[str] = "流量引力方程"

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`."""

        def number(name: str, en: str, zh: str) -> Column:
            return Column(name, "", en, zh, modelled=True, formula="methods#gravity-equation")

        return (
            Column("term", "", "Regressor", "解释变量", key=True),
            Column("identified", "", "Identified by the design", "可识别"),
            number("coef", "Coefficient", "系数"),
            number("se", f"Standard error, {self.options.errors}", "标准误"),
            number("ci_low", "Interval, low", "区间下限"),
            number("ci_high", "Interval, high", "区间上限"),
            Column("note_en", "", "Note", "说明（英文）"),
            Column("note_zh", "", "Note in Chinese", "说明"),
        )

    def to_frame(self) -> pd.DataFrame:
        """One row a regressor, in the order given."""
        return self.table

    def parameters(self) -> dict[str, Any]:
        """Options."""
        return {
            "absorbed": self.options.absorbed, "errors": self.options.errors,
            "internal_flows": self.options.internal_flows,
            "unit": self.options.unit, "level": self.options.level,
        }  # fmt: skip

    def facts(self) -> dict[str, Any]:
        """Size of the sample."""
        return {"n": self.n, "places": self.places, "zeros": self.zeros, "separated": len(self.separated)}


def gravity_equation(
    flows: pd.DataFrame, regressors: Sequence[str], *, outcome: str = "flow", options: GravityOptions | None = None
) -> GravityResult:
    """Poisson pseudo-maximum likelihood of flows between places; zeros stay in, nothing is dropped in silence.

    Parameters
    ----------
    flows : DataFrame
        One row an ordered pair (and period): columns origin, destination, where there are several times period, the
        outcome, and the regressors; no missing values; a pair that is not listed is unknown, not zero.
    regressors : sequence of str
        Columns; logarithms are taken by whoever gives them.
    outcome : str
        Column of flows, >= 0.
    options : GravityOptions, optional

    Raises
    ------
    SchemaError, MissingDataError, InputError
        Columns are missing, a value is missing, negative or infinite, a row is repeated, the flows are shares, a
        required internal flow is missing, or only one origin or destination is left.

    Notes
    -----
    ``E[F] = exp(x b + effects)``. Santos Silva and Tenreyro (2006), Rev. Econ. Stat. 88(4); effects of both ends for
    multilateral resistance: Anderson and van Wincoop (2003), Am. Econ. Rev. 93(1), Fally (2015), J. Int. Econ. 97(1);
    dyadic errors: Aronow, Samii and Assenova (2015). With pair and period effects in few periods, intervals are too
    narrow (Weidner and Zylkin 2021, J. Int. Econ. 132).
    """
    chosen = options or GravityOptions()
    if not regressors or len(set(regressors)) < len(regressors):
        raise InputError(f"regressors must be named, each once, got {list(regressors)}")
    rows = checked(flows, regressors, outcome, chosen)
    sets = _ABSORBED[chosen.absorbed]
    names = ["effect:" + "+".join(s) for s in sets]
    rows = rows.assign(**{
        name: joined([pd.factorize(rows[c])[0].astype(np.intp) for c in s]) for name, s in zip(names, sets, strict=True)
    })  # fmt: skip
    used = active(rows, outcome, names)
    known, helpers = identified(used, regressors, names) if names else (list(regressors), [])
    terms = [r for r in regressors if r in {*known, *helpers}]
    x, y, codes = _arrays(used, terms, outcome, names)
    lost = separated(x, y, codes)
    report = _separation_report(rows, used, lost)
    if lost.any():
        used = used[~lost]
        known, helpers = identified(used, regressors, names) if names else (list(regressors), [])
        terms = [r for r in regressors if r in {*known, *helpers}]
        x, y, codes = _arrays(used, terms, outcome, names)
    for end in _ENDS:
        if names and used[end].nunique() < 2:
            raise InputError(f"flows above zero have one {end} only: with its effect nothing is left to compare")
    if not names:
        terms, x = [*terms, "intercept"], np.column_stack([x, np.ones(len(x))])
    fit = poisson(x, y, codes)
    if fit.freedom < 1:
        raise InputError(
            f"{len(used)} flows say something, no more than there are effects: each is its own expectation"
        )
    variance, freedom, rough = _variance(fit, used, chosen.errors)
    table = _table([*regressors, *([] if names else ["intercept"])], terms, known, (fit, variance, freedom), chosen)
    places = len(set(used["origin"]) | set(used["destination"]))
    pairs, warnings = _expected(used, fit, (x, y, codes), outcome, chosen)
    if rough:
        warnings.append("the variance of the errors was not positive and was mended: the errors are rough")
    if len(report):
        warnings.append(f"{len(report)} flows are perfectly predicted and say nothing: see `separated`")
    return GravityResult(
        table=table, separated=report, expected=pairs, options=chosen, n=len(used), places=places,
        covariance=pd.DataFrame(variance, terms, terms), zeros=int((y == 0).sum()), warnings=tuple(warnings),
    )  # fmt: skip


def checked(flows: pd.DataFrame, regressors: Sequence[str], outcome: str, options: GravityOptions) -> pd.DataFrame:
    """The rows that the equation may use, or one error with all that is wrong."""
    from megaregion.errors import SchemaError

    keys = [*_ENDS, *(["period"] if "period" in flows else [])]
    need = [*keys, *(["period"] if "period" in options.absorbed or options.absorbed == "pair" else [])]
    lacking = [c for c in dict.fromkeys([*need, outcome, *regressors]) if c not in flows]
    if lacking:
        raise SchemaError(f"flows has no column {', '.join(lacking)}", hint=f"columns: {', '.join(map(str, flows))}")
    rows = flows[list(dict.fromkeys([*keys, outcome, *regressors]))].reset_index(drop=True)
    gaps = rows.columns[rows.isna().any()]
    if len(gaps):
        where = ", ".join(f"flows.{c} in {int(rows[c].isna().sum())} rows" for c in gaps)
        raise MissingDataError(f"missing values: {where}", hint="a pair that is unknown is left out, not blank")
    label = rows["origin"].astype(str) + "→" + rows["destination"].astype(str)
    numbers = rows[[outcome, *regressors]].to_numpy(float)
    problems = []
    for bad, text in (
        (rows[outcome] < 0, f"flows.{outcome} is negative"),
        (pd.Series(~np.isfinite(numbers).all(axis=1)), "a value is infinite"),
        (rows.duplicated(keys), "a pair is listed twice"),
    ):
        if bad.any():
            problems.append(f"{text} in {int(bad.sum())} rows: {', '.join(label[bad].head(5))}")
    own = rows["origin"] == rows["destination"]
    if options.internal_flows == "required":
        silent = sorted(map(str, (set(rows["origin"]) | set(rows["destination"])) - set(rows.loc[own, "origin"])))
        if silent:
            problems.append(f"no internal flow of {', '.join(silent[:5])}{' ...' if len(silent) > 5 else ''}")
    sums = rows.groupby([c for c in keys if c != "destination"])[outcome].sum()
    if len(sums) > 1 and any(np.allclose(sums, whole, rtol=0.0, atol=1e-6 * whole) for whole in (1.0, 100.0)):
        problems.append(f"flows.{outcome} sums to the same 1 or 100 for every origin: these are shares, not volumes")
    if problems:
        raise InputError("; ".join(problems))
    if options.internal_flows == "left out":
        rows = rows[~own]
    for end in _ENDS:
        if rows[end].nunique() < 2:
            raise InputError(f"flows has one {end} only: with its effect nothing is left to compare")
    if not (rows[outcome] > 0).any():
        raise InputError(f"flows.{outcome} is zero everywhere: there is nothing to estimate")
    return rows


def _arrays(
    rows: pd.DataFrame, terms: list[str], outcome: str, names: list[str]
) -> tuple[Floats, Floats, list[NDArray[np.intp]]]:  # fmt: skip
    codes = [pd.factorize(rows[name])[0].astype(np.intp) for name in names]
    return rows[terms].to_numpy(float).reshape(len(rows), len(terms)), rows[outcome].to_numpy(float), codes


def _separation_report(rows: pd.DataFrame, used: pd.DataFrame, lost: NDArray[np.bool_]) -> pd.DataFrame:
    keys = [c for c in (*_ENDS, "period") if c in rows]
    by_effect = rows.loc[~rows.index.isin(used.index), keys].assign(why="all flows of an effect are zero")
    by_terms = used.loc[lost, keys].assign(why="the regressors predict zero")
    return pd.concat([by_effect, by_terms]).sort_index().reset_index(drop=True)


def _variance(fit: PoissonFit, rows: pd.DataFrame, errors: Errors) -> tuple[Floats, int, bool]:
    """Covariance, degrees of freedom of t, and whether it had to be mended."""
    n = len(rows)
    both = pd.concat([rows["origin"], rows["destination"]], ignore_index=True)
    code = pd.factorize(both)[0].astype(np.intp)
    first, second = code[:n], code[n:]
    if errors == "robust":
        return fit.covariance(independent(fit.score)) * (n / max(fit.freedom, 1)), max(fit.freedom, 1), False
    if errors == "two-way":
        ends = [pd.factorize(rows[e])[0].astype(np.intp) for e in _ENDS]
        meat, freedom = multiway(fit.score, ends), min(rows[e].nunique() for e in _ENDS) - 1
    else:
        meat, freedom = dyadic(fit.score, first, second), len(np.unique(code)) - 1
    variance, rough = mended(fit.covariance(meat))
    return variance, freedom, rough


def _table(
    asked: list[str], terms: list[str], known: list[str], found: tuple[PoissonFit, Floats, int], options: GravityOptions
) -> pd.DataFrame:
    from scipy.stats import t

    fit, variance, freedom = found
    wide = float(t.ppf(0.5 + options.level / 2.0, freedom))
    out = []
    for name in asked:
        row: dict[str, Any] = {"term": name, "identified": False, "coef": np.nan, "se": np.nan, "ci_low": np.nan}
        row |= {"ci_high": np.nan, "note_en": "", "note_zh": ""}
        if name == "intercept" and options.unit == UP_TO_SCALE:
            row |= {
                "note_en": "the flow is an index, known up to scale only: no level",
                "note_zh": "流量为指数，水平不可识别",
            }
        elif name in terms and name in {*known, "intercept"}:
            k = terms.index(name)
            b, se = float(fit.estimate[k]), float(np.sqrt(variance[k, k]))
            row |= {"identified": True, "coef": b, "se": se, "ci_low": b - wide * se, "ci_high": b + wide * se}
        else:
            row |= {
                "note_en": "cannot be told apart from the effects and the others",
                "note_zh": "与效应及其他变量无法区分",
            }
        out.append(row)
    return pd.DataFrame(out)


def _expected(
    used: pd.DataFrame, fit: PoissonFit, arrays: tuple[Floats, Floats, list[NDArray[np.intp]]], outcome: str,
    options: GravityOptions,
) -> tuple[ExpectedFlows, list[str]]:  # fmt: skip
    x, y, codes = arrays
    warnings = []
    try:
        error = log_mean_error(fit, x, y, codes)
    except InputError as problem:
        error = np.full(len(y), np.nan)
        warnings.append(f"no intervals of observed over expected: {problem.message}")
    keys = [c for c in (*_ENDS, "period") if c in used]
    spread = float((((y - fit.mean) ** 2) / fit.mean).sum() / max(fit.freedom, 1))
    pairs = ExpectedFlows.of(
        used[keys].reset_index(drop=True), y, fit.mean, log_error=error, unit=options.unit, level=options.level,
        dispersion=spread,
    )  # fmt: skip
    return pairs, warnings
