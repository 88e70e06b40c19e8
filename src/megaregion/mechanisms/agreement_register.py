"""The register of agreements: counts by field, year and pair, and their weight by instrument and status."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from megaregion.errors import InputError
from megaregion.mechanisms.agreement_parties import lifted, parties_of
from megaregion.mechanisms.agreement_register_tables import (
    ALL,
    STATUSES,
    AgreementList,
    AgreementRegister,
    AgreementTies,
    AgreementYears,
    column_of,
)
from megaregion.result import Result

STRENGTH = {"statement": 1.0, "plan": 2.0, "agreement": 3.0, "joint-body": 4.0, "shared-budget": 5.0, "law": 6.0}
CARRIED = {"announced": 0.25, "signed": 0.5, "in-force": 1.0, "ended": 0.0}
_NEEDED = ("title", "parties", "field", "instrument", "status", "start", "url")
_KINDS: tuple[type[Result], ...] = (AgreementRegister, AgreementList, AgreementYears, AgreementTies)


def agreement_register(
    agreements: pd.DataFrame, places: pd.DataFrame, groups: pd.Series, *, level: str,
    strength: Mapping[str, float] | None = None, carried: Mapping[str, float] | None = None,
) -> AgreementRegister:  # fmt: skip
    """Agreements by field, year and pair of places, counted and weighted.

    Parameters
    ----------
    agreements : DataFrame
        Index `agreement_id`; columns of tables/agreements.csv.
    places : DataFrame
        Index `place_id`; columns kind, parent_id.
    groups : Series
        Group (province) of each place of the level of analysis, index `place_id`.
    level : str
        Kind of place that is analysed; parties below it count for the place that contains them.
    strength : mapping, optional
        Instrument -> strength, over those of `STRENGTH`.
    carried : mapping, optional
        Status -> weight between 0 and 1, over those of `CARRIED`.

    Returns
    -------
    AgreementRegister
        With the list, the years and the pairs; all empty with a warning where there is no agreement.

    Raises
    ------
    InputError
        Columns are missing, an instrument or status is unknown or none is given, ids or parties stand twice, a
        strength or weight makes no sense; all at once.

    Notes
    -----
    Weight of an agreement: strength × weight of its status; both are conventions, so that the counts stand beside
    them. Weight of a pair: Σ weight / (m − 1) over common agreements of m parties.
    """
    for name, given in (("strength", strength), ("carried", carried)):
        if given is not None and not isinstance(given, Mapping):
            raise InputError(
                f"{name} must be a table of numbers, got {given!r}", hint=f"[options.agreement_register.{name}]"
            )
    strong, done = {**STRENGTH, **(strength or {})}, {**CARRIED, **(carried or {})}
    _check(agreements, strong, done)
    settings: dict[str, Any] = {"strength": strong, "carried": done}
    if agreements.empty:
        text = ("tables/agreements.csv lists no agreement: there is no register",)
        kinds = [_empty(kind) for kind in _KINDS]
        return AgreementRegister(
            table=kinds[0], listed=AgreementList(table=kinds[1], warnings=text), settings=settings, warnings=text,
            years=AgreementYears(table=kinds[2], warnings=text), ties=AgreementTies(table=kinds[3], warnings=text),
        )  # fmt: skip
    listed = _listed(agreements, strong, done)
    pairs, warnings = _ties(listed, places, groups, level)
    texts = ("a register holds what somebody found and entered; it is no census of agreements",)
    return AgreementRegister(
        table=_fields(listed), listed=AgreementList(table=listed.reset_index(), warnings=texts),
        years=AgreementYears(table=_years(listed), warnings=texts),
        ties=AgreementTies(table=pairs, warnings=(*texts, *warnings)), settings=settings,
        warnings=(*texts, *warnings),
    )  # fmt: skip


def _listed(agreements: pd.DataFrame, strong: Mapping[str, float], done: Mapping[str, float]) -> pd.DataFrame:
    out = agreements.rename_axis("agreement_id").sort_values(["start"], kind="stable").copy()
    out["end"] = out["end"].astype("float64") if "end" in out else np.nan
    out["members"] = parties_of(out).groupby(level=0).size().reindex(out.index, fill_value=0).to_numpy(dtype=int)
    out["strength"] = out["instrument"].map(strong).astype("float64")
    out["carried"] = out["status"].map(done).astype("float64")
    out["weight"] = out["strength"] * out["carried"]
    return out[[c.name for c in AgreementList.columns if c.name != "agreement_id"]]


def _counted(rows: pd.DataFrame) -> dict[str, int]:
    return {"agreements": len(rows)} | {column_of(s): int((rows["status"] == s).sum()) for s in STATUSES}


def _fields(listed: pd.DataFrame) -> pd.DataFrame:
    total = float(listed["weight"].sum())
    parts = [(ALL, listed), *listed.groupby("field", sort=True)]
    rows = [
        {"field": name, **_counted(part), "strength": float(part["strength"].mean()),
         "weight": float(part["weight"].sum()), "count_share": len(part) / len(listed),
         "weight_share": float(part["weight"].sum()) / total if total > 0 else np.nan}
        for name, part in parts
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _years(listed: pd.DataFrame) -> pd.DataFrame:
    start, rows = listed["start"].astype(int), []
    over = (listed["status"] == "ended") & listed["end"].isna()  # ended, nobody knows when
    for year in range(int(start.min()), int(start.max()) + 1):
        mine = listed[start == year]
        runs = (start <= year) & ~(listed["end"] < year) & ~over
        rows.append({"year": year, **_counted(mine), "weight": float(mine["weight"].sum()), "running": int(runs.sum())})
    return pd.DataFrame(rows)


def _ties(
    listed: pd.DataFrame, places: pd.DataFrame, groups: pd.Series, level: str
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Pairs of places of the level; parties above it count in the number of parties only."""
    raised, warnings = lifted(listed, places, level)
    rows = []
    for row in raised.itertuples():
        members = list(dict.fromkeys(str(row.parties).split(";")))
        inside = sorted(place for place in members if place in groups.index)
        for a, b in combinations(inside, 2):
            rows.append({"place_a": a, "place_b": b, "status": row.status, "alone": len(members) == 2,
                         "weight": float(row.weight) / (len(members) - 1), "start": int(row.start)})  # type: ignore[arg-type] # fmt: skip
    if not rows:
        return _empty(AgreementTies), warnings
    found = pd.DataFrame(rows)
    group = groups.to_dict()
    out = [
        {"place_a": a, "place_b": b, "across": bool(group[str(a)] != group[str(b)]), **_counted(part),
         "alone": int(part["alone"].sum()), "weight": float(part["weight"].sum()),
         "first": int(part["start"].min()), "last": int(part["start"].max())}
        for (a, b), part in found.groupby(["place_a", "place_b"], sort=True)
    ]  # fmt: skip
    table = pd.DataFrame(out)[[c.name for c in AgreementTies.columns]]
    order = table.sort_values(["weight", "agreements", "place_a", "place_b"], ascending=[False, False, True, True])
    return order.reset_index(drop=True), warnings


