"""Paired assistance: who helps whom on a map, what ends, what donors carry, who would rather have another."""

from __future__ import annotations

import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.plot.fonts import BLUE, GREEN, ORANGE
from megaregion.report.blocks import Block, Drawing, Material, Paragraph, Trace, formulas, need, shown
from megaregion.report.remarks import cautions
from megaregion.report.sections.parks import place_or_code
from megaregion.report.sections.program_map import Ties, tie_map
from megaregion.report.sections.tables import Cell, digits, figures, grid
from megaregion.report.sections.vouchers import STEP
from megaregion.report.text import EMPTY, Text, number, raw, say, significant

_PAIRS = ["recipient", "donor", "benefit", "cost", "donor_before", "change", "best_donor", "benefit_best",
          "stable_donor", "benefit_stable", "blocking"]  # fmt: skip
_CARRIED = ["donor", "capacity", "recipients", "budget", "spent", "benefit"]
_CHANGES = {
    "kept": Text("kept", "保持"), "moved": Text("moved", "更换"), "new": Text("new", "新增"),
    "ended": Text("ended", "终止"), "none": Text("none", "无"),
}  # fmt: skip
_PROVEN = Text(", and no plan does better by this goal", "，按该目标已证明没有更优方案")
_GAP = 1e-6  # of the bound: the solver's own tolerance
_COLOURS = {"kept": GREEN, "moved": BLUE, "new": BLUE}
_GOALS = {
    "sum": Text("the largest sum of benefits", "效益总和最大"),
    "least": Text("the largest smallest benefit", "最小效益最大"),
}


def blocks(material: Material) -> list[Block]:
    """Sentence, map, pairs and donors; nothing where none are stated."""
    table, donors = material.table(STEP, "pairing"), material.table(STEP, "pairing_donors")
    if table is None or donors is None:
        return []
    frame, name = need(table, "programs/pairing", _PAIRS), place_or_code(material)
    out: list[Block] = [Paragraph(_sentence(table), "key"), *_map(material, frame)]
    cells: dict[str, Cell] = {
        "recipient": name, "donor": name, "benefit": figures(3), "cost": figures(4), "donor_before": _several(name),
        "change": lambda v: _CHANGES.get(str(v), raw(v)), "best_donor": name, "benefit_best": figures(3),
        "stable_donor": name, "benefit_stable": figures(3), "blocking": digits(0),
    }  # fmt: skip
    out.append(
        grid(
            table,
            frame,
            cells,
            Text("Pairs", "结对方案"),
            folded=len(frame) > 12,
            labels={"change": Text("Change", "变化")},
        )
    )
    cells = {"donor": name, "capacity": digits(0), "recipients": digits(0), "budget": figures(4), "spent": figures(4),
             "benefit": figures(3)}  # fmt: skip
    carried = need(donors, "programs/pairing_donors", _CARRIED)
    out.append(grid(donors, carried, cells, Text("What donors carry", "帮扶方承担情况"), folded=True))
    names = ("pairing", "pairing_donors")
    return [*out, *cautions(material, table), Trace(tuple(f"{STEP}/{n}" for n in names), formulas(table, donors))]


def sentences(material: Material) -> list[Text]:
    """Headline: pairs, their benefit beside the stable matching, pairs that end."""
    table = material.table(STEP, "pairing")
    return [] if table is None else [_sentence(table)]


def _several(name: Cell) -> Cell:
    """Cells with several places separated by semicolons."""

    def cell(value: object) -> Text:
        parts = [p.strip() for p in str(value).split(";")] if value == value and value else []
        if not parts:
            return Text("–", "–")
        named = [name(p) for p in parts]
        return Text("; ".join(t.en for t in named), "；".join(t.zh for t in named))

    return cell


def _sentence(table: StoredTable) -> Text:
    f, frame = table.facts, need(table, "programs/pairing", _PAIRS)
    counts = frame["change"].value_counts()
    goal = _GOALS.get(str(table.parameters.get("goal")), raw(table.parameters.get("goal")))
    if (cost := float(table.parameters.get("continuity", 0.0))) > 0:
        goal += say(" (ending a pair costs {c})", "（终止一对代价{c}）", c=significant(cost, 3))
    text = say(
        "Paired assistance by {g}: {n} of {k} recipients have a donor, {kept} keep theirs, {new} are new or moved; "
        "benefit {b}{mark}{proof}; a stable matching has {s}",
        "对口帮扶（目标：{g}）：{k}个受援方中{n}个结对，{kept}个保持、{new}个新增或更换；效益{b}{mark}{proof}；稳定匹配为{s}",
        g=goal, n=number(int(f["served"])), k=number(int(f["recipients"])), kept=number(int(f["pairs_kept"])),
        new=number(int(counts.get("new", 0) + counts.get("moved", 0))), b=significant(float(f["benefit"]), 4),
        mark=shown(table, "benefit", EMPTY),
        proof=_PROVEN if float(f["gap"]) <= _GAP * abs(float(f["bound"])) else EMPTY,
        s=significant(float(f["stable_benefit"]), 4),
    )  # fmt: skip
    if "before_benefit" in f:
        text += say(
            "; the pairs that exist have {b}, with {n} that would rather have each other",
            "；现有结对合计{b}，其中有{n}对更愿互相结对",
            b=significant(float(f["before_benefit"]), 4), n=number(len(f["before_blocking_pairs"])),
        )  # fmt: skip
    if f["blocking_pairs"]:
        text += say(
            "; pairs that would rather have each other: {n}", "；有{n}对更愿互相结对",
            n=number(len(f["blocking_pairs"])),
        )  # fmt: skip
    return text + Text(".", "。")


def _map(material: Material, frame: pd.DataFrame) -> list[Drawing]:
    paired = frame[frame["donor"].astype(bool)].rename(columns={"donor": "a", "recipient": "b"})
    labels = {"kept": Text("pair kept", "保持的结对"), "moved": Text("another donor", "更换帮扶方"),
              "new": Text("new pair", "新增结对")}  # fmt: skip
    ties = [
        Ties(mine[["a", "b"]], labels[change], _COLOURS[change], 2.2 if change == "kept" else 1.5)
        for change in labels
        if len(mine := paired[paired["change"] == change])
    ]
    before = [
        (donor.strip(), str(r["recipient"])) for _, r in frame.iterrows() if r["donor_before"] == r["donor_before"]
        for donor in str(r["donor_before"] or "").split(";") if donor.strip() and donor.strip() != r["donor"]
    ]  # fmt: skip
    if before:
        ties.append(
            Ties(pd.DataFrame(before, columns=["a", "b"]), Text("pair that ends", "终止的结对"), ORANGE, 1.2, True)
        )
    if not ties:
        return []
    return tie_map(
        material, "pairing", ties, Text("Who helps whom.", "对口帮扶结对方案。"),
        say("{n} pairs.", "{n}对。", n=number(len(paired))),
    )  # fmt: skip
