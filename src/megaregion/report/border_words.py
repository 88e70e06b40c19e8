"""Names of flows and distances for readers."""

from __future__ import annotations

from megaregion.report.text import Text, raw

LAYERS = {
    "people": Text("people flows", "人员流动"), "trains": Text("direct trains", "直达列车"),
    "commuting": Text("commuting", "通勤"), "migration": Text("migration", "迁移"), "goods": Text("goods", "货物"),
    "capital": Text("capital", "资本"), "technology": Text("technology", "技术"),
    "information": Text("information", "信息"),
}  # fmt: skip
DISTANCES = {
    "great_circle": Text("great-circle km", "大圆距离"), "rail": Text("rail minutes", "铁路时间"),
    "fastest": Text("fastest minutes", "最短时间"),
}  # fmt: skip


def layer_word(name: str) -> Text:
    """A flow in words."""
    return LAYERS.get(name, raw(name))


def distance_word(name: str) -> Text:
    """A distance in words."""
    return DISTANCES.get(name, raw(name))
