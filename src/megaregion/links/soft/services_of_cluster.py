"""Shared services, portability and existing pairs from the tables of a workspace."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from megaregion.data.changes.borders import SCHEMES
from megaregion.data.cluster import Cluster, ancestor, units
from megaregion.errors import InputError, MissingDataError
from megaregion.links.soft.portability import portability
from megaregion.links.soft.portability_tables import PortabilityResult
from megaregion.links.soft.recognition import EVERYWHERE, recognition_matrix
from megaregion.links.soft.services import Decay, Method, shared_services
from megaregion.links.soft.services_tables import SharedServicesResult

MIGRATION = "migration"


def services_of_cluster(
    cluster: Cluster, minutes: pd.DataFrame, *, decay: Decay, method: Method = "e2sfca"
) -> dict[str, SharedServicesResult]:
    """Access to every service of tables/services_supply.csv; nothing without that table.

    Parameters
    ----------
    cluster : Cluster
        `further["services_supply"]`, of which the last year of each service counts, with places of any level of
        `minutes`; `further["recognition"]` with the name of the service as the scheme.
    minutes : DataFrame
        Travel times between places, rows homes; `population` of the places of its rows is the demand.
    decay : Decay
    method
        As in `shared_services`.

    Raises
    ------
    InputError
        As `shared_services`; pairs without a row of recognition are named, they are not guessed.
    MissingDataError
        Facilities are there but no table of recognition, or people of a place are missing.
    """
    supply = cluster.further.get("services_supply")
    if supply is None or supply.empty:
        return {}
    rows = cluster.further.get("recognition")
    if rows is None or rows.empty:
        raise MissingDataError(
            "tables/services_supply.csv is there, but tables/recognition.csv does not say whom facilities serve",
            hint="rows of recognition with the name of the service as scheme",
        )
    people = cluster.places["population"].reindex(minutes.index)
    if people.isna().any():
        lost = ", ".join(map(str, people.index[people.isna()][:5]))
        raise MissingDataError(f"places.population is missing for {lost}", hint="who needs the service")
    groups = groups_at(cluster, minutes.index.union(minutes.columns))
    out = {}
    for service, part in supply.groupby("service", sort=True):
        last = part[part["year"] == part["year"].max()]
        spoken, said = rows_at_level(cluster, rows[rows["scheme"] == service], groups)
        rights = recognition_matrix(spoken, str(service), groups)
        try:
            got = shared_services(people, last, minutes, rights, decay=decay, method=method)
            out[str(service)] = replace(got, warnings=got.warnings + said)
        except InputError as error:
            raise type(error)(f"service {service}: {error.message}", hint=error.hint) from error
    return out


def portability_of_cluster(cluster: Cluster) -> PortabilityResult | None:
    """Portability between the units of analysis; None without rows of its schemes in tables/recognition.csv.

    Parameters
    ----------
    cluster : Cluster
        `further["recognition"]`; pairs are weighted by the flow layer migration where it covers all units, else by
        people.

    Raises
    ------
    InputError, AlignmentError
        As `megaregion.links.soft.portability.portability`.
    """
    rows = cluster.further.get("recognition")
    rows = None if rows is None else rows[rows["scheme"].isin(SCHEMES)]
    if rows is None or rows.empty:
        return None
    ids = units(cluster).index
    flow = cluster.flows.get(MIGRATION)
    square = None if flow is None else flow.reindex(index=ids, columns=ids)
    groups = groups_at(cluster, ids)
    spoken, said = rows_at_level(cluster, rows, groups)
    if square is not None and not square.isna().to_numpy().any():
        got = portability(spoken, groups, migrants=square)
    else:
        got = portability(spoken, groups, people=cluster.places["population"].reindex(ids))
    return replace(got, warnings=got.warnings + said)


def pairs_in_year(pairs: pd.DataFrame, year: int) -> pd.DataFrame:
    """Donor and recipient of the rows of tables/pairs.csv that hold in `year`, each pair once."""
    there = (pairs["start"] <= year) & (pairs["end"].isna() | (pairs["end"] >= year))
    return pairs.loc[there, ["donor", "recipient"]].drop_duplicates().reset_index(drop=True)


def groups_at(cluster: Cluster, places: pd.Index) -> pd.Series:
    """Group of each place; places that the workspace does not know have none."""
    return ancestor(cluster.places, str(cluster.attrs["group"])).reindex(places)


def rows_at_level(cluster: Cluster, rows: pd.DataFrame, groups: pd.Series) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Rows without those of other levels, and what to say of these; unknown ids stay, to be refused."""
    here = {EVERYWHERE, *map(str, groups.index), *map(str, groups.dropna())}
    ends = [rows[end].isin(cluster.places.index) & ~rows[end].isin(list(here)) for end in ("origin", "destination")]
    other = ends[0] | ends[1]
    if not other.any():
        return rows, ()
    return rows[~other], (f"{int(other.sum())} rows of recognition name places of other levels and were not used",)
