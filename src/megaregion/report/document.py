"""The document: sections in order, one HTML file that works without network, the figures also as files."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from megaregion._version import __version__
from megaregion.data.atomic import replacing, write_text
from megaregion.data.cluster import Cluster
from megaregion.data.problem import Problem
from megaregion.data.stored import StoredTable
from megaregion.errors import InputError
from megaregion.plot.fonts import subset
from megaregion.plot.slim_svg import data_uri
from megaregion.report.blocks import Block, Bullets, Drawing, Grid, Head, Material, Paragraph, Section, Trace
from megaregion.report.figures import basemap, drawings, render_all
from megaregion.report.sections import (
    accessibility,
    agreements,
    appendix,
    border,
    business_environment,
    coordination,
    culture,
    data_bias,
    ecology,
    equilibrium,
    failures,
    innovation,
    key_findings,
    layers,
    links,
    mechanisms,
    nodes,
    plan,
    programs,
    rail,
    recognition_reforms,
    region,
    road_map,
    roads,
    sensitivities,
    soft_links,
    town_country,
)
from megaregion.report.text import LANGUAGES, MODELLED, Text, both, plain

if TYPE_CHECKING:
    import geopandas as gpd

FIGURES = "figures"


@dataclass(frozen=True, eq=False)
class ReportDocument:
    """A report in memory.

    Attributes
    ----------
    html : str
        The whole page; figures, style and script are inside.
    figures : mapping of str to bytes
        File name -> SVG, the same figures for use in slides.
    """

    html: str
    figures: Mapping[str, bytes]


def build_report(
    results: Mapping[str, Mapping[str, StoredTable]], cluster: Cluster, geometry: gpd.GeoDataFrame | None,
    sources: Mapping[str, Mapping[str, Any]], problems: Sequence[Problem], *, languages: Sequence[str] = LANGUAGES,
) -> ReportDocument:  # fmt: skip
    """Write the report of a region.

    Parameters
    ----------
    results : mapping
        Step -> table name -> table; what is absent is said to be absent.
    cluster : Cluster
        Names and places.
    geometry : GeoDataFrame or None
        Polygons, index `place_id`.
    sources : mapping
        Source id -> title, publisher, licence, url, year, note.
    problems : sequence of Problem
        Findings of the data doctor.
    languages : sequence of {'zh', 'en'}
        The first is shown at first.

    Returns
    -------
    ReportDocument
        The same inputs give the same bytes.

    Raises
    ------
    InputError
        A language is unknown.
    SchemaError
        A result table lacks a column.
    """
    chosen = tuple(dict.fromkeys(languages))
    if unknown := [x for x in chosen if x not in LANGUAGES]:
        raise InputError(f"unknown languages {', '.join(unknown)}", hint="languages: " + ", ".join(LANGUAGES))
    if not chosen:
        raise InputError("no language is asked for", hint="languages: " + ", ".join(LANGUAGES))
    material = Material(results, cluster, basemap(cluster, geometry), sources, problems)
    sections = _sections(material)
    figures = render_all(drawings(sections), chosen)
    return ReportDocument(_page(material, sections, figures, chosen), figures)


def write_report(document: ReportDocument, folder: Path) -> Path:
    """Write index.html and figures/*.svg, each in one step, the page last; figures of an earlier report go.

    Returns
    -------
    Path
        index.html.
    """
    pictures = folder / FIGURES
    for name, data in sorted(document.figures.items()):
        with replacing(pictures / name) as temporary:
            temporary.write_bytes(data)
    for path in sorted(pictures.glob("*.svg")) if pictures.is_dir() else []:
        if path.name not in document.figures and not path.name.startswith("."):
            path.unlink()
    page = folder / "index.html"
    write_text(page, document.html)
    return page


def _sections(material: Material) -> list[Section]:
    return [
        key_findings.section(material), region.section(material),
        nodes.section(material), *innovation.sections(material),
        *culture.sections(material), *ecology.sections(material), links.section(material),
        *accessibility.sections(material), *roads.sections(material), *road_map.sections(material),
        *rail.sections(material), *failures.sections(material), *layers.sections(material),
        border.section(material), *soft_links.sections(material), *programs.sections(material),
        *business_environment.sections(material),
        mechanisms.section(material),
        coordination.section(material), town_country.section(material),
        equilibrium.section(material), *recognition_reforms.sections(material), sensitivities.section(material),
        agreements.section(material),
        plan.section(material), *data_bias.sections(material), appendix.findings(material), appendix.appendix(material),
    ]  # fmt: skip


class _Writer:
    """Blocks to HTML in the languages of the page."""

    def __init__(self, languages: Sequence[str], figures: Mapping[str, bytes]) -> None:
        self.languages = languages
        self.figures = figures

    def text(self, text: Text, tag: str = "span") -> str:
        if len(self.languages) == 1 or text.en == text.zh:
            return text.of(self.languages[0])
        return "".join(f'<{tag} lang="{_TAGS[x]}" data-l="{x}">{text.of(x)}</{tag}>' for x in self.languages)

    def block(self, block: Block) -> str:
        if isinstance(block, Paragraph):
            if block.kind == "head":
                return f"<h3>{self.text(block.text)}</h3>"
            return f'<p class="{block.kind}">{self.text(block.text)}</p>'
        if isinstance(block, Bullets):
            return f'<ul class="{block.kind}">' + "".join(f"<li>{self.text(t)}</li>" for t in block.items) + "</ul>"
        if isinstance(block, Grid):
            return self.grid(block)
        if isinstance(block, Trace):
            return self.trace(block)
        return self.drawing(block)

    def grid(self, grid: Grid) -> str:
        head = "".join(f'<th scope="col"{_numeric(h)}>{self._head(h)}</th>' for h in grid.heads)
        body = "".join(
            "<tr>"
            + "".join(f"<td{_numeric(h)}>{self.text(c)}</td>" for h, c in zip(grid.heads, row, strict=True))
            + "</tr>"
            for row in grid.rows
        )
        table = (
            '<div class="scroll" tabindex="0" role="region"><table>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )
        caption = self.text(grid.caption)
        if grid.folded:
            return f"<details><summary>{caption} ({len(grid.rows)})</summary>{table}</details>"
        return f'<figure class="table"><figcaption>{caption}</figcaption>{table}</figure>'

    def _head(self, head: Head) -> str:
        unit = f' <small class="unit">{self.text(head.unit)}</small>' if head.unit.en else ""
        return self.text(head.label) + unit + (self.text(MODELLED) if head.modelled else "")

    def drawing(self, drawing: Drawing) -> str:
        pictures = []
        for language in self.languages:
            source = data_uri(self.figures[f"{drawing.name}.{language}.svg"].decode("utf-8"))
            alt = html.escape(plain(drawing.caption.of(language) + " " + drawing.alt.of(language)), quote=True)
            mark = f' data-l="{language}"' if len(self.languages) > 1 else ""
            pictures.append(f'<img{mark} lang="{_TAGS[language]}" alt="{alt}" loading="lazy" src="{source}">')
        mark = self.text(MODELLED) if drawing.modelled else ""
        caption = f"{self.text(drawing.caption)}{mark}"
        wide = ' class="wide"' if drawing.wide else ""
        return f'<figure id="fig-{drawing.name}"{wide}>{"".join(pictures)}<figcaption>{caption}</figcaption></figure>'

    def trace(self, trace: Trace) -> str:
        tables = ", ".join(f"<code>results/{t}</code>" for t in trace.tables)
        anchors = ", ".join(f"<code>{html.escape(f)}</code>" for f in trace.formulas)
        label = self.text(Text("Behind these numbers", "数据出处"))
        return f'<p class="trace">{label}: {tables}{" · " if anchors else ""}{anchors}</p>'

    def section(self, section: Section) -> str:
        body = "\n".join(self.block(b) for b in section.blocks)
        grey = ' class="grey"' if section.grey else ""
        name = f"h-{section.id}"
        head = f'<h2 id="{name}">{self.text(section.title)}</h2>'
        return f'<section id="{section.id}"{grey} aria-labelledby="{name}">\n{head}\n{body}\n</section>'


_TAGS = {"zh": "zh-Hans", "en": "en"}
_NAMES = {"zh": "中文", "en": "English"}


def _numeric(head: Head) -> str:
    return ' class="num"' if head.numeric else ""


def _page(
    material: Material, sections: Sequence[Section], figures: Mapping[str, bytes], languages: Sequence[str]
) -> str:
    write = _Writer(languages, figures)
    attrs = material.cluster.attrs
    where = both(attrs["name"], attrs.get("name_zh", ""))
    title = where + Text(": a report on the city cluster", "城市群报告")
    folder = files("megaregion.report").joinpath("templates")
    template = Template(folder.joinpath("page.html").read_text(encoding="utf-8"))
    menu = "".join(f'<li{_grey(s)}><a href="#{s.id}">{write.text(s.title)}</a></li>' for s in sections)
    buttons = "".join(
        f'<button type="button" data-set="{x}" lang="{_TAGS[x]}" '
        f'aria-pressed="{str(x == languages[0]).lower()}">{_NAMES[x]}</button>'
        for x in languages
    )
    lead = Text(
        "Numbers marked <abbr class=\"modelled\">modelled</abbr> come out of a model and were not measured. Grey "
        "means: no "
        "data, or a step that was not run.",
        "标有<abbr class=\"modelled\">模型值</abbr>的数字由模型得出，并非实测。灰色表示无数据或步骤未运行。",
    )  # fmt: skip
    body = "\n".join(write.section(s) for s in sections)
    page = template.substitute(
        letters=_LETTERS, lang=_TAGS[languages[0]], first=languages[0],
        head=html.escape(plain(title.of(languages[0]))),
        titles=html.escape("|".join(f"{x}={plain(title.of(x))}" for x in languages), quote=True),
        style=folder.joinpath("style.css").read_text(encoding="utf-8"),
        script=folder.joinpath("page.js").read_text(encoding="utf-8"),
        title=write.text(title), lead=write.text(lead), menu=menu,
        buttons=buttons if len(languages) > 1 else "", skip=write.text(Text("Skip to the content", "跳到正文")),
        contents=write.text(Text("Contents", "目录")), version=__version__,
        body=body,
    )  # fmt: skip
    return page.replace(_LETTERS, _font(page))


_LETTERS = "data:font/woff;base64,"


def _font(page: str) -> str:
    """The letters of the page that a reader's computer may lack, as a font inside it."""
    written = sorted(c for c in set(html.unescape(page)) if ord(c) > 0x2E7F)
    return _LETTERS + base64.b64encode(subset("".join(written))).decode("ascii") if written else "data:,"


def _grey(section: Section) -> str:
    return ' class="grey"' if section.grey else ""
