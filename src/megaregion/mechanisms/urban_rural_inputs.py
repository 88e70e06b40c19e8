"""What the mechanisms of town and country read: indicators by role, options, kinds of settlement."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import pandas as pd

from megaregion.data.cluster import Cluster
from megaregion.errors import InputError, MissingDataError, UnitError
from megaregion.units import factor

STABLE = "stable_unit"
KEYS = ["place_id", "year"]
_SCALE = re.compile(r"^(thousand |10000 |million |100 million |billion )(?=[A-Z]{3}\b)")
Goalposts = tuple[int, float, float]  # direction, low, high


@dataclass(frozen=True, kw_only=True)
class UrbanRuralOptions:
    """The table [options.urban_rural] of workspace.toml.

    Attributes
    ----------
    kind : str, optional
        Level of the places; default ``stable_unit`` where there is one, else the level of analysis.
    town_density : float, optional
        People per km2 from which a whole place counts as town; an assumption. Only used without the role
        `settlement`.
    gaps : tuple of str
        Indicators compared between places of town and places of country.
    gap_years : tuple of int
        Years of that comparison; default the complete year nearest to the base year.
    services : mapping of str to (str, str)
        Service -> its indicator in town and in the country, each a total or a rate per head.
    profile : mapping of str to mapping of str to (int, float, float)
        Pillar -> measure or indicator -> direction (1 or -1), low and high goalpost.
    draws : int
        Permutations and bootstrap samples.
    """

    kind: str | None = None
    town_density: float | None = None
    gaps: tuple[str, ...] = ()
    gap_years: tuple[int, ...] = ()
    services: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    profile: Mapping[str, Mapping[str, Goalposts]] = field(default_factory=dict)
    draws: int = 999

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> UrbanRuralOptions:
        """From the parsed table.

        Raises
        ------
        InputError
            Unknown keys, a threshold or number of draws that is not positive, a service without two
            indicators, goalposts that are not in order; all at once.
        """
        known = [f.name for f in fields(cls)]
        wrong = [f"unknown key {key!r}" for key in sorted(set(options) - set(known))]
        given = {key: value for key, value in options.items() if key in known}
        for key in ("gaps", "gap_years"):
            given[key] = tuple(given.get(key, ()))
        if given.get("town_density") is not None and not float(given["town_density"]) > 0:
            wrong.append(f"town_density must be > 0, got {given['town_density']!r}")
        if int(given.get("draws", 999)) < 99:
            wrong.append(f"draws must be >= 99, got {given['draws']!r}")
        for name, pair in dict(given.get("services", {})).items():
            if isinstance(pair, str) or len(pair) != 2:
                wrong.append(f"services.{name} needs two indicators, town and country")
        for pillar, items in dict(given.get("profile", {})).items():
            for name, (direction, low, high) in items.items():
                if direction not in (1, -1) or not low < high:
                    wrong.append(f"profile.{pillar}.{name} needs a direction (1 or -1) and low < high")
        if wrong:
            raise InputError("options.urban_rural: " + "; ".join(wrong), hint="keys: " + ", ".join(known))
        return cls(**given)

    def level(self, cluster: Cluster) -> str:
        """Level of the places."""
        if self.kind is not None:
            return self.kind
        return STABLE if (cluster.places["kind"] == STABLE).any() else str(cluster.attrs["level"])


@dataclass(frozen=True, eq=False)
class Given:
    """Indicators as found by their roles.

    Attributes
    ----------
    values : DataFrame
        Index (place_id, year), one column a role that is there; missing where a place or year lacks it.
    units, indicators : dict of str to str
        Unit and indicator of each role.
    scope, flag : Series
        Territory and weaknesses of each row.
    absent : tuple of str
        Roles that workspace.toml does not name, or whose indicator has no value for these places.
    """

    values: pd.DataFrame
    units: dict[str, str]
    indicators: dict[str, str]
    scope: pd.Series
    flag: pd.Series
    absent: tuple[str, ...]


def role(cluster: Cluster, name: str) -> str | None:
    """Indicator that plays the role `name`, None where workspace.toml names none."""
    found = (cluster.attrs.get("indicators") or {}).get(name)
    return None if found is None else str(found)


def read_roles(cluster: Cluster, wanted: Mapping[str, str | None], labels: pd.Index) -> Given:
    """Values of several roles side by side.

    Parameters
    ----------
    cluster : Cluster
    wanted : mapping of str to (str or None)
        Role -> indicator.
    labels : Index
        Places.

    Raises
    ------
    InputError
        Several values or scopes for a place and year, units that cannot be brought together, values that are
        negative or infinite; all at once.
    """
    table = cluster.indicators[cluster.indicators["place_id"].isin(labels)]
    parts, units, names, wrong = [], {}, {}, []
    absent: list[str] = []
    for name, indicator in wanted.items():
        rows = table[(table["indicator"] == indicator) & table["value"].notna()]
        if indicator is None or rows.empty:
            absent.append(name)
            continue
        unit, scale, problems = _scale(rows["unit"], indicator)
        value = rows["value"].astype(float) * scale
        problems += _labelled(rows, rows.duplicated(KEYS, keep=False), f"{indicator} has several values for")
        problems += _labelled(rows, (value < 0) | np.isinf(value), f"{indicator} is negative or infinite for")
        wrong += problems
        if not problems:
            units[name], names[name] = unit, str(indicator)
            flag = rows["flag"].fillna("").astype(str) if "flag" in rows else ""
            parts.append(rows[[*KEYS, "scope"]].assign(role=name, value=value, flag=flag))
    if wrong:
        raise InputError("indicators: " + "; ".join(wrong), hint="one value, one unit and one scope a place and year")
    if not parts:
        index = pd.MultiIndex.from_arrays([pd.Index([], dtype=str), pd.Index([], dtype=int)], names=KEYS)
        none = pd.Series("", index=index, dtype=object)
        return Given(pd.DataFrame(index=index), {}, {}, none, none, tuple(absent))
    long = pd.concat(parts, ignore_index=True).astype({"year": int})
    by = long.groupby(KEYS, sort=True)
    mixed = by["scope"].nunique() > 1
    if mixed.any():
        where = ", ".join(f"{place} {year}" for place, year in mixed.index[mixed][:5])
        raise InputError(f"indicators: {', '.join(names.values())} cover different territories for {where}",
                         hint="mixing scopes is no ratio: give all roles for one territory")  # fmt: skip
    flag = by["flag"].agg(lambda texts: ";".join(sorted({w for t in texts for w in t.split(";") if w})))
    values = long.pivot(index=KEYS, columns="role", values="value").rename_axis(columns=None)
    return Given(values[[r for r in wanted if r in units]], units, names, by["scope"].first(), flag, tuple(absent))


def _scale(unit: pd.Series, indicator: str) -> tuple[str, pd.Series, list[str]]:
    """Common unit without its scale (million CNY -> CNY), factor of each row, problems."""
    found = sorted(unit.dropna().astype(str).unique())
    base = "person" if found[:1] == ["10000 persons"] else _SCALE.sub("", found[0]) if found else ""
    try:
        return base, unit.map({u: factor(u, base) for u in found}).astype(float), []
    except UnitError as error:
        return base, pd.Series(1.0, unit.index), [f"{indicator}: {error.message}"]


def _labelled(rows: pd.DataFrame, bad: pd.Series, text: str) -> list[str]:
    some = rows[bad].head(5)
    pairs = ", ".join(f"{p} {y:.0f}" for p, y in zip(some["place_id"], some["year"], strict=True))
    return [f"{text} {pairs}"] if len(some) else []


@dataclass(frozen=True, eq=False)
class Settlement:
    """Which whole places count as town.

    Attributes
    ----------
    town : Series of bool
        Index `place_id`.
    rule, rule_zh : str
        How it was decided, for readers.
    modelled : bool
        True where a threshold stated by the user decided, False where a table says so.
    """

    town: pd.Series
    rule: str
    rule_zh: str
    modelled: bool


def settlement_types(cluster: Cluster, labels: pd.Index, options: UrbanRuralOptions) -> Settlement | None:
    """Places of town and of country: by the role `settlement`, else by density, else None.

    Parameters
    ----------
    cluster : Cluster
        The indicator of the role `settlement` is 1 for town and 0 for country; its latest year counts.
    labels : Index
        Places.
    options : UrbanRuralOptions

    Raises
    ------
    MissingDataError
        A place has no type, or neither people nor area to tell it by.
    InputError
        A type is neither 0 nor 1.
    """
    named = role(cluster, "settlement")
    if named is not None:
        found = read_roles(cluster, {"settlement": named}, labels).values
        latest = found["settlement"].groupby("place_id").last() if len(found.columns) else pd.Series(dtype=float)
        values = latest.reindex(labels)
        _complete(values, f"{named} (role settlement)")
        odd = values.index[~values.isin([0.0, 1.0])]
        if len(odd):
            raise InputError(f"{named} is neither 1 (town) nor 0 (country) for {_some(odd)}", hint="use 1 and 0")
        return Settlement(values == 1.0, f"as given by {named}", f"按 {named} 划分", modelled=False)
    if options.town_density is None:
        return None
    at = cluster.places.reindex(labels)
    density = at["population"].astype(float) / at["area_km2"].astype(float).where(at["area_km2"].astype(float) > 0)
    _complete(density, "places.population / places.area_km2")
    limit = float(options.town_density)
    return Settlement(
        density >= limit, f"assumption: town = {limit:g} people per km2 and more",
        f"假定：每平方公里 {limit:g} 人及以上为城", modelled=True,
    )  # fmt: skip


def _complete(values: pd.Series, name: str) -> None:
    lost = values.index[values.isna()]
    if len(lost):
        raise MissingDataError(f"{name} is missing for {len(lost)} of {len(values)} places: {_some(lost)}",
                               hint="add the rows, or choose another level with options.urban_rural.kind")  # fmt: skip


def _some(labels: Sequence[str] | pd.Index) -> str:
    return ", ".join(map(str, labels[:5]))
