"""What joint parks yield: how it is split between places, and where it is counted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from megaregion.core.bargaining import nash_split
from megaregion.core.games import shapley
from megaregion.errors import InputError
from megaregion.links.soft.parks_tables import NASH, SHAPLEY, ParkAttributionResult, ParkSplitResult

_ROUNDING = 1e-9  # of the total: shares written with a few digits


def split_by_bargaining(parties: pd.DataFrame, *, unit: str) -> ParkSplitResult:
    """Nash bargaining over what a park yields, by park and item.

    Parameters
    ----------
    parties : DataFrame
        park, item (value_added, tax ...), party, alone (what it has without agreement), total (of the park and item,
        the same in all its rows); weight (bargaining weight >= 0, 1 where empty or absent).
    unit : str
        Of alone and total.

    Raises
    ------
    InputError
        A row stands twice, a park has one party, totals differ, weights are negative or all zero, or agreeing gives
        less than disagreeing (no split can make all of them agree); everything wrong is listed.

    Notes
    -----
    x_A = d_A + w_A (S - sum d); of two equals d_A + (S - d_A - d_B) / 2 (Nash 1950).
    """
    table = _amounts(parties, ("alone", "total"), "parties")
    weight = table["weight"].fillna(1.0).astype(float) if "weight" in table else pd.Series(1.0, index=table.index)
    table, wrong, payoff = table.assign(weight=weight), [], np.full(len(table), np.nan)
    for (park, item), rows in table.groupby(["park", "item"], sort=False):
        name, total = f"{park} {item}", rows["total"].to_numpy(float)
        d, w = rows["alone"].to_numpy(float), rows["weight"].to_numpy(float)
        if len(rows) < 2:
            wrong.append(f"{name} has one party")
        elif (total != total[0]).any():
            wrong.append(f"{name} has different totals")
        elif not ((w >= 0) & np.isfinite(w)).all() or not w.sum() > 0:
            wrong.append(f"{name}: weights must be >= 0, finite and not all zero")
        elif d.sum() > total[0] + _ROUNDING * max(abs(total[0]), np.abs(d).sum()):
            wrong.append(f"{name}: together {total[0]:g}, without agreement {d.sum():g}: nothing to agree on")
        else:
            payoff[table.index.get_indexer(rows.index)] = nash_split(float(total[0]), d, w)
    if wrong:
        raise InputError("parties: " + "; ".join(wrong), hint="one row a park, item and party")
    return _split(table.assign(payoff=payoff), unit, NASH)


def split_by_shapley(worths: pd.DataFrame, *, unit: str) -> ParkSplitResult:
    """Shapley value of what a park yields, by park and item, for any number of parties.

    Parameters
    ----------
    worths : DataFrame
        park, item, coalition (parties separated by semicolons), worth (what these would have without the others);
        every coalition of the park's parties once.
    unit : str
        Of worth.

    Raises
    ------
    InputError
        A coalition is missing or stands twice, or names a party twice; everything wrong is listed.
    """
    table = _amounts(worths, ("worth",), "worths", by="coalition")
    rows, wrong = [], []
    for (park, item), part in table.groupby(["park", "item"], sort=False):
        sets = [tuple(p.strip() for p in str(c).split(";") if p.strip()) for c in part["coalition"]]
        players = list(dict.fromkeys(p for s in sets for p in s))
        if len(players) > 12:
            wrong.append(f"{park} {item} has {len(players)} parties, at most 12 can be listed")
            continue
        worth = np.full(1 << len(players), np.nan)
        worth[0] = 0.0
        for members, value in zip(sets, part["worth"].to_numpy(float), strict=True):
            code = sum(1 << players.index(p) for p in set(members))
            if len(set(members)) < len(members) or not members or (code and not np.isnan(worth[code])):
                wrong.append(
                    f"{park} {item}: coalition {'; '.join(members) or '(empty)'} stands twice or repeats a party"
                )
            worth[code] = value
        if np.isnan(worth).any():
            lost = [
                "; ".join(p for k, p in enumerate(players) if c >> k & 1) for c in np.flatnonzero(np.isnan(worth))[:5]
            ]
            wrong.append(f"{park} {item} lacks the coalitions {', '.join(lost)}")
            continue
        if not wrong:
            parts = shapley(worth)
            rows += [{"park": park, "item": item, "party": p, "alone": worth[1 << k], "total": worth[-1],
                      "payoff": parts[k]} for k, p in enumerate(players)]  # fmt: skip
    if wrong:
        raise InputError("worths: " + "; ".join(wrong), hint="every set of parties once, those of one party too")
    return _split(pd.DataFrame(rows, columns=["park", "item", "party", "alone", "total", "payoff"]), unit, SHAPLEY)


def park_attribution(booked: pd.DataFrame, split: ParkSplitResult) -> ParkAttributionResult:
    """What each place may book of a park by the agreed split, so that the sum is what was produced.

    Parameters
    ----------
    booked : DataFrame
        park, item, party, booked: what each place counted in its own statistics, in the unit of the split; 0 if
        nothing.
    split : ParkSplitResult

    Raises
    ------
    InputError
        A row stands twice, is missing, or speaks of a party that the split does not know.

    Notes
    -----
    Corrections of a park add up to what was produced less what was booked: minus what was counted twice. Production
    statistics follow the place of production; a split is an agreement on evaluation and tax, and says so.
    """
    table = _amounts(booked, ("booked",), "booked")
    key = ["park", "item", "party"]
    both = split.table[[*key, "payoff", "total"]].merge(table[[*key, "booked"]], on=key, how="outer", indicator=True)
    if (apart := both["_merge"] != "both").any():
        names = ["/".join(map(str, r)) for r in both.loc[apart, key].head(5).to_numpy()]
        raise InputError(
            f"booked and split speak of different rows: {', '.join(names)}", hint="book 0 where nothing is"
        )
    out = split.table[[*key, "payoff"]].rename(columns={"payoff": "attributed"}).merge(table[[*key, "booked"]], on=key)
    out["correction"] = out["attributed"] - out["booked"]
    found = {}
    for item, rows in out.groupby("item", sort=True):
        over = rows.groupby("park", sort=True)[["booked", "attributed"]].sum()
        more = (over["booked"] - over["attributed"]).where(
            lambda d, o=over: d.abs() > _ROUNDING * o.abs().max(axis=1), 0.0
        )
        found[str(item)] = {
            "produced": float(over["attributed"].sum()), "booked": float(over["booked"].sum()),
            "counted_twice": float(more.clip(lower=0).sum()), "counted_by_nobody": float(-more.clip(upper=0).sum()),
        }  # fmt: skip
    twice = [k for k, v in found.items() if v["counted_twice"] > 0]
    said = ["the split is an agreement: official statistics count production where it takes place"]
    if twice:
        said.append("counted twice: " + ", ".join(f"{k} {found[k]['counted_twice']:g} {split.unit}" for k in twice))
    return ParkAttributionResult(
        table=out[[*key, "booked", "attributed", "correction"]], unit=split.unit, found=found, warnings=tuple(said)
    )


def _split(table: pd.DataFrame, unit: str, rule: str) -> ParkSplitResult:
    total = table["total"].astype(float)
    out = table.assign(share=table["payoff"] / total.where(total != 0), gain=table["payoff"] - table["alone"])
    columns = ["park", "item", "party", "alone", "total", "payoff", "share", "gain"]
    worse = out[out["gain"] < -_ROUNDING * out["total"].abs()]
    said = ["without agreement is declared or modelled, and decides the split"]
    if len(worse):
        said.append(f"{_some(worse['party'])} get less than alone: they would not agree to this rule")
    return ParkSplitResult(table=out[columns].reset_index(drop=True), unit=unit, rule=rule, warnings=tuple(said))


def _amounts(table: pd.DataFrame, numbers: Sequence[str], name: str, by: str = "party") -> pd.DataFrame:
    """The rows with numbers checked; everything wrong at once."""
    need = ("park", "item", by, *numbers)
    if lacking := [c for c in need if c not in table]:
        raise InputError(f"{name} needs the columns {', '.join(lacking)}", hint="see the docstring")
    out, wrong = table.reset_index(drop=True), []
    if out[["park", "item", by]].isna().any(axis=None):
        wrong.append("park, item or party is empty")
    twice = out.duplicated(["park", "item", by])
    if twice.any():
        repeated = out[twice]
        names = [f"{a} {b}" for a, b in zip(repeated["park"], repeated[by], strict=True)]
        wrong.append(f"rows stand twice: {_some(names)}")
    for c in numbers:
        bad = ~np.isfinite(pd.to_numeric(out[c], errors="coerce").to_numpy(dtype=np.float64))
        if bad.any():
            wrong.append(f"{c} must be a finite number: {_some(out.loc[bad, 'park'])}")
    if wrong:
        raise InputError(f"{name}: " + "; ".join(wrong), hint="missing is not zero: state what each would have")
    return out


def _some(labels: Sequence[object] | pd.Index | pd.Series) -> str:
    return ", ".join(str(x) for x in list(dict.fromkeys(labels))[:5])
