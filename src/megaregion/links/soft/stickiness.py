"""Stickiness of flows (粘性): how many stay, how long a link lasts, how mutual, how much more than expected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.dynamic_panel import Persistence, persistence
from megaregion.core.poisson import poisson
from megaregion.errors import InputError, MegaregionError, MissingDataError, SchemaError
from megaregion.links.soft.gravity import active
from megaregion.result import Column, Result

Floats = NDArray[np.float64]
PERSONS = ("person", "persons", "count")
SPARSE = 10  # steps of time per stated period beyond which periods are labels, not points in time
REFITS = 150  # places up to which the gravity equation is fitted anew without each of them


@dataclass(frozen=True, eq=False, kw_only=True)
class StickinessResult(Result):
    """Four measures of one layer of flows, each with an interval."""

    table: pd.DataFrame
    layer: str
    unit: str

    title_en: ClassVar[str] = "Stickiness of flows"
    title_zh: ClassVar[str] = "流动粘性"

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`."""

        def number(name: str, en: str, zh: str) -> Column:
            return Column(name, "", en, zh, modelled=True, formula="methods#stickiness")

        return (
            Column("layer", "", "Flow", "流量层", key=True),
            Column("measure", "", "Measure", "指标", key=True),
            Column("place", "", "Place or group", "地区（组）", key=True),
            number("value", "Value", "数值"),
            number("ci_low", "95 % interval, low", "95%区间下限"),
            number("ci_high", "95 % interval, high", "95%区间上限"),
            Column("n", "count", "Observations", "观测数"),
            Column("note_en", "", "Note", "说明（英文）"),
            Column("note_zh", "", "Note in Chinese", "说明"),
        )

    def to_frame(self) -> pd.DataFrame:
        """One row a measure, retention and excess linkage by place or group."""
        return self.table

    def parameters(self) -> dict[str, Any]:
        """Layer and unit."""
        return {"layer": self.layer, "unit": self.unit}

    def facts(self) -> dict[str, Any]:
        """Measures of the whole layer."""
        whole = self.table[self.table["place"] == ""]
        return {str(m): float(v) for m, v in zip(whole["measure"], whole["value"], strict=True) if np.isfinite(v)}


def stickiness(
    flows: pd.DataFrame, *, layer: str, unit: str = "count", stock: pd.Series | None = None,
    distance: pd.DataFrame | None = None, groups: pd.Series | None = None,
) -> StickinessResult:  # fmt: skip
    """Retention, persistence with half-life, reciprocity and excess linkage of one layer.

    Parameters
    ----------
    flows : DataFrame
        Columns origin, destination, flow (>= 0) and, for persistence, period; one row an ordered pair and period.
    layer, unit : str
        What flows; ``index`` is known up to scale only, which retention does not survive.
    stock : Series, optional
        What could have left each place in a period; without it all flows that start there, internal ones included.
    distance : DataFrame, optional
        Square, > 0 off the diagonal; for excess linkage.
    groups : Series, optional
        Group (cluster of cities) of each place; for excess linkage.

    Returns
    -------
    StickinessResult
        ``retention`` 1 - out / stock of each place, mean over periods (Wilson's interval for persons);
        ``persistence`` of ln flow with effects of pairs and periods, bias-corrected, errors clustered on unordered
        pairs (whole numbers as periods are points in time: a gap is not bridged), and ``half-life`` ln 0.5 / ln rho in
        periods; ``reciprocity`` sum of min(F_ij, F_ji) over sum of max;
        ``excess linkage`` observed over expected inside the groups, against the same outside (intervals: jackknife
        over places). What the data cannot give has no number and a note.

    Raises
    ------
    SchemaError, MissingDataError, InputError
        Columns or values are missing, negative, or repeated, or more leaves than there is.

    Notes
    -----
    There is no standard definition; these four are said apart. Persistence: `core.dynamic_panel.persistence`;
    Wilson (1927), J. Am. Stat. Assoc. 22; jackknife: Efron and Stein (1981), Ann. Stat. 9(3).
    """
    rows = _checked(flows)
    out = _retention(rows, stock, unit)
    out += _persistence(rows)
    mean = rows.groupby(["origin", "destination"])["flow"].mean()
    square = mean.unstack(fill_value=0)
    ids = sorted(set(square.index) | set(square.columns), key=str)
    square = square.reindex(index=ids, columns=ids, fill_value=0.0)
    out.append(_reciprocity(square.to_numpy(float)))
    if distance is not None and groups is not None:
        out += _excess(square, distance, groups)
    else:
        out.append(_row("excess linkage", note=("needs distance and groups", "需要距离与分组")))
    table = pd.DataFrame(out).assign(layer=layer)
    order = ["layer", "measure", "place", "value", "ci_low", "ci_high", "n", "note_en", "note_zh"]
    return StickinessResult(table=table[order], layer=layer, unit=unit)


