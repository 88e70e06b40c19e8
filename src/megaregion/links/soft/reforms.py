"""Reforms of recognition: which part of what is not yet recognised each named reform brings, pair by pair."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.data.changes.borders import SCHEMES
from megaregion.data.cluster import Cluster, units
from megaregion.errors import InputError, MegaregionError, MissingDataError, SchemaError
from megaregion.links.soft.recognition import recognition_matrix
from megaregion.links.soft.services_of_cluster import groups_at, rows_at_level

Floats = NDArray[np.float64]
JOINT = "joint"
_COLUMNS = ("reform", "origin", "destination", "scheme", "value")


@dataclass(frozen=True, eq=False, kw_only=True)
class RecognitionReforms:
    """Recognition before, and what each reform brings at least; n places.

    Attributes
    ----------
    places : tuple of str (n,)
    before : mapping of scheme to array (n, n)
        Row registered in, column living in; missing where unknown.
    brought : mapping of reform to mapping of scheme to array (n, n)
        Missing where the reform says nothing.
    titles : mapping of reform to (str, str)
        Names in Latin script and in Chinese.
    warnings : tuple of str
    """

    places: tuple[str, ...]
    before: Mapping[str, Floats]
    brought: Mapping[str, Mapping[str, Floats]]
    titles: Mapping[str, tuple[str, str]]
    warnings: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The reforms, in the order of the table."""
        return tuple(self.brought)

    @property
    def schemes(self) -> tuple[str, ...]:
        """Schemes that some reform names."""
        return tuple(s for s in SCHEMES if any(s in by for by in self.brought.values()))

    def after(self, chosen: Iterable[str]) -> dict[str, Floats]:
        """Recognition of every scheme that any reform names, once the chosen ones are in force (n, n).

        Of several reforms that speak of a pair the largest value holds, and none takes anything away: the result does
        not depend on the order.
        """
        picked = set(chosen)
        out = {}
        for scheme in self.schemes:
            level = self.before[scheme].copy()
            for name in self.brought:
                if name in picked and scheme in self.brought[name]:
                    level = np.fmax(level, self.brought[name][scheme])
            out[scheme] = level
        return out

    def recognized(self, chosen: Iterable[str]) -> dict[str, Floats]:
        """Part of what was not yet recognised that comes to be, by scheme (n, n) in [0, 1].

        Notes
        -----
        R = (after - before) / (1 - before); zero where everything was recognised before or nobody speaks of a pair.
        """
        out = {}
        for scheme, level in self.after(chosen).items():
            before = self.before[scheme]
            known = ~np.isnan(before) & (before < 1.0)
            out[scheme] = np.divide(level - before, 1.0 - before, out=np.zeros_like(before), where=known)
        return out

    def spoken(self, chosen: Iterable[str]) -> dict[str, NDArray[np.bool_]]:
        """Pairs of different places that the chosen reforms speak of, by scheme (n, n)."""
        picked, n = set(chosen), len(self.places)
        out = {scheme: np.zeros((n, n), dtype=bool) for scheme in self.schemes}
        for name in picked & set(self.brought):
            for scheme, level in self.brought[name].items():
                out[scheme] |= ~np.isnan(level)
        off = ~np.eye(n, dtype=bool)
        return {scheme: mask & off for scheme, mask in out.items()}


