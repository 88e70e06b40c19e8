"""What an index is computed from: a workspace, or a table, long (a row a value) or wide (a column an indicator)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from megaregion.data import cluster as clusters
from megaregion.data.sources.table import read_table
from megaregion.data.workspace import Workspace
from megaregion.errors import InputError, SchemaError
from megaregion.nodes.cases import some
from megaregion.nodes.denominators import split
from megaregion.nodes.tree import IndexTree, tree_from_dict, tree_from_toml

LONG = {"indicator", "value"}
EMPTY = {"", "na", "nan", "n/a", "null", "-"}
UNSTATED = "unstated"


@dataclass(frozen=True, eq=False, kw_only=True)
class Source:
    """What an index is computed from.

    Attributes
    ----------
    indicators : DataFrame
        Tidy: place_id, year, indicator, value, unit, scope.
    places : tuple of str
        To be scored.
    tree : IndexTree
    groups : Series or None
        Group of each place, index `place_id`.
    seed : int or None
        Of a workspace.
    names : Series or None
        Name of each place, of a workspace.
    places_named : DataFrame or None
        Places with name and name_zh, of a workspace.
    sources : mapping
        What a workspace says of its sources.
    """

    indicators: pd.DataFrame
    places: tuple[str, ...]
    tree: IndexTree
    groups: pd.Series | None = None
    seed: int | None = None
    names: pd.Series | None = None
    places_named: pd.DataFrame | None = None
    sources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def chosen(self, seed: int | None) -> int:
        """The seed given, else that of the workspace.

        Raises
        ------
        InputError
            There is neither.
        """
        if (out := self.seed if seed is None else seed) is None:
            raise InputError("a table has no seed: the draws need one", hint="--seed 1")
        return out


def open_source(
    path: Path, *, tree: Path | None = None, name: str = "index", place: str = "place_id", group: str | None = None
) -> Source:
    """A workspace (its tree `name`), or a table with the tree of a file.

    Raises
    ------
    InputError
        A table without a tree, a tree beside a workspace, a tree that the workspace does not have; see `read_source`.
    """
    if not path.is_dir():
        if tree is None:
            raise InputError(f"{path.name} is a table: it needs the tree of the index", hint="--tree index.toml")
        return read_source(path, tree_from_toml(tree.read_text(encoding="utf-8"), tree.name), place=place, group=group)
    if tree is not None or group is not None:
        raise InputError("a workspace has its own trees and groups", hint="--name index_<suffix>, or give a table")
    workspace = Workspace(path)
    trees = workspace.trees()
    if name not in trees:
        raise InputError(f"the workspace has no tree {name!r}", hint=f"trees: {', '.join(sorted(trees)) or 'none'}")
    found, cluster = tree_from_dict(trees[name], name), workspace.cluster()
    labels = tuple(str(label) for label in clusters.units(cluster).index)
    groups = clusters.groups(cluster) if "group" in found.missing else None
    return Source(indicators=cluster.indicators, places=labels, tree=found, groups=groups, seed=workspace.seed,
                  names=clusters.units(cluster)["name"], places_named=cluster.places,
                  sources=workspace.sources)  # fmt: skip


def read_source(path: Path, tree: IndexTree, *, place: str = "place_id", group: str | None = None) -> Source:
    """Read a table for one tree.

    A long table has the columns `indicator` and `value` (and year, unit, scope, where it knows them); in any
    other each
    column that the tree names is an indicator, in the unit that the tree states. Rows without `year` are of
    the year that
    the tree asks for.

    Parameters
    ----------
    path : Path
        CSV (UTF-8 or GBK), XLSX or Parquet.
    tree : IndexTree
    place : str, default "place_id"
        Column that names the place.
    group : str, optional
        Column with the group of the place.

    Raises
    ------
    SchemaError
        The file cannot be read, is empty, or lacks columns.
    InputError
        Cells are no numbers, a place has no name or several groups; all at once.
    """
    frame, problems = read_table(path, path.name)
    if broken := [p.message for p in problems if p.severity == "error"]:
        raise SchemaError(f"{path.name}: " + "; ".join(broken))
    long = set(frame.columns) >= LONG
    lacking = [c for c in (place, *((group,) if group else ())) if c not in frame]
    named = {leaf.id for _, leaf in tree.indicators()} | {x.denominator for _, x in tree.indicators() if x.denominator}
    if not long and not named & set(frame.columns):
        lacking += sorted(named)[:5]
    if lacking or frame.empty:
        raise SchemaError(
            f"{path.name}: " + (f"lacks {', '.join(lacking)}" if lacking else "the table has no rows"),
            hint=f"columns: {', '.join(map(str, frame.columns[:12]))}; name the column of places with --id",
        )
    frame = frame.assign(place_id=frame[place].astype("string").fillna("").str.strip())
    wrong = [f"{int((frame['place_id'] == '').sum())} rows have no {place}"] if (frame["place_id"] == "").any() else []
    tidy = _long(frame, tree) if long else _wide(frame, tree, sorted(named & set(frame.columns)))
    tidy["value"] = _numbers(tidy, path.name, wrong)
    tidy["year"] = pd.to_numeric(tidy["year"], errors="coerce")
    if tidy["year"].isna().any():
        wrong.append(f"year is no number for {some(tidy.loc[tidy['year'].isna(), 'place_id'])}")
    groups = None if group is None else _groups(frame, group, wrong)
    if wrong:
        raise InputError(f"{path.name}: " + "; ".join(wrong))
    places = tuple(sorted(set(tidy["place_id"].astype(str))))
    return Source(indicators=tidy.astype({"year": int, "place_id": object}), places=places, tree=tree, groups=groups)


def _units(tree: IndexTree) -> dict[str, tuple[str, int, str]]:
    """Indicator (or denominator) -> unit, year and territory that the tree takes for granted."""
    out: dict[str, tuple[str, int, str]] = {}
    for _, leaf in tree.indicators():
        year, scope = leaf.year or tree.year, leaf.scope or tree.scope or UNSTATED
        top, bottom, _ = split(leaf.unit)
        out[leaf.id] = (top if leaf.denominator else leaf.unit, year, scope)
        if leaf.denominator:
            out.setdefault(leaf.denominator, (bottom, year, scope))
    return out


def _long(frame: pd.DataFrame, tree: IndexTree) -> pd.DataFrame:
    """Columns that the table does not have as the tree takes them for granted."""
    known = _units(tree)
    out = frame[["place_id", "indicator", "value"]].copy()
    out = out[out["indicator"].isin(list(known))]
    for k, name in enumerate(("unit", "year", "scope")):
        own = out["indicator"].map({key: entry[k] for key, entry in known.items()})
        out[name] = frame.loc[out.index, name] if name in frame else own
    return out.reset_index(drop=True)


def _wide(frame: pd.DataFrame, tree: IndexTree, names: list[str]) -> pd.DataFrame:
    known = _units(tree)
    parts = []
    for name in names:
        unit, year, scope = known[name]
        part = pd.DataFrame({"place_id": frame["place_id"], "indicator": name, "value": frame[name], "unit": unit})
        part["year"] = frame.get("year", year)
        part["scope"] = scope
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _numbers(tidy: pd.DataFrame, where: str, wrong: list[str]) -> pd.Series:
    text = tidy["value"].astype("string").fillna("").str.strip()
    text = text.mask(text.str.lower().isin(EMPTY))
    values = pd.to_numeric(text, errors="coerce")
    bad = text.notna() & values.isna()
    if bad.any():
        cells = [
            f"{p} {i} {v!r}" for p, i, v in zip(tidy["place_id"][bad], tidy["indicator"][bad], text[bad], strict=True)
        ]
        wrong.append(f"cells that are no numbers: {some(cells)}")
    return values.astype(float).fillna(np.nan)


def _groups(frame: pd.DataFrame, group: str, wrong: list[str]) -> pd.Series:
    pairs = frame[["place_id", group]].drop_duplicates()
    twice = pairs["place_id"][pairs["place_id"].duplicated()]
    if len(twice):
        wrong.append(f"several groups for {some(twice)}")
    text = pairs[group].astype("string").str.strip()
    return pd.Series(text.mask(text == "").to_numpy(), pd.Index(pairs["place_id"].astype(str)))