def _checked(flows: pd.DataFrame) -> pd.DataFrame:
    lacking = [c for c in ("origin", "destination", "flow") if c not in flows]
    if lacking:
        raise SchemaError(f"flows has no column {', '.join(lacking)}")
    keys = ["origin", "destination", *(["period"] if "period" in flows else [])]
    rows = flows[[*keys, "flow"]].reset_index(drop=True)
    if rows.isna().to_numpy().any():
        raise MissingDataError("flows has missing values", hint="leave unknown pairs out")
    problems = []
    if (rows["flow"] < 0).any() or not np.isfinite(rows["flow"].to_numpy(float)).all():
        problems.append("a flow is negative or infinite")
    if rows.duplicated(keys).any():
        problems.append(f"{int(rows.duplicated(keys).sum())} rows are repeated")
    if not len(rows):
        problems.append("flows is empty")
    if problems:
        raise InputError("; ".join(problems))
    return rows if "period" in rows else rows.assign(period=0)


def _row(
    measure: str, place: str = "", value: tuple[float, float, float] = (np.nan,) * 3, n: int = 0,
    note: tuple[str, str] = ("", ""),
) -> dict[str, Any]:  # fmt: skip
    return {
        "measure": measure, "place": place, "value": value[0], "ci_low": value[1], "ci_high": value[2], "n": n,
        "note_en": note[0], "note_zh": note[1],
    }  # fmt: skip


def _retention(rows: pd.DataFrame, stock: pd.Series | None, unit: str) -> list[dict[str, Any]]:
    if unit == "index":
        note = ("an index has no stock to be a share of", "指数没有可比的存量")
        return [_row("retention", note=note)]
    away = rows[rows["origin"] != rows["destination"]].groupby(["origin", "period"])["flow"].sum()
    all_of = rows.groupby(["origin", "period"])["flow"].sum()
    if stock is None:
        inside = rows[rows["origin"] == rows["destination"]].groupby("origin")["flow"].sum()
        if len(inside) < all_of.index.get_level_values("origin").nunique():
            note = ("needs stocks, or internal flows of every place", "需要存量或各地内部流量")
            return [_row("retention", note=note)]
        base = all_of
    else:
        lost = sorted(set(all_of.index.get_level_values("origin")) - set(stock.index[stock > 0]), key=str)
        if lost:
            raise MissingDataError(f"no stock > 0 for {', '.join(map(str, lost[:5]))}")
        base = pd.Series(stock.reindex(all_of.index.get_level_values("origin")).to_numpy(float), all_of.index)
    away = away.reindex(all_of.index, fill_value=0.0)
    over = away > base * (1 + 1e-12)
    if over.any():
        named = ", ".join(map(str, over.index[over].get_level_values("origin")[:5]))
        raise InputError(f"more leaves than there is: {named}", hint="are stock and flow in one unit?")
    out = []
    for place, sums in (
        pd.DataFrame({"out": away, "base": base}).groupby(level="origin")[["out", "base"]].sum().iterrows()
    ):
        n, kept = float(sums["base"]), float(sums["base"] - sums["out"])
        share = kept / n if n > 0 else np.nan
        ends = _wilson(share, n) if unit in PERSONS and n > 0 else (np.nan, np.nan)
        out.append(_row("retention", str(place), (share, *ends), int(n)))
    return out


def _wilson(share: float, n: float, z: float = 1.959963984540054) -> tuple[float, float]:
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return float(middle - half), float(middle + half)


