"""Poverty of persons: lines that are shares of the median, and deprivations counted together."""

from __future__ import annotations

from megaregion.data.stored import StoredTable
from megaregion.mechanisms.remedies import BENCHMARK
from megaregion.report.blocks import Block, Material, Paragraph, Trace, formulas, need, shown
from megaregion.report.indicator_words import indicator_word
from megaregion.report.remarks import cautions
from megaregion.report.sections.tables import Cell, cash, digits, figures, grid, places, year
from megaregion.report.text import EMPTY, Text, currency_of, join, number, percent, raw, say
from megaregion.units import factor, is_money

_LINES = ["year", "group", "line_share", "alpha", "line", "value", "low", "high", "records"]
_CURVES = ["place_id", "year", "group", "line_share", "chosen", "headcount", "headcount_low", "headcount_high", "gap",
           "gini", "gini_low", "gini_high"]  # fmt: skip
_PLACES = ["line_share", "line", "places", "poor_places", "people_there", "people_share"]
_OPTIONS = ["option", "kind", "cost", "reduction_1", "reduction_1_low", "reduction_1_high", "of_benchmark", "rank",
            "rank_low", "rank_high"]  # fmt: skip
_COUNTED = ["year", "group", "headcount", "intensity", "m0", "people", "records"]

_KINDS = {"link": Text("link", "通道"), "service": Text("service", "服务"), "transfer": Text("transfer", "转移支付"),
          "benchmark": Text("benchmark", "参照")}  # fmt: skip


def blocks(material: Material) -> list[Block]:
    """Poverty from records, brackets, by counting and by place, and its remedies; what no table gives is absent."""
    return [*_persons(material), *_brackets(material), *_counted(material), *_by_place(material), *_remedies(material)]


def finding(material: Material) -> list[Text]:
    """The headcount of all under each line, and the first of the remedies."""
    table, options = material.table("mechanisms", "poverty"), _ranked(material)
    out = [] if table is None or table.frame.empty else [_sentence(table)]
    return out if options is None else [*out, _first(material, options[1])]


def _by_place(material: Material) -> list[Block]:
    table = material.table("mechanisms", "poor_places")
    if table is None or table.frame.empty:
        return []
    frame = need(table, "mechanisms/poor_places", _PLACES)
    last = frame.sort_values("line_share").iloc[-1]
    text = say(
        "{n} of {m} places lie below {s} of the median place by {i} ({p} of people live there): poor places, which is "
        "not poverty of persons.",
        "按{i}计，{m}个地区中有{n}个低于地区中位数的{s}（居住人口占{p}）：这是低收入地区，不等于个人贫困。",
        n=number(int(last["poor_places"])), m=number(int(last["places"])), s=_share(last["line_share"]),
        i=indicator_word(str(table.facts.get("indicator", ""))), p=percent(100 * float(last["people_share"])),
    )  # fmt: skip
    cells: dict[str, Cell] = {
        "line_share": _share, "line": figures(4), "poor_places": digits(0), "people_there": digits(0),
        "people_share": _percent,
    }  # fmt: skip
    return [Paragraph(text), grid(table, frame, cells, Text("Poor places by their mean", "低收入地区（按均值）"),
                                  folded=True), Trace(("mechanisms/poor_places",), formulas(table))]  # fmt: skip


def _ranked(material: Material) -> tuple[str, StoredTable] | None:
    """Remedies with the projects of the plan where that has run, else those that the workspace states."""
    for step in ("plan", "mechanisms"):
        table = material.table(step, "remedies")
        if table is not None and table.frame["rank"].notna().any():
            return step, table
    return None


def _remedies(material: Material) -> list[Block]:
    found = _ranked(material)
    if found is None:
        return []
    step, table = found
    frame = need(table, f"{step}/remedies", _OPTIONS)
    cells: dict[str, Cell] = {
        "option": _option(material), "kind": _kind, "cost": _money(table), "reduction_1": _fine,
        "reduction_1_low": _fine, "reduction_1_high": _fine, "of_benchmark": _small, "rank": digits(0),
        "rank_low": digits(0), "rank_high": digits(0),
    }  # fmt: skip
    return [
        Paragraph(_first(material, table), "key"),
        grid(table, frame.head(12), cells, Text("Remedies by poverty reduction per unit of cost", "减贫措施排序"),
             written=("cost",) if _plain(table) else ()),
        *cautions(material, table), Trace((f"{step}/remedies",), formulas(table)),
    ]  # fmt: skip


def _first(material: Material, table: StoredTable) -> Text:
    row = table.frame[table.frame["rank"].eq(1)].iloc[0]
    several = len(table.facts.get("may_be_first", ()))
    return say(
        "Most poverty reduction per unit of cost: {o}{mark}, {r} of what perfect targeting would reach; {n} options "
        "may be first within their ranges.",
        "单位成本减贫效果最大：{o}{mark}，为完全瞄准的{r}；在其区间内，{n}项措施可能居首。",
        o=_option(material)(row["option"]), mark=shown(table, "per_cost", EMPTY),
        r=percent(100 * float(row["of_benchmark"])), n=number(several),
    )  # fmt: skip


def _option(material: Material) -> Cell:
    """A project is shown by its name."""
    table = material.table("plan", "projects")
    names: dict[str, Text] = {}
    if table is not None and len(table.frame):
        rows = table.frame[["project_id", "name", "name_zh"]].itertuples(index=False, name=None)
        names = {str(key): Text(raw(en).en, raw(zh or en).zh) for key, en, zh in rows}
    known = {BENCHMARK: Text("perfect targeting", "完全瞄准（参照）"), **names}
    return lambda value: known.get(str(value), raw(value))


