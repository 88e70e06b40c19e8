"""How each block of a baseline was obtained: what is observed, fitted, assumed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from megaregion.equilibrium.calibrate import Baseline, Calibration
from megaregion.result import Column, Input, Result

_SETTINGS = Input("workspace.toml", {})


@dataclass(frozen=True, kw_only=True)
class Origin:
    """How one block was obtained.

    Attributes
    ----------
    block : str
        output, trade, commuting, location, sectors.
    how : str
        ``observed``, ``fitted``, ``assumed``, or two of them joined by ``+``.
    observed_share : float
        Share of the total of the block (people, money) that a table gives.
    en, zh : str
    """

    block: str
    how: str
    observed_share: float
    en: str
    zh: str


def provenance(base: Baseline) -> tuple[Origin, ...]:
    """How each block of a baseline was obtained, in the order of the accounts."""
    found = base.nominal
    out = [
        Origin(
            block="output", how="observed", observed_share=1.0,
            en=f"income by place of work: {base.place.income_indicator or 'the income indicator'} of {base.place.year}",
            zh=f"按工作地的收入：{base.place.year}年{base.place.income_indicator or '收入指标'}",
        ),
        _trade(base, found),
        *_commuting(found), *_location(base, found), *_sectors(found),
    ]  # fmt: skip
    return tuple(out)


def _trade(base: Baseline, found: Calibration) -> Origin:
    own = "; ".join(f"{np.trace(s * x[:, None]) / x.sum():.1%}" for s, x in zip(
        found.economy.trade, found.economy.spending, strict=True))  # fmt: skip
    layer = base.border.layer
    return Origin(
        block="trade",
        how="fitted+assumed",
        observed_share=0.0,
        en="no trade is observed: gravity in travel time"
        + (f" and the border effect of {layer}" if layer else "")
        + f", fitted to what places make and spend; own share assumed ({own})",
        zh="无贸易观测：以行程时间"
        + ("和边界效应" if layer else "")
        + f"的引力式拟合产出与支出；本地份额为假设（{own}）",
    )


def _commuting(found: Calibration) -> list[Origin]:
    c = found.blocks.commuting
    if c is None:
        return [
            Origin(
                block="commuting", how="assumed", observed_share=0.0, en="everybody works where she lives",
                zh="假设人人在居住地工作",
            )
        ]  # fmt: skip
    share = 1.0 - c.fitted_share
    en = f"flow layer {c.layer}: {c.pairs_observed} of {c.pairs} pairs observed, {c.stay_share:.1%} of people stay"
    zh = f"流量层{c.layer}：{c.pairs}对中{c.pairs_observed}对有观测，{c.stay_share:.1%}在本地工作"
    if c.gravity is not None:
        g = c.gravity
        en += (
            f"; {c.pairs_fitted} pairs fitted by gravity below {c.below} persons, {c.fitted_share:.2%} of commuters "
            f"(elasticity to time {-g.slope:.2f}, border {g.border:.2f}); {len(c.beyond)} pairs missing that are "
            "not small"
        )
        zh += (
            f"；其余{c.pairs_fitted}对按引力式估计且低于{c.below}人，占通勤者{c.fitted_share:.2%}"
            f"（时间弹性{-g.slope:.2f}，边界{g.border:.2f}）；另有{len(c.beyond)}对缺失但并非小流量"
        )
    return [Origin(block="commuting", how="observed+fitted" if c.fitted_share else "observed", observed_share=share,
                   en=en, zh=zh)]  # fmt: skip


def _location(base: Baseline, found: Calibration) -> list[Origin]:
    known = found.blocks.origins(base.place, found.parameters)
    if known is None:
        return [
            Origin(
                block="location", how="observed", observed_share=1.0,
                en="one group: residents by place; its migration cost is the residual of where people live",
                zh="单一人群：按地常住人口；迁移成本为居住分布的残差",
            )
        ]  # fmt: skip
    home = known.home_share[known.home >= 0]
    return [
        Origin(
            block="location",
            how="observed+fitted+assumed",
            observed_share=known.observed_share,
            en=f"{len(known.names)} groups of registered origin, {home.min():.0%} to {home.max():.0%} of them at home: "
            f"{known.observed_share:.1%} of residents with known origin, {known.bounded_share:.1%} from another county "
            f"of the province, split by gravity, {known.assumed_share:.1%} from another province, "
            f"{found.parameters.outside_share:.0%} of them assumed from outside of the region; migration costs are the "
            "residual of where people live, exact by construction and not estimated",
            zh=f"{len(known.names)}个户籍来源组，{home.min():.0%}至{home.max():.0%}在原籍；{known.observed_share:.1%}的常住人口"
            f"来源已知，{known.bounded_share:.1%}来自本省其他县（按引力式分摊），{known.assumed_share:.1%}来自外省，其中假设"
            f"{found.parameters.outside_share:.0%}来自区域之外；迁移成本为居住分布的残差，构造上精确，并非估计",
        )
    ]


def _sectors(found: Calibration) -> list[Origin]:
    if found.blocks.value_added is None:
        return [
            Origin(
                block="sectors", how="assumed", observed_share=0.0, en="one sector that uses labour only",
                zh="单一部门，仅用劳动",
            )
        ]  # fmt: skip
    e, shares = found.economy.elasticities, found.blocks.shares(found.parameters)
    part = found.blocks.value_added.sum(axis=1)
    names = found.blocks.sectors
    text = ", ".join(f"{n} {v:.1%}" for n, v in zip(names, part / part.sum(), strict=True))
    spend = ", ".join(f"{n} {v:.3f}" for n, v in zip(names, e.spending, strict=True))
    return [
        Origin(
            block="sectors",
            how="observed+assumed",
            observed_share=1.0,
            en=f"value added by sector observed ({text}); cost shares of Tombe and Zhu (2019), capital a fixed factor; "
            f"wages equal across the sectors of a place; final spending closes the totals ({spend}), use of primary "
            f"goods x {shares.scaled:.2f}",
            zh=f"分部门增加值为观测（{text}）；成本份额取自Tombe与Zhu（2019），资本视为固定要素；同一地方各部门工资相等；"
            f"最终消费份额使总量闭合（{spend}），第一产业使用量×{shares.scaled:.2f}",
        )
    ]


@dataclass(frozen=True, eq=False, kw_only=True)
class ProvenanceResult(Result):
    """How each block of the baseline was obtained."""

    title_en: ClassVar[str] = "Where the baseline comes from"
    title_zh: ClassVar[str] = "基准的数据来源"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("block", "", "Block", "模块", key=True),
        Column("how", "", "How obtained", "来源方式"),
        Column("observed_share", "share", "Share that is observed", "观测份额", modelled=True,
               formula="methods#calibration", inputs=(_SETTINGS,)),
        Column("note_en", "", "What it rests on", "依据（英文）"),
        Column("note_zh", "", "What it rests on, in Chinese", "依据"),
    )  # fmt: skip
    base: Baseline

    def to_frame(self) -> pd.DataFrame:
        """One row a block."""
        rows = [(o.block, o.how, o.observed_share, o.en, o.zh) for o in provenance(self.base)]
        return pd.DataFrame(rows, columns=[c.name for c in self.columns])

    def parameters(self) -> dict[str, Any]:
        """Blocks in use and their parameters."""
        chosen = self.base.settings
        return {**chosen.structure.to_dict(), **chosen.parameters.to_dict(chosen.names)}

    def facts(self) -> dict[str, Any]:
        """Residuals of the baseline."""
        found = self.base.nominal
        return {
            "clearing_residual": found.residual, "sector_gap": float(np.abs(found.economy.sector_gap()).max()),
            "groups": len(found.origins), "sectors": len(found.blocks.sectors), "commutes": found.economy.commutes,
        }  # fmt: skip