def _persistence(rows: pd.DataFrame) -> list[dict[str, Any]]:
    pairs = rows[rows["origin"] != rows["destination"]]
    wide = pairs[pairs["flow"] > 0].assign(ln=lambda r: np.log(r["flow"])).pivot(
        index=["origin", "destination"], columns="period", values="ln"
    )  # fmt: skip
    if wide.empty:
        note = ("no flow between two different places", "没有不同地区之间的流量")
        return [_row("persistence", note=note), _row("half-life", note=note)]
    wide, told_gaps = _evenly(wide)
    ends = [wide.index.get_level_values(k).astype(str) for k in (0, 1)]
    code = pd.factorize(pd.Series([min(a, b) + "|" + max(a, b) for a, b in zip(*ends, strict=True)]))[0]
    try:
        found = persistence(wide.to_numpy(float), code.astype(np.intp))
    except InputError as error:
        note = (error.message, "时期太少或序列无变化，无法估计")
        return [_row("persistence", note=note), _row("half-life", note=note)]
    low, high = found.rho - 1.959964 * found.error, found.rho + 1.959964 * found.error
    zeros = int((pairs["flow"] == 0).sum())
    note = (f"within estimate {found.within:.3f} before correction; {zeros} zeros have no logarithm and are left out",
            f"校正前组内估计{found.within:.3f}；{zeros}个零值无对数，未计入")  # fmt: skip
    for more in (told_gaps, _trending(found)):
        note = (note[0] + more[0], note[1] + more[1])
    life = (_half_life(found.rho), _half_life(low), _half_life(high))
    told = ("", "") if np.isfinite(life[0]) else ("rho is not between 0 and 1: no half-life", "ρ不在0与1之间，无半衰期")
    return [
        _row("persistence", value=(found.rho, low, high), n=found.observations, note=note),
        _row("half-life", value=life, n=found.observations, note=told),
    ]


