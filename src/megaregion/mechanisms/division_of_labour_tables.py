"""Tables of the division of labour: by place, by two places, by industry, by place and industry, by two industries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from megaregion.nodes.lined_table import KEY, ROW, WHOLE, Line, LinedTable

_ANCHOR = {"": "", "labour": "methods#division-of-labour", "related": "methods#relatedness",
           "joint": "methods#complementarity", "noise": "methods#sampling-noise"}  # fmt: skip
_MODELLED = ("noise", "joint")  # formulas of a null or of coefficients taken over; p_chance is added below


@dataclass(frozen=True, eq=False, kw_only=True)
class DivisionTable(LinedTable):
    """Base of the five tables."""

    anchors: ClassVar[Mapping[str, str]] = _ANCHOR

    def modelled(self, name: str, formula: str) -> bool:
        """Columns of a null, or of coefficients taken over."""
        return formula in _MODELLED or name.endswith("_chance")


_NOISE = "Krugman index that sampling alone gives", "抽样误差单独造成的克鲁格曼指数"
_FDR = "The same, false discovery rate", "同上，错误发现率"


@dataclass(frozen=True, eq=False, kw_only=True)
class PlacesResult(DivisionTable):
    """How specialised each place is, and in what."""

    title_en: ClassVar[str] = "Specialisation of the places"
    title_zh: ClassVar[str] = "各地专业化程度"
    lines: ClassVar[tuple[Line, ...]] = (
        ("place_id", "", "Place", "地区", "", KEY),
        ("weight", "share", "Share in the whole", "在整体中的份额", "labour", WHOLE),
        ("krugman", "index", "Krugman index against the whole (0-2)", "克鲁格曼指数（对整体，0–2）", "labour", WHOLE),
        ("krugman_rest", "index", "Krugman index against the others", "克鲁格曼指数（对其余地区）", "labour", WHOLE),
        ("counted", "person", "People counted in the sample", "样本人数", "", ROW),
        ("krugman_noise", "index", *_NOISE, "noise", WHOLE),
        ("p_sampling", "share", "p: differs from the whole by sampling only", "p 值：仅因抽样而异", "noise", WHOLE),
        ("q_sampling", "share", *_FDR, "noise", WHOLE),
        ("industries_specialised", "count", "Industries with a quotient >= 1", "区位商≥1的行业数", "labour", WHOLE),
        ("leading_industry", "", "Industry with the highest quotient", "区位商最高的行业", "labour", WHOLE),
        ("leading_lq", "ratio", "Its location quotient", "其区位商", "labour", WHOLE),
        ("nearest_industry", "", "Nearest industry not yet there", "关联最密而未专业化的行业", "related", WHOLE),
        ("nearest_density", "share", "Density around it", "其关联密度", "related", WHOLE),
    )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class PairsResult(DivisionTable):
    """How alike and how complementary pairs of places are."""

    title_en: ClassVar[str] = "Likeness and complements of pairs of places"
    title_zh: ClassVar[str] = "两地产业结构的相似与互补"
    lines: ClassVar[tuple[Line, ...]] = (
        ("place_a", "", "Place", "地区甲", "", KEY),
        ("place_b", "", "Other place", "地区乙", "", KEY),
        ("adjacent", "", "Neighbours", "是否相邻", "", ""),
        ("same_group", "", "In the same group", "是否同省", "", ""),
        ("krugman", "index", "Krugman index of the pair (0-2)", "两地克鲁格曼指数（0–2）", "labour", ROW),
        ("alike_rank", "count", "Rank by likeness among all pairs", "相似程度名次（全部地区对）", "labour", WHOLE),
        ("pearson", "index", "Correlation of the structures", "结构相关系数", "labour", ROW),
        ("cosine", "index", "Coefficient of structural similarity (cosine)", "产业结构相似系数（余弦）", "labour", ROW),
        ("complementarity", "ratio", "Gain in input linkage if taken as one", "合并后投入联系的增益", "joint", ROW),
        ("krugman_noise", "index", *_NOISE, "noise", ROW),
        ("p_sampling", "share", "p: the two differ by sampling only", "p 值：仅因抽样而异", "noise", ROW),
        ("q_sampling", "share", *_FDR, "noise", ROW),
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class IndustriesResult(DivisionTable):
    """Where each industry is, and what it goes with."""

    title_en: ClassVar[str] = "Industries of the cluster"
    title_zh: ClassVar[str] = "各行业的分布与关联"
    lines: ClassVar[tuple[Line, ...]] = (
        ("industry", "", "Industry", "行业", "", KEY),
        ("name_zh", "", "Name in Chinese", "行业名称", "", ""),
        ("share", "share", "Share in the whole", "占整体的比重", "labour", WHOLE),
        ("concentration", "index", "Concentration over places (0-2)", "空间集中度（0–2）", "labour", WHOLE),
        (
            "places_specialised",
            "count",
            "Places with a quotient of 1 or more",
            "区位商不小于1的地区数",
            "labour",
            WHOLE,
        ),
        ("leading_place", "", "Place with the highest quotient", "区位商最高的地区", "labour", WHOLE),
        ("leading_lq", "ratio", "Its location quotient", "其区位商", "labour", WHOLE),
        ("related_industry", "", "Industry it most often goes with", "最常共现的行业", "related", WHOLE),
        ("related_proximity", "share", "Proximity of the two", "二者的邻近度", "related", WHOLE),
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class QuotientsResult(DivisionTable):
    """Share, quotient and density of every place and industry."""

    title_en: ClassVar[str] = "Location quotients"
    title_zh: ClassVar[str] = "区位商"
    lines: ClassVar[tuple[Line, ...]] = (
        ("place_id", "", "Place", "地区", "", KEY),
        ("industry", "", "Industry", "行业", "", KEY),
        ("share", "share", "Share in the place", "占本地的比重", "labour", ROW),
        ("lq", "ratio", "Location quotient", "区位商", "labour", WHOLE),
        (
            "lq_low",
            "ratio",
            "Location quotient, lower end of 90 % (sampling)",
            "区位商90%区间下限（抽样）",
            "noise",
            WHOLE,
        ),
        (
            "lq_high",
            "ratio",
            "Location quotient, upper end of 90 % (sampling)",
            "区位商90%区间上限（抽样）",
            "noise",
            WHOLE,
        ),
        ("specialised", "", "Quotient of 1 or more", "区位商不小于1", "labour", WHOLE),
        ("density", "share", "Density of related industries", "关联密度", "related", WHOLE),
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class RelatednessResult(DivisionTable):
    """How often two industries go together."""

    title_en: ClassVar[str] = "Relatedness of industries"
    title_zh: ClassVar[str] = "行业关联"
    lines: ClassVar[tuple[Line, ...]] = (
        ("industry_a", "", "Industry", "行业甲", "", KEY),
        ("industry_b", "", "Other industry", "行业乙", "", KEY),
        ("together", "count", "Places specialised in both", "两业均专业化的地区数", "related", WHOLE),
        ("proximity", "share", "Proximity", "邻近度", "related", WHOLE),
        ("p_chance", "share", "p: as often together by chance", "p 值：偶然共现", "related", WHOLE),
        ("q_chance", "share", *_FDR, "related", WHOLE),
    )


TABLES: dict[str, type[DivisionTable]] = {
    "division_places": PlacesResult,
    "division_pairs": PairsResult,
    "division_industries": IndustriesResult,
    "division_quotients": QuotientsResult,
    "division_relatedness": RelatednessResult,
}