def _kind(value: object) -> Text:
    return _KINDS.get(str(value), raw(value))


def _plain(table: StoredTable) -> str:
    """Unit of the costs where it is plain money, else nothing."""
    of = next(c.unit for c in table.columns if c.name == "cost")
    return of if is_money(of) and " per " not in of else ""


def _money(table: StoredTable) -> Cell:
    """Costs in millions and billions where they are plain money."""
    of = _plain(table)
    code = currency_of(of)
    return cash(code, factor(of, "million " + of[of.index(code) :])) if of else figures(3)


def _small(value: object) -> Text:
    share = float(str(value))
    return Text("< 0.001", "< 0.001") if 0 < share < 1e-3 else number(share, 3)


def _fine(value: object) -> Text:
    return percent(100 * float(str(value)), 3)


def _persons(material: Material) -> list[Block]:
    table = material.table("mechanisms", "poverty")
    if table is None or table.frame.empty:
        return []
    frame = need(table, "mechanisms/poverty", _LINES)
    cells: dict[str, Cell] = {
        "year": year, "group": _group, "line_share": _share, "line": figures(4), "value": _percent,
        "low": _percent, "high": _percent, "records": digits(0),
    }  # fmt: skip
    heads = frame[frame["alpha"] == 0]
    return [
        Paragraph(_sentence(table), "key"),
        grid(table, heads, cells, Text("Share of people below the line", "低于贫困线的人口比重")),
        grid(table, frame[frame["alpha"] > 0], {"alpha": digits(0), **cells},
             Text("Poverty gap and squared gap", "贫困深度与强度"), folded=True),
        *cautions(material, table), Trace(("mechanisms/poverty",), formulas(table)),
    ]  # fmt: skip


def _sentence(table: StoredTable) -> Text:
    frame = need(table, "mechanisms/poverty", _LINES)
    rows = frame[(frame["group"].fillna("") == "") & (frame["alpha"] == 0)]
    rows = rows[rows["year"] == rows["year"].max()].sort_values("line_share")
    each = join([
        say("{v} ({a} to {b}) at {s} of the median", "中位数{s}线下{v}（{a}至{b}）", v=percent(100 * r.value),
            a=percent(100 * r.low), b=percent(100 * r.high), s=percent(100 * r.line_share, 0))
        for r in rows.itertuples()
    ])  # fmt: skip
    return say(
        "Relative poverty of persons in {y}: {each}{mark}.", "{y}年个人相对贫困发生率：{each}{mark}。",
        y=f"{rows['year'].iloc[0]:.0f}", each=each, mark=shown(table, "value", EMPTY),
    )  # fmt: skip


def _brackets(material: Material) -> list[Block]:
    table = material.table("mechanisms", "poverty_lorenz")
    if table is None or table.frame.empty:
        return []
    frame = need(table, "mechanisms/poverty_lorenz", _CURVES)
    facts = table.facts
    text = say(
        "Only income brackets are given for {n} distributions: poverty is read from a fitted Lorenz curve{mark}, valid "
        "for {k} of them; beside it stand the bounds that the brackets alone allow.",
        "{n}个分布仅有收入分组：贫困由拟合的洛伦兹曲线得出{mark}，其中{k}个有效；并列出仅凭分组可得的上下界。",
        n=number(int(facts["distributions"])), k=number(int(facts["with_valid_curve"])),
        mark=shown(table, "headcount", EMPTY),
    )  # fmt: skip
    cells: dict[str, Cell] = {
        "place_id": places(material), "year": year, "group": _group, "line_share": _share, "headcount": _percent,
        "headcount_low": _percent, "headcount_high": _percent, "gap": _percent, "gini": digits(3),
        "gini_low": digits(3), "gini_high": digits(3),
    }  # fmt: skip
    return [
        Paragraph(text, "key"),
        grid(table, frame[frame["chosen"] == "yes"], cells, Text("Poverty from brackets", "分组数据的贫困")),
        *cautions(material, table), Trace(("mechanisms/poverty_lorenz",), formulas(table)),
    ]  # fmt: skip


def _counted(material: Material) -> list[Block]:
    table = material.table("mechanisms", "multidimensional")
    if table is None or table.frame.empty:
        return []
    frame = need(table, "mechanisms/multidimensional", _COUNTED)
    whole = frame[(frame["group"].fillna("") == "")]
    last = whole.sort_values("year").iloc[-1]
    text = say(
        "Deprived in several dimensions at once in {y}: {h} of people, in {a} of the dimensions on average{mark} "
        "(M0 {m}).",
        "{y}年多维贫困人口占{h}，平均剥夺份额{a}{mark}（M0为{m}）。",
        y=f"{last['year']:.0f}", h=percent(100 * float(last["headcount"])), a=percent(100 * float(last["intensity"])),
        m=number(float(last["m0"]), 3), mark=shown(table, "headcount", EMPTY),
    )  # fmt: skip
    cells: dict[str, Cell] = {"year": year, "group": _group, "headcount": _percent, "intensity": _percent,
                              "m0": digits(3), "records": digits(0)}  # fmt: skip
    return [
        Paragraph(text, "key"), grid(table, frame, cells, Text("Multidimensional poverty", "多维贫困")),
        *cautions(material, table),
        Trace(("mechanisms/multidimensional", "mechanisms/multidimensional_dimensions"), formulas(table)),
    ]  # fmt: skip


def _group(value: object) -> Text:
    return raw(value) if str(value or "") not in ("", "nan", "None") else Text("all", "全体")


def _share(value: object) -> Text:
    return percent(100 * float(str(value)), 0)


def _percent(value: object) -> Text:
    return percent(100 * float(str(value)))
