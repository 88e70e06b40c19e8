"""Joint parks: do the real pairs suit each other, who gets what, what is counted twice.

Real: 36 pairs of places with a joint park or a pairing for parks in the Yangtze Delta (`joint_parks_delta.csv`, each
with its source and how it was read), the published rules by which such parks share (`joint_parks_rules.csv`), people
and industries of the census of 2020, minutes by the timetable of 2020. Declared: the weights of the match, what either
side would have without the park. The pairs are older than the measures: nearness by rail and industries of 2020 may
come from the pairing. So this says what the grounds of the match would choose, not that a pair is wrong.
"""

# %% The pairs. Four programmes give each origin one host and each host one origin: Jiangsu's cities (2001), the parks
# of Suzhou's counties in Suqian's, those of Anhui's cities, those of Shanghai, Jiangsu and Zhejiang in northern Anhui
import itertools
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from megaregion.core.relatedness import density, proximity
from megaregion.data.init import example_folder
from megaregion.data.workspace import Workspace
from megaregion.links.diagnose import minutes_between
from megaregion.links.soft.parks import ScoreWeights
from megaregion.links.soft.parks_stated import ParkOptions, stated_parks

here = Path(__file__).parent
cluster = Workspace(example_folder("yangtze-delta")).cluster()
names, parent = cluster.places["name"], cluster.places["parent_id"]
listed = pd.read_csv(here / "joint_parks_delta.csv", dtype=str)
nested = (listed["programme"] == "northern Anhui") & listed["host"].map(parent).isin(cluster.select("city").index)
listed["host"] = listed["host"].mask(nested, listed["host"].map(parent))  # Nanjing's three parks in one city: one pair
pairs = listed.drop_duplicates(["programme", "origin", "host"])
programmes = {k: p.reset_index(drop=True) for k, p in pairs.groupby("programme", sort=False) if k != "single"}
apart = ["Jiangsu 2001", "Suqian", "Anhui", "northern Anhui"]  # "Jiangsu 2022" re-pairs the first
print(pairs.groupby("programme", sort=False)["park"].agg(pairs="size", with_park="count").to_string())

# %% Complementarity: how far the industries of the origin are related to what the host is good at (density over 20
# sections: coarse). As it is, and over the mean of all origins: without it, hosts good at little would suit nobody
jobs = cluster.further["industries"].query("scope in ['全市', '县']")
jobs = jobs.assign(people=jobs["value"] / jobs["sample_share"])
cities = cluster.select("city").index


def related(origins: pd.Index, hosts: pd.Index) -> pd.DataFrame:
    """Complementarity of every origin with every host."""
    table = jobs[jobs["place_id"].isin([*cities, *origins, *hosts])]
    table = table.pivot(index="place_id", columns="industry", values="people").fillna(0.0)
    share = table.div(table.sum(axis=1), axis=0)
    special = (share / (table.sum() / table.to_numpy().sum()) > 1.0).to_numpy()
    near = pd.DataFrame(density(special, proximity(special)), index=table.index, columns=table.columns)
    return share.loc[origins] @ near.loc[hosts].T


minutes, grounds = minutes_between(cluster), {}
for name, p in programmes.items():
    raw = related(pd.Index(p["origin"]), pd.Index(p["host"]))
    time = minutes(list(p["origin"]), list(p["host"]))
    grounds[name] = {"near (minutes)": -time, "related": raw / raw.mean(), "related, as it is": raw}

# %% As a table; that of 2001 lies ready beside this file with the tables of sharing below, for the command
# megaregion parks docs/howto/joint_parks --land 0 --labour 0 --complementarity 20 --hour 0.5
# (an argument writes those of every programme elsewhere). Where every origin has one host, land prices and wages cannot
# say who goes with whom: a gap ln(w_i / w_j) adds up to the same in every plan. They decide whether to pair at all, so
# they count nothing here


def write(name: str, table: str, rows: pd.DataFrame) -> None:
    """With an argument, a table of the command with names of places, in a folder for each programme."""
    if len(sys.argv) > 1:
        folder = Path(sys.argv[1], name)
        folder.mkdir(parents=True, exist_ok=True)
        rows.replace(dict(cluster.places["name"])).to_csv(folder / f"{table}.csv", index=False, float_format="%.6g")


