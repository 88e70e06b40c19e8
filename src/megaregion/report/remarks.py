"""Warnings of the steps in both languages: they are written in English; what a planner meets often is put into Chinese.

A warning that is not known here is shown in English in both languages, never left out.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from megaregion.data.stored import StoredTable
from megaregion.equilibrium.mappings import MAPPINGS
from megaregion.links.hard.rail_networks import NETWORKS_ZH
from megaregion.mechanisms.rural_functions_tables import NAMES
from megaregion.report.blocks import Block, Bullets, Material, Paragraph, missing
from megaregion.report.border_words import layer_word
from megaregion.report.indicator_words import indicator_word
from megaregion.report.layer_remarks import LAYERS
from megaregion.report.node_remarks import NODES
from megaregion.report.road_words import ROADS
from megaregion.report.soft_remarks import SOFT
from megaregion.report.text import Text, both, raw

_CHINESE: tuple[tuple[str, str], ...] = (
    (
        r"modelled: the region is a closed economy .*, one kind of resident and one sector",
        "模型假设：区域为封闭经济，贸易平衡，居民同质，只有一个部门",
    ),
    (
        r"modelled: the region is a closed economy .*, one kind of resident and two sectors",
        "模型假设：区域为封闭经济，贸易平衡，居民同质，两个部门",
    ),
    (
        r"modelled: the region is a closed economy .*, residents by place of registration and one sector",
        "模型假设：区域为封闭经济，贸易平衡，居民按户籍地分组，只有一个部门",
    ),
    (
        r"modelled: the region is a closed economy .*, residents by place of registration and two sectors",
        "模型假设：区域为封闭经济，贸易平衡，居民按户籍地分组，两个部门",
    ),
    (
        r"modelled: the share of spending that stays in a place is a stated assumption.*",
        "模型假设：本地自给份额为明示的假设，福利结果取决于它",
    ),
    (
        r"modelled: the friction of a border on trade is the one measured on flows of (?P<layer>.+)",
        "模型假设：贸易的边界摩擦取自{layer}的估计",
    ),
    (r"modelled: passenger time acts on .*", "模型假设：客运时间只影响贸易中面对面的部分，全部贸易口径为上限"),
    (
        r"(?P<v>[\d.]+) million residents count as registered outside of the region.*",
        "{v}百万居民按户籍在区域之外处理：模型中没有其户籍地，给予某地户籍人口的权益不及于他们",
    ),
    (
        r"commuting: (?P<n>\d+) pairs without a flow, where gravity expects more than (?P<k>\d+) persons.*",
        "通勤：{n}对单元没有流量记录，而引力模型预期超过{k}人：数据遗漏的不止是小流量，这些对按截断上限计",
    ),
    (
        r"first order: the value of a small change.*",
        "一阶近似：小幅变化的价值。大幅缩短收益更大，靠前者应精确求解",
    ),
    (
        r"(?P<n>\d+) links lie on one of several equally short ways.*",
        "{n}条路段位于等长的多条路径之一：其价值在提速与降速时不同",
    ),
    (
        r"(?P<n>\d+) of (?P<k>\d+) draws of the parameters have no baseline and are left out",
        "{k}次参数抽样中有{n}次无法校准基准，未计入区间",
    ),
    (r"no scheduled service: roads are known.*", "没有班次数据：公路只有门到门时间，无法给路段估值"),
    (r"ranges hold (?P<names>.+) at their defaults", "区间未包含参数 {names} 的变动（取默认值）"),
    (
        r"the border of (?P<place>.+) \(one place only\) is not identified on its own.*",
        "{place}（仅一个单元）的边界无法单独识别，采用合并估计值",
    ),
    (r"the borders of (?P<place>.+) are not identified.*", "{place}的边界不可识别：只有一个单元的组没有组内流量"),
    (r"costs are stated assumptions of projects.toml.*", "造价为 projects.toml 中的明示假设，并非工程估算"),
    (
        r"what a recognition agreement does to a border, and its cost, are assumptions.*",
        "互认协议对边界的作用及其成本是没有来源的假设：不可与线路的收益成本比并列解读",
    ),
    (r"n is small: (?P<n>\d+) lines have opened.*", "样本很小：仅{n}条线路已开通，是与事实相符的故事，不是证明"),
    (r"trains are a supply plan.*", "列车班次是运力安排，且多为过路车，不等于人的出行"),
    (
        r"errors let flows that share one of (?P<c>\d+) places be alike, but the border varies only over (?P<p>\d+) "
        r"pairs of (?P<g>\d+) groups.*",
        "标准误允许共享{c}个单元之一的流量相关，但边界只在{g}个组的{p}个组对间变化：聚类过少，区间偏乐观",
    ),
    (
        r"(?P<k>\d+) units change by more than (?P<v>[\d.]+) %.*",
        "{k}个单元变化超过{v}%：在解读为增长或收缩之前，先核对区划是否调整",
    ),
    (
        r"values of (?P<y>.+) are flagged \(borders or revisions\).*",
        "{y}年数据有标记（区划或口径变动），不可当作趋势解读",
    ),
    (
        r"people of years before the base year are on the borders of their source.*",
        "基年之前的人口按其来源的区划统计，与当年收入的区划不一致",
    ),
    (
        r"(?P<what>\w+): with (?P<n>\d+) places the standard error of the slope is (?P<v>[\d.]+)\s?% of the slope.*",
        "{what}：仅{n}个样本，斜率标准误为斜率的{v}%，单个城市群内无法检验齐普夫定律",
    ),
    (r"no pillar has data: there is no score", "没有任何维度有数据，因此没有得分"),
    (
        r"values count people of a sample \((?P<v>[^)]+)\): structures can be read, numbers not",
        "数值来自抽样（{v}）：可读结构，不可读总量",
    ),
    (
        r"(?P<n>\d+) industries \(fewer than \d+\): similarity at this level says little.*",
        "仅{n}个行业，粒度过粗：在此粒度上的相似意义有限",
    ),
    (r"three sectors: relatedness and density.*", "只有三次产业：关联度与密度没有实际意义"),
    (r"neighbours are found by the points of the places.*", "相邻关系按地点（Gabriel图）确定，而非按共同边界"),
    (
        r"fewer than (?P<n>[\d.]+) people of the sample in the mean place: not proposed as nearest: (?P<v>.+)",
        "平均每个地区抽样不足{n}人的行业不作为关联行业提出：{v}",
    ),
    (r"no input-output table: complementarity is missing.*", "没有投入产出表：无法计算互补性；结构不同不等于互补"),
    (r"industries are shares: .*", "产业数据为份额：总体结构按各地常住人口加权"),
    (
        r"few indicators in .*: intervals are narrower than the doubt about them.*",
        "部分支柱指标很少：区间窄于真实的不确定性；只有一项指标的支柱没有区间",
    ),
    (r"pillars without data are left out: (?P<pillars>.+)", "没有数据的支柱未计入：{pillars}"),
    (
        r"channel registration: residents registered elsewhere, a stock.*",
        "户籍渠道：户籍在外的常住人口，是存量，不说明来自何处",
    ),
    (r"channel registration: (?P<n>\d+) rows know only who came", "户籍渠道：{n}行只有流入数据"),
    (
        r"a proxy: banks lend where their head office books.*",
        "代理指标：银行按总行或网点入账，比值大于1说明资金来自外地",
    ),
    (r"integration is without flows: .*", "融合度未计入流动数据"),
    (r"pairs missing in (?P<layer>\w+) count as 0, as .*", "{layer}中缺失的配对按设置计为0"),
    (
        r"(?P<indicators>\w+): (?P<y>\d+) is not complete for all (?P<n>\d+) places",
        "{indicators}：{y}年并非{n}个单元都有数据",
    ),
    (
        r"\[indicators\] gives no values for the roles (?P<v>.+): columns that need them are missing",
        "[indicators]没有指明：{v}；依赖它们的列为空",
    ),
    (
        r"no year has income and people of town and country for all (?P<n>\d+) places.*",
        "没有任何年份{n}个单元都有城乡收入与人口数据：无区域指数",
    ),
    (r"\[options.urban_rural.services\] names no service.*", "未指定公共服务指标：无单元内部的城乡服务差距"),
    (r"no data for the pillars (?P<v>.+)", "没有数据的支柱：{v}"),
    (r"(?P<n>\d+) groups are few for clustered errors.*", "仅{n}个组，聚类标准误的区间过窄"),
    (
        r"soft routing \(dispersion_per_min (?P<v>[\d.e+-]+)\): .*",
        "软路径选择（dispersion_per_min {v}）：本步骤按全部路径的期望时间校准，略短于最短路径；其他步骤用最短路径",
    ),
    (
        r"modelled: an agreement multiplies the friction between its parties by (?P<v>[\d.]+).*",
        "模型假设：协议使缔约方之间的边界摩擦乘以{v}，没有成本，人口不流动",
    ),
    (r"no indicator stands for (?P<function>\w+): no score.*", "没有代表{function}的指标：不评分，也不进入功能簇"),
    (r"(?P<n>\d+) values lie beyond their goalposts and are cut to them", "{n}个数值超出上下限，按上下限截断"),
    (r"the current use is not given: .*", "未提供现状利用：无法判断是否需要重构"),
    (r"bundles are unstable \(adjusted Rand index (?P<v>[\d.]+) .*", "功能簇不稳定（自助法调整兰德指数{v}）：仅供示意"),
    (r"the BIC finds one bundle.*", "BIC只识别出一个簇：单元之间只有程度差异，没有类型差异"),
    (
        r"(?P<n>\d+) bundles are chosen, the most that were tried.*",
        "采用了{n}个簇，已达尝试上限：单元可能没有清晰的类型",
    ),
    (r"rule (?P<v>[\w-]+) is not applied: villages have no column (?P<c>\w+)", "规则{v}未应用：没有{c}列"),
    (r"no features are named: .*", "未指定特征变量：没有适用规则的村庄暂不分类"),
    (r"(?P<n>\d+) villages lack a value that a rule needs.*", "{n}个村庄缺少规则所需的值：该规则存疑，不视为不满足"),
    (r"relocation is a list of candidates.*", "搬迁撤并仅为候选名单：每一处都须经村民会议同意"),
    (
        r"minutes to the centre are modelled door-to-door times.*",
        "到中心的时间为至所属城市中心的门到门模型时间；县城中心、城镇开发边界、保护名录与灾害区仅以villages.csv所列为准",
    ),
    (r"effects and elasticities are declared, not estimated.*", "效果与弹性为声明值，并非估计：排序的可靠性取决于它们"),
    (r"nobody is poor: no option can reduce poverty", "没有贫困人口：任何措施都无从减贫"),
    (
        r"projects act through real income by place.*",
        "项目通过各地实际收入起作用（人口不流动，同地居民同比例受益）：地区内部的贫困者可能受益更多或更少",
    ),
    (
        r"the whole yearly cost of a project counts \((?P<v>[\d.]+) % .*in (?P<n>\d+) places",
        "计入项目的全部年成本（为造价的{v}%，属假设）；贫困只在有收入数据的{n}个地区统计",
    ),
    (r"projects are left out of the remedies: .*", "项目未列入减贫措施：造价与收入的单位或价格基期不同"),
    (r"people of poor places are not poor people.*", "低收入地区的居民不等于贫困人口：其中有富人，别处也有穷人"),
    (r"(?P<y>\d{4}) (?P<g>.+): only (?P<n>\d+) records; do not read the measure", "{y}年{g}：仅{n}条记录，不宜解读"),
    (
        r"channel (?P<c>\w+) of (?P<y>\w+): (?P<n>\d+) of (?P<k>\d+) places have flows in one direction only: .*",
        "渠道{c}（{y}）：{k}个单元中{n}个仅有单向流量；表中未列的方向按零计",
    ),
    (
        r"(?P<v>[\w-]+): only (?P<n>\d+) places, everyone is a neighbour of all others: nothing local can be seen",
        "{v}：仅{n}个单元，彼此互为邻居：看不出局部差异",
    ),
    (
        r"channel (?P<c>\w+): pairs below (?P<n>[\d.]+) are not reported and are missing from the sums",
        "渠道{c}：低于{n}的地区对未公布，合计中不含",
    ),
    (r"(?P<v>.+): means of brackets are missing: their middles are taken", "{v}：缺少组均值，取组中值"),
    (r"(?P<v>.+): mean of the open bracket from a Pareto tail: (?P<n>.+)", "{v}：开口组均值按帕累托尾部推算：{n}"),
    (r"(?P<v>.+): neither curve is a Lorenz curve; no measure is given", "{v}：两种曲线均非有效洛伦兹曲线，不给出指标"),
    (
        r"(?P<v>.+): neither curve is a Lorenz curve: a split histogram through the groups stands in",
        "{v}：两种曲线均非有效洛伦兹曲线，以通过各组的分段直方图代替",
    ),
    (
        r"options above perfect targeting raise .*",
        "超过完全瞄准的措施使贫困者增收多于其成本（前提是声明的效果成立）；任何转移支付均做不到",
    ),
    (
        r"households are counted, not people: the poor are households, .*",
        "按住户而非人口计：贫困的是住户，大户也只计一户",
    ),
    (
        r"groups without bounds: nobody is taken to earn less than .*",
        "分组无上下限：视为组内收入不低于下一组均值、不高于上一组均值",
    ),
    (r"(?P<v>.+): the fitted headcount lies outside what the brackets allow", "{v}：拟合的发生率超出分组所允许的范围"),
    (r"(?P<y>\d{4}): a dimension is ordinal, .*", "{y}年：有维度为序数、临界值不为正或取负值，不计算M1与M2"),
    (r"only (?P<n>\d+) villages are compared: kappa and its interval are rough", "仅比较{n}个村庄：κ及其区间较粗略"),
    (
        r"costs are given without a budget: they bound nothing and are not taken off the gains",
        "给出了成本但没有预算：成本不构成约束，也未从收益中扣除",
    ),
    (r"without side payments no set gives every party its margin", "不补偿时没有任何组合能使各方均达到其底线"),
    (
        r"no set of measures is better than none: there is nothing to agree on",
        "没有任何措施组合优于不合作：无可达成的协议",
    ),
    (
        r"(?P<n>\d+) instruments state no effect and serve as preconditions only: (?P<v>.+)",
        "{n}项工具没有列明效果，仅作为前提条件：{v}",
    ),
    (r"effects of instruments are taken to add up; .*", "假定各项工具的效果可以相加；效果大小与提前期取自数据表"),
    (r"assumption: lead time of (?P<y>\d+) years for (?P<n>\d+) instruments", "假设：{n}项工具的提前期为{y}年"),
    (r"(?P<n>\d+) instruments have no cost: .*", "{n}项工具没有成本：改为寻求工具数最少的路径，成本合计缺失"),
    (
        r"present values of (?P<v>.+) are means over their places.*",
        "{v}的现值为所含地区按人口加权的均值，适用于比率而非总量",
    ),
    (r"no scenario is consistent: .*", "没有内部一致的情景：放宽容差可看到最接近者"),
    (
        r"no village has a class here and one on an official list.*",
        "没有村庄同时具有本结果与官方名录的类型：无法度量一致性",
    ),
    (r"no classifier, so nothing to judge", "没有分类器，无可检验"),
    (r"published shares \(55,125 villages, .*", "已发表比重（55,125个村庄，翟世贤2023）仅用于合理性检查，不是目标"),
    (r"indicator (?P<v>\w+): (?P<n>\d+) values are flagged (?P<f>[\w-]+)", "指标{v}：{n}个数值带有标记（{f}）"),
    (
        r"industries of (?P<n>\d+) places are flagged (?P<f>[\w-]+): (?P<v>.+)",
        "{n}个单元的产业数据带有标记（{f}）：{v}",
    ),
    (
        r"no flow of (?P<layer>\w+) below (?P<n>\d+) is ever reported: .*",
        "{layer}中低于{n}的流量从未报告：小流量被截断为零",
    ),
    (r"services a day are those of the busiest pair of stops.*", "每日班次取两地间最繁忙的一对车站：为下界"),
    (r"tables/agreements.csv lists no agreement: .*", "tables/agreements.csv 没有列出任何协议：没有网络"),
    (
        r"\[indicators\] gives no values for the roles (?P<v>.+): no leakage proxy",
        "[indicators]没有指明：{v}；无法计算存贷外流",
    ),
    (r"no measure of the profile has a value: no profile", "没有任何测度有数值：无法给出融合剖面"),
    (
        r"(?P<v>\w+) has (?P<n>\d+) years complete for all places of kind \w+, two are needed.*",
        "{v}只有{n}个年份对全部单元完整，变化至少需要两个年份",
    ),
    (
        r"(?P<what>\w+) is left out: indicators: .* is missing for (?P<n>\d+) of (?P<k>\d+) places.*",
        "未计算{what}：{k}个单元中有{n}个缺值",
    ),
    (r"no flow between (two )?places", "没有地区之间的流动数据"),
    (
        r"stages are read off the form of the instruments by a rule; .*",
        "等级依规则由协议形式推得，未经人工评定合作深度",
    ),
    (
        r"the register has no agreement in (?P<v>.+): missing is not level 0",
        "登记表没有以下领域的协议：{v}；缺失不等于0级",
    ),
    (r"no judgement for (?P<v>.+): missing is not level 0", "没有以下领域的评判：{v}；缺失不等于0级"),
    (
        r"pillar (?P<v>\w+): no data \((?P<n>\d+) of (?P<k>\d+) indicators usable, (?P<m>\d+) needed\)",
        "维度{v}：没有数据（{k}项指标中{n}项可用，至少需要{m}项）",
    ),
    (r"pillar (?P<v>\w+): no data \(the tree names no indicators\)", "维度{v}：没有数据（指标树未列指标）"),
    (r"urban population is not in the tables.*", "数据表中没有城镇人口，城镇化率缺失"),
    (
        r"(?P<n>\d+) of (?P<k>\d+) pairs have a stated time by road; .*",
        "{k}对单元中{n}对有给定的公路时间，其余按大圆距离公式计算",
    ),
    (r"all places lie in one group.*", "所有单元同属一组，没有边界可以估价"),
)
_LEFT_OUT = (
    (
        r"places\.(?P<v>[\w, ]+) is empty for (?P<n>\d+) of (?P<k>\d+) places: (?P<a>.*)",
        "{k}个地区中{n}个的 places.{v} 为空：{a}",
    ),
    (r"workspace.toml names no income indicator.*", "workspace.toml 未指定收入指标（[indicators] income）"),
    (r"no observed flow gives a border effect: .*", "没有实测流量可估计边界效应（tables/flows.csv）"),
    (r"projects.toml lists no project", "projects.toml 未列出任何项目"),
    (r"workspace.toml states no budget: .*", "workspace.toml 未给出预算（[options.plan] budget）"),
    (r"(?P<n>\d+) place of the level of analysis; links need two", "分析层级只有{n}个地区，联系至少需要两个"),
    (
        r"coalitions are solved for (?P<n>\d+) to (?P<k>\d+) areas, here are (?P<v>\d+)",
        "联盟求解适用于{n}至{k}个区域，此处有{v}个",
    ),
)
_PATTERNS = tuple((re.compile(pattern), zh) for pattern, zh in (*NODES, *SOFT, *ROADS, *LAYERS, *_LEFT_OUT, *_CHINESE))

_ASSUMED = re.compile(r"(?P<change>\w+): (?P<what>.+) is a stated assumption: (?P<v>\S+) \((?P<a>\S+) to (?P<b>\S+)\)")
_ELASTICITIES = {record.en: record.zh for record in MAPPINGS.values()}


def remark(material: Material, text: str) -> Text:
    """One warning in both languages, with names in place of codes."""
    en = html.escape(_named(material, text, "en"))
    if (found := _ASSUMED.fullmatch(text)) and found["what"] in _ELASTICITIES:
        zh = f"{found['change']}：{_ELASTICITIES[found['what']]}为明示假设：{found['v']}（{found['a']}至{found['b']}）"
        return Text(en, html.escape(zh))
    for pattern, template in _PATTERNS:
        if found := pattern.fullmatch(text):
            parts = {k: _part(material, k, v) for k, v in found.groupdict().items()}
            return Text(en, template.format(**parts))
    return Text(en, f'<span lang="en">{html.escape(_named(material, text, "zh"))}</span>')


def _part(material: Material, key: str, value: str) -> str:
    if key == "layer":
        return layer_word(value).zh
    if key in ("indicators", "given"):
        return "、".join(indicator_word(name).zh for name in value.split(", "))
    if key == "pillars":
        table = material.table("nodes", "index")
        pillars = [] if table is None else table.facts.get("pillars", [])
        known = {str(p.get("id")): both(p.get("name"), p.get("name_zh")).zh for p in pillars}
        return "、".join(known.get(name) or html.escape(name) for name in value.split(", "))
    if key == "networks":
        return "、".join(NETWORKS_ZH.get(name) or html.escape(name) for name in value.split(", "))
    if key == "function":
        return NAMES[value][1] if value in NAMES else html.escape(value)
    if key == "what":
        return CONCEPTS.get(value, raw(value)).zh
    return html.escape(_named(material, value, "zh"))


CONCEPTS = {"population": Text("residents", "常住人口"), "urban_population": Text("urban residents", "城镇人口")}


def _named(material: Material, text: str, language: str) -> str:
    """Codes of places as names; short ones are left, since they may be numbers."""
    known = material.cluster.places.index
    return re.sub(
        r"\b[0-9A-Z]{5,}\b",
        lambda m: material.name(m[0], "zh" if language == "zh" else "en") if m[0] in known else m[0],
        text,
    )


def absent(material: Material, step: str, en: str, zh: str) -> tuple[Block, ...]:
    """What stands where a result is lacking: why its step was left out, if it was, else that it was not run."""
    why = [p.message for p in material.problems if p.code == "step-left-out" and p.table == step.partition("/")[0]]
    if not why:
        return missing(step, en, zh)
    told = [remark(material, reason.rstrip(" .=")) for reason in why]
    reasons = Text("; ".join(t.en for t in told), "；".join(t.zh for t in told))
    return (
        Paragraph(
            Text(
                f"There is no result {en}, for want of data: {reasons.en}. Nothing is put in its place here.",
                f"缺少{zh}结果，因工作区数据不足：{reasons.zh}。此处不以任何数值代替。",
            ),
            "missing",
        ),
    )


def cautions(
    material: Material, *tables: StoredTable | None, leave: Sequence[str] = (), skip: str = ""
) -> tuple[Block, ...]:
    """Warnings that the tables carry.

    Parameters
    ----------
    material : Material
    *tables : StoredTable or None
    leave : sequence of str
        Warnings that stand elsewhere already.
    skip : str
        Pattern of warnings that the section says in its own words.
    """
    texts = [w for t in tables if t is not None for w in t.warnings if w not in leave]
    kept = [w for w in dict.fromkeys(texts) if not (skip and re.match(skip, w))]
    return (Bullets(tuple(remark(material, w) for w in kept), "warning"),) if kept else ()
