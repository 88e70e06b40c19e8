"""Values of the indicators of an index tree: found, checked, converted; what cannot be used says why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from megaregion.errors import InputError, MissingDataError, UnitError
from megaregion.nodes.cases import cases, label, place_of, year_of
from megaregion.nodes.denominators import per, split
from megaregion.nodes.tree import IndexTree, Indicator, Pillar
from megaregion.units import factor

WEAK = ("interpolated", "modelled", "border-break")


@dataclass(frozen=True, kw_only=True)
class Step:
    """One line of the processing log, in English and Chinese."""

    subject: str
    came_in: int
    done: str
    done_zh: str
    skipped: str
    skipped_zh: str


@dataclass(eq=False, kw_only=True)
class Leaf:
    """One indicator while an index is computed.

    Attributes
    ----------
    pillar, spec : Pillar, Indicator
        Where it stands in the tree.
    year : int
        Year of the values; of a panel the year that is reported.
    values : Series
        Raw values in the unit of the goalposts, missing where there are none; index `place_id`, of a panel year and
        `place_id`.
    scope : str
        Territory that the values cover.
    filled, treated : Series, optional
        Without gaps; after the treatment of long tails.
    share, scaled : Series, optional
        On the scale of the index without and with the margin; absent while or if it cannot be used.
    reason, reason_text, reason_zh : str
        Why it cannot be used (code, English, Chinese); empty if it can.
    counts : bool
        Whether it enters the score: it can be used and its pillar has enough like it.
    """

    pillar: Pillar
    spec: Indicator
    year: int
    values: pd.Series
    scope: str = ""
    filled: pd.Series | None = None
    treated: pd.Series | None = None
    share: pd.Series | None = None
    scaled: pd.Series | None = None
    reason: str = ""
    reason_text: str = ""
    reason_zh: str = ""
    counts: bool = False

    def to_frame(self) -> pd.DataFrame:
        """Rows of the places that have a value."""
        at = self.values.index
        out = pd.DataFrame({"place_id": place_of(at), "value": self.values.to_numpy()})
        out["pillar"], out["indicator"], out["year"] = self.pillar.id, self.spec.id, year_of(at, self.year)
        out["unit"], out["scope"], out["used"] = self.spec.unit, self.scope, self.counts
        out["normalised"] = np.nan if self.scaled is None else self.scaled.to_numpy()
        return out[out["value"].notna()]

    def skip_step(self, came_in: int) -> Step:
        """Line of the log that says why this indicator is left out."""
        return Step(
            subject=self.spec.id, came_in=came_in, done="", done_zh="",
            skipped=f"left out: {self.reason_text}", skipped_zh=f"剔除：{self.reason_zh}",
        )  # fmt: skip


def collect(indicators: pd.DataFrame, labels: pd.Index, tree: IndexTree) -> tuple[list[Leaf], list[Step], list[str]]:
    """Values of every indicator of `tree`, in the order of the tree.

    Parameters
    ----------
    indicators : DataFrame
        Tidy table.
    labels : Index
        Places, sorted.
    tree : IndexTree

    Returns
    -------
    leaves, steps, warnings
        Leaves with a `reason` cannot be used.

    Raises
    ------
    InputError
        Two scopes or two values for a place, scopes that differ between indicators without being declared,
        values that are not finite, units that cannot be converted; all at once.
    MissingDataError
        Nothing else is wrong, the tree says ``missing = "error"`` and a place has no value.
    """
    leaves: list[Leaf] = []
    steps: list[Step] = []
    warnings: list[str] = []
    wrong: list[str] = []
    here = indicators[indicators["place_id"].isin(labels)]
    for pillar, spec in tree.indicators():
        scope = spec.scope or tree.scope
        leaf = Leaf(pillar=pillar, spec=spec, year=spec.year or tree.year,
                    values=pd.Series(np.nan, cases(labels, tree), dtype=float))  # fmt: skip
        leaves.append(leaf)
        rows = _rows(here, spec.id, leaf, tree, scope)
        problems = _problems(rows, spec.id, tree)
        if not problems and len(rows):
            leaf.scope = str(rows["scope"].iloc[0])
            problems = _fill(leaf, rows, here, tree, steps)
        wrong += problems
        if not problems:
            _judge(leaf, scope, steps, tree)
            warnings += _weak(rows, leaf)
    wrong += _mixed(leaves, warnings)
    if wrong:
        lines = "".join(f"\n  - {text}" for text in wrong)
        raise InputError(
            f"index {tree.name!r} cannot be computed:{lines}",
            hint="mend the values (in a workspace tables/indicators.csv), or declare scope or unit in the tree",
        )
    gaps = [f"{leaf.spec.id}: {leaf.reason_text}" for leaf in leaves if leaf.reason in ("absent", "gaps")]
    if gaps and tree.missing == "error":
        raise MissingDataError(
            f"index {tree.name!r}: {'; '.join(gaps)}",
            hint='add the rows, or write missing = "drop_indicator" in [index] to leave such indicators out',
        )
    return leaves, steps, warnings


def _rows(here: pd.DataFrame, name: str, leaf: Leaf, tree: IndexTree, scope: str | None) -> pd.DataFrame:
    years = (leaf.spec.year,) if leaf.spec.year else tree.years or (tree.year,)
    rows = here[(here["indicator"] == name) & here["year"].isin(years)]
    return rows if scope is None else rows[rows["scope"] == scope]


def _problems(rows: pd.DataFrame, name: str, tree: IndexTree) -> list[str]:
    name = f"{name} of {', '.join(map(str, sorted(rows['year'].unique()))) or tree.year}"
    scopes = sorted(rows["scope"].dropna().unique())
    if len(scopes) > 1:
        return [f"{name} mixes the scopes {', '.join(map(str, scopes))}; say which with scope = in the tree"]
    out = []
    twice = rows["place_id"][rows.duplicated(["place_id", "year"])]
    if len(twice):
        out.append(f"{name} has several values for {_some(twice.drop_duplicates())}")
    values = rows["value"].to_numpy(dtype=float)
    if np.isinf(values).any():
        out.append(f"{name} is infinite for {_some(rows['place_id'][np.isinf(values)])}")
    return out


def _fill(leaf: Leaf, rows: pd.DataFrame, here: pd.DataFrame, tree: IndexTree, steps: list[Step]) -> list[str]:
    """Put the values into the leaf in the unit of its goalposts, divided by the denominator if there is one."""
    spec = leaf.spec
    parts = [(spec.id, rows, spec.unit)]
    if spec.denominator:
        below = _rows(here, spec.denominator, leaf, tree, spec.scope or tree.scope)
        top, bottom, _ = split(spec.unit)
        parts = [(spec.id, rows, top), (spec.denominator, below, bottom)]
        if wrong := _problems(below, spec.denominator, tree):
            return [f"denominator of {spec.id}: {text}" for text in wrong]
    columns, units = [], []
    for name, part, unit in parts:
        try:
            columns.append(_in_unit(part, unit, leaf))
        except UnitError as error:
            return [f"{name}: {error.message}"]
        units += [f"{name} from {u} to {unit}" for u in sorted({str(u) for u in part["unit"]} - {unit})]
    if units:
        steps.append(_converted(leaf, units))
    leaf.values = columns[0]
    if spec.denominator:
        wrong, step = per(leaf.values, columns[1], spec)
        steps.append(Step(**step))
        leaf.values = columns[0] / columns[1] * split(spec.unit)[2]
        return wrong
    return []


def _in_unit(rows: pd.DataFrame, unit: str, leaf: Leaf) -> pd.Series:
    """Values by case; a value with a year of its own holds for every year of a panel."""
    scale = pd.Series(1.0, rows.index)
    for given in sorted(rows["unit"].unique()):
        scale[rows["unit"] == given] = factor(str(given), unit)
    values = (rows["value"].astype(float) * scale).to_numpy()
    if leaf.values.index.nlevels == 1:
        return pd.Series(values, pd.Index(rows["place_id"])).reindex(leaf.values.index)
    if leaf.spec.year:
        by_place = pd.Series(values, pd.Index(rows["place_id"]))
        return by_place.reindex(place_of(leaf.values.index)).set_axis(leaf.values.index)
    at = pd.MultiIndex.from_arrays([rows["year"].astype(int), rows["place_id"]])
    return pd.Series(values, at).reindex(leaf.values.index)


def _converted(leaf: Leaf, units: list[str]) -> Step:
    return Step(
        subject=leaf.spec.id, came_in=int(leaf.values.size),
        done=f"converted: {', '.join(units)}", done_zh=f"单位换算：{'、'.join(units)}", skipped="", skipped_zh="",
    )  # fmt: skip


def _judge(leaf: Leaf, scope: str | None, steps: list[Step], tree: IndexTree) -> None:
    """Write down whether the leaf is complete; an incomplete one counts for nobody, unless the tree fills gaps."""
    values, n = leaf.values, len(leaf.values)
    lost = values.index[values.isna()]
    where, where_zh = (f" with scope {scope}", f"（范围 {scope}）") if scope else ("", "")
    panel = values.index.nlevels > 1
    what, what_zh = ("places and years", "地年") if panel else ("places", "地")
    of, of_zh = ("", "") if panel else (f" of {leaf.year}", f" {leaf.year} 年")  # a panel names the year of each gap
    mends = tree.missing not in ("drop_indicator", "error")
    if len(lost) == n:
        leaf.reason = "absent"
        leaf.reason_text = f"no value of {leaf.year}{where}"
        leaf.reason_zh = f"{leaf.year} 年无数据{where_zh}"
    elif len(lost) and not (mends and len(lost) <= tree.max_missing * n):
        names = [label(case) for case in lost]
        limit = f", more than max_missing = {tree.max_missing:g} allows" if mends else ""
        leaf.reason = "gaps"
        leaf.reason_text = f"{len(lost)} of {n} {what} have no value{of}: {', '.join(names)}{limit}"
        leaf.reason_zh = f"{n} {what_zh}中 {len(lost)} {what_zh}缺{of_zh}数值：{'、'.join(names)}"
    if leaf.reason:
        steps.append(leaf.skip_step(n - len(lost)))


def _weak(rows: pd.DataFrame, leaf: Leaf) -> list[str]:
    if leaf.reason or "flag" not in rows:
        return []
    flags = rows["flag"].dropna()
    return [
        f"indicator {leaf.spec.id}: {int((flags == flag).sum())} values are flagged {flag}"
        for flag in WEAK
        if (flags == flag).any()
    ]


def _mixed(leaves: list[Leaf], warnings: list[str]) -> list[str]:
    """Undeclared differences of scope between usable indicators are errors; declared ones are warnings."""
    by_scope: dict[str, list[str]] = {}
    for leaf in leaves:
        if leaf.scope and not leaf.reason and leaf.spec.scope is None:
            by_scope.setdefault(leaf.scope, []).append(leaf.spec.id)
    warnings += [
        f"indicator {leaf.spec.id} covers {leaf.spec.scope}, declared in the tree"
        for leaf in leaves
        if leaf.spec.scope is not None and not leaf.reason and leaf.spec.scope not in by_scope
    ]
    if len(by_scope) < 2:
        return []
    parts = "; ".join(f"{scope}: {', '.join(ids[:5])}" for scope, ids in sorted(by_scope.items()))
    return [f"indicators of different scopes ({parts}); declare scope = on those that are meant to differ"]


def _some(labels: pd.Series) -> str:
    return ", ".join(map(str, labels.iloc[:5]))
