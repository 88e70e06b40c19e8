"""Tables [options.*] of a workspace, with every key known."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from megaregion.data.cluster import Cluster
from megaregion.errors import InputError


def options_of(cluster: Cluster, table: str, known: Collection[str]) -> dict[str, Any]:
    """The table [options.<table>] of workspace.toml; empty if there is none.

    Parameters
    ----------
    cluster : Cluster
    table : str
    known : collection of str
        Keys that may be there.

    Raises
    ------
    InputError
        It is no table, or a key is unknown.
    """
    given = cluster.options.get(table, {})
    if not isinstance(given, dict):
        raise InputError(f"options.{table} must be a table, got {given!r}", hint=f"write [options.{table}]")
    if wrong := sorted(set(given) - set(known)):
        raise InputError(f"options.{table}: " + "; ".join(f"unknown key {key!r}" for key in wrong),
                         hint="keys: " + ", ".join(sorted(known)))  # fmt: skip
    return dict(given)