def decide(name: str, hour: float) -> pd.DataFrame:
    """Partners of a programme, with 20 points for one of complementarity."""
    fit, time = grounds[name]["related"], -grounds[name]["near (minutes)"]
    rows = [{"origin": i, "host": j, "complementarity": fit.loc[i, j], "minutes": time.loc[i, j]}
            for i in fit.index for j in fit.columns]  # fmt: skip
    options = ParkOptions(weights=ScoreWeights(complementarity=20.0, land=0.0, labour=0.0, hour=hour))
    write(name, "park_candidates", pd.DataFrame(rows))
    return stated_parks({"park_candidates": pd.DataFrame(rows)}, options)["parks"].to_frame()


shown = decide("Jiangsu 2001", 0.5)
print(shown.assign(real=programmes["Jiangsu 2001"]["host"]).replace(dict(names)).round(2).to_string(index=False))

# %% How many real pairs would the match choose, whatever weight an hour has? By chance one a programme, four in all
hours = (0.0, 0.25, 0.5, 1.0, 2.0)
kept = {}
for name in apart:
    real = programmes[name]["host"].to_numpy()
    for hour in hours:
        got = decide(name, hour)  # of the largest sum; the stable one beside it
        for method, column in (("largest sum", "host"), ("stable", "other_host")):
            kept[method, f"{name}, of {len(real)}", hour] = int((got[column].to_numpy() == real).sum())
print(pd.Series(kept).unstack().rename_axis(columns="points an hour").to_string())

# %% The real plan among all plans of its programme (5! = 120, 3! = 6, 8! = 40,320): share that does worse on each
# ground, ties half; half is chance. In brackets: how far from the mean plan (0) to the best one (1). Together: 20,000
# draws of a plan for each of the four programmes, seeded
rng = np.random.default_rng(1)
ranks, scores = [], {}
for name, p in programmes.items():
    n = len(p)
    plans = np.array(list(itertools.permutations(range(n))))
    for ground, value in grounds[name].items():
        array = value.to_numpy(float)
        array = (array - array.mean()) / array.std()  # the mean plan has 0
        total, real = array[np.arange(n), plans].sum(axis=1), array.trace()
        below = float((total < real - 1e-9).mean() + (np.abs(total - real) <= 1e-9).mean() / 2)
        ranks.append({"programme": name, "ground": ground, "beats": f"{below:.0%} ({real / total.max():.2f})"})
        if name in apart:
            before = scores.get(ground, (0.0, 0.0, 0.0))
            scores[ground] = (before[0] + real, before[1] + rng.choice(total, 20_000), before[2] + total.max())
for ground, (real, drawn, best) in scores.items():
    ranks.append({"programme": "the four together", "ground": ground,
                  "beats": f"{(drawn < real).mean():.0%} ({real / best:.2f})"})  # fmt: skip
print(pd.DataFrame(ranks).pivot(index="programme", columns="ground", values="beats")
      .loc[[*programmes, "the four together"]].to_string())  # fmt: skip
print(
    "together the pairs lean to both grounds, halfway to the best plan: other grounds also decided who goes with whom"
)

# %% Parks outside of such programmes: how many other hosts (of the same kind, not in the own city) are nearer?
one = pairs[pairs["programme"] == "single"]
for row in one.itertuples():
    kind = cluster.places.loc[row.host, "kind"]
    home = row.origin if cluster.places.loc[row.origin, "kind"] == "city" else parent[row.origin]
    others = [k for k in cluster.select(kind).index if parent[k] != home and k != home]
    time = minutes([row.origin], others).loc[row.origin]
    nearer = int((time < time[row.host]).sum())
    print(f"{names[row.origin]:18s} {names[row.host]:12s} {time[row.host]:4.0f} min; nearer {nearer:3d} of {len(time)}")

# %% Who gets what? Published rules. Of every 100, what must the host have been able to get without the other for the
# rule to be the bargain of equals (Nash)? With nothing for the origin alone, host alone = 100 - 2 x origin's share;
# a share above half means that the origin could have had more: 2 x share - 100
rules = pd.read_csv(here / "joint_parks_rules.csv").set_index("park")
share = rules["origin_percent"].dropna()
share["Songjiang-Lu'an, 10 years"] = share["Songjiang-Lu'an"] * 5 / 10  # 40 % for five years, then nothing; even yield
rows = [
    {"park": park, "item": "yield", "party": party, "alone": alone, "total": 100.0, "unit": "percent"}
    for park, s in share.items()
    for party, alone in (("origin", max(0.0, 2 * s - 100)), ("host", max(0.0, 100 - 2 * s)))
]
split = stated_parks({"park_parties": pd.DataFrame(rows)}, ParkOptions())["park_bargaining"].to_frame()
table = split.pivot(index="park", columns="party", values=["payoff", "alone"]).loc[share.index]
assert np.allclose(table["payoff", "origin"], share)
print(table.to_string())

