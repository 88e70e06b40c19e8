"""Shared services: what each place reaches across borders, by floating catchments with eligibility and quality."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.floating_catchment import Catchment, allocated, balanced, gaussian_weights, two_step, zone_weights
from megaregion.core.inequality import gini
from megaregion.errors import AlignmentError, InputError
from megaregion.links.soft.services_tables import FacilitiesResult, SharedServicesResult

Floats = NDArray[np.float64]
Method = Literal["e2sfca", "allocated", "bfca"]
METHODS: dict[str, Callable[[Floats, Floats, Floats, Floats], Catchment]] = {
    "e2sfca": two_step, "allocated": allocated, "bfca": balanced,
}  # fmt: skip
SAME = 1e-9  # of the access before or after: a smaller change is rounding of the sums


@dataclass(frozen=True, kw_only=True)
class Decay:
    """How use falls with travel time: by zones, or as a Gaussian; exactly one of the two.

    Attributes
    ----------
    zones : mapping of float to float
        Upper end of a zone in minutes -> weight in [0, 1], falling; {30: 1.0} is the plain catchment of Luo and Wang
        (2003), {10: 1, 20: .68, 30: .22} the slow decay of Luo and Qi (2009). Which ends suit a service is a
        declared assumption.
    reach_min : float, optional
        Minutes at which the Gaussian of Dai (2010) reaches zero.
    """

    zones: Mapping[float, float] = field(default_factory=dict)
    reach_min: float | None = None

    def problems(self) -> list[str]:
        """Why this is no decay."""
        if bool(self.zones) == (self.reach_min is not None):
            return ["decay: give either zones or reach_min"]
        if self.reach_min is not None:
            good = self.reach_min > 0 and np.isfinite(self.reach_min)
            return [] if good else [f"decay: reach_min must be > 0, got {self.reach_min!r}"]
        edges, values = self._zones()
        out = []
        if not (np.isfinite(edges) & (edges >= 0)).all():
            out.append(f"decay: ends of zones must be >= 0 and finite, got {edges.tolist()}")
        if not ((values >= 0) & (values <= 1)).all() or (np.diff(values) > 0).any() or not values[0] > 0:
            out.append(f"decay: weights must lie in [0, 1], start above 0 and never rise, got {values.tolist()}")
        return out

    def weights(self, time: Floats) -> Floats:
        """Weights of minutes; 0 where there is no way."""
        if self.reach_min is not None:
            return gaussian_weights(time, self.reach_min)
        return zone_weights(time, *self._zones())

    def _zones(self) -> tuple[Floats, Floats]:
        pairs = sorted((float(a), float(b)) for a, b in self.zones.items())
        return np.array([a for a, _ in pairs]), np.array([b for _, b in pairs])


def shared_services(
    people: pd.Series,
    supply: pd.DataFrame,
    times: pd.DataFrame,
    eligibility: pd.DataFrame,
    *,
    decay: Decay,
    shared: pd.DataFrame | None = None,
    method: Method = "e2sfca",
) -> SharedServicesResult:
    """Access to one service under today's rules and under shared ones.

    Parameters
    ----------
    people : Series
        People who need the service; index `place_id`.
    supply : DataFrame
        One row a facility: facility_id, place_id, supply, unit; quality (a weight >= 0, 1 where empty or absent).
    times : DataFrame, rows places of people, columns places of facilities
        Minutes from home to the facility, infinite where there is no way; need not be symmetric.
    eligibility : DataFrame, like `times`
        From 0 (people of the row may not use facilities of the column) to 1 (as those who live there), such as from
        `megaregion.links.soft.recognition.recognition_matrix`.
    decay : Decay
    shared : DataFrame, optional
        Eligibility after the reform; default 1 everywhere.
    method : {'e2sfca', 'allocated', 'bfca'}
        Enhanced two-step catchment; the same with each person counted at once (weights that sum to one); balanced.

    Returns
    -------
    SharedServicesResult
        Its `facilities` hold demand and supply per head of each facility.

    Raises
    ------
    InputError
        A value is missing or out of range (eligibility above 1 or below 0), a facility stands twice, units differ;
        everything wrong is listed.
    AlignmentError
        Places of people or of facilities have no row or column.

    Notes
    -----
    R_j = S_j / sum_k P_k f(t_kj) e_kj; A_i = sum_j R_j f(t_ij) e_ij q_j (Luo and Qi 2009, with eligibility e and
    quality q added). sum_i P_i A_i is the supply times quality that anybody reaches, so that sharing moves access and
    creates none but at facilities that nobody reached: wherever supply is fixed there are losers, and they are named.
    The balanced form keeps the demand and the level of service instead (Paez, Higgins and Vivona 2019).
    """
    p, s, q, unit = _checked(people, supply, times, eligibility, shared, decay, method)
    home = supply["place_id"].to_numpy(object)
    f = decay.weights(_at(times, people.index, home))
    now = _at(eligibility, people.index, home)
    then = np.ones_like(now) if shared is None else _at(shared, people.index, home)
    before, after = (METHODS[method](p, s, f * e, q) for e in (now, then))
    elsewhere = home[None, :] != people.index.to_numpy(object)[:, None]
    table = _places(people, before, after, elsewhere)
    facilities = FacilitiesResult(unit=unit, table=pd.DataFrame({
        "facility_id": supply["facility_id"].to_numpy(), "place_id": home, "supply": s, "quality": q,
        "demand_now": before.demand, "demand_shared": after.demand, "ratio_now": before.ratio,
        "ratio_shared": after.ratio, "reached_now": before.demand > 0, "reached_shared": after.demand > 0,
    }))  # fmt: skip
    found = _facts(table, facilities.table, method)
    return SharedServicesResult(
        table=table, unit=unit, facilities=facilities, found=found, warnings=_remarks(found, unit, method),
        settings={"method": method, "zones": {str(k): v for k, v in sorted(decay.zones.items())},
                  "reach_min": decay.reach_min, "shared": "everywhere" if shared is None else "as given"},
    )  # fmt: skip


def _at(square: pd.DataFrame, rows: pd.Index, columns: NDArray[np.object_]) -> Floats:
    return square.loc[rows, columns].to_numpy(dtype=np.float64)


def _places(people: pd.Series, before: Catchment, after: Catchment, elsewhere: NDArray[np.bool_]) -> pd.DataFrame:
    def outside(found: Catchment) -> Floats:
        part = np.where(elsewhere, found.parts, 0.0).sum(axis=1)
        share: Floats = np.divide(part, found.access, out=np.full_like(part, np.nan), where=found.access > 0)
        return share

    gain = after.access - before.access
    small = np.abs(gain) <= SAME * np.maximum(after.access, before.access)
    gain = np.where(small, 0.0, gain)
    nothing = (after.access == 0) & (before.access == 0)
    effect = np.select([nothing, small, gain > 0], ["none", "same", "gains"], "loses")
    return pd.DataFrame({
        "place_id": people.index.to_numpy(), "people": people.to_numpy(dtype=np.float64),
        "access_now": before.access, "access_shared": after.access, "gain": gain,
        "gain_percent": np.divide(100 * gain, before.access, out=np.full_like(gain, np.nan), where=before.access > 0),
        "outside_now": outside(before), "outside_shared": outside(after), "effect": effect,
    })  # fmt: skip


def _facts(table: pd.DataFrame, facilities: pd.DataFrame, method: str) -> dict[str, Any]:
    people = table["people"].to_numpy()
    out: dict[str, Any] = {"places": len(table), "facilities": len(facilities), "people": float(people.sum()),
                           "supply": float(facilities["supply"].sum())}  # fmt: skip
    for when in ("now", "shared"):
        access, reached = table[f"access_{when}"].to_numpy(), facilities[f"reached_{when}"].to_numpy()
        good = np.where(reached, facilities["supply"] * facilities["quality"], 0.0)
        out[f"gini_{when}"] = _gini(access, people)
        out[f"mean_access_{when}"] = float(people @ access / people.sum()) if people.sum() > 0 else None
        out[f"unreached_supply_{when}"] = float(facilities.loc[~reached, "supply"].sum())
        out[f"unreached_facilities_{when}"] = facilities.loc[~reached, "facility_id"].tolist()
        out[f"people_without_{when}"] = float(people[access == 0].sum())
        kept, of = float(people @ access), float(good.sum())
        if method == "bfca":
            kept, of = float(access.sum()), float((facilities[f"ratio_{when}"] * facilities["quality"]).sum())
        out[f"kept_{when}"], out[f"kept_of_{when}"] = kept, of
    for effect, name in (("gains", "winners"), ("loses", "losers")):
        rows = table[table["effect"] == effect].sort_values(["gain", "place_id"], ascending=effect == "loses")
        out[name], out[f"people_who_{effect[:-1]}"] = rows["place_id"].tolist(), float(rows["people"].sum())
    return out


def _gini(access: Floats, people: Floats) -> float | None:
    there = people > 0
    return gini(access[there], people[there]) if (access[there] > 0).any() else None


def _remarks(found: Mapping[str, Any], unit: str, method: str) -> tuple[str, ...]:
    out = ["decay, eligibility and quality are declared: access is modelled, nobody's visits were counted"]
    if method != "bfca" and np.isclose(found["kept_now"], found["kept_shared"], rtol=SAME, atol=0.0):
        out.append("the same supply is reached before and after: sharing moves access between places, creates none")
    if method == "bfca":
        out.append("balanced catchments keep demand and level of service; people times access is not the supply")
    for when, words in (("now", "under today's rules"), ("shared", "if shared")):
        if lost := found[f"unreached_facilities_{when}"]:
            amount = f"{found[f'unreached_supply_{when}']:g} {unit}".strip()
            out.append(f"nobody reaches {len(lost)} facilities {words} ({amount}): {', '.join(map(str, lost[:5]))}")
        if found[f"people_without_{when}"] > 0:
            out.append(f"{found[f'people_without_{when}']:,.0f} people reach nothing {words}")
    return tuple(out)


def _checked(
    people: pd.Series, supply: pd.DataFrame, times: pd.DataFrame, eligibility: pd.DataFrame,
    shared: pd.DataFrame | None, decay: Decay, method: str,
) -> tuple[Floats, Floats, Floats, str]:  # fmt: skip
    """People, supply, quality and the unit; everything wrong at once."""
    lacking = [name for name in ("facility_id", "place_id", "supply", "unit") if name not in supply]
    if lacking:
        raise InputError(f"services_supply needs the columns {', '.join(lacking)}", hint="one row a facility")
    wrong = decay.problems()
    if method not in METHODS:
        wrong.append(f"method must be one of {', '.join(METHODS)}, got {method!r}")
    if not len(people) or not len(supply):
        wrong.append("there are no people" if not len(people) else "there is no facility")
    units = sorted(set(map(str, supply["unit"].dropna())))
    if len(units) > 1:
        wrong.append(f"services_supply.unit differs between facilities: {', '.join(units[:5])}")
    if supply["facility_id"].duplicated().any():
        wrong.append(f"facilities stand twice: {_some(supply.loc[supply['facility_id'].duplicated(), 'facility_id'])}")
    quality = supply["quality"].fillna(1.0) if "quality" in supply else pd.Series(1.0, index=supply.index)
    named = {"people": (people, people.index), "services_supply.supply": (supply["supply"], supply["facility_id"]),
             "services_supply.quality": (quality, supply["facility_id"])}  # fmt: skip
    out = []
    for name, (values, labels) in named.items():
        number = pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64)
        out.append(number)
        if (bad := ~(np.isfinite(number) & (number >= 0))).any():
            wrong.append(f"{name} must be >= 0 and finite: {_some(pd.Index(labels)[bad])}")
    apart = _apart(people, supply, {"times": times, "eligibility": eligibility, "shared": shared})
    if not apart:
        home = supply["place_id"].to_numpy(object)
        wrong += _range(times, people.index, home, "times", 0.0, np.inf)
        for name, frame in (("eligibility", eligibility), ("shared", shared)):
            if frame is not None:
                wrong += _range(frame, people.index, home, name, 0.0, 1.0)
    if wrong:
        raise InputError(
            "; ".join(wrong + apart), hint="missing values are not guessed: state them, infinite for no way"
        )
    if apart:
        raise AlignmentError("; ".join(apart), hint="rows are homes, columns the places of facilities")
    return out[0], out[1], out[2], units[0] if units else ""


def _apart(people: pd.Series, supply: pd.DataFrame, frames: Mapping[str, pd.DataFrame | None]) -> list[str]:
    out = (
        [f"people stand twice: {_some(people.index[people.index.duplicated()])}"] if not people.index.is_unique else []
    )
    for name, frame in frames.items():
        if frame is None:
            continue
        for axis, have, need in (("row", frame.index, people.index), ("column", frame.columns, supply["place_id"])):
            if not have.is_unique:
                out.append(f"{name}: a {axis} stands twice: {_some(have[have.duplicated()])}")
            if lost := [str(x) for x in dict.fromkeys(need) if x not in have]:
                out.append(f"{name} has no {axis} for {', '.join(lost[:5])} ({len(lost)})")
    return out


def _range(
    frame: pd.DataFrame, rows: pd.Index, columns: NDArray[np.object_], name: str, low: float, high: float
) -> list[str]:
    values = _at(frame, rows, columns)
    gaps = np.isnan(values)
    out = []
    outside = ~gaps & ~((values >= low) & (values <= high))
    for bad, text in ((gaps, "is missing"), (outside, f"must lie in [{low:g}, {high:g}]")):
        if bad.any():
            cells = [
                f"{rows[i]} to {columns[j]}" + ("" if gaps[i, j] else f" {values[i, j]:g}")
                for i, j in np.argwhere(bad)[:5]
            ]
            out.append(f"{name} {text}: {', '.join(cells)} ({int(bad.sum())} cells)")
    return out


def _some(labels: pd.Series | pd.Index) -> str:
    return ", ".join(str(x) for x in list(dict.fromkeys(labels))[:5])
