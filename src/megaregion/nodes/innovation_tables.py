"""Tables of innovation: vector, conversion, yields, ties, radiation, complexity, options, choke points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from megaregion.nodes.lined_table import KEY, ROW, WHOLE, Line, LinedTable
from megaregion.result import Input

CHOKE = "choke points"
_ANCHOR = {
    "": "", "vector": "methods#innovation", "yields": "methods#innovation",
    "ties": "methods#collaboration", "radiation": "methods#radiation",
    "advantage": "methods#advantage", "related": "methods#relatedness", "complex": "methods#complexity",
    "choke": "methods#choke-points",
}  # fmt: skip
_CHOKE_INPUT = (Input("tables/choke_points.csv", {"choke_point": "{choke_point}"}),)


@dataclass(frozen=True, eq=False, kw_only=True)
class InnovationTable(LinedTable):
    """Base of the tables of innovation."""

    made: ClassVar[tuple[str, ...]] = ()  # columns that come out of a model
    anchors: ClassVar[Mapping[str, str]] = _ANCHOR
    further: ClassVar[Mapping[str, tuple[Input, ...]]] = {CHOKE: _CHOKE_INPUT}

    def modelled(self, name: str, formula: str) -> bool:
        """Columns that are named in `made`."""
        return name in self.made


_P5, _P95 = ("5 %", "（5%）"), ("95 %", "（95%）")


@dataclass(frozen=True, eq=False, kw_only=True)
class VectorResult(InnovationTable):
    """What goes into innovation and what comes out, by place and indicator; nothing is added up."""

    title_en: ClassVar[str] = "Innovation: inputs and outputs"
    title_zh: ClassVar[str] = "创新：投入与产出"
    made: ClassVar[tuple[str, ...]] = ("low", "high", "rank_p05", "rank_p95")
    lines: ClassVar[tuple[Line, ...]] = (
        ("place_id", "", "Place", "地区", "", KEY),
        ("kind", "", "Level", "层级", "", ""),
        ("role", "", "Input or output", "投入或产出", "", KEY),
        ("indicator", "", "Indicator", "指标", "", KEY),
        ("year", "year", "Year", "年份", "", ""),
        ("scope", "", "Territory covered", "统计范围", "", ""),
        ("value", "by row", "Value", "数值", "vector", ROW),
        ("unit", "", "Unit", "单位", "", ""),
        ("low", "by row", "Interval 95 %, low", "95%区间下限", "vector", ROW),
        ("high", "by row", "Interval 95 %, high", "95%区间上限", "vector", ROW),
        ("interval", "", "Kind of interval", "区间类型", "", ""),
        ("share", "share", "Share of all places of this level", "占同级地区合计的份额", "vector", WHOLE),
        ("per_10000", "by row", "Per 10,000 residents of the same territory and year", "每万名同口径同年常住人口",
         "vector", WHOLE),
        ("rank", "count", "Rank by count", "按数量的名次", "vector", WHOLE),
        ("rank_p05", "count", f"Rank, {_P5[0]}", f"名次{_P5[1]}", "vector", WHOLE),
        ("rank_p95", "count", f"Rank, {_P95[0]}", f"名次{_P95[1]}", "vector", WHOLE),
    )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class ConversionResult(InnovationTable):
    """Patents licensed or transferred over valid patents, or why there is no rate."""

    title_en: ClassVar[str] = "Conversion of patents"
    title_zh: ClassVar[str] = "专利转化"
    made: ClassVar[tuple[str, ...]] = ("low", "high")
    lines: ClassVar[tuple[Line, ...]] = (
        ("place_id", "", "Place", "地区", "", KEY),
        ("year", "year", "Year", "年份", "", ""),
        ("converted", "count", "Licensed or transferred", "许可或转让", "", ROW),
        ("stock", "count", "Valid patents", "有效专利", "", ROW),
        ("rate", "share", "Conversion rate", "转化率", "vector", ROW),
        ("low", "share", "Interval 95 %, low", "95%区间下限", "vector", ROW),
        ("high", "share", "Interval 95 %, high", "95%区间上限", "vector", ROW),
        ("reason_en", "", "Why there is no rate", "无转化率的原因（英文）", "", ""),
        ("reason_zh", "", "Why there is no rate (Chinese)", "无转化率的原因", "", ""),
    )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class YieldsResult(InnovationTable):
    """Outputs over inputs, by place, year and lag."""

    title_en: ClassVar[str] = "What inputs become: outputs over inputs"
    title_zh: ClassVar[str] = "投入的转化：产出与投入之比"
    made: ClassVar[tuple[str, ...]] = ("low", "high")
    lines: ClassVar[tuple[Line, ...]] = (
        ("place_id", "", "Place", "地区", "", KEY),
        ("kind", "", "Level", "层级", "", ""),
        ("output", "", "Output", "产出指标", "", KEY),
        ("input", "", "Input", "投入指标", "", KEY),
        ("year", "year", "Year of the output", "产出年份", "", KEY),
        ("lag", "year", "Years from input to output", "投入至产出的年数", "", KEY),
        ("input_year", "year", "Year of the input", "投入年份", "", ""),
        ("scope", "", "Territory covered", "统计范围", "", ""),
        ("output_value", "by row", "Output, value", "产出数值", "", ROW),
        ("output_unit", "", "Output, unit", "产出单位", "", ""),
        ("input_value", "by row", "Input, value", "投入数值", "", ROW),
        ("input_unit", "", "Input, unit", "投入单位", "", ""),
        ("value", "by row", "Output over input", "产出与投入之比", "yields", ROW),
        ("unit", "", "Unit", "单位", "", ""),
        ("low", "by row", "Interval 95 %, low", "95%区间下限", "yields", ROW),
        ("high", "by row", "Interval 95 %, high", "95%区间上限", "yields", ROW),
        ("interval", "", "Kind of interval", "区间类型", "", ""),
        ("lag_low", "by row", "Smallest over the lags", "各滞后期最小值", "yields", ROW),
        ("lag_high", "by row", "Largest over the lags", "各滞后期最大值", "yields", ROW),
        ("reason_en", "", "Why there is no value", "无数值的原因（英文）", "", ""),
        ("reason_zh", "", "Why there is no value (Chinese)", "无数值的原因", "", ""),
    )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class TiesOfPlacesResult(InnovationTable):
    """With whom each place makes its documents."""

    title_en: ClassVar[str] = "Joint documents by place"
    title_zh: ClassVar[str] = "各地合作成果"
    made: ClassVar[tuple[str, ...]] = (
        "documents_low", "documents_high", "inside_low", "inside_high", "cluster_low", "cluster_high", "outside_low",
        "outside_high", "radiation_low", "radiation_high",
    )  # fmt: skip
    lines: ClassVar[tuple[Line, ...]] = (
        ("place_id", "", "Place", "地区", "", KEY),
        ("documents_full", "count", "Documents that name the place", "涉及该地的成果数", "ties", WHOLE),
        ("documents", "count", "Documents, fractions", "成果数（分数计数）", "ties", WHOLE),
        ("documents_low", "count", f"The same, {_P5[0]}", f"同上{_P5[1]}", "ties", WHOLE),
        ("documents_high", "count", f"The same, {_P95[0]}", f"同上{_P95[1]}", "ties", WHOLE),
        ("degree_full", "count", "Ties with other places of the region, full", "与区域内他地的合作（整数计数）", "ties",
         WHOLE),
        ("degree", "count", "Ties with other places of the region, fractions", "与区域内他地的合作（分数计数）", "ties",
         WHOLE),
        ("inside", "share", "Share made inside the place", "本地完成份额", "ties", WHOLE),
        ("inside_low", "share", f"The same, {_P5[0]}", f"同上{_P5[1]}", "ties", WHOLE),
        ("inside_high", "share", f"The same, {_P95[0]}", f"同上{_P95[1]}", "ties", WHOLE),
        ("cluster", "share", "Share with other places of the region", "与区域内他地合作份额", "ties", WHOLE),
        ("cluster_low", "share", f"The same, {_P5[0]}", f"同上{_P5[1]}", "ties", WHOLE),
        ("cluster_high", "share", f"The same, {_P95[0]}", f"同上{_P95[1]}", "ties", WHOLE),
        ("outside", "share", "Share with places outside of the region", "与区域外合作份额", "ties", WHOLE),
        ("outside_low", "share", f"The same, {_P5[0]}", f"同上{_P5[1]}", "ties", WHOLE),
        ("outside_high", "share", f"The same, {_P95[0]}", f"同上{_P95[1]}", "ties", WHOLE),
        ("radiation", "share", "Region's part of what is made with others", "对外合作中区域内所占份额", "radiation",
         WHOLE),
        ("radiation_low", "share", f"The same, {_P5[0]}", f"同上{_P5[1]}", "radiation", WHOLE),
        ("radiation_high", "share", f"The same, {_P95[0]}", f"同上{_P95[1]}", "radiation", WHOLE),
        ("partners", "count", "Partners in the region", "区域内合作地区数", "ties", WHOLE),
    )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class TiesResult(InnovationTable):
    """Joint documents of every pair of places that has any."""

    title_en: ClassVar[str] = "Joint documents by pair of places"
    title_zh: ClassVar[str] = "两地合作成果"
    made: ClassVar[tuple[str, ...]] = ("low", "high")
    lines: ClassVar[tuple[Line, ...]] = (
        ("place_a", "", "Place", "地区甲", "", KEY),
        ("place_b", "", "Other place", "地区乙", "", KEY),
        ("full", "count", "Documents that both share", "共同成果数", "ties", WHOLE),
        ("fractional", "count", "Tie, fractions", "合作强度（分数计数）", "ties", WHOLE),
        ("low", "count", f"The same, {_P5[0]}", f"同上{_P5[1]}", "ties", WHOLE),
        ("high", "count", f"The same, {_P95[0]}", f"同上{_P95[1]}", "ties", WHOLE),
        ("share", "share", "Share of all ties between places of the region", "占区域内跨地合作的份额", "ties", WHOLE),
        ("km", "km", "Great circle", "大圆距离", "", ""),
    )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class CentreResult(InnovationTable):
    """Gravity of joint documents with the centre's own level and decay."""

    title_en: ClassVar[str] = "Radiation of the centre beyond gravity"
    title_zh: ClassVar[str] = "中心城市超出引力预期的创新辐射"
    made: ClassVar[tuple[str, ...]] = ("coef", "se", "low", "high")
    lines: ClassVar[tuple[Line, ...]] = (
        ("term", "", "Term", "项", "", KEY),
        ("coef", "ratio", "Coefficient", "系数", "radiation", WHOLE),
        ("se", "ratio", "Standard error, dyadic", "标准误（双元稳健）", "radiation", WHOLE),
        ("low", "ratio", "Interval 95 %, low", "95%区间下限", "radiation", WHOLE),
        ("high", "ratio", "Interval 95 %, high", "95%区间上限", "radiation", WHOLE),
        ("meaning_en", "", "Meaning", "含义（英文）", "", ""),
        ("meaning_zh", "", "Meaning (Chinese)", "含义", "", ""),
    )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class RadiationResult(InnovationTable):
    """Ties of each place with the centre against what other pairs of that size and distance have."""

    title_en: ClassVar[str] = "Ties with the centre, observed and expected"
    title_zh: ClassVar[str] = "与中心城市的合作：观测与预期"
    made: ClassVar[tuple[str, ...]] = ("low", "high", "expected", "expected_low", "expected_high", "ratio")
    lines: ClassVar[tuple[Line, ...]] = (
        ("place_id", "", "Place", "地区", "", KEY),
        ("km", "km", "Great circle to the centre", "距中心的大圆距离", "", ""),
        ("observed", "count", "Tie with the centre, fractions", "与中心的合作强度（分数计数）", "ties", WHOLE),
        ("low", "count", f"The same, {_P5[0]}", f"同上{_P5[1]}", "ties", WHOLE),
        ("high", "count", f"The same, {_P95[0]}", f"同上{_P95[1]}", "ties", WHOLE),
        ("expected", "count", "Expected by gravity of other pairs", "按其他地区对引力的预期", "radiation", WHOLE),
        ("expected_low", "count", "Expected, 95 % low", "预期95%下限", "radiation", WHOLE),
        ("expected_high", "count", "Expected, 95 % high", "预期95%上限", "radiation", WHOLE),
        ("ratio", "ratio", "Observed over expected", "观测与预期之比", "radiation", WHOLE),
    )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class ComplexityResult(InnovationTable):
    """How rare and how related is what each place is specialised in."""

    title_en: ClassVar[str] = "Economic complexity of the places"
    title_zh: ClassVar[str] = "各地经济复杂度"
    made: ClassVar[tuple[str, ...]] = ("eci_low", "eci_high", "rank_p05", "rank_p95")
    lines: ClassVar[tuple[Line, ...]] = (
        ("place_id", "", "Place", "地区", "", KEY),
        ("diversity", "count", "Activities with an advantage", "具有优势的活动数", "advantage", WHOLE),
        ("eci", "index", "Economic complexity (mean 0, sd 1)", "经济复杂度（均值0，标准差1）", "complex", WHOLE),
        ("eci_low", "index", f"The same, {_P5[0]}", f"同上{_P5[1]}", "complex", WHOLE),
        ("eci_high", "index", f"The same, {_P95[0]}", f"同上{_P95[1]}", "complex", WHOLE),
        ("rank", "count", "Rank", "名次", "complex", WHOLE),
        ("rank_p05", "count", f"Rank, {_P5[0]}", f"名次{_P5[1]}", "complex", WHOLE),
        ("rank_p95", "count", f"Rank, {_P95[0]}", f"名次{_P95[1]}", "complex", WHOLE),
    )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class ActivitiesResult(InnovationTable):
    """How common and how complex each activity is."""

    title_en: ClassVar[str] = "Complexity of the activities"
    title_zh: ClassVar[str] = "各类活动的复杂度"
    made: ClassVar[tuple[str, ...]] = ("pci_low", "pci_high")
    lines: ClassVar[tuple[Line, ...]] = (
        ("activity", "", "Industry or field", "行业或技术领域", "", KEY),
        ("name_zh", "", "Name in Chinese", "名称", "", ""),
        ("share", "share", "Share in the whole", "占整体的比重", "advantage", WHOLE),
        ("ubiquity", "count", "Places with an advantage", "具有优势的地区数", "advantage", WHOLE),
        ("pci", "index", "Complexity of the activity", "活动复杂度", "complex", WHOLE),
        ("pci_low", "index", f"The same, {_P5[0]}", f"同上{_P5[1]}", "complex", WHOLE),
        ("pci_high", "index", f"The same, {_P95[0]}", f"同上{_P95[1]}", "complex", WHOLE),
    )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class OptionsResult(InnovationTable):
    """What each place has an advantage in, and how near the rest is."""

    title_en: ClassVar[str] = "Advantages, and how near the other activities are"
    title_zh: ClassVar[str] = "比较优势与其他活动的接近程度"
    made: ClassVar[tuple[str, ...]] = ("advantage_shrunken", "p_advantage", "density_low", "density_high")
    lines: ClassVar[tuple[Line, ...]] = (
        ("place_id", "", "Place", "地区", "", KEY),
        ("activity", "", "Industry or field", "行业或技术领域", "", KEY),
        ("advantage", "ratio", "Revealed comparative advantage", "显性比较优势", "advantage", WHOLE),
        ("advantage_shrunken", "ratio", "The same, drawn to 1 where cases are few", "同上（案例少时向1收缩）",
         "advantage", WHOLE),
        ("p_advantage", "share", "Probability that it is 1 or more", "不小于1的概率", "advantage", WHOLE),
        ("has", "", "Advantage of 1 or more", "优势不小于1", "advantage", WHOLE),
        ("density", "share", "Density of related activities", "关联密度", "related", WHOLE),
        ("density_low", "share", f"The same, {_P5[0]}", f"同上{_P5[1]}", "related", WHOLE),
        ("density_high", "share", f"The same, {_P95[0]}", f"同上{_P95[1]}", "related", WHOLE),
        ("density_relative", "index", "Density against the other options of the place (sd); empty where it has it",
         "相对于本地其他选项的密度（标准差，已有者为空）", "related", WHOLE),
    )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class ChokePointsResult(InnovationTable):
    """Choke points that the user names, and how far the region is from them."""

    title_en: ClassVar[str] = "Choke points and how near the region is"
    title_zh: ClassVar[str] = "“卡脖子”环节与区域接近程度"
    made: ClassVar[tuple[str, ...]] = ("density_low", "density_high", "exposure", "exposure_low", "exposure_high")
    lines: ClassVar[tuple[Line, ...]] = (
        ("choke_point", "", "Choke point", "“卡脖子”环节", "", KEY),
        ("name", "", "Name", "名称（英文）", "", CHOKE),
        ("name_zh", "", "Name in Chinese", "名称", "", CHOKE),
        ("activities", "", "Industries or fields it rests on", "所依托的行业或领域", "", CHOKE),
        ("import_dependence", "share", "Import dependence (given)", "进口依赖度（给定）", "", CHOKE),
        ("domestic_holders", "count", "Domestic holders (given)", "国内掌握者数（给定）", "", CHOKE),
        ("places_with", "count", "Places with an advantage in all of them", "在全部领域具有优势的地区数", "choke",
         WHOLE),
        ("nearest_place", "", "Place with the highest density", "关联密度最高的地区", "choke", WHOLE),
        ("next_place", "", "The same among places without the advantage", "同上（仅限尚无优势的地区）", "choke", WHOLE),
        ("density", "share", "Density in the nearest place", "最接近地区的关联密度", "choke", WHOLE),
        ("density_low", "share", f"The same, {_P5[0]}", f"同上{_P5[1]}", "choke", WHOLE),
        ("density_high", "share", f"The same, {_P95[0]}", f"同上{_P95[1]}", "choke", WHOLE),
        ("density_median", "share", "Density, median of the places", "关联密度（各地中位数）", "choke", WHOLE),
        ("exposure", "index", "Exposure: dependence × (1 − density) / holders", "暴露度：依赖度×（1−密度）／掌握者数",
         "choke", WHOLE),
        ("exposure_low", "index", f"The same, {_P5[0]}", f"同上{_P5[1]}", "choke", WHOLE),
        ("exposure_high", "index", f"The same, {_P95[0]}", f"同上{_P95[1]}", "choke", WHOLE),
    )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class ChokeOptionsResult(InnovationTable):
    """Where each choke point could be worked on next: density of what it rests on, place by place."""

    title_en: ClassVar[str] = "Where choke points could be worked on"
    title_zh: ClassVar[str] = "“卡脖子”环节可能的突破地"
    made: ClassVar[tuple[str, ...]] = (
        "density_low", "density_high", "exposure", "exposure_low", "exposure_high", "rank_p05", "rank_p95",
    )  # fmt: skip
    lines: ClassVar[tuple[Line, ...]] = (
        ("choke_point", "", "Choke point", "“卡脖子”环节", "", KEY),
        ("place_id", "", "Place", "地区", "", KEY),
        ("has", "", "Advantage in all it rests on", "在全部领域具有优势", "choke", WHOLE),
        ("density", "share", "Density of related activities", "关联密度", "choke", WHOLE),
        ("density_low", "share", f"The same, {_P5[0]}", f"同上{_P5[1]}", "choke", WHOLE),
        ("density_high", "share", f"The same, {_P95[0]}", f"同上{_P95[1]}", "choke", WHOLE),
        ("density_relative", "index", "Density against the other options of the place (sd)",
         "相对于本地其他选项的密度（标准差）", "choke", WHOLE),
        ("exposure", "index", "Exposure if only this place could help; empty where it has the advantage",
         "仅依靠本地时的暴露度（已具优势者为空）", "choke", WHOLE),
        ("exposure_low", "index", f"The same, {_P5[0]}", f"同上{_P5[1]}", "choke", WHOLE),
        ("exposure_high", "index", f"The same, {_P95[0]}", f"同上{_P95[1]}", "choke", WHOLE),
        ("rank", "count", "Rank by density", "按密度的名次", "choke", WHOLE),
        ("rank_p05", "count", f"Rank, {_P5[0]}", f"名次{_P5[1]}", "choke", WHOLE),
        ("rank_p95", "count", f"Rank, {_P95[0]}", f"名次{_P95[1]}", "choke", WHOLE),
    )  # fmt: skip
