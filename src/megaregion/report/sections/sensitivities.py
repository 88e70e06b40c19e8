"""Values at the margin: where a small improvement of a link, a border or a place is worth most."""

from __future__ import annotations

from collections.abc import Sequence

from megaregion.report.blocks import Block, Bullets, Material, Paragraph, Section, Trace, formulas
from megaregion.report.remarks import absent, cautions
from megaregion.report.sections import link_values, place_values
from megaregion.report.text import Text

STEP = "sensitivities"
TABLES = ("links", "borders", "places", "screening", "link_groups")
_OWN_WORDS = "first order: the value of a small change|no scheduled service: roads are known"


def section(material: Material) -> Section:
    """Links, borders and places by the value of a small change."""
    title = Text("Values at the margin: where a small improvement is worth most", "边际价值：小幅改善何处最值")
    known = [t for t in (material.table(STEP, name) for name in TABLES) if t is not None]
    if not known:
        words = ("of the values of links, borders and places", "路段、边界与地区的价值")
        return Section(STEP, title, absent(material, STEP, *words), grey=True)
    links, borders, places = (material.table(STEP, name) for name in ("links", "borders", "places"))
    blocks: list[Block] = [Paragraph(_how())]
    if said := _worth_most(material):
        blocks.append(Bullets(tuple(said), "key"))
    blocks.append(_meant())
    if links is not None and len(links.frame):
        blocks += link_values.blocks(material, links)
    else:
        blocks.append(_no_links())
    if borders is not None and len(borders.frame):
        blocks += place_values.border_blocks(material, borders)
    else:
        blocks.append(_no_borders())
    if places is not None:
        blocks += place_values.place_blocks(material, places)
    blocks += cautions(material, *known, leave=_said_above(material), skip=_OWN_WORDS)
    names = tuple(f"{STEP}/{n}" for n in TABLES if material.table(STEP, n) is not None)
    return Section(STEP, title, (*blocks, Trace(names, formulas(*known))))


def finding(material: Material) -> list[Text]:
    """Headlines of this room, in one."""
    said = _worth_most(material, links_shown=1)
    return [Text(" ".join(p.en for p in said), "".join(p.zh for p in said))] if said else []


def _worth_most(material: Material, *, links_shown: int = 3) -> list[Text]:
    """The links, the border and the place worth most; what is absent is left out."""
    links, borders, places = (material.table(STEP, name) for name in ("links", "borders", "places"))
    parts = []
    if links is not None and len(links.frame):
        parts.append(link_values.sentence(material, links, count=links_shown))
    if borders is not None:
        parts.append(place_values.border_sentence(material, borders))
    if places is not None:
        parts.append(place_values.place_sentence(material, places))
    return [p for p in parts if p.en]


def _how() -> Text:
    return Text(
        "One solution of the adjoint of the equilibrium above tells what every link, border and place is worth if it "
        "improves by 1 %, in money a year, with a 5–95 % range over joint draws of the parameters. These are values "
        "without a cost: 1 % less time is no project, and 1 % less friction is no reform that somebody can decide.",
        "对前述均衡的伴随方程求解一次，即得每条路段、每条边界、每个地区改善1%的价值（每年金额），并给出参数联合抽样的"
        "5–95%区间。这里只有价值、没有成本：时间减1%不是工程，摩擦减1%也不是可以直接决策的改革。",
    )


def _meant() -> Paragraph:
    return Paragraph(
        Text(
            "A link is a scheduled direct service between two stops, both directions together; its time includes the "
            "wait for it. It is not a section of track: works on a track change all services that run over it. "
            "Everything here is modelled, nothing is measured.",
            "路段指两站之间按时刻表开行的直达服务，双向合计，时间含候车；它不是线路区间，改造一段线路会同时影响经过的全部"
            "服务。本节数值均为模型值，并非实测。",
        ),
        "warning",
    )


def _no_links() -> Paragraph:
    return Paragraph(
        Text(
            "No link is valued: there is no scheduled service between stops. Roads are known from end to end only.",
            "没有可估值的路段：没有站间班次数据，公路只有门到门时间。",
        ),
        "missing",
    )


def _no_borders() -> Paragraph:
    return Paragraph(
        Text("No border is valued: all places lie in one area.", "没有可估值的边界：所有地区同属一个区域。"), "missing"
    )


def _said_above(material: Material) -> Sequence[str]:
    """Warnings that the section of the equilibrium shows already."""
    base, table = material.table("equilibrium", "baseline"), material.table("equilibrium", "scenarios")
    return () if base is None or table is None else (*base.warnings, *table.warnings)
