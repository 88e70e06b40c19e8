"""Warnings of innovation, culture, ecology, sizes and gaps in Chinese: patterns of the English text."""

NODES: tuple[tuple[str, str], ...] = (
    (
        r"convergence with neighbours: (?P<n>\d+) places, (?P<k>\d+) that differ are needed",
        "空间收敛：{n}个地区，至少需要{k}个",
    ),
    (r"convergence with neighbours: .*", "空间收敛模型无法估计"),
    (
        r"conditional convergence: (?P<indicators>[\w, ]+) do not differ between places",
        "条件收敛：{indicators}在各地区间没有差异",
    ),
    (
        r"conditional convergence: not known for (?P<y>\d+), taken from a later year: (?P<v>.+)",
        "条件收敛：{y}年无数据，取自较晚年份：{v}",
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
    (
        r"indicator (?P<v>\w+) is left out and its weight goes to the others of (?P<p>\w+): no value of (?P<y>\d+)"
        r"( with scope .+)?",
        "指标{v}剔除（{y} 年无数据），其权重分给维度{p}的其他指标",
    ),
    (
        r"indicator (?P<v>\w+) is left out and its weight goes to the others of (?P<p>\w+): (?P<n>\d+) of (?P<k>\d+) "
        r"(places|places and years) have no value.*",
        "指标{v}剔除（{k}个中{n}个缺值），其权重分给维度{p}的其他指标",
    ),
    (
        r"indicator (?P<v>\w+) is left out and its weight goes to the others of (?P<p>\w+): the (scaled )?value is the "
        r"same for all places",
        "指标{v}剔除（各地数值相同），其权重分给维度{p}的其他指标",
    ),
    (r"no conversion rate: no data for (?P<indicators>.+)", "无专利转化率：缺{indicators}"),
    (
        r"yields of (?P<indicators>\w+) over (?P<given>\w+): (?P<n>\d+) of (?P<k>\d+) values have no input to go with",
        "{indicators}与{given}之比：{k}个产出值中{n}个没有对应的投入",
    ),
    (r"yields with a lag: .*", "含滞后的产出投入比：产出与投入各按其当年价格"),
    (r"yields: an output over an input is no proof .*", "产出与投入之比并不证明产出来自该投入"),
    (
        r"choke points: (?P<n>\d+) rest on (?P<k>\d+) different sets of activities; .*",
        "“卡脖子”清单：{n}项仅依托{k}组不同的活动，同组各项无法凭接近程度区分",
    ),
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
    (
        r"all places lie in one group, or none has one: no participation in groups",
        "所有单元同属一组或未分组：没有参与系数",
    ),
    (
        r"disparity: (?P<n>\d+) places and (?P<k>\d+) complete years: .*",
        "地区差异：{n}个地区、{k}个完整年份；至少需三个地区和一个各地收入与人口均大于零的年份",
    ),
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
    (r"(?P<n>\d+) sites lie in no place of the region and are left out: (?P<v>.+)", "{n}处不在任何地区内，未计入：{v}"),
    (
        r"(?P<n>\d+) sites have no position inside of the polygons: .*",
        "{n}处没有界线内的坐标：只计入存量（positions = drawn 可按所在地区的人口分布取位置）",
    ),
    (
        r"(?P<n>\d+) of (?P<k>\d+) sites are known to their place only: .*",
        "{k}处中有{n}处只知所在地区：各在该地区内按人口分布随机取一次位置；地区内部的分布不作解读，密集区与廊道的精度不高于地区",
    ),
    (
        r"lists of protected sites also reflect administrative quotas.*",
        "保护名录也反映行政指标分配与普查早晚：存量统计的是名录所列，而非实际所有",
    ),
    (
        r"whether it is open is known of (?P<n>\d+) of (?P<k>\d+) sites; open_low and open_high hold whatever the "
        r"others are",
        "{k}处中{n}处的开放情况已知；开放率上下限对其余各处无论是否开放均成立",
    ),
    (
        r"whether it is open is known of (?P<n>\d+) of (?P<k>\d+) sites; .* of these are open: .*",
        "{k}处中{n}处的开放情况已知，且均为开放（即按“已开放”查得）：不给出已知部分的开放率，只给上下限",
    ),
    (
        r"whether it is open is known of (?P<n>\d+) of (?P<k>\d+) sites; .* of these are closed: .*",
        "{k}处中{n}处的开放情况已知，且均未开放（即按“未开放”查得）：不给出已知部分的开放率，只给上下限",
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
        r"always and never hold for the prices looked at; .*",
        "“始终”仅就所考察的价格而言；收益与费用相同的组合由搜索任取其一",
    ),
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