def recognition_reforms(rows: pd.DataFrame, reforms: pd.DataFrame, groups: pd.Series) -> RecognitionReforms:
    """Reforms of a table of recognition.

    Parameters
    ----------
    rows : DataFrame
        Recognition before, as in `megaregion.links.soft.recognition.checked_recognition`.
    reforms : DataFrame
        reform, origin, destination, scheme, value in [0, 1]; and, where there are, name and name_zh. Origin and
        destination as in `rows`; of the rows of one reform the one that says most about a pair holds.
    groups : Series
        Group of each place; index `place_id`.

    Raises
    ------
    SchemaError
        A column is missing.
    InputError
        A row cannot be used, a scheme is unknown, a reform is called ``joint`` or brings nothing beyond what is there;
        everything wrong is listed.
    MissingDataError
        A reform speaks of pairs whose recognition before is unknown: it is not guessed.

    Examples
    --------
    >>> groups = pd.Series({"a": "A", "b": "B"})
    >>> keys = ["origin", "destination", "scheme", "value"]
    >>> before = pd.DataFrame([("all", "all", "medical", 0.5)], columns=keys)
    >>> reform = pd.DataFrame([("direct", "A", "B", "medical", 0.75)], columns=["reform", *keys])
    >>> recognition_reforms(before, reform, groups).recognized(["direct"])["medical"].tolist()
    [[0.0, 0.5], [0.0, 0.0]]
    """
    if lacking := [name for name in _COLUMNS if name not in reforms]:
        raise SchemaError(f"reforms needs the columns {', '.join(lacking)}", hint="see docs: workspace format")
    wrong, unknown = _strange(reforms), []
    before: dict[str, Floats] = {}
    brought: dict[str, dict[str, Floats]] = {}
    for scheme in [s for s in SCHEMES if (reforms["scheme"] == s).any()]:
        before[scheme] = _matrix(rows, scheme, groups, "", wrong)
    for name, part in reforms.dropna(subset=["reform", "scheme"]).groupby("reform", sort=False):
        brought[str(name)] = {}
        for scheme in [s for s in SCHEMES if (part["scheme"] == s).any()]:
            level = _matrix(part[part["scheme"] == scheme], scheme, groups, f"reform {name}: ", wrong)
            np.fill_diagonal(level, np.nan)
            brought[str(name)][scheme] = level
            unknown += _unknown(str(name), scheme, before[scheme], level, groups.index)
    found = RecognitionReforms(
        places=tuple(map(str, groups.index)), before=before, brought=brought, titles=_titles(reforms)
    )
    if not wrong and not unknown:
        idle = [n for n in found.names if not any((r > 0).any() for r in found.recognized([n]).values())]
        wrong += [f"{n} brings nothing beyond what is recognised already" for n in idle]
    if wrong:
        raise InputError("reforms: " + "; ".join(dict.fromkeys([*wrong, *unknown])), hint="everything wrong is listed")
    if unknown:
        raise MissingDataError(
            "reforms: " + "; ".join(unknown), hint="state today's recognition in tables/recognition.csv; 0 is none"
        )
    return found


def reforms_of_cluster(cluster: Cluster) -> RecognitionReforms | None:
    """Reforms of tables/reforms.csv between the units of analysis; None without that table.

    Raises
    ------
    InputError, MissingDataError
        As `recognition_reforms`; the table of recognition is not there.
    """
    reforms = cluster.further.get("reforms")
    if reforms is None or reforms.empty:
        return None
    rows = cluster.further.get("recognition")
    if rows is None or rows.empty:
        raise MissingDataError(
            "tables/reforms.csv is there, but tables/recognition.csv does not say what is recognised today",
            hint="one row a direction and scheme; all and all for every pair of places",
        )
    groups = groups_at(cluster, units(cluster).index)
    spoken, said = rows_at_level(cluster, rows[rows["scheme"].isin(SCHEMES)], groups)
    found = recognition_reforms(spoken, reforms, groups)
    return RecognitionReforms(
        places=found.places, before=found.before, brought=found.brought, titles=found.titles, warnings=said
    )


def _strange(reforms: pd.DataFrame) -> list[str]:
    out = []
    if reforms["reform"].isna().any():
        out.append(f"reform is empty in {int(reforms['reform'].isna().sum())} rows")
    if (reforms["reform"] == JOINT).any():
        out.append(f"no reform can be called {JOINT}: that is the name of all together")
    bad = ~reforms["scheme"].isin(SCHEMES)
    if bad.any():
        named = ", ".join(dict.fromkeys(map(str, reforms.loc[bad, "scheme"])))
        out.append(f"scheme must be one of {', '.join(SCHEMES)}, got {named}")
    if reforms["value"].isna().any():
        names = ", ".join(dict.fromkeys(map(str, reforms.loc[reforms["value"].isna(), "reform"])))
        out.append(f"value is empty for {names}")
    return out


def _matrix(rows: pd.DataFrame, scheme: str, groups: pd.Series, where: str, wrong: list[str]) -> Floats:
    """Recognition of one scheme; what is wrong with its rows goes to the list."""
    try:
        return recognition_matrix(rows, scheme, groups).to_numpy(dtype=np.float64).copy()
    except MegaregionError as error:
        wrong.append(f"{where}{error.message.removeprefix('recognition: ') if where else error.message}")
        return np.full((len(groups), len(groups)), np.nan)


def _unknown(name: str, scheme: str, before: Floats, level: Floats, places: pd.Index) -> list[str]:
    lost = np.argwhere(~np.isnan(level) & np.isnan(before))
    if not len(lost):
        return []
    pairs = ", ".join(f"{places[i]} to {places[j]}" for i, j in lost[:5])
    return [f"{name}: {scheme} before the reform is unknown for {len(lost)} pairs: {pairs}"]


def _titles(reforms: pd.DataFrame) -> dict[str, tuple[str, str]]:
    out = {}
    for name, part in reforms.dropna(subset=["reform"]).groupby("reform", sort=False):
        said = [part[c].dropna().astype(str) if c in part else pd.Series(dtype=str) for c in ("name", "name_zh")]
        en, zh = (str(s.iloc[0]) if len(s) else "" for s in said)
        out[str(name)] = (en or zh or str(name), zh or en or str(name))
    return out
