"""Warnings of the steps in both languages: they are written in English; what a planner meets often is put into Chinese.

A warning that is not known here is shown in English in both languages, never left out.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from megaregion.data.stored import StoredTable
from megaregion.equilibrium.mappings import MAPPINGS
from megaregion.mechanisms.rural_functions_tables import NAMES
from megaregion.report.blocks import Block, Bullets, Material
from megaregion.report.border_words import layer_word
from megaregion.report.indicator_words import indicator_word
from megaregion.report.layer_remarks import LAYERS
from megaregion.report.road_words import ROADS
from megaregion.report.text import Text, raw

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
    (
        r"(?P<indicators>\w+): (?P<n>\d+) of (?P<k>\d+) places have a value; shares and ranks are among these",
        "{indicators}：{k}个地区中{n}个有数据，份额与名次仅在其中计算",
    ),
    (
        r"(?P<indicators>\w+): nobody counted the residents of its territory in (?P<y>\d+): not divided by people",
        "{indicators}：没有同一统计范围{y}年的常住人口，不作人均",
    ),
    (r"innovation: no data for (?P<indicators>.+): the vector is not whole", "创新：缺{indicators}，投入产出不完整"),
    (r"innovation: no indicator of its inputs and outputs", "创新：没有投入产出指标"),
    (r"no conversion rate: no data for (?P<indicators>.+)", "无专利转化率：缺{indicators}"),
    (r"no tables/documents.csv: .*", "没有 tables/documents.csv：无合作成果与中心辐射"),
    (r"no fields of documents and no tables/industries.csv: .*", "没有成果领域或产业表：无复杂度与关联度"),
    (r"choke points: no table of activities to cross them with", "“卡脖子”清单：没有可与之交叉的活动数据"),
    (
        r"(?P<n>\d+) activities with enough cases \(fewer than (?P<k>\d+)\): .*",
        "案例足够的活动仅{n}类（少于{k}）：无复杂度与关联度",
    ),
    (
        r"activities with fewer than (?P<n>[\d.]+) expected cases in the mean place are left out: (?P<v>.+)",
        "平均每地预期案例少于{n}的活动未计入：{v}",
    ),
    (
        r"(?P<n>\d+) activities \(fewer than \d+\): complexity and relatedness at this level say little of technology",
        "仅{n}类活动，粒度过粗：在此粒度上的复杂度与关联度难以说明技术水平",
    ),
    (r"activities are no counts: .*", "活动数据不是计数：优势、密度与复杂度没有区间"),
    (
        r"complexity: the direction is in doubt: .*",
        "复杂度的方向存疑：活动较多的地区恰是常见活动较多的地区",
    ),
    (
        r"no complexity: places and activities fall apart into (?P<n>\d+) groups that share nothing",
        "无复杂度：地区与活动分成{n}个互不相连的组",
    ),
    (r"no complexity: fewer than two places or activities", "无复杂度：地区或活动不足两个"),
    (r"no complexity: all places have the same activities", "无复杂度：各地活动完全相同"),
    (r"no complexity: two eigenvectors are equally good: .*", "无复杂度：两个特征向量同等成立，次序无法确定"),
    (r"no complexity: nothing says which end .*", "无复杂度：各地多样性与稀有程度相同，方向无法确定"),
    (
        r"documents: (?P<n>\d+) name no place of the region and are left out",
        "{n}件成果未涉及本区域，未计入",
    ),
    (
        r"documents: (?P<n>\d+) of (?P<y>\d+) against (?P<k>\d+) a year before: the last year may be incomplete .*",
        "{y}年成果{n}件，此前年均{k}件：末年可能尚不完整（公开滞后约18个月）",
    ),
    (r"radiation of the centre is not computed: .*", "未计算中心辐射：成果或地区过少，或距离无效"),
    (r"radiation: the variance of the errors was not positive .*", "中心辐射：标准误的方差矩阵经修正，误差较粗略"),
    (r"choke points are the user's list; .*", "“卡脖子”清单由用户给定；关联密度说明何者接近，不等于能够突破"),
    (
        r"choke points: (?P<n>\d+) of (?P<k>\d+) lack import dependence or domestic holders: no exposure",
        "“卡脖子”清单：{k}项中{n}项缺进口依赖度或国内掌握者数，无暴露度",
    ),
    (
        r"choke points without density, their activities have too few cases: (?P<v>.+)",
        "所依托活动案例过少、无关联密度的环节：{v}",
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
    (r"no input-output table: complementarity is missing.*", "没有投入产出表：无法计算互补性；结构不同不等于互补"),
    (r"industries are shares: .*", "产业数据为份额：总体结构按各地常住人口加权"),
    (
        r"few indicators in .*: intervals are narrower than the doubt about them.*",
        "部分支柱指标很少：区间窄于真实的不确定性；只有一项指标的支柱没有区间",
    ),
    (r"pillars without data are left out: (?P<v>.+)", "没有数据的支柱未计入：{v}"),
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
    (r"(?P<v>\w+): (?P<y>\d+) is not complete for all (?P<n>\d+) places", "{v}：{y}年并非{n}个单元都有数据"),
    (
        r"flows of (?P<layer>\w+) sum to 100 \(or 1\) for each place: shares, although the unit is (?P<v>.*)",
        "{layer}每个地区合计为100（或1）：为份额，但单位写作{v}",
    ),
    (
        r"no flow of (?P<layer>\w+) is below (?P<n>[\d.]+) and (?P<k>\d+) are just above: absent pairs are small.*",
        "{layer}没有低于{n}的流量，而略高于它的有{k}个：缺失的城市对是小流量，不是零",
    ),
    (r"(?P<layer>\w+) is an index: only ratios of its flows mean something.*", "{layer}为指数：仅比值有意义，不是人数"),
    (
        r"(?P<layer>\w+) has no flow inside any place: who stays is unknown",
        "{layer}没有地区内部流量：无法得知留在本地的部分",
    ),
    (
        r"(?P<layer>\w+) has one (origin|destination) only: no effects of both ends",
        "{layer}只有一个起点或终点：无法估计两端效应",
    ),
    (r"tables/flows.csv lists no flow", "tables/flows.csv 没有列出任何流量"),
    (
        r"(?P<n>\d+) labels of clusters stand in several strata and are taken as different ones",
        "{n}个抽样单元的标号出现在多个层中，按不同单元处理",
    ),
    (r"(?P<item>.+) has no answer in (?P<v>.+): no mean and no rank there", "{item}在{v}没有作答：无均值与位次"),
    (
        r"errors of (?P<v>.+) rest on fewer than (?P<n>\d+) degrees of freedom: their rank intervals are too narrow",
        "{v}的误差自由度不足{n}：其位次区间偏窄",
    ),
    (
        r"tables/agreements.csv lists no agreement: there is no register",
        "tables/agreements.csv 没有列出任何协议：没有登记表",
    ),
    (r"a register holds what somebody found and entered; .*", "登记表只含有人找到并录入的协议，并非全部协议的普查"),
    (
        r"(?P<n>\d+) parties below the level of analysis count for the place that contains them: (?P<v>.*)",
        "{n}个低于分析层级的参与方计入其所属地区：{v}",
    ),
    (
        r"(?P<n>\d+) agreements between parts of one place are left out: (?P<v>.*)",
        "{n}项同一地区内部的协议未计入：{v}",
    ),
    (r"(?P<n>\d+) of (?P<k>\d+) agreements do not count \(status or year\)", "{k}项协议中{n}项因状态或年份未计入"),
    (
        r"parties that are no places of the level of analysis are left out: (?P<v>.*)",
        "不属于分析层级的参与方未计入：{v}",
    ),
    (r"an association of the agreements entered in the register, not a cause", "仅为已登记协议的相关关系，并非因果"),
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
    (r"additionality is declared, not estimated.*", "增量比例为事先声明，并非估计：抽签或门槛设计才能揭示"),
    (r"the choice hangs on the assumed additionality.*", "入选名单取决于所假设的增量比例：在其范围的一端有项目落选"),
    (r"the number of eligible firms is not known: no uptake", "符合条件的企业数未知，无法计算使用率"),
    (r"several outcomes: the smallest p of many.*", "多项结果同时检验：其中最小的p值可能只是偶然"),
    (r"weights of the score are declared: .*", "匹配得分的权重为事先声明：只用于排序，不是预测"),
    (
        r"no park for (?P<v>.+) \((?P<n>\d+)\): no room at any host with a score above (?P<k>\S+)",
        "{v}等{n}地没有园区：得分高于{k}的飞入地均无余量",
    ),
    (
        r"without agreement is declared or modelled, and decides the split",
        "不合作时所得为声明值或模型值，分成结果取决于它",
    ),
    (r"(?P<v>.+) get less than alone: they would not agree to this rule", "{v}所得少于不合作时，不会同意该规则"),
    (r"the split is an agreement: official statistics.*", "分成是协议：官方统计按生产所在地计入"),
    (r"counted twice: (?P<v>.+)", "重复计算：{v}"),
    (r"benefits are declared or modelled, not measured effects.*", "效益为声明值或模型值，并非帮扶的实测效果"),
    (
        r"the search was stopped: a plan that is better by up to (?P<v>\S+) may exist",
        "求解提前停止：可能存在更优方案，差距不超过{v}",
    ),
    (
        r"(?P<n>\d+) existing pairs end, at (?P<k>\S+) each: (?P<v>.+)",
        "{n}对现有结对终止（每对代价{k}）：{v}",
    ),
    (r"nobody serves (?P<v>.+) \((?P<n>\d+)\)", "{v}等{n}个受援方没有帮扶方"),
    (r"(?P<n>\d+) pairs would rather have each other: .*", "有{n}对更愿互相结对：该方案需要上级协调"),
    (r"the stable matching overspends: (?P<v>.+)", "稳定匹配超出预算：{v}"),
    (
        r"(?P<n>\d+) existing pairs have recipients that are no candidates.*",
        "{n}对现有结对的受援方不在候选之列，保持不变",
    ),
    (
        r"ranges of reforms move declared elasticities.*",
        "改革区间只变动事先声明的弹性（假设，非估计）以及所降低边界的估计误差，其余参数不变",
    ),
    (
        r"who pays for rights that are recognised is not in the model.*",
        "权益互认由谁负担不在模型之内：权益是没有成本的收益",
    ),
    (
        r"all places lie in one group, or none has one: no participation in groups",
        "所有单元同属一组或未分组：没有参与系数",
    ),
    (
        r"no timetable: waits are expected from counts of services.*",
        "没有时刻表：候车时间由班次数推算，无法得知出发时刻的影响",
    ),
    (
        r"all residents of a unit count with its accessibility.*",
        "同一单元的全部居民按该单元的可达性计：看不出单元内部的差异",
    ),
    (r"(?P<n>\d+) (origins|destinations) have no stop within reach: (?P<v>.+)", "{n}个单元附近没有可用车站：{v}"),
    (r"(?P<n>\d+) of (?P<k>\d+) pairs have no journey in the window", "{k}个城市对中{n}个在时段内没有行程"),
    (
        r"(?P<n>\d+) of (?P<k>\d+) pairs have none from a part of the window.*",
        "{k}个城市对中{n}个在部分时段没有行程：均值只计其余时段，落入其中的百分位缺失",
    ),
    (
        r"(?P<n>\d+) trips left out because their times run backwards: (?P<v>.+)",
        "{n}个车次因时刻倒退而未计入：{v}",
    ),
    *LAYERS,
    (r"all places lie in one group.*", "所有单元同属一组，没有边界可以估价"),
    (r"clubs: (?P<n>\d+) places and (?P<k>\d+) complete years.*", "俱乐部：{n}个地区、{k}个完整年份，样本不足"),
    (r"clubs: (?P<n>\d+) of the (?P<k>\d+) years from .* are missing.*", "俱乐部：{k}年中缺{n}年，无法用趋势衔接"),
    (r"clubs: the years (?P<v>.+) are bridged by the trend", "俱乐部：缺失年份{v}由趋势衔接"),
    (
        r"clubs rest on (?P<n>\d+) years.*",
        "俱乐部检验只有{n}年数据：检验为长序列设计，年份少时尚在缩小的差距也会被视为差异",
    ),
    (r"(?P<what>\w+): (?P<n>\d+) places are too few for a tail.*", "{what}：仅{n}个样本，无法识别尾部"),
    (
        r"(?P<what>\w+): in the tail of (?P<n>\d+) places a Pareto and a lognormal law .* \(p = (?P<v>[\d.]+)\)",
        "{what}：在{n}个地区的尾部，帕累托律与对数正态律无法区分（p = {v}）",
    ),
    (
        r"gaps are related to size or wealth: what is said of (?P<v>.+) is said of the others only",
        "缺值与规模或富裕程度有关：对{v}的结论只适用于有数值的单元",
    ),
    (r"too few values or predictors to impute: (?P<v>.+)", "数值或预测变量过少，未做插补：{v}"),
    (
        r"no income of the base year by place: gaps are compared by size only",
        "没有分地区的基年收入：缺值仅与规模比较",
    ),
    (
        r"people of the base year are not complete: the column of places stands for size",
        "基年人口不完整：以 places 表中的人口代表规模",
    ),
    (r"(?P<layer>\w+) is modelled: its roles .*", "{layer}为模型值：其角色只反映规模与距离，是潜在联系而非实测"),
    (
        r"(?P<layer>\w+): (?P<n>\d+) of (?P<k>\d+) pairs are not in the table and count as no flow",
        "{layer}：{k}对中有{n}对不在数据表中，按无流量计",
    ),
    (
        r"(?P<layer>\w+): more than (?P<n>\d+) places: the core is the best of (?P<k>\d+) searches.*",
        "{layer}：超过{n}个单元，核心取{k}次搜索中最优者，不给出p值",
    ),
    (
        r"(?P<layer>\w+): (?P<n>\d+) flows are zero for certain, such as all of a place without any, and left out",
        "{layer}：{n}条流量必为零（如某地没有任何流量），不含信息，未计入",
    ),
    (
        r"errors are clustered on (?P<n>\d+) cores only: intervals are optimistic",
        "标准误仅按{n}个核心城市聚类：区间偏乐观",
    ),
    (r"rings without places, or in which core growth does not vary.*", "没有地区、或核心增长无差异的圈层没有数值"),
    (r"(?P<n>\d+) places have no neighbours", "{n}个地区没有邻区"),
    (r"no effects through neighbours: .*", "邻区效应（空间杜宾模型）无法估计"),
    (r"(?P<n>\d+) places have no growth of (?P<v>\w+) and are left out", "{n}个地区没有{v}的增长数据，未计入"),
    (
        r"errors of measurement widen the spread like segmentation does: .*",
        "测量误差与市场分割一样会放大离散度：只可在同一来源内比较",
    ),
    (
        r"decay, eligibility and quality are declared: .*",
        "衰减、资格与质量均为明示假设：可达性为模型值，并未统计实际就诊或使用",
    ),
    (
        r"the same supply is reached before and after: .*",
        "前后可达的供给总量相同：共享只是在地区之间转移可达性，并不创造供给",
    ),
    (
        r"balanced catchments keep demand and level of service; .*",
        "平衡型集水区保持需求与服务水平；人口×可达性不等于供给",
    ),
    (
        r"nobody reaches (?P<n>\d+) facilities under today's rules \((?P<v>[^)]+)\): .*",
        "现行规则下有{n}处设施（{v}）无人可达",
    ),
    (r"nobody reaches (?P<n>\d+) facilities if shared \((?P<v>[^)]+)\): .*", "即使共享仍有{n}处设施（{v}）无人可达"),
    (r"(?P<v>[\d,]+) people reach nothing under today's rules", "现行规则下{v}人不可达任何设施"),
    (r"(?P<v>[\d,]+) people reach nothing if shared", "即使共享仍有{v}人不可达任何设施"),
    (
        r"(?P<n>\d+) values are unknown; (?P<v>[\d.]+)% of the weight: they are left out .*",
        "{n}个值未知（占权重{v}%）：不计入指数，以上下限反映",
    ),
    (
        r"pairs are weighted by people, not by the migrants who need recognition",
        "地区对按人口加权，而非按需要互认的迁移者加权",
    ),
    (
        r"(?P<n>\d+) rows of recognition name places of other levels and were not used",
        "互认表中有{n}行为其他层级的地区，未使用",
    ),
    (r"gravity: (?P<layer>\w+) is left out: .*", "{layer}的引力方程无法估计，未计入"),
    (r"stickiness: (?P<layer>\w+) is left out: .*", "{layer}的粘性无法估计，未计入"),
    (r"(?P<n>\d+) sites lie in no place of the region and are left out: (?P<v>.+)", "{n}处不在任何地区内，未计入：{v}"),
    (r"(?P<n>\d+) sites have no position inside of the polygons: .*", "{n}处没有界线内的坐标：只计入存量"),
    (
        r"lists of protected sites also reflect administrative quotas.*",
        "保护名录也反映行政指标分配与普查早晚：存量统计的是名录所列，而非实际所有",
    ),
    (r"cross-validation of the bandwidth finds no optimum.*", "带宽交叉验证在搜索区间内没有最优值：请以公里给定"),
    (
        r"the bandwidth \((?P<v>[\d.e+]+) km\) is finer than the cells \((?P<c>[\d.e+]+) km\) of the map",
        "带宽（{v}公里）小于地图格网（{c}公里）",
    ),
    (
        r"residents are spread evenly inside of each place \(median radius (?P<v>[\d.e+]+) km\).*",
        "假定居民在各地区内均匀分布（半径中位数{v}公里）：更短距离上无法区分是遗产集聚还是人口本身集聚",
    ),
    (
        r"(?P<n>\d+) dense clusters \(at least (?P<k>\d+) sites within (?P<v>[\d.e+]+) km\): no corridor.*",
        "密集区仅{n}个（{v}公里内至少{k}处）：没有廊道",
    ),
    (
        r"corridors are straight lines between clusters.*",
        "廊道是密集区之间的直线，密集区由遗产点自身确定：只提示应考察何处，并非已证实的线路；比值仅作描述",
    ),
    (r"quality is a relative score: .*", "生境质量为相对得分：反映地区差异，而非物种或个体数量"),
    (
        r"gains are the rise of connectivity \(PC\) in percent; .*",
        "收益为连通性（PC）上升百分比；三处及以上按两两之和计，地块本身按现状通行",
    ),
    (r"k is half of the largest degradation found here: .*", "k取本栅格最大退化度的一半：与其他栅格的得分不可比"),
    (r"no threats were given: quality is the habitat value of the class", "未给出威胁源：生境质量即地类适宜度"),
    (
        r"(?P<n>\d+) further cores \((?P<v>[\d.]+) ha\) are large enough but beyond the first (?P<k>\d+)",
        "另有{n}处核心区（{v}公顷）面积足够，但不在前{k}处之内",
    ),
    (r"(?P<n>\d+) pairs of sources are not joined by open land.*", "{n}对源地之间没有可通行的土地相连"),
    (
        r"corridors were searched on blocks of (?P<k>\d+) x \d+ cells \((?P<v>[\d.e+]+) m\)",
        "廊道在{k}×{k}栅格合并的块（{v}米）上搜索",
    ),
    (r"a corridor that lies elsewhere at another contrast.*", "在另一阻力对比下位置改变的廊道取决于专家赋值"),
    (r"sources have no resistance inside; .*", "源地内部无阻力；电流可穿过第三个源地"),
    (
        r"barriers for the (?P<n>\d+) of (?P<k>\d+) corridors of largest gravity",
        "仅对{k}条廊道中引力最大的{n}条计算障碍点",
    ),
    (r"counts of institutions also reflect.*", "机构数量也受统计口径与地图更新的影响"),
    (
        r"the residual holds everything that stock and people do not explain.*",
        "残差包含存量与人口未能解释的一切，包括误差：不是品牌价值",
    ),
    (r"(?P<n>\d+) places without a stock are left out of the residual: (?P<v>.+)", "{n}个地区没有存量，未计残差：{v}"),
    (r"no polygons of the places: no density, pattern or corridors", "没有地区界线：不计算密度、格局与廊道"),
    (
        r"(?P<n>\d+) sites with a position, in (?P<k>\d+) different points: .*",
        "有坐标的遗产仅{n}处、{k}个不同点：不足以计算密度、格局与廊道",
    ),
    (r"(?P<n>\d+) sites lie outside of the finer polygons .*: (?P<v>.+)", "{n}处在更细的界线之外，未参与格局检验：{v}"),
)
_PATTERNS = tuple((re.compile(pattern), zh) for pattern, zh in (*_CHINESE, *ROADS))


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
    if key == "indicators":
        return "、".join(indicator_word(name).zh for name in value.split(", "))
    if key == "function":
        return NAMES[value][1] if value in NAMES else html.escape(value)
    if key == "what":
        return CONCEPTS.get(value, raw(value)).zh
    return html.escape(_named(material, value, "zh"))


CONCEPTS = {
    "population": Text("residents", "常住人口"), "urban_population": Text("urban residents", "城镇人口"),
}  # fmt: skip


def _named(material: Material, text: str, language: str) -> str:
    """Codes of places as names; short ones are left, since they may be numbers."""
    known = material.cluster.places.index
    return re.sub(
        r"\b[0-9A-Z]{5,}\b",
        lambda m: material.name(m[0], "zh" if language == "zh" else "en") if m[0] in known else m[0],
        text,
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
