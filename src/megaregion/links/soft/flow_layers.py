"""Layers of flows side by side: what they count, for which period, whether measured, and what they cannot say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from megaregion.data.flow_kinds import declared, kind_of, sums_to_whole, threshold
from megaregion.errors import InputError
from megaregion.result import Column, Input, Result

FORMULA = "methods#flow-layers"


@dataclass(frozen=True, eq=False, kw_only=True)
class FlowLayers(Result):
    """Every layer of flows between the places of analysis."""

    title_en: ClassVar[str] = "Layers of flows"
    title_zh: ClassVar[str] = "流量图层"
    table: pd.DataFrame

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`; amounts have the unit of their layer."""
        rows = Input("tables/flows.csv", {"layer": "{layer}"})

        def column(name: str, unit: str, en: str, zh: str) -> Column:
            return Column(name, unit, en, zh, formula=FORMULA if unit else "", inputs=(rows,))

        return (
            Column("layer", "", "Layer", "图层", key=True),
            column("unit", "", "Unit", "单位"),
            column(
                "kind", "", "Kind: volume, share, index (known up to scale only)", "类型：总量、份额、指数（只定比例）"
            ),
            column("period", "", "Period", "时期"),
            column("observed", "", "Measured", "是否实测"),
            column("origins", "count", "Places with an outflow", "有流出的地区数"),
            column("destinations", "count", "Places with an inflow", "有流入的地区数"),
            column("pairs", "count", "Ordered pairs with a flow", "有流量的有向对数"),
            column("zeros", "count", "Ordered pairs of which zero is reported", "报告为零的有向对数"),
            column("absent", "count", "Ordered pairs of which nothing is said", "未报告的有向对数"),
            column("inside", "count", "Places with a flow inside", "有内部流量的地区数"),
            column("smallest", "by row", "Smallest flow between two places", "两地间最小流量"),
            column("censored_below", "by row", "Threshold of publication, stated or evident", "公布下限（声明或可见）"),
            column("between", "by row", "Sum between places; none for an index", "地区间合计（指数无合计）"),
            column("within", "by row", "Sum inside places; none for an index", "地区内合计（指数无合计）"),
            column("two_way", "share", "Share met by a flow the other way, Σ min / Σ", "双向匹配占比（Σ最小值/Σ）"),
        )

    def to_frame(self) -> pd.DataFrame:
        """One row a layer."""
        return self.table.copy()

    def facts(self) -> dict[str, Any]:
        """How many layers of which kind."""
        return {"layers": len(self.table), **{str(k): int(n) for k, n in self.table["kind"].value_counts().items()}}


def flow_layers(flows: Mapping[str, pd.DataFrame], *, options: Mapping[str, Any] | None = None) -> FlowLayers:
    """What each layer of flows holds and what cannot be read from it.

    Parameters
    ----------
    flows : mapping of str to DataFrame
        Layer -> square frame, rows origin, columns destination; NaN where the table says nothing; `attrs` unit, period,
        observed.
    options : mapping, optional
        The tables [options] of a workspace: [options.flows.<layer>] censored_below is used.

    Returns
    -------
    FlowLayers
        Sums are missing for an index or shares: both are identified only up to scale, that of all places for an
        index, that of each origin or destination for shares. An index has no unit to be printed with.

    Raises
    ------
    InputError
        A frame is not square, has other labels on its columns, or holds negative or infinite flows; all at once.

    Notes
    -----
    Threshold: stated, else as `megaregion.data.flow_kinds.threshold` finds it. two_way: Σ_{i≠j} min(F_ij, F_ji) /
    Σ_{i≠j} F_ij over pairs of which both directions are known (weighted reciprocity, Squartini et al.
    2013, Sci. Rep. 3:2729).
    """
    _check(flows)
    rows, warnings = [], []
    for layer, frame in flows.items():
        row, said = _row(str(layer), frame, declared(options or {}, str(layer)))
        rows.append(row)
        warnings += said
    table = pd.DataFrame(rows, columns=[c.name for c in FlowLayers(table=pd.DataFrame()).describe()])
    if not rows:
        warnings = ["tables/flows.csv lists no flow"]
    return FlowLayers(table=table, warnings=tuple(warnings))


def _row(layer: str, frame: pd.DataFrame, about: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    value = frame.to_numpy(dtype=np.float64)
    own, off = np.eye(len(value), dtype=bool), ~np.eye(len(value), dtype=bool)
    flow, unit = value[off], str(frame.attrs.get("unit", ""))
    positive = flow[flow > 0]
    kind = kind_of(unit)
    said: list[str] = []
    if kind == "volume" and sums_to_whole(value):
        kind = "share"
        said.append(f"flows of {layer} sum to 100 (or 1) for each place: shares, although the unit is {unit}")
    stated = about.get("censored_below")
    found = threshold(flow)
    below = float(stated) if isinstance(stated, int | float) else (found.value if found else np.nan)
    if stated is None and found is not None:
        said.append(
            f"no flow of {layer} is below {found.value:g} and {found.just_above} are just above: absent pairs are "
            "small flows, not zero"
        )
    if not frame.attrs.get("observed", True):
        said.append(f"{layer} is modelled, not observed: gravity and borders of it say what the model was given")
    if kind == "index":
        said.append(f"{layer} is an index: only ratios of its flows mean something, and it is no number of persons")
    if kind == "volume" and not (value[own] > 0).any() and layer == "commuting":
        said.append(f"{layer} has no flow inside any place: who stays is unknown")
    origins, ends = int((np.nansum(value * off, axis=1) > 0).sum()), int((np.nansum(value * off, axis=0) > 0).sum())
    if min(origins, ends) == 1 and max(origins, ends) > 1:
        said.append(f"{layer} has one {'origin' if origins == 1 else 'destination'} only: no effects of both ends")
    both = np.isfinite(value) & np.isfinite(value.T) & off
    total = float(value[both].sum())
    summed = kind in ("volume", "unstated")
    return {
        "layer": layer, "unit": unit, "kind": kind, "period": str(frame.attrs.get("period", "")),
        "observed": bool(frame.attrs.get("observed", True)), "origins": origins, "destinations": ends,
        "pairs": len(positive), "zeros": int((flow == 0).sum()), "absent": int(np.isnan(flow).sum()),
        "inside": int((value[own] > 0).sum()), "smallest": float(positive.min()) if len(positive) else np.nan,
        "censored_below": below, "between": float(np.nansum(flow)) if summed else np.nan,
        "within": float(np.nansum(value[own])) if summed and np.isfinite(value[own]).any() else np.nan,
        "two_way": float(np.minimum(value, value.T)[both].sum()) / total if total > 0 else np.nan,
    }, said  # fmt: skip


def _check(flows: Mapping[str, pd.DataFrame]) -> None:
    wrong = []
    for layer, frame in flows.items():
        if not frame.index.equals(frame.columns):
            wrong.append(f"{layer}: rows and columns must be the same places in the same order")
            continue
        value = frame.to_numpy(dtype=np.float64)
        bad = (value < 0) | np.isinf(value)
        if bad.any():
            some = ", ".join(f"{frame.index[i]} to {frame.columns[j]}" for i, j in np.argwhere(bad)[:5].tolist())
            wrong.append(f"{layer}: flows must be finite and not below zero, not so for {some}")
    if wrong:
        raise InputError("flows: " + "; ".join(wrong), hint="mend tables/flows.csv")