# %% With two parties the Shapley value is the same split (each gets the mean of what it adds first and last)
coalitions = [{"park": r["park"], "item": "yield", "coalition": r["party"], "worth": r["alone"], "unit": "percent"}
              for r in rows]  # fmt: skip
coalitions += [{"park": k, "item": "yield", "coalition": "origin;host", "worth": 100.0, "unit": "percent"}
               for k in share.index]  # fmt: skip
shapley = stated_parks({"park_coalitions": pd.DataFrame(coalitions)}, ParkOptions())["park_shapley"].to_frame()
both = split.merge(shapley, on=["park", "item", "party"], suffixes=("", "_shapley"))
assert np.allclose(both["payoff"], both["payoff_shapley"])

# %% The rule of Beijing, Tianjin and Hebei has a limit: half of three taxes for three years, or five if what the firm
# paid in the three years before is not reached. A firm at the threshold of 20 million CNY a year; its growth after the
# move is DECLARED. Under the rule of Songjiang and Lu'an the same firm would bring Songjiang
for growth in (1.0, 1.1, 1.3):
    paid = 20.0 * growth ** np.arange(1, 11)
    shared = 0.0
    for k, tax in enumerate(paid):
        if k < 3 or (k < 5 and shared < 60.0):
            shared = min(60.0, shared + tax / 2)
    print(f"growth {growth - 1:.0%}: half with a limit {shared:5.1f}, 40 % for five years {0.4 * paid[:5].sum():5.1f}, "
          f"of {paid.sum():.0f} million CNY in ten years")  # fmt: skip

# %% Counted twice? Songjiang and Lu'an split statistics 40 to 60 as well; Kunming counts investment, output and sales
# in full at both ends. The first two firms of Lu'an invest 300 and 110 million CNY: by either rule, in percent of that,
# where Lu'an alone could have had 20 (so that equals agree on 40 to 60)
invested, whole = {"item": "investment", "unit": "percent"}, 410.0
ends = {"Songjiang": 40.0, "Lu'an": 60.0}
worths: list[dict[str, Any]] = []
every: list[dict[str, Any]] = []
for rule, booked in (("40 to 60", ends), ("both in full", dict.fromkeys(ends, 100.0))):
    key = {"park": f"first two firms, {rule}", **invested}
    two = [
        {**key, "coalition": k, "worth": v}
        for k, v in {"Songjiang": 0.0, "Lu'an": 20.0, "Songjiang;Lu'an": 100.0}.items()
    ]
    shares = [{**key, "party": k, "booked": b} for k, b in booked.items()]
    tables = {"park_coalitions": pd.DataFrame(two), "park_booked": pd.DataFrame(shares)}
    found = stated_parks(tables, ParkOptions())["park_attribution"]
    worths, every = [*worths, *two], [*every, *shares]
    twice = found.facts()["investment"]["counted_twice"]
    print(f"{rule}: booked {sum(booked.values()) / 100 * whole:.0f} of {whole:.0f} million CNY, "
          f"counted twice {twice / 100 * whole:.0f}")  # fmt: skip
for table, listed_rows in (("park_parties", rows), ("park_coalitions", worths), ("park_booked", every)):
    write("Jiangsu 2001", table, pd.DataFrame(listed_rows))

# %% How large can it be? The park of Jiangyin (Wuxi) in Jingjiang (Taizhou) produced 95.1 billion CNY from 2003 to
# 2017 (source in the table); who booked it is not published. If both did, DECLARED
gdp = cluster.indicators.query("indicator == 'gdp' and 2003 <= year <= 2017").groupby("place_id")["value"].sum()
print(f"{95.1 / (gdp[['320200', '321200']].sum() / 1e3):.2%} of what Wuxi and Taizhou report would be counted twice")
