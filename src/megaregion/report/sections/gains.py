"""Who gains: people who come and go beside what the same people earn if nobody moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from megaregion.plot.maps import BLUES, Classes, Panel, bound_labels, choropleth, diverging, steps
from megaregion.report.blocks import Drawing, Grid, Head, Material
from megaregion.report.text import Lang, Text, number, percent, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOVING = Text("Residents, % (people free to move)", "人口变化，%（可自由迁移）")
STAYING = Text("Real income, % (nobody moves)", "实际收入变化，%（无人迁移）")


def signed_classes(values: pd.Series, language: Lang) -> Classes:
    """Classes of a map: around zero if values lie on both sides of it, else light to dark."""

    def form(v: float) -> str:
        return f"{v:.3g}".replace("-", "−")

    known = values.dropna().to_numpy(float)
    low, high = known[known < -1e-9], known[known > 1e-9]
    if not len(low):
        edges = steps(values)
        count = len(edges) + 1
        shades = tuple(BLUES[round(k * 5 / max(count - 1, 1))] for k in range(count))
        return Classes(edges, shades, bound_labels(edges, form) if edges else (Text("all", "全部").of(language),))
    down = steps(pd.Series(low), 3)[:2]
    up = steps(pd.Series(high), 4)[:3] if len(high) else ()
    return diverging(tuple(e for e in down if e < 0), tuple(e for e in up if e > 0), form)


def gain_maps(material: Material, frame: pd.DataFrame, name: str, caption: Text) -> Drawing:
    """Two maps: change of residents, and real income without migration.

    Parameters
    ----------
    material : Material
    frame : DataFrame
        Columns place_id, population_percent, real_income_fixed_percent.
    name : str
        File name.
    caption : Text
    """
    base = material.base
    assert base is not None  # the caller has looked
    by = frame.set_index(frame["place_id"].astype(str))
    panels = (
        (by["population_percent"].astype(float), MOVING),
        (by["real_income_fixed_percent"].astype(float), STAYING),
    )

    def draw(language: Lang) -> Figure:
        maps = [Panel(v, signed_classes(v, language), t.of(language)) for v, t in panels]
        return choropleth(
            base, material.level, maps, names=material.unit_names(language, limit=24),
            no_data=Text("no data", "无数据").of(language),
            note=Text("Modelled, not measured. Hatched: below zero.", "模型值，非实测。斜线表示小于零。").of(language),
            width=8.6,
        )  # fmt: skip

    top = str(panels[1][0].idxmax())
    alt = say("Largest gain of real income: {p}.", "实际收入增幅最大：{p}。", p=material.place(top))
    return Drawing(name, draw, caption, alt, modelled=True, wide=True)


def sentence(material: Material, frame: pd.DataFrame) -> Text:
    """What the two maps say, in words."""
    by = frame.set_index(frame["place_id"].astype(str))
    fixed, moved = by["real_income_fixed_percent"].astype(float), by["population_percent"].astype(float)
    first, last = str(fixed.idxmax()), str(fixed.idxmin())
    lowest = float(fixed.min())
    text = say(
        "If nobody moves, real income changes most in {a} ({va}) and least in {b} ({vb}).",
        "若无人迁移，实际收入变化最大的是{a}（{va}），最小的是{b}（{vb}）。",
        a=material.place(first), va=_change(float(fixed.max())), b=material.place(last), vb=_change(lowest),
    )  # fmt: skip
    falling = int((moved < -1e-9).sum())
    if lowest >= -1e-9 and falling:
        text += say(
            " Every place gains; that {k} places lose residents means only that others gain more. They are not losers.",
            "所有地区的实际收入都不下降；{k}个地区人口减少，只因别处增幅更大，并不意味着它们受损。", k=number(falling),
        )  # fmt: skip
    elif lowest < -1e-9:
        text += say(
            " {k} places lose real income even if nobody moves.", "有{k}个地区即使无人迁移，实际收入也会下降。",
            k=number(int((fixed < -1e-9).sum())),
        )  # fmt: skip
    return text


def _change(value: float) -> Text:
    """Percent with a sign and enough decimals for small numbers."""
    size = abs(value)
    return percent(value, 2 if size >= 0.1 else 3 if size >= 0.01 else 4, sign=True)


def by_group(
    material: Material, frame: pd.DataFrame, weights: pd.DataFrame, gain: pd.Series | None, unit: Text
) -> Grid:
    """Sums of the groups: residents, real income without migration, and the money behind it.

    Parameters
    ----------
    material : Material
    frame : DataFrame
        Columns place_id, population_percent, real_income_fixed_percent.
    weights : DataFrame
        Index place_id; columns population, income_share of the baseline.
    gain : Series or None
        Money a year by place_id; None if it is to be left out.
    unit : Text
        Unit of the money.
    """
    by = frame.set_index(frame["place_id"].astype(str))
    w = weights.reindex(by.index)
    table = pd.DataFrame({
        "group": material.group_of(list(by.index)).to_numpy(),
        "people": w["population"].to_numpy(float),
        "moved": (w["population"] * by["population_percent"]).to_numpy(float),
        "income": w["income_share"].to_numpy(float),
        "earned": (w["income_share"] * by["real_income_fixed_percent"]).to_numpy(float),
        "gain": gain.reindex(by.index).to_numpy(float) if gain is not None else np.nan,
    })  # fmt: skip
    sums = table.groupby("group", sort=True).sum()
    total = float(sums["gain"].sum())
    rows = []
    for group, row in sums.iterrows():
        cells = [
            material.place(str(group)), number(float(row["moved"] / row["people"]), 3, sign=True),
            number(float(row["earned"] / row["income"]), 3, sign=True),
        ]  # fmt: skip
        if gain is not None:
            cells += [
                number(float(row["gain"]), 0, sign=True),
                number(100 * float(row["gain"]) / total if total else 0.0, 1),
            ]
        rows.append(tuple(cells))
    heads = [
        Head(Text("Group", "组（省）"), numeric=False),
        Head(Text("Residents", "人口变化"), Text("%", "%"), True),
        Head(Text("Real income if nobody moves", "实际收入变化（无人迁移）"), Text("%", "%"), True),
    ]
    if gain is not None:
        heads += [
            Head(Text("Gain a year", "年收益"), unit, True),
            Head(Text("Share of the gain", "收益占比"), Text("%", "%"), True),
        ]
    caption = Text("Who gains, by group (residents of the baseline)", "各组（省）收益（按基准居民）")
    return Grid(tuple(heads), tuple(rows), caption)
