"""Finance and business services: cities that firms tie together by having offices in both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion._rng import generator
from megaregion.core.interlock import Null, by_chance, headquarters_links, interlock
from megaregion.data.cluster import Cluster, ancestor, units
from megaregion.data.option_keys import require_known
from megaregion.errors import InputError
from megaregion.links.soft.offices_tables import OfficeLinksResult, OfficePlacesResult
from megaregion.result import Result

Floats = NDArray[np.float64]
HEAD = "headquarters"


@dataclass(frozen=True, kw_only=True)
class OfficesOptions:
    """What offices are compared with; the table [options.offices].

    Attributes
    ----------
    null : {'same-counts', 'random-places'}
        As in `megaregion.core.interlock.by_chance`.
    draws : int
        Of the null.
    bootstrap : int
        Samples of firms behind the intervals of ranks.
    fdr : float
        Expected share of false discoveries among the links called more than chance.
    """

    null: Null = "same-counts"
    draws: int = 999
    bootstrap: int = 499
    fdr: float = 0.05

    def __post_init__(self) -> None:
        wrong = []
        if self.null not in get_args(Null):
            wrong.append(f"null must be one of {', '.join(get_args(Null))}, got {self.null!r}")
        for name in ("draws", "bootstrap"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                wrong.append(f"{name} must be a whole number >= 1, got {value!r}")
        if isinstance(self.fdr, bool) or not isinstance(self.fdr, (int, float)) or not 0 < self.fdr < 1:
            wrong.append(f"fdr must be a share, 0 < fdr < 1, got {self.fdr!r}")
        if wrong:
            raise InputError("options.offices: " + "; ".join(wrong))

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> OfficesOptions:
        """From the table [options.offices].

        Raises
        ------
        InputError
            A key is unknown or a value out of range.
        """
        require_known(options, [f.name for f in fields(cls)], "offices")
        return cls(**options)


def offices_of_cluster(cluster: Cluster, *, seed: int) -> dict[str, Result]:
    """The interlocking network of a workspace; nothing without tables/offices.csv.

    Parameters
    ----------
    cluster : Cluster
        `further["offices"]`, [options.offices]. Offices of finer places count for the unit that holds them, the
        largest value where a firm has several; offices in no unit are left out, and counted in a warning.
    seed : int

    Raises
    ------
    InputError
        As `offices`.
    """
    table = cluster.further.get("offices")
    if table is None or table.empty:
        return {}
    unit = table["place_id"].map(ancestor(cluster.places, str(cluster.attrs["level"])).to_dict())
    inside = table.assign(place_id=unit)[unit.notna()]
    left = (f"{len(table) - len(inside)} offices lie in none of the places that are analyzed",) if (
        len(inside) < len(table)) else ()  # fmt: skip
    return offices(inside, units(cluster).index, OfficesOptions.of(cluster.options.get("offices", {})), seed=seed,
                   notes=left)  # fmt: skip


def offices(
    table: pd.DataFrame, places: pd.Index[str], options: OfficesOptions | None = None, *, seed: int,
    notes: tuple[str, ...] = (),
) -> dict[str, Result]:  # fmt: skip
    """Interlocking network of places from the offices of firms, against firms placed by chance.

    Parameters
    ----------
    table : DataFrame
        Columns firm, place_id, value (>= 0) and optionally role (headquarters, branch).
    places : Index
        Places of the network; one without offices has no links.
    options : OfficesOptions, optional
    seed : int
        Of the null and of the samples of firms.
    notes : tuple of str
        Further warnings.

    Returns
    -------
    dict of str to Result
        `office_places`, `office_links`.

    Raises
    ------
    InputError
        Values are below zero or missing, places unknown, or no firm is in two places.
    """
    chosen = options or OfficesOptions()
    _refuse(table, places)
    wide = table.pivot_table(index="firm", columns="place_id", values="value", aggfunc="max").sort_index()
    wide = wide.reindex(columns=places).fillna(0.0)
    s = wide.to_numpy(float)
    several = (s > 0).sum(axis=1) > 1
    if not several.any():
        raise InputError("offices: no firm has offices in two of the places: nothing interlocks",
                         hint="one row a firm and place")  # fmt: skip
    seat = _seats(table, wide)
    said = [f"{int((~several).sum())} of {len(s)} firms have offices in one place only and tie nothing"] if (
        ~several).any() else []  # fmt: skip
    if not seat.any():
        said.append("no firm states where its headquarters are: who rules whom is unknown")
    said.append("links are made of shared firms, nobody has measured a flow: dense by construction, only what exceeds "
                f"the null ({chosen.null}) says more than size")  # fmt: skip
    chance = by_chance(s, null=chosen.null, draws=chosen.draws, seed=seed)
    links, floor = _links(places, s, seat, chance, chosen)
    if floor:
        said.append(f"{chosen.draws} draws cannot tell fewer than {floor} links apart from chance at a rate of false "
                    f"discoveries of {chosen.fdr:g}: raise draws")  # fmt: skip
    settings = {**asdict(chosen), "seed": seed}
    warnings = (*notes, *said)
    facts = {
        "firms": len(s), "firms_in_several_places": int(several.sum()), "offices": int((s > 0).sum()),
        "links": int((links["interlock"] > 0).sum()), "links_more_than_chance": int(links["more_than_chance"].sum()),
        "firms_with_headquarters": int(seat.any(axis=1).sum()),
    }  # fmt: skip
    return {
        "office_places": OfficePlacesResult(table=_places(places, s, seat, chance, chosen, seed), found=facts,
                                            settings=settings, warnings=warnings),
        "office_links": OfficeLinksResult(table=links, found=facts, settings=settings, warnings=warnings),
    }  # fmt: skip


def _refuse(table: pd.DataFrame, places: pd.Index[str]) -> None:
    strange = sorted(set(table["place_id"]) - set(places))
    bad = table[~(table["value"] >= 0) | ~np.isfinite(table["value"].astype(float))]
    problems = [f"offices.place_id: unknown places {', '.join(map(str, strange[:5]))}"] if strange else []
    if len(bad):
        rows = ", ".join(f"{f} in {p}" for f, p in bad[["firm", "place_id"]].head(5).itertuples(index=False))
        problems.append(f"offices.value: expected numbers >= 0, {len(bad)} are not: {rows}")
    role = table["role"].dropna() if "role" in table else pd.Series(dtype=object)
    if odd := sorted(set(role.astype(str)) - {HEAD, "branch", ""}):
        problems.append(f"offices.role: must be headquarters or branch, got {', '.join(odd[:5])}")
    if problems:
        raise InputError("; ".join(problems), hint="mend tables/offices.csv")


def _seats(table: pd.DataFrame, wide: pd.DataFrame) -> NDArray[np.bool_]:
    if "role" not in table:
        return np.zeros(wide.shape, bool)
    heads = table[table["role"] == HEAD]
    seat = np.zeros(wide.shape, bool)
    seat[wide.index.get_indexer(pd.Index(heads["firm"])), wide.columns.get_indexer(pd.Index(heads["place_id"]))] = True
    return seat


def _ruled(s: Floats, seat: NDArray[np.bool_]) -> Floats:
    """Branches ruled from place to place; missing, and not zero, where no firm states its headquarters."""
    return headquarters_links(s, seat) if seat.any() else np.full((s.shape[1], s.shape[1]), np.nan)


def _links(
    places: pd.Index[str], s: Floats, seat: NDArray[np.bool_], chance: Any, options: OfficesOptions
) -> tuple[pd.DataFrame, int]:
    """Rows of pairs; and the fewest discoveries that the draws allow, if that is above one."""
    from scipy.stats import false_discovery_control

    link, shared, ruled = interlock(s), interlock((s > 0).astype(float)), _ruled(s, seat)
    a, b = np.triu_indices(len(places), 1)
    some = link[a, b] > 0
    a, b = a[some], b[some]
    p = chance.p[a, b]
    q = false_discovery_control(p) if len(p) else p
    spread = chance.deviation[a, b]
    z = np.divide(link[a, b] - chance.mean[a, b], spread, out=np.full(len(a), np.nan), where=spread > 0)
    table = pd.DataFrame({
        "place_a": places.to_numpy(object)[a], "place_b": places.to_numpy(object)[b], "interlock": link[a, b],
        "firms": shared[a, b], "expected": chance.mean[a, b], "z": z, "p": p, "q": q,
        "more_than_chance": q <= options.fdr, "ruled_from_a": ruled[a, b], "ruled_from_b": ruled[b, a],
    })  # fmt: skip
    table = table.sort_values("interlock", ascending=False, kind="stable", ignore_index=True)
    fewest = int(np.ceil(len(p) / (1 + options.draws) / options.fdr))
    return table, fewest if fewest > 1 else 0


def _places(
    places: pd.Index[str], s: Floats, seat: NDArray[np.bool_], chance: Any, options: OfficesOptions, seed: int
) -> pd.DataFrame:  # fmt: skip
    from scipy.stats import rankdata

    sums, ruled = interlock(s).sum(axis=1), _ruled(s, seat)
    rng = generator(seed, "offices", "firms")
    drawn = np.empty((options.bootstrap, len(places)))
    for k in range(options.bootstrap):
        some = s[rng.integers(0, len(s), len(s))]
        drawn[k] = rankdata(-interlock(some).sum(axis=1), method="min")
    low, high = np.quantile(drawn, [0.05, 0.95], axis=0, method="closest_observation")
    spread = chance.place_deviation
    z = np.divide(sums - chance.place_mean, spread, out=np.full(len(sums), np.nan), where=spread > 0)
    table = pd.DataFrame({
        "place_id": places.to_numpy(object), "rank": rankdata(-sums, method="min"), "rank_low": low, "rank_high": high,
        "firms": (s > 0).sum(axis=0).astype(float), "service_value": s.sum(axis=0), "connectivity": sums,
        "share_of_first": sums / sums.max(), "expected": chance.place_mean, "z": z,
        "rules": ruled.sum(axis=1), "is_ruled": ruled.sum(axis=0),
    })  # fmt: skip
    return table.sort_values("rank", kind="stable", ignore_index=True)
