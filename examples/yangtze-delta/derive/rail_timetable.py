"""The timetable of 2014: running times between consecutive stops, and the time-distance relation.

Only G, D and C trains. Minutes come from clock times modulo 24 h; the column of the day is not used
(it is wrong in 93 steps). Nothing of the file is shipped but what is fitted here.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from rail_stations import Stations

SPEED_KMH = (25.0, 310.0)
CIRCUITY = (0.95, 1.8)
# The relation is fitted on stations that kept their name, and on 台州, whose name now means another point.
MENDED_FOR_FIT = ("台州",)
CLASS_OF_RELATION = {"G": "G", "D": "D", "C": "D"}  # the C trains of 2014 here are one suburban line


@dataclass(frozen=True)
class Relation:
    """Minutes from stop to stop = intercept + slope x great circle (km), for one class."""

    intercept: float
    slope: float
    slope_se: float
    steps: int
    r2: float
    rmse: float
    circuity: float

    def minutes(self, km: float) -> float:
        """Running minutes from a standing start to a stop."""
        return self.intercept + self.slope * km


def read_timetable(path: Path) -> pd.DataFrame:
    """Stops of G, D and C trains: train, order, station, arrival_min, departure_min, km."""
    raw = pd.read_excel(path, dtype=str)
    raw = raw[raw["车次"].str[0].isin(list("GDC"))]
    stops = pd.DataFrame(
        {
            "train": raw["车次"],
            "order": raw["站序"].astype(int),
            "station": raw["车站"],
            "arrival_min": _clock(raw["到达时间"]),
            "departure_min": _clock(raw["离开时间"]),
            "km": raw["里程"].astype(float),
        }
    )
    return stops.sort_values(["train", "order"], ignore_index=True)


def _clock(text: pd.Series) -> pd.Series:
    hours, minutes, seconds = (text.str.split(":").str[i].astype(int) for i in range(3))
    return hours * 60 + minutes + seconds / 60


def steps(stops: pd.DataFrame) -> pd.DataFrame:
    """Consecutive stops of one train: train, service, origin, destination, run_min, dwell_min, km, odd.

    `dwell_min` is the stop at the destination (NaN at the last one). `odd` marks steps that cannot be:
    no distance, or a speed outside 25-310 km/h.
    """
    later = stops.groupby("train").shift(-1)
    has_next = later.station.notna()
    last = later.groupby(stops.train)["station"].shift(-1).isna()
    table = pd.DataFrame(
        {
            "train": stops.train,
            "service": stops.train.str[0],
            "origin": stops.station,
            "destination": later.station,
            "run_min": (later.arrival_min - stops.departure_min) % 1440,
            "dwell_min": ((later.departure_min - later.arrival_min) % 1440).mask(last),
            "km": later.km - stops.km,
        }
    )[has_next].reset_index(drop=True)
    speed = table.km / (table.run_min / 60)
    table["odd"] = (table.km <= 0) | ~speed.between(*SPEED_KMH)
    return table


def with_great_circle(table: pd.DataFrame, stations: Stations) -> pd.DataFrame:
    """The steps with OpenStreetMap's names in `from_osm`, `to_osm` and the great circle in `gc_km`."""
    names = {n: stations.resolve(n, "2014") for n in {*table.origin, *table.destination}}
    table = table.assign(from_osm=table.origin.map(names), to_osm=table.destination.map(names))
    table["gc_km"] = [
        stations.straight_km(a, b) if isinstance(a, str) and isinstance(b, str) else np.nan
        for a, b in zip(table.from_osm, table.to_osm, strict=True)
    ]
    return table


def fit_sample(table: pd.DataFrame, *, mended: bool = False) -> pd.DataFrame:
    """Steps on which the relation is fitted: not odd, both points known, believable circuity.

    With `mended` the steps at all renamed stations are used too (a check, not what is shipped).
    """
    kept = pd.Series(True, index=table.index)
    if not mended:
        for name, osm in (("origin", "from_osm"), ("destination", "to_osm")):
            kept &= (table[name] == table[osm]) | table[name].isin(MENDED_FOR_FIT)
    ratio = table.km / table.gc_km
    return table[kept & ~table.odd & (table.gc_km > 0) & ratio.between(*CIRCUITY)]


