"""Warnings of flows, agreements, programs and shared services in Chinese: patterns of the English text."""

SOFT: tuple[tuple[str, str], ...] = (
    (
        r"flows of (?P<layer>\w+) sum to 100 \(or 1\) for each place: shares, although the unit is (?P<v>.*)",
        "{layer}每个地区合计为100（或1）：为份额，但单位写作{v}",
    ),
    (
        r"no flow of (?P<layer>\w+) is below (?P<n>[\d.]+) and (?P<k>\d+) are just above: absent pairs are small.*",
        "{layer}没有低于{n}的流量，而略高于它的有{k}个：缺失的城市对是小流量，不是零",
    ),
    (
        r"(?P<layer>\w+) is modelled, not observed: (gravity and borders of it say|its border is).*",
        "{layer}为模型值而非实测：由其得出的引力系数与边界效应只是模型自身的设定",
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
        r"an effect only if lots were drawn; else firms with a voucher may differ anyway",
        "仅当以抽签决定时才是因果效应；否则获券企业与其他企业可能本来就不同",
    ),
    (r"additionality is taken as stated.*", "增量比例按所给数值采用：抽签或门槛设计才能揭示"),
    (r"the choice hangs on the assumed additionality.*", "入选名单取决于所假设的增量比例：在其范围的一端有项目落选"),
    (r"the number of eligible firms is not known: no uptake", "符合条件的企业数未知，无法计算使用率"),
    (
        r"right only if firms with and without a voucher would have changed alike",
        "仅当获券与未获券企业本会发生相同变化时才成立",
    ),
    (
        r"groups with fewer than (?P<n>\d+) firms of a kind \((?P<k>\d+)\): the interval is rough there",
        "有{k}个分组中某类企业不足{n}家：其区间较为粗略",
    ),
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
    (
        r"existing pairs add up to (?P<v>\S+) \(least (?P<k>\S+)\); (?P<n>\d+) pairs would rather .* there",
        "现有结对效益合计{v}（最小{k}）；其中有{n}对更愿互相结对",
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
        r"(?P<layer>\w+): (?P<n>\d+) flows are zero for certain, such as all of a place without any, and left out",
        "{layer}：{n}条流量必为零（如某地没有任何流量），不含信息，未计入",
    ),
    (
        r"errors are clustered on (?P<n>\d+) cores only: intervals are optimistic",
        "标准误仅按{n}个核心城市聚类：区间偏乐观",
    ),
    (r"rings without places, or in which core growth does not vary.*", "没有地区、或核心增长无差异的圈层没有数值"),
    (
        r"(?P<layer>\w+) on \w+: a line that is no border gives (?P<n>-?[\d.]+) \((?P<a>-?[\d.]+) to "
        r"(?P<b>-?[\d.]+)\), not nothing: so much of (?P<m>-?[\d.]+) may be the form of distance or terrain.*",
        "{layer}：并非边界的虚设线也给出{n}（{a}至{b}），显著不为零：{m}中可能有这么多来自距离函数形式或地形",
    ),
    (
        r"(?P<n>\d+) signs hold for the ring alone, not over all rings at once \(band\)",
        "{n}个圈层的符号仅按自身区间成立，按全圈层置信带则不成立",
    ),
    (r"(?P<n>\d+) places have no neighbours", "{n}个地区没有邻区"),
    (r"no effects through neighbours: .*", "邻区效应（空间杜宾模型）无法估计"),
    (r"(?P<n>\d+) places have no growth of (?P<v>\w+) and are left out", "{n}个地区没有{v}的增长数据，未计入"),
    (
        r"errors of measurement widen the spread like segmentation does: .*",
        "测量误差与市场分割一样会放大离散度：只可在同一来源内比较",
    ),
    (
        r"a border is confounded with groups whose prices vary more inside: .*",
        "边界效应与各组内部价格波动的差异相混：请同时比较各组内部的离散度",
    ),
    (r"the border is not identified: it takes two groups .*", "边界效应无法识别：至少要有两个组、每组至少两个地区"),
    (
        r"spreads rest on (?P<n>\d+) changes only: .*",
        "离散度仅据{n}次变动计算：噪声过大，不能判断边界有无",
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
)
