"""Joint costs and gains as games: from a table of coalitions, or from anything that can value one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from megaregion.core.games import LARGEST_TABLE, SHOWN, Worths, coalition_name
from megaregion.core.separation import MostViolated
from megaregion.data.sources.table import read_table
from megaregion.errors import InputError, MissingDataError

Array = NDArray[np.float64]
Kind = Literal["cost", "gain"]
KINDS = ("cost", "gain")
LARGEST_GAME = 62  # coalitions are numbered in 64 bits
NEEDED = ("game", "coalition", "value")


@dataclass(frozen=True, eq=False, kw_only=True)
class CoalitionGame:
    """One game.

    Attributes
    ----------
    name : str
    kind : "cost" or "gain"
    players : tuple of str
        place_id.
    value : array (2^k,) or callable
        Cost or gain of every coalition, bit i of the row number for the i-th player; or a function of rows of booleans
        (B, k) that gives (B,) of them, such as a planner that is asked what a coalition reaches without the others.
    finder : callable, optional
        For a callable of many players: `most_violated` of `megaregion.core.separation.Separation`, in gain form (costs
        below zero).
    shapley : array (k,), optional
        The Shapley value in gain form, where the form of the game gives it exactly.
    unit : str
    """

    name: str
    kind: Kind
    players: tuple[str, ...]
    value: ArrayLike | Worths
    finder: MostViolated | None = None
    shapley: Array | None = None
    unit: str = ""

    def __post_init__(self) -> None:
        wrong = [] if self.kind in KINDS else [f"kind must be cost or gain, got {self.kind!r}"]
        if not 1 <= len(self.players) <= LARGEST_GAME:
            wrong.append(f"1 to {LARGEST_GAME} players are possible, got {len(self.players)}")
        if twice := sorted({p for p in self.players if self.players.count(p) > 1}):
            wrong.append(f"players repeat: {', '.join(twice)}")
        if wrong:
            raise InputError(f"game {self.name}: " + "; ".join(wrong))


def coalition_games(table: pd.DataFrame, *, kind: Kind | None = None) -> tuple[CoalitionGame, ...]:
    """Games of a table, by name; players in order of place_id.

    Parameters
    ----------
    table : DataFrame
        Columns game, coalition (place_id joined by ";", empty for nobody, which may be left out), value; kind and unit
        where they are known.
    kind : "cost" or "gain", optional
        Where the table has no such column.

    Raises
    ------
    InputError
        Columns are lacking; coalitions are lacking, doubled or name a place twice; the empty one has a value; a value
        is no finite number; a game has two kinds or units. Everything wrong is listed.
    MissingDataError
        Values are missing, and nothing else is wrong.
    """
    if lacking := [name for name in NEEDED if name not in table]:
        raise InputError(f"games: columns are lacking: {', '.join(lacking)}",
                         hint="columns: game, kind, coalition, value, unit")  # fmt: skip
    if "kind" not in table and kind is None and len(table):
        raise InputError("games: the table does not say whether values are costs or gains",
                         hint="add a column kind, or give --kind cost or --kind gain")  # fmt: skip
    out, wrong, gaps = [], list[str](), list[str]()
    if table["game"].isna().any():
        wrong.append(f"{int(table['game'].isna().sum())} rows name no game")
    for name, rows in table.groupby("game", sort=True):
        found = _game(str(name), rows, kind, wrong, gaps)
        if found is not None:
            out.append(found)
    if wrong or gaps:
        raise (InputError if wrong else MissingDataError)(
            "; ".join(wrong + gaps), hint="mend the rows: every coalition of the places of a game once, with a number"
        )
    return tuple(out)


def read_games(path: Path) -> pd.DataFrame:
    """A table of games, or of joint facilities, from a CSV file, cells as text.

    Raises
    ------
    InputError
        There is no such file, or it is no table.
    """
    return _read(path)


def read_weights(path: Path) -> pd.DataFrame:
    """Weights from a CSV file with the column place_id and columns of numbers.

    Raises
    ------
    InputError
        There is no such file, no column place_id, or a cell is no number.
    """
    table = _read(path)
    if "place_id" not in table or len(table.columns) < 2:
        raise InputError(f"{path}: expected place_id and columns of weights, got {', '.join(map(str, table.columns))}")
    table = table.set_index("place_id")
    numbers = table.apply(pd.to_numeric, errors="coerce")
    if bad := [f"{c} of {p}" for c in table for p in table.index[numbers[c].isna()]]:
        raise InputError(f"{path}: {len(bad)} cells are no numbers: {', '.join(bad[:SHOWN])}")
    out: pd.DataFrame = numbers.astype(float)
    return out


def weights_of(given: pd.Series | pd.DataFrame | None, game: CoalitionGame) -> dict[str, Array]:
    """Weights of the players of a game by name.

    Raises
    ------
    InputError
        Weights lack a player, repeat one, are negative, infinite or all zero.
    MissingDataError
        Weights are missing, and nothing else is wrong.
    """
    if given is None:
        return {}
    frame = given.to_frame(str(given.name or "weight")) if isinstance(given, pd.Series) else given
    index = frame.index.astype(str)
    wrong, gaps = [], []
    if index.has_duplicates:
        wrong.append(f"weights repeat {_some(sorted(set(index[index.duplicated()])))}")
    if lost := [p for p in game.players if p not in index]:
        wrong.append(f"{len(lost)} players have no weight: {_some(lost)}")
    if wrong:
        raise InputError(f"game {game.name}: " + "; ".join(wrong), hint="one row a place, index place_id")
    own = frame.set_axis(index).loc[list(game.players)].astype(float)
    for name in own:
        values = own[name]
        if values.isna().any():
            gaps.append(f"{name} is missing for {_some(values.index[values.isna()])}")
        if (bad := (values < 0) | np.isinf(values)).any():
            wrong.append(f"{name} is negative or infinite for {_some(values.index[bad])}")
        elif not values.isna().any() and values.sum() == 0:
            wrong.append(f"{name} is zero for all")
    if wrong or gaps:
        raise (InputError if wrong else MissingDataError)(f"game {game.name}: weights: " + "; ".join(wrong + gaps))
    return {str(name): own[name].to_numpy() for name in own}


def _game(name: str, rows: pd.DataFrame, kind: Kind | None, wrong: list[str], gaps: list[str]) -> CoalitionGame | None:
    """One game; what is wrong with it is added to the lists."""
    before = len(wrong), len(gaps)
    where = f"game {name}: "
    kinds = sorted(rows["kind"].fillna("").astype(str).unique()) if "kind" in rows else [str(kind)]
    units = sorted(rows["unit"].fillna("").astype(str).unique()) if "unit" in rows else [""]
    if len(kinds) != 1 or kinds[0] not in KINDS:
        wrong.append(f"{where}kind must be cost or gain in all rows, got {', '.join(map(repr, kinds[:SHOWN]))}")
    elif kind is not None and kinds != [kind]:
        wrong.append(f"{where}the table says {kinds[0]}, asked for was {kind}")
    if len(units) != 1:
        wrong.append(f"{where}values have several units: {_some(units)}")
    text = rows["coalition"].fillna("").astype(str)
    sets = [[part for word in cell.replace("；", ";").split(";") if (part := word.strip())] for cell in text]
    if odd := [";".join(s) for s in sets if len(set(s)) != len(s)]:
        wrong.append(f"{where}a place is twice in one coalition: {', '.join(odd[:SHOWN])}")
    players = tuple(sorted({p for s in sets for p in s}))
    if not 1 <= len(players) <= LARGEST_TABLE:
        wrong.append(f"{where}a table needs 1 to {LARGEST_TABLE} places, got {len(players)}")
        return None
    bit = {p: 1 << i for i, p in enumerate(players)}
    number = np.array([sum(bit[p] for p in set(s)) for s in sets], dtype=np.int64)
    value = _values(rows["value"], number, players, where, wrong, gaps)
    if (len(wrong), len(gaps)) != before:
        return None
    return CoalitionGame(name=name, kind=kinds[0], players=players, value=value, unit=units[0])  # type: ignore[arg-type]


def _values(
    cells: pd.Series, number: NDArray[np.int64], players: tuple[str, ...], where: str, wrong: list[str],
    gaps: list[str],
) -> Array:  # fmt: skip
    """Values of all coalitions (2^k,)."""
    value = pd.to_numeric(cells, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    blank = cells.isna().to_numpy() | (cells.astype(str).str.strip().isin(["", "nan", "NaN"])).to_numpy()
    known, count = np.unique(number, return_counts=True)

    def named(which: NDArray[np.int64]) -> str:
        return _some([coalition_name(row, players) or "nobody" for row in which[:SHOWN].tolist()])

    for text, bad in (("are no number", np.isnan(value) & ~blank), ("are infinite", np.isinf(value))):
        if bad.any():
            wrong.append(f"{where}{int(bad.sum())} values {text}: {named(number[bad])}")
    if (count > 1).any():
        wrong.append(f"{where}{int((count > 1).sum())} coalitions are there more than once: {named(known[count > 1])}")
    if (bad := (number == 0) & (value != 0) & np.isfinite(value)).any():
        wrong.append(f"{where}the empty coalition has the value {value[bad][0]:g}, it must be 0")
    total = (1 << len(players)) - 1
    if (lost := total - int((known > 0).sum())) > 0:
        first = np.setdiff1d(np.arange(1, min(total, len(known) + SHOWN + 1) + 1), known)
        wrong.append(f"{where}{lost} of {total} coalitions are lacking: {named(first)}")
    if blank.any():
        gaps.append(f"{where}{int(blank.sum())} values are missing: {named(number[blank])}")
    if lost > 0:
        return np.empty(0)
    out = np.zeros(total + 1)
    out[number] = value
    out[0] = 0.0
    return out


def _read(path: Path) -> pd.DataFrame:
    frame, problems = read_table(path, path.name)
    if broken := [p.message for p in problems if p.severity == "error"]:
        raise InputError(f"{path} cannot be read: {'; '.join(broken)}",
                         hint="CSV (UTF-8 or GBK), XLSX or Parquet, with a header")  # fmt: skip
    return frame


def _some(labels: pd.Index | list[str]) -> str:
    return ", ".join(map(str, list(labels)[:SHOWN]))
