"""Result tables of paired assistance: recipients, donors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

import pandas as pd

from megaregion.result import Column, Input, Result

FORMULA = "methods#paired-assistance"
PAIRS = Input("tables/pairs.csv", {"recipient": "{recipient}"})
_DONOR = (Input("tables/pairing_donors.csv", {"donor": "{donor}"}),)
_PAIRED = (Input("tables/pairing_candidates.csv", {"recipient": "{recipient}"}), Input("tables/pairing_donors.csv"))
_carried = partial(Column, modelled=True, formula=FORMULA, inputs=_DONOR)
_paired = partial(Column, modelled=True, formula=FORMULA, inputs=_PAIRED)


@dataclass(frozen=True, eq=False, kw_only=True)
class DonorsResult(Result):
    """What each donor carries."""

    title_en: ClassVar[str] = "Donors: recipients, spending and benefit"
    title_zh: ClassVar[str] = "帮扶方：结对数、支出与效益"
    table: pd.DataFrame
    unit: str
    money: str

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`."""
        return (
            Column("donor", "", "Donor", "帮扶方", key=True),
            Column("capacity", "count", "Recipients that it can take", "可结对数", inputs=_DONOR),
            _carried("recipients", "count", "Recipients", "结对数"),
            Column("budget", self.money, "Budget", "预算", inputs=_DONOR),
            _carried("spent", self.money, "Spent", "支出"),
            _carried("benefit", self.unit, "Benefit", "效益"),
        )

    def to_frame(self) -> pd.DataFrame:
        """One row a donor, in the order of the input."""
        return self.table.copy()


@dataclass(frozen=True, eq=False, kw_only=True)
class PairingResult(Result):
    """Who helps whom, beside the stable matching, with the pairs that would rather have each other.

    Attributes
    ----------
    table : DataFrame
        Columns as in `describe()`.
    unit, money : str
        Unit of benefit and of cost.
    donors : DonorsResult
    found, settings : mapping
        What `facts()` and `parameters()` give.
    """

    title_en: ClassVar[str] = "Paired assistance"
    title_zh: ClassVar[str] = "对口帮扶结对方案"
    table: pd.DataFrame
    unit: str
    money: str
    donors: DonorsResult
    found: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`."""
        return (
            Column("recipient", "", "Recipient", "受援方", key=True),
            _paired("donor", "", "Donor", "帮扶方"),
            _paired("benefit", self.unit, "Benefit", "效益"),
            _paired("cost", self.money, "Cost to the donor", "帮扶方成本"),
            Column("donor_before", "", "Donor before", "原帮扶方", inputs=(PAIRS,)),
            _paired("benefit_before", self.unit, "Benefit with the donor before", "与原帮扶方结对的效益"),
            _paired("change", "", "kept, moved, new, ended or none", "保持、更换、新增、终止或无"),
            _paired("best_donor", "", "Donor of the largest benefit", "效益最大的帮扶方"),
            _paired("benefit_best", self.unit, "Benefit with that donor", "与其结对的效益"),
            _paired("stable_donor", "", "Donor in the stable matching", "稳定匹配下的帮扶方"),
            _paired("benefit_stable", self.unit, "Benefit in the stable matching", "稳定匹配下的效益"),
            _paired("blocking", "count", "Donors that would rather have it, and it them", "与其互相更愿结对的帮扶方数"),
            _paired("reason", "", "Why nobody serves it", "未结对原因"),
        )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row a recipient, in the order of the input."""
        return self.table.copy()

    def parameters(self) -> dict[str, Any]:
        """Goal, continuity penalty, whom to serve."""
        return dict(self.settings)

    def facts(self) -> dict[str, Any]:
        """Sums with their bound, least benefit, blocking pairs, stable matching; existing pairs as a plan."""
        return dict(self.found)
