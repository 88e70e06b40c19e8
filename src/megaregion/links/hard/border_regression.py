"""Are borders crossed less than lines inside, given slope and water? Poisson regression of crossings of segments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.poisson import poisson, separated
from megaregion.core.score_covariance import independent, multiway
from megaregion.errors import InputError, MissingDataError
from megaregion.links.hard.border_segments import BorderSegments
from megaregion.result import Column, Input, Result

FORMULA = "methods#border-regression"
FEW = 10  # lines; with fewer, segments stand alone
COVARIATES = ("slope_deg", "water")
_INPUTS = (Input("results/road_map/segments"),)


def _column(name: str, unit: str, en: str, zh: str) -> Column:
    return Column(name, unit, en, zh, modelled=True, formula=FORMULA, inputs=_INPUTS)


@dataclass(frozen=True, eq=False, kw_only=True)
class BorderRegression(Result):
    """Crossings of borders against lines inside, without and with the terrain.

    Attributes
    ----------
    table : DataFrame
        Columns as in `describe()`.
    found, settings : dict
        What `facts()` and `parameters()` give.
    """

    table: pd.DataFrame
    found: dict[str, Any]
    settings: dict[str, Any]

    title_en: ClassVar[str] = "Permeability of borders given slope and water"
    title_zh: ClassVar[str] = "控制坡度与水体的边界通达性"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("spec", "", "Specification", "设定", key=True),
        Column("term", "", "Term", "变量", key=True),
        _column("estimate", "ln ratio", "Coefficient", "系数"),
        _column("error", "ln ratio", "Its standard error", "标准误"),
        _column("ratio", "ratio", "Crossings times", "跨越数倍数"),
        _column("ratio_low", "ratio", "Its lower end, 95 %", "倍数下限"),
        _column("ratio_high", "ratio", "Its upper end, 95 %", "倍数上限"),
        _column("p", "", "p, two-sided", "p值（双侧）"),
    )

    def to_frame(self) -> pd.DataFrame:
        """One row a specification and term."""
        return self.table.copy()

    def parameters(self) -> dict[str, Any]:
        """Options of the segments, errors, effects."""
        return dict(self.settings)

    def facts(self) -> dict[str, Any]:
        """Segments used, and permeability without and with the terrain."""
        return dict(self.found)


def border_regression(segments: BorderSegments) -> BorderRegression:
    """Regress crossings of segments on being a border, slope and water.

    Parameters
    ----------
    segments : BorderSegments
        Of `megaregion.links.hard.border_segments.border_segments`; covariates that are known count.

    Returns
    -------
    BorderRegression
        `ratio` of the term `border`: crossings of a border over those of a line inside with the same density of roads
        (and terrain); one more degree of slope, all of it at water.

    Raises
    ------
    MissingDataError
        Too few segments have roads around them, or no road crosses a border or a line inside.
    InputError
        A covariate does not vary apart from the border.

    Notes
    -----
    E[n] = 2 D L / pi exp(b border + c slope + d water + effect of the pair of units), Poisson pseudo-maximum likelihood
    (Gourieroux, Monfort and Trognon 1984; counts need not be Poisson). Errors: clusters are lines (a border, or its
    line inside a unit), times g / (g - 1); with fewer than ten lines each segment stands alone.
    """
    table = segments.table
    known = [c for c in COVARIATES if table[c].notna().any()]
    use = (table["expected"] > 0) & table[known].notna().all(axis=1)
    rows = table[use].reset_index(drop=True)
    border = (rows["kind"] == "border").to_numpy(float)
    count = rows["crossings"].to_numpy(float)
    for what, some in (("borders", border == 1), ("lines inside", border == 0)):
        if some.sum() < 2 or count[some].sum() == 0:
            raise MissingDataError(
                f"no road crosses any segment of the {what} ({int(some.sum())} segments with roads around them)",
                hint="smaller classes of road, longer segments, or a line nearer to the border (inside_km)",
            )
    pair = np.unique(rows["unit_a"] + "|" + rows["unit_b"], return_inverse=True)[1].astype(np.intp)
    line = np.unique(rows["unit_a"] + "|" + rows["unit_b"] + "|" + rows["inside"], return_inverse=True)[1].astype(
        np.intp
    )
    lines = len(np.unique(line))
    parts, said = [], list(segments.warnings)
    specs = [("border alone", list[str]())] + ([("with terrain", known)] if known else [])
    for spec, terms in specs:
        x = np.column_stack([border, *(rows[c].to_numpy(float) for c in terms)])
        fitted = _fit(x, count, rows["expected"].to_numpy(float), (pair, line, lines >= FEW))
        parts.append(_terms(spec, ["border", *terms], *fitted))
    out = pd.concat(parts, ignore_index=True)
    of = {str(k): float(v) for k, v in out[out["term"] == "border"].set_index("spec")["ratio"].items()}
    found: dict[str, Any] = {"segments": len(rows), "left_out": len(table) - len(rows), "lines": lines,
                             "permeability": of["border alone"]}  # fmt: skip
    if known:
        found["permeability_given_terrain"] = of["with terrain"]
    if found["left_out"]:
        said.append(f"{found['left_out']} segments have no road around them or no known terrain and are left out")
    if lines < FEW:
        said.append(
            f"{lines} lines are too few for clusters: errors take every segment for itself and are too small where "
            "neighbours are alike"
        )
    if not known:
        said.append("no elevation and no water: a river or a ridge counts as border")
    settings = {**segments.settings, "effects": "pair of units", "errors": "by line" if lines >= FEW else "by segment"}
    return BorderRegression(table=out, found=found, settings=settings, warnings=tuple(said))


def _fit(
    x: NDArray[np.float64], count: NDArray[np.float64], expected: NDArray[np.float64],
    groups: tuple[NDArray[np.intp], NDArray[np.intp], bool],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:  # fmt: skip
    """Estimates and standard errors; pairs of units without any crossing tell nothing and are left out."""
    pair, line, clustered = groups
    keep = ~separated(x, count, [pair])
    some = np.unique(pair[keep], return_inverse=True)[1].astype(np.intp)
    try:
        fit = poisson(x[keep], count[keep], [some], offset=np.log(expected[keep]))
    except InputError as error:
        raise InputError(
            f"the regression of crossings cannot be told apart: {error.message}",
            hint="a covariate is the same on all segments, or the border itself",
        ) from error
    n = int(keep.sum())
    meat = multiway(fit.score, [np.unique(line[keep], return_inverse=True)[1].astype(np.intp)]) if clustered else (
        independent(fit.score) * n / max(n - x.shape[1] - len(np.unique(some)), 1))  # fmt: skip
    return fit.estimate, np.sqrt(np.diag(fit.covariance(meat)))


def _terms(spec: str, names: list[str], estimate: NDArray[np.float64], error: NDArray[np.float64]) -> pd.DataFrame:
    from scipy.stats import norm

    wide = norm.ppf(0.975) * error
    return pd.DataFrame({
        "spec": spec, "term": names, "estimate": estimate, "error": error, "ratio": np.exp(estimate),
        "ratio_low": np.exp(estimate - wide), "ratio_high": np.exp(estimate + wide),
        "p": 2.0 * norm.sf(np.abs(estimate) / error),
    })  # fmt: skip
