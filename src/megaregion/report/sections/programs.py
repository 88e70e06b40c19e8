"""Programs between governments that the workspace states: vouchers, joint parks, paired assistance."""

from __future__ import annotations

from megaregion.report.blocks import Block, Material, Section
from megaregion.report.sections import pairing, parks, vouchers
from megaregion.report.text import Text

_ROOMS = (vouchers, parks, pairing)


def sections(material: Material) -> list[Section]:
    """One section where a program is stated, else none."""
    blocks: list[Block] = [b for room in _ROOMS for b in room.blocks(material)]
    if not blocks:
        return []
    title = Text("Soft links: vouchers, joint parks, paired assistance", "软经络：创新券、共建园区与对口帮扶")
    return [Section("programs", title, tuple(blocks))]


def finding(material: Material) -> list[Text]:
    """Headlines of the programs."""
    return [text for room in _ROOMS for text in room.sentences(material)]
