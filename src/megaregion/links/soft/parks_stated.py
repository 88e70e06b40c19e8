"""Joint parks from stated tables: partners, the split of what parks yield, what is counted twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

import numpy as np
import pandas as pd

from megaregion.errors import InputError, MissingDataError
from megaregion.links.soft.parks import Method, ScoreWeights, park_partners, park_scores
from megaregion.links.soft.parks_split import park_attribution, split_by_bargaining, split_by_shapley
from megaregion.links.soft.parks_tables import NASH, ParkAttributionResult, ParkPartnersResult, ParkSplitResult
from megaregion.links.soft.stated import (
    Kind,
    Minutes,
    Tables,
    all_or_none,
    minutes_of,
    one_unit,
    options,
    square,
    table,
)
from megaregion.result import Result

TABLES = ("park_candidates", "park_places", "park_parties", "park_coalitions", "park_booked")
_WEIGHTS = ("complementarity", "land", "labour", "hour")
_KNOWN: dict[str, Kind] = {"method": "text", "least": "number", **dict.fromkeys(_WEIGHTS, "number")}
_AMOUNTS = ("park_parties", "park_coalitions", "park_booked")


@dataclass(frozen=True, kw_only=True)
class ParkOptions:
    """What [options.parks] says.

    Attributes
    ----------
    method : {'sum', 'stable'}
    least : float
        Pairs with a score not above it are not formed.
    weights : ScoreWeights
        Of the score, where it is computed.
    """

    method: Method = "sum"
    least: float = 0.0
    weights: ScoreWeights = field(default_factory=ScoreWeights)

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> ParkOptions:
        """From the table of workspace.toml.

        Raises
        ------
        InputError
            A key is unknown or a value cannot be used.
        """
        found = options(given, _KNOWN, "parks")
        weights = ScoreWeights(**{name: found.pop(name) for name in _WEIGHTS if name in found})
        if found.get("method", "sum") not in get_args(Method):
            raise InputError(f"options.parks: method must be sum or stable, got {found['method']!r}")
        return cls(weights=weights, **found)


def stated_parks(tables: Tables, chosen: ParkOptions, *, minutes: Minutes | None = None) -> dict[str, Result]:
    """Everything that the tables of joint parks allow.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        `TABLES`, those that are there.
    chosen : ParkOptions
    minutes : callable, optional
        Travel times between places of the workspace, where the rows state none.

    Returns
    -------
    dict of str to Result
        `parks`, `park_bargaining`, `park_shapley`, `park_attribution`.

    Raises
    ------
    InputError, MissingDataError
        As `megaregion.links.soft.parks` and `parks_split`; units are mixed, a park and item is split by two rules, or
        a park is booked that is not split.
    """
    out: dict[str, Result] = {}
    if (pairs := table(tables, "park_candidates")) is not None:
        out["parks"] = _partners(pairs, table(tables, "park_places"), chosen, minutes)
    parties, coalitions = table(tables, "park_parties"), table(tables, "park_coalitions")
    unit = one_unit(tables, _AMOUNTS)
    splits: dict[str, ParkSplitResult] = {}
    if parties is not None:
        splits["park_bargaining"] = split_by_bargaining(parties, unit=unit)
    if coalitions is not None:
        splits["park_shapley"] = split_by_shapley(coalitions, unit=unit)
    out |= splits
    if (booked := table(tables, "park_booked")) is not None:
        out["park_attribution"] = _attribution(booked, splits, unit)
    elif len(splits) == 2:
        _together(splits)
    return out


def _partners(
    pairs: pd.DataFrame, places: pd.DataFrame | None, chosen: ParkOptions, minutes: Minutes | None
) -> ParkPartnersResult:
    ends = ("origin", "host")
    origins, hosts = (pd.Index(list(dict.fromkeys(pairs[end].astype(str)))) for end in ends)
    known = pd.DataFrame(index=pd.Index([], dtype=str)) if places is None else places.set_index("place_id")
    if all_or_none(pairs, "score", "park_candidates"):
        scores = square(pairs, ends, "score", (origins, hosts))
    else:
        w = chosen.weights
        if not all_or_none(pairs, "complementarity", "park_candidates") and w.complementarity > 0:
            raise MissingDataError("park_candidates has neither score nor complementarity",
                                   hint="state one, or [options.parks] complementarity = 0")  # fmt: skip
        fits = square(pairs, ends, "complementarity", (origins, hosts)) if w.complementarity > 0 else None
        away = square(pairs, ends, minutes_of(pairs, ends, minutes, "park_candidates"), (origins, hosts))
        zero = pd.DataFrame(0.0, index=origins, columns=hosts)
        both = origins.union(hosts)
        land, wage = (
            _price(known, name, both, weight) for name, weight in (("land_price", w.land), ("wage", w.labour))
        )
        # pairs without a row have no way, which rules them out
        scores = park_scores(zero if fits is None else fits.fillna(0.0), land, wage, away.fillna(np.inf), weights=w)
    room = pd.Series(1.0, index=hosts)
    if "capacity" in known:
        room = known["capacity"].reindex(hosts).fillna(1.0).astype(float)
    return park_partners(scores, capacity=room, method=chosen.method, least=chosen.least)


def _price(known: pd.DataFrame, name: str, places: pd.Index, weight: float) -> pd.Series:
    """Prices of places; ones where they count nothing."""
    if weight == 0:
        return pd.Series(1.0, index=places)
    return known[name].reindex(places) if name in known else pd.Series(np.nan, index=places)


def _together(splits: Mapping[str, ParkSplitResult]) -> pd.DataFrame:
    """Rows of all splits.

    Raises
    ------
    InputError
        A park and item is split twice.
    """
    rows = pd.concat([s.table for s in splits.values()], ignore_index=True)
    keys = [set(map(tuple, s.table[["park", "item"]].to_numpy())) for s in splits.values()]
    if len(keys) == 2 and (twice := sorted(keys[0] & keys[1])):
        names = ", ".join(" ".join(map(str, k)) for k in twice[:5])
        raise InputError(f"park_parties and park_coalitions both split {names}", hint="one rule a park and item")
    return rows


def _attribution(booked: pd.DataFrame, splits: Mapping[str, ParkSplitResult], unit: str) -> ParkAttributionResult:
    if not splits:
        raise MissingDataError("park_booked is there, but neither park_parties nor park_coalitions",
                               hint="what is split, and between whom")  # fmt: skip
    rows, key = _together(splits), ["park", "item"]
    named = pd.MultiIndex.from_frame(rows[key]).isin(pd.MultiIndex.from_frame(booked[key]))
    whole = ParkSplitResult(table=rows[named].reset_index(drop=True), unit=unit, rule=NASH)
    return park_attribution(booked, whole)