def _evenly(wide: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, str]]:
    """Columns one step of time apart: what lies between two stated periods is empty, so that no gap is bridged."""
    numbers = wide.columns
    if len(numbers) < 2 or not pd.api.types.is_integer_dtype(numbers):
        return wide, ("", "")
    at = numbers.to_numpy(np.int64)
    step = int(np.gcd.reduce(np.diff(at)))
    count = int((at[-1] - at[0]) // step) + 1
    if count == len(at) or count > SPARSE * len(at):
        far = f"; periods from {at[0]} to {at[-1]} are too far apart to be placed in time and count as consecutive"
        return wide, ("", "") if count == len(at) else (far, "；时期间隔过大，按相邻时期处理")
    missing = count - len(at)
    grid = pd.Index(at[0] + step * np.arange(count, dtype=np.int64), name=numbers.name)
    return wide.reindex(columns=grid), (
        f"; {missing} periods in between have no flows, and no step leads across them",
        f"；中间{missing}个时期无数据，不跨越计算",
    )  # fmt: skip


def _trending(found: Persistence) -> tuple[str, str]:
    """What to say where the correction is more than the bias of a stationary series of that length."""
    steps = found.observations / found.units
    due = (1.0 + found.rho) / (steps - 1.0) if steps > 1.0 else np.inf
    made = found.rho - found.within
    if not (made > 1.5 * due and made - due > 2.0 * found.error):
        return ("", "")
    return (
        f"; that is {made / due:.1f} times the correction that steady series of this length need: levels of pairs "
        "drift, and the truth may lie anywhere between both",
        f"；校正幅度为同长度平稳序列所需的{made / due:.1f}倍：各地区对的水平在漂移，真值可能介于两者之间",
    )


def _half_life(rho: float) -> float:
    """Periods; zero at rho <= 0 (gone at once), infinite at rho >= 1."""
    if rho >= 1.0:
        return np.inf
    return float(np.log(0.5) / np.log(rho)) if rho > 0.0 else 0.0


def _reciprocity(flow: Floats) -> dict[str, Any]:
    def measure(keep: NDArray[np.bool_]) -> float:
        part = flow[np.ix_(keep, keep)]
        i, j = np.triu_indices(len(part), 1)
        top = float(np.maximum(part[i, j], part[j, i]).sum())
        return float(np.minimum(part[i, j], part[j, i]).sum()) / top if top > 0 else np.nan

    value = _jackknife(measure, len(flow))
    none = ("no flow between two different places", "没有不同地区之间的流量")
    n = len(flow) * (len(flow) - 1) // 2
    return _row("reciprocity", value=value, n=n, note=("", "") if np.isfinite(value[0]) else none)


def _jackknife(measure: Callable[[NDArray[np.bool_]], float], n: int) -> tuple[float, float, float]:
    """Value on all places and its interval from leaving out each."""
    return _around(measure(np.ones(n, dtype=bool)), np.array([measure(np.arange(n) != k) for k in range(n)]))


def _around(full: float, left: Floats) -> tuple[float, float, float]:
    """A value and its interval from values without each of n places."""
    from scipy.stats import t

    n = len(left)
    if n < 3 or not np.isfinite(left).all():
        return float(full), np.nan, np.nan
    half = float(t.ppf(0.975, n - 1)) * float(np.sqrt((n - 1) / n * ((left - left.mean()) ** 2).sum()))
    return float(full), float(full) - half, float(full) + half


def _excess(square: pd.DataFrame, distance: pd.DataFrame, groups: pd.Series) -> list[dict[str, Any]]:
    """Observed over expected inside each group and all of them, against outside."""
    from megaregion.data.align import exact

    own, d = exact(pd.Series(0.0, square.index), groups, distance)[1:]
    label, far, flow = own.astype(str).to_numpy(object), d.to_numpy(float), square.to_numpy(float)
    off = ~np.eye(len(flow), dtype=bool)
    if not (far[off] > 0).all():
        raise InputError("distance must be > 0 between different places")
    names = ["", *(g for g in sorted(set(label)) if (label == g).sum() > 1)]

    def measure(keep: NDArray[np.bool_]) -> Floats:
        """Log excess of all groups and of each, from one regression."""
        mean, rows = _expected(flow, far, keep)
        i, j = rows["origin"].to_numpy(int), rows["destination"].to_numpy(int)
        seen, inside = rows["flow"].to_numpy(float), label[i] == label[j]
        masks = [inside & (label[i] == name) if name else inside for name in names]
        sums = np.array([(seen[m].sum(), mean[m].sum()) for m in (~inside, *masks)])
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.log(sums[:, 0] / sums[:, 1])
        return np.where((sums[1:] > 0).all(axis=1) & (sums[0] > 0).all(), ratio[1:] - ratio[0], np.nan)

    everywhere = np.ones(len(flow), dtype=bool)
    try:
        full = measure(everywhere)
        left = np.array([measure(np.arange(len(flow)) != k) for k in range(len(flow) if len(flow) <= REFITS else 0)])
    except MegaregionError as error:
        return [_row("excess linkage", name, note=(error.message, "引力方程无法估计")) for name in names]
    out = []
    for k, name in enumerate(names):
        value = _around(full[k], left[:, k]) if len(left) else (full[k], np.nan, np.nan)
        ends = (float(np.exp(value[0])), float(np.exp(value[1])), float(np.exp(value[2])))
        out.append(_row("excess linkage", name, ends, int(off.sum())))
    return out


def _expected(flow: Floats, far: Floats, keep: NDArray[np.bool_]) -> tuple[Floats, pd.DataFrame]:
    """Gravity with effects of both ends and ln distance, without any border, on some of the places."""
    i, j = np.nonzero(keep[:, None] & keep[None, :] & ~np.eye(len(flow), dtype=bool))
    rows = pd.DataFrame({"origin": i, "destination": j, "flow": flow[i, j], "ln_x": np.log(far[i, j])})
    rows = active(rows, "flow", ("origin", "destination"))
    if rows.empty:
        raise InputError("no flow between two different places")
    codes = [pd.factorize(rows[e])[0].astype(np.intp) for e in ("origin", "destination")]
    return poisson(rows[["ln_x"]].to_numpy(float), rows["flow"].to_numpy(float), codes).mean, rows