def relation(sample: pd.DataFrame) -> Relation:
    """Least squares of running minutes on great circle; standard error clustered by pair of stations."""
    x, y = sample.gc_km.to_numpy(float), sample.run_min.to_numpy(float)
    design = np.column_stack([np.ones_like(x), x])
    bread = np.linalg.inv(design.T @ design)
    beta = bread @ design.T @ y
    error = y - design @ beta
    pair = [" ".join(sorted(p)) for p in zip(sample.from_osm, sample.to_osm, strict=True)]
    score = pd.DataFrame(design * error[:, None]).groupby(pair).sum().to_numpy()
    variance = bread @ score.T @ score @ bread * len(score) / (len(score) - 1)
    return Relation(
        intercept=float(beta[0]),
        slope=float(beta[1]),
        slope_se=float(np.sqrt(variance[1, 1])),
        steps=len(x),
        r2=float(1 - (error**2).sum() / ((y - y.mean()) ** 2).sum()),
        rmse=float(np.sqrt((error**2).mean())),
        circuity=float(sample.km.sum() / sample.gc_km.sum()),
    )


def relations(table: pd.DataFrame, *, mended: bool = False) -> dict[str, Relation]:
    """The relation of the classes G and D."""
    sample = fit_sample(table, mended=mended)
    return {c: relation(sample[sample.service == c]) for c in ("G", "D")}


@dataclass(frozen=True)
class Clock:
    """Minutes of a step: the median of 2014 where class and pair are in it, else the relation."""

    relations: dict[str, Relation]
    medians: dict[tuple[str, str, str], float]
    lengths_km: dict[tuple[str, str], float]
    dwell_min: dict[str, float]

    def timed(self, service: str, origin: str, destination: str) -> bool:
        """Whether the step has a time of 2014."""
        return (service, origin, destination) in self.medians

    def run_min(self, service: str, origin: str, destination: str, straight_km: float) -> float:
        """Running minutes between two consecutive stops."""
        found = self.medians.get((service, origin, destination))
        return self.relations[CLASS_OF_RELATION[service]].minutes(straight_km) if found is None else found

    def dwell(self, service: str) -> float:
        """Minutes that a train of this class stands at a stop."""
        return self.dwell_min[CLASS_OF_RELATION[service]]


def build_clock(table: pd.DataFrame) -> Clock:
    """Relation, medians, lengths and dwell times from the steps of 2014 (with great circle).

    A step much shorter by rail than straight has a wrong point or a wrong row: neither its time nor its
    length is used. A length a little shorter (the file has whole km) gives its time but not its length.
    """
    ratio = table.km / table.gc_km
    # No upper bound: long ways round a junction are real (上海-上海虹桥 33 km by rail, 14 straight).
    sound = table[~table.odd & (ratio >= CIRCUITY[0])]
    grouped = sound.groupby(["service", "from_osm", "to_osm"]).run_min.median()
    ends = pd.DataFrame(np.sort(sound[["from_osm", "to_osm"]].to_numpy(str), axis=1), index=sound.index)
    lengths = sound[["km", "gc_km"]].groupby([ends[0], ends[1]]).median()
    lengths = lengths[lengths.km >= lengths.gc_km]
    return Clock(
        relations=relations(table),
        medians={k: float(v) for k, v in grouped.items()},
        lengths_km={k: float(v) for k, v in lengths.km.items()},
        dwell_min={c: float(m) for c, m in table.groupby("service").dwell_min.mean().items()},
    )


def rides(table: pd.DataFrame, stations: Stations, clock: Clock) -> pd.DataFrame:
    """Back-cast: every ride of 2014 between two stations of the cities, timed and by the relation alone.

    Returns
    -------
    DataFrame
        train, service, origin, destination, observed_min, modelled_min; only rides all of whose steps
        are sound and have both points.
    """
    out = []
    for train, group in table.groupby("train", sort=True):
        service = str(train)[0]
        law = clock.relations[CLASS_OF_RELATION[service]]
        rows = list(group[["from_osm", "to_osm", "run_min", "dwell_min", "gc_km", "odd"]].itertuples(index=False))
        for i, start in enumerate(rows):
            observed = modelled = 0.0
            for j in range(i, len(rows)):
                if rows[j].odd or not rows[j].gc_km > 0:
                    break
                if j > i:
                    observed += rows[j - 1].dwell_min
                    modelled += clock.dwell(service)
                observed += rows[j].run_min
                modelled += law.minutes(rows[j].gc_km)
                if stations.inside(start.from_osm) and stations.inside(rows[j].to_osm):
                    out.append((train, service, start.from_osm, rows[j].to_osm, observed, modelled))
    columns = ["train", "service", "origin", "destination", "observed_min", "modelled_min"]
    return pd.DataFrame(out, columns=columns)
