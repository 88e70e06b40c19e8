"""A city cluster: frozen, aligned tables; no analysis in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from megaregion.errors import InputError, MissingDataError
from megaregion.units import factor

BARRIER_COLUMNS = ("group_a", "group_b", "factor")
SHIFT_COLUMNS = ("place_id", "what", "factor", "sector", "amount")
PAIR_SHIFT_COLUMNS = ("id_a", "id_b", "what", "factor")
GROUP_SHIFT_COLUMNS = ("origin_id", "place_id", "what", "factor", "who")


def _frame(columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=object) for name in columns})


@dataclass(frozen=True, eq=False, kw_only=True)
class Cluster:
    """The aligned tables of one region.

    Attributes
    ----------
    places : DataFrame
        Index `place_id`; columns of the schema `places`; every level of the region.
    indicators : DataFrame
        Tidy values (schema `indicators`).
    nodes, links, services : DataFrame
        Stops (index `node_id`), links (index `link_id`), direct services by stop pair.
    flows : mapping of str to DataFrame
        Layer -> square frame over the units of analysis, rows origin, columns destination; NaN where the
        table says nothing about the pair.
    agreements : DataFrame
        Index `agreement_id`.
    further : mapping of str to DataFrame
        Tables that one capability reads (`megaregion.data.schema.FURTHER`), those that the workspace has, each with the
        columns of its schema.
    flow_times : mapping of str to DataFrame
        Layer -> in-vehicle minutes by pair, for the layers whose table gives any.
    projects : tuple of dict
        Entries of projects.toml as read.
    attrs : mapping
        The table [cluster] of workspace.toml: `level`, `detail`, `group`, `base_year`, `timetable`, ...
    options : mapping
        The tables [options.*].
    barriers : DataFrame
        Columns group_a, group_b, factor: what scenarios multiply the friction between two groups of
        places by; empty in the baseline.
    shifts : DataFrame
        Columns place_id, what, factor, sector, amount: changes of places; empty in the baseline. `sector` is
        empty for every sector; `amount` is what is added by kinds that add (transfer, quota), or the share
        that reaches other places (platform), else 0.
    pair_shifts : DataFrame
        Columns id_a, id_b, what, factor: changes between two places or groups of places, in both directions;
        ``*`` stands for every other one; empty in the baseline.
    group_shifts : DataFrame
        Columns origin_id, place_id, what, factor, who: changes for people registered in `origin_id` (a place, a
        group of places or ``*``) who live in `place_id`; `who` is agricultural, other, or empty for both;
        empty in the baseline.
    """

    places: pd.DataFrame
    indicators: pd.DataFrame
    nodes: pd.DataFrame
    links: pd.DataFrame
    services: pd.DataFrame
    flows: Mapping[str, pd.DataFrame]
    agreements: pd.DataFrame
    further: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    flow_times: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    projects: tuple[Mapping[str, Any], ...] = ()
    attrs: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    barriers: pd.DataFrame = field(default_factory=lambda: _frame(BARRIER_COLUMNS))
    shifts: pd.DataFrame = field(default_factory=lambda: _frame(SHIFT_COLUMNS))
    pair_shifts: pd.DataFrame = field(default_factory=lambda: _frame(PAIR_SHIFT_COLUMNS))
    group_shifts: pd.DataFrame = field(default_factory=lambda: _frame(GROUP_SHIFT_COLUMNS))

    def select(self, kind: str) -> pd.DataFrame:
        """Places of one level, sorted by `place_id`.

        Raises
        ------
        InputError
            No place is of this kind.
        """
        chosen = self.places[self.places["kind"] == kind].sort_index()
        if chosen.empty:
            kinds = ", ".join(sorted(self.places["kind"].dropna().unique()))
            raise InputError(f"no place is of kind {kind!r} in places.kind", hint=f"kinds there: {kinds}")
        return chosen

    def replace(self, **changes: Any) -> Cluster:
        """A copy with some fields changed."""
        return replace(self, **changes)

    def describe(self) -> dict[str, int]:
        """How many rows each table has, and how many places each level."""
        out = {f"places: {kind}": int(n) for kind, n in self.places["kind"].value_counts().sort_index().items()}
        for name in ("indicators", "nodes", "links", "services", "agreements"):
            out[name] = len(getattr(self, name))
        out |= {name: len(frame) for name, frame in self.further.items()}
        for layer, frame in self.flows.items():
            out[f"flows: {layer}"] = int(frame.notna().to_numpy().sum())
        return out


def units(cluster: Cluster) -> pd.DataFrame:
    """Places of the level of analysis, sorted by `place_id`."""
    return cluster.select(str(cluster.attrs["level"]))


def ancestor(places: pd.DataFrame, kind: str) -> pd.Series:
    """The place of level `kind` that contains each place (itself if it is of that level); missing if none.

    Parameters
    ----------
    places : DataFrame
        Index `place_id`, columns `kind`, `parent_id`.
    kind : str
        Level to climb to.
    """
    kinds, parents = places["kind"], places["parent_id"]
    current = pd.Series(places.index, index=places.index, dtype=object)
    result = pd.Series(None, index=places.index, dtype=object)
    for _ in range(len(kinds.unique()) + 1):  # a tree is no deeper than its levels; a cycle ends here too
        here = current.map(kinds)
        result = result.where(~(here == kind) | result.notna(), current)
        current = current.map(parents)
    return result


def groups(cluster: Cluster) -> pd.Series:
    """Group (province, state) of each unit of analysis, index `place_id`.

    Raises
    ------
    MissingDataError
        A unit lies in no group.
    """
    kind = str(cluster.attrs["group"])
    found = ancestor(cluster.places, kind).reindex(units(cluster).index)
    if found.isna().any():
        lost = ", ".join(found.index[found.isna()][:5])
        raise MissingDataError(
            f"{int(found.isna().sum())} places have no {kind} above them in places.parent_id: {lost}",
            hint="give each place the place_id of the place that contains it",
        )
    return found


def values(cluster: Cluster, indicator: str, *, year: int | None = None, kind: str | None = None) -> pd.Series:
    """One indicator for all places of a level in one year.

    Parameters
    ----------
    cluster : Cluster
    indicator : str
        Identifier in indicators.indicator.
    year : int, optional
        Default: the base year of the workspace.
    kind : str, optional
        Level; default the level of analysis.

    Returns
    -------
    Series
        Index `place_id` in order; unit in ``attrs['unit']``.

    Raises
    ------
    MissingDataError
        A place has no value.
    InputError
        A place has more than one (two scopes).
    """
    level = cluster.select(kind or str(cluster.attrs["level"]))
    when = int(cluster.attrs["base_year"]) if year is None else year
    table = cluster.indicators
    rows = table[(table["indicator"] == indicator) & (table["year"] == when) & table["place_id"].isin(level.index)]
    twice = rows["place_id"].duplicated()
    if twice.any():
        raise InputError(
            f"indicators: {indicator} of {when} has several values for {', '.join(rows['place_id'][twice][:5])}",
            hint="scopes must not be mixed: keep one scope per indicator",
        )
    out = rows.set_index("place_id")["value"].reindex(level.index)
    if out.isna().any():
        lost = ", ".join(out.index[out.isna()][:5])
        raise MissingDataError(
            f"indicators: {indicator} of {when} is missing for {int(out.isna().sum())} of {len(out)} places: {lost}",
            hint="add the rows, choose another year, or fill in a recorded step of your own",
        )
    out.attrs["unit"] = rows["unit"].iloc[0] if len(rows) else ""
    return out.astype("float64")


def residents(cluster: Cluster) -> pd.Series:
    """People of each unit of analysis in the base year, index `place_id`.

    The indicator of the role `population` in [indicators] of workspace.toml; without that role, places.population.

    Raises
    ------
    MissingDataError
        A place has no value.
    """
    role = (cluster.attrs.get("indicators") or {}).get("population")
    if role:
        found = values(cluster, str(role))
        return found * factor(str(found.attrs["unit"]), "person")
    found = units(cluster)["population"].astype("float64")
    if found.isna().any():
        lost = ", ".join(map(str, found.index[found.isna()][:5]))
        raise MissingDataError(
            f"places.population is missing for {int(found.isna().sum())} of {len(found)} places: {lost}",
            hint="fill the column, or name an indicator for the role population in workspace.toml",
        )
    return found
