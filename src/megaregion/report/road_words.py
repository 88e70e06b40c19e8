"""Warnings of roads, timetables and accessibility in Chinese: patterns of the English text, and what stands for it."""

ROADS: tuple[tuple[str, str], ...] = (
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
    (
        r"(?P<n>\d+) stubs with road behind them were compared; (?P<k>\d+) places where the extract ends.*",
        "比较了{n}个后方有道路的断头；地图范围边缘的{k}处不算断头",
    ),
    (r"a candidate is a question to the two governments.*", "候选只是向两地政府提出的问题，而非结论：地图可能缺路"),
    (r"no official lengths of road: .*", "没有官方道路里程：地图完整度未知"),
    (r"no demand: candidates are ranked by the length of the detour", "没有出行需求数据：候选按绕行长度排序"),
    (r"a border may be a river or a ridge: few crossings.*", "边界可能是河流或山脊：跨界道路少是疑问，不是结论"),
    (r"a border may be a river or a ridge: a detour.*", "边界可能是河流或山脊：绕行是疑问，不是结论"),
    (
        r"(?P<n>\d+) borders are compared with lines inside one unit or none.*",
        "{n}段边界只能与一侧单元内的平行线比较或无可比较：另一侧过窄",
    ),
    (r"(?P<n>\d+) borders have too few junctions and no number: (?P<v>.+)", "{n}段边界节点过少，没有数值：{v}"),
    (
        r"(?P<n>\d+) segments have no road around them or no known terrain and are left out",
        "{n}个分段周围没有道路或地形未知，未计入",
    ),
    (
        r"(?P<n>\d+) lines are too few for clusters: .*",
        "仅{n}条线，聚类过少：标准误按各分段独立计，相邻分段相似时偏小",
    ),
    (r"no elevation and no water: .*", "没有高程与水体数据：河流或山脊也算作边界"),
    (r"regression left out: .*", "未做回归：没有道路跨越边界或平行线的任何分段"),
    (r"detours left out: .*", "未计算绕行：没有同距离同方向的可比节点对"),
    (
        r"grades of completeness are ours: .*",
        "完整度等级为本工具自定：A为95%以上，B为80%以上，C为50%以上，其余为D；超过115%说明两者口径不同",
    ),
    (
        r"(?P<n>\d+) units and classes have more road on the map than in the official figure.*",
        "{n}个单元与等级的地图里程多于官方里程：口径不同",
    ),
    (
        r"the map was cut off inside (?P<n>\d+) units, whose mapped length is a lower bound: (?P<v>.+)",
        "地图在{n}个单元内部被截断，其地图里程为下界：{v}",
    ),
    (r"(?P<n>\d+) rows hold no line and are left out", "{n}行没有线，未计入"),
    (r"no column oneway: .*", "没有单行道一列：所有道路按双向通行处理，属假设"),
    (r"(?P<n>\d+) lines are of other classes and left out", "{n}条线属于其他等级，未计入"),
    (r"(?P<n>\d+) points of roads are not in the extract.*", "{n}个道路点不在地图范围内：道路在该处截断并标记"),
    (r"the file states no box: .*", "文件没有说明范围：位于全部道路外包线附近的断头按截断处理"),
    (r"(?P<n>\d+) ways are closed to cars in general and left out", "{n}条道路一般不对机动车开放，未计入"),
    (r"maxspeed that is no number takes the default of the class: (?P<v>.+)", "限速不是数字者取该等级默认值：{v}"),
    (r"no default speeds of (?P<v>\w+) are known: .*", "没有{v}的默认车速：采用不分国家的一般默认值，属假设"),
    (r"speeds of (?P<n>\d+) % of the ways are defaults of their class.*", "{n}%的道路车速为该等级默认值，属假设"),
)