def _check(agreements: pd.DataFrame, strong: Mapping[str, float], done: Mapping[str, float]) -> None:
    if lost := [c for c in _NEEDED if c not in agreements]:
        raise InputError(f"agreements lacks the columns {', '.join(lost)}", hint="see docs: workspace format")
    wrong = [f"strength of {k!r} must be above 0, got {v!r}" for k, v in strong.items() if not 0 < v < np.inf]
    wrong += [f"weight of status {k!r} must lie between 0 and 1, got {v!r}" for k, v in done.items() if not 0 <= v <= 1]
    wrong += [f"unknown instrument {k!r}" for k in strong if k not in STRENGTH]
    wrong += [f"unknown status {k!r}" for k in done if k not in CARRIED]
    if not agreements.index.is_unique:
        wrong.append(f"agreement_id repeats {_some(agreements.index[agreements.index.duplicated()])}")
    for column, known in (("instrument", strong), ("status", done)):
        strange = ~agreements[column].isin(list(known))
        if strange.any():
            found = ", ".join(map(str, dict.fromkeys(agreements.loc[strange, column])))
            wrong.append(f"agreements.{column} must be one of {', '.join(known)}; got {found} in "
                         + _some(agreements.index[strange]))  # fmt: skip
    for column in ("field", "start"):
        if (gaps := agreements[column].isna()).any():
            wrong.append(f"agreements.{column} is empty for {_some(agreements.index[gaps])}")
    names = parties_of(agreements).reset_index()
    if (twice := names.duplicated()).any():
        wrong.append(f"agreements.parties names a party twice for {_some(pd.Index(names.iloc[:, 0][twice]))}")
    few = parties_of(agreements).groupby(level=0).size().reindex(agreements.index.unique(), fill_value=0)
    if (few < 2).any():
        wrong.append(f"agreements.parties has fewer than two parties for {_some(few.index[few < 2])}")
    if wrong:
        raise InputError("; ".join(wrong), hint="mend tables/agreements.csv or [options.agreement_register]")


def _some(labels: pd.Index) -> str:
    return ", ".join(map(str, labels[:5]))


def _empty(kind: type[Result]) -> pd.DataFrame:
    return pd.DataFrame({c.name: pd.Series(dtype="float64" if c.unit else "object") for c in kind.columns})
