"""Paired assistance from stated tables: candidates, donors, needs and strengths, pairs that exist."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from megaregion.errors import InputError, MissingDataError
from megaregion.links.soft.pairing import PairingOptions, assistance_benefit, pairing
from megaregion.links.soft.services_of_cluster import pairs_in_year
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

TABLES = ("pairing_candidates", "pairing_donors", "pairing_fields", "pairs")
_ENDS = ("donor", "recipient")
_KNOWN: dict[str, Kind] = {
    "goal": "text", "continuity": "number", "serve": "text", "decay_min": "number", "unit": "text",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class StatedPairing:
    """What [options.pairing] says.

    Attributes
    ----------
    choice : PairingOptions
        Goal, continuity, whom to serve; the unit of benefits.
    decay_min : float, optional
        Minutes over which a computed benefit falls to 1/e; needed where benefits are computed.
    """

    choice: PairingOptions = field(default_factory=PairingOptions)
    decay_min: float | None = None

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> StatedPairing:
        """From the table of workspace.toml.

        Raises
        ------
        InputError
            A key is unknown or a value cannot be used.
        """
        found = options(given, _KNOWN, "pairing")
        decay = found.pop("decay_min", None)
        choice = PairingOptions(**found)
        if wrong := choice.problems():
            raise InputError("options.pairing: " + "; ".join(wrong), hint="see docs: workspace format")
        return cls(choice=choice, decay_min=decay)


def stated_pairing(
    tables: Tables, chosen: StatedPairing, *, year: int | None = None, minutes: Minutes | None = None
) -> dict[str, Result]:
    """Pairs of the largest benefit, and what each donor carries; nothing without candidates.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        `TABLES`, those that are there.
    chosen : StatedPairing
    year : int, optional
        In which pairs of the table pairs must hold to count as existing; default its last year of start.
    minutes : callable, optional
        Travel times between places of the workspace, where the rows state none.

    Returns
    -------
    dict of str to Result
        `pairing`, `pairing_donors`.

    Raises
    ------
    InputError, MissingDataError, InfeasibleError
        As `megaregion.links.soft.pairing`; donors are not listed, benefits are given in some rows only, units differ.
    """
    rows, donors = table(tables, "pairing_candidates"), table(tables, "pairing_donors")
    if rows is None:
        return {}
    if donors is None:
        raise MissingDataError("pairing_candidates is there, but pairing_donors does not say what donors can take",
                               hint="donor, capacity, and budget where there is one")  # fmt: skip
    lost = [d for d in dict.fromkeys(rows["donor"].astype(str)) if d not in set(donors["donor"].astype(str))]
    if lost:
        raise InputError(f"pairing_candidates names donors that pairing_donors lacks: {', '.join(lost[:5])}")
    carry = donors.set_index("donor")
    axes = carry.index, pd.Index(list(dict.fromkeys(rows["recipient"].astype(str))), name="recipient")
    if all_or_none(rows, "benefit", "pairing_candidates"):
        benefit = square(rows, _ENDS, "benefit", axes)
    else:
        benefit = _computed(rows, table(tables, "pairing_fields"), axes, chosen, minutes)
    spent = rows["cost"].fillna(0.0) if "cost" in rows else pd.Series(0.0, index=rows.index)
    existing, said = _existing(table(tables, "pairs"), year, axes[1])
    names = [c for c in ("capacity", "budget") if c in carry]
    choice = replace(chosen.choice, money=one_unit(tables, ["pairing_donors"]))
    found = pairing(
        benefit, carry[names], cost=square(rows, _ENDS, spent, axes).fillna(0.0), existing=existing, options=choice
    )
    return {"pairing": replace(found, warnings=(*found.warnings, *said)), "pairing_donors": found.donors}


def _computed(
    rows: pd.DataFrame, fields: pd.DataFrame | None, axes: tuple[pd.Index, pd.Index], chosen: StatedPairing,
    minutes: Minutes | None,
) -> pd.DataFrame:  # fmt: skip
    """Benefits of the pairs that have a row, from needs, strengths, minutes and relatedness."""
    if fields is None or chosen.decay_min is None:
        raise MissingDataError(
            "pairing_candidates states no benefit, and it cannot be computed either",
            hint="benefit in every row; or the table pairing_fields and [options.pairing] decay_min",
        )
    strange = sorted(set(fields["side"]) - {"need", "strength"})
    sides = {s: fields[fields["side"] == s].pivot(index="place_id", columns="field", values="value")
             for s in ("need", "strength")}  # fmt: skip
    wrong = [f"side must be need or strength, got {', '.join(map(str, strange))}"] if strange else []
    for side, places in (("need", axes[1]), ("strength", axes[0])):
        frame = sides[side].reindex(places)
        gaps = [f"{p} {f}" for p, row in frame.iterrows() for f in frame.columns[row.isna()]]
        if gaps or frame.empty or not len(frame.columns):
            wrong.append(f"no {side} is stated for {', '.join(gaps[:5]) or 'any place'}")
        sides[side] = frame
    if wrong:
        raise InputError("pairing_fields: " + "; ".join(wrong), hint="every place of a side has every field; 0 is none")
    away = square(rows, _ENDS, minutes_of(rows, _ENDS, minutes, "pairing_candidates"), axes)
    near = None
    if all_or_none(rows, "relatedness", "pairing_candidates"):
        near = square(rows, _ENDS, "relatedness", axes).fillna(0.0)
    found = assistance_benefit(
        sides["need"], sides["strength"], away.fillna(0.0), decay_min=chosen.decay_min, relatedness=near
    )
    return found.where(away.notna())


def _existing(
    pairs: pd.DataFrame | None, year: int | None, recipients: pd.Index
) -> tuple[pd.DataFrame | None, tuple[str, ...]]:
    """Pairs that hold, of recipients that stand for choice; what to say of the rest."""
    if pairs is None:
        return None, ()
    now = pairs_in_year(pairs, int(pairs["start"].max()) if year is None else year)
    mine = now["recipient"].isin(recipients)
    said = (f"{int((~mine).sum())} existing pairs have recipients that are no candidates and were left alone",)
    return now[mine].reset_index(drop=True), said if (~mine).any() else ()
