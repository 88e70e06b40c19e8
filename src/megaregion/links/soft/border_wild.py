"""The interval of the border where few pairs of groups carry it, for every layer of flows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from megaregion.links.soft.barriers import Dyads
from megaregion.links.soft.border_inference import group_pairs, main_design, wild_interval
from megaregion.result import Column, Input, Result

MANY = 50  # pairs of groups from which clusters are not few (Cameron and Miller 2015, J. Human Resources 50(2))


@dataclass(frozen=True, eq=False, kw_only=True)
class BorderWild(Result):
    """Main border coefficients with the interval of a wild bootstrap over pairs of groups."""

    table: pd.DataFrame
    replications: int
    seed: int

    title_en: ClassVar[str] = "Borders with few pairs of groups"
    title_zh: ClassVar[str] = "少聚类下的边界效应区间"

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`."""
        inputs = (Input("tables/flows.csv", {"layer": "{layer}"}), Input("tables/places.csv"))

        def number(name: str, unit: str, en: str, zh: str) -> Column:
            return Column(name, unit, en, zh, modelled=True, formula="methods#border-inference", inputs=inputs)

        return (
            Column("layer", "", "Flow", "流量层", key=True),
            number("coef", "", "Log of flow inside over flow across", "组内相对跨界流量（对数）"),
            number("ci_low", "", "95 % interval, wild bootstrap, low", "95%区间下限（野自助法）"),
            number("ci_high", "", "95 % interval, wild bootstrap, high", "95%区间上限（野自助法）"),
            number("p_value", "", "p of no border", "无边界效应的p值"),
            number("group_pairs", "count", "Pairs of groups (clusters)", "组对数（聚类）"),
        )

    def to_frame(self) -> pd.DataFrame:
        """One row a layer."""
        return self.table

    def parameters(self) -> dict[str, Any]:
        """Replications and seed."""
        return {"replications": self.replications, "seed": self.seed, "distance": "great_circle"}


def few_group_pairs(pairs: Dyads) -> bool:
    """Whether a border is identified and fewer than 50 pairs of groups carry it."""
    design = main_design(pairs)
    return int(group_pairs(design, pairs.groups).max()) + 1 < MANY


def border_wild(layers: dict[str, Dyads], *, seed: int, replications: int = 999) -> BorderWild:
    """The main border coefficient of every layer with its wild interval.

    Parameters
    ----------
    layers : dict of str to Dyads
    seed : int
    replications : int

    Raises
    ------
    InputError
        A border is not identified.

    Notes
    -----
    As the fourth row of `border_inference`: Kline and Santos (2012), J. Econom. Methods 1(1); infinite where no null is
    rejected.
    """
    rows = []
    for layer, pairs in layers.items():
        rows.append({"layer": layer, **wild_interval(pairs, seed=seed, replications=replications)})
    names = ["layer", "coef", "ci_low", "ci_high", "p_value", "group_pairs"]
    return BorderWild(table=pd.DataFrame(rows, columns=names), replications=replications, seed=seed)
