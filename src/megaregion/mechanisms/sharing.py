"""Sharing of joint costs and gains among places, and who would walk out under each rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion._rng import generator
from megaregion.core.core_of_game import ROUNDING, blocking
from megaregion.core.games import (
    LARGEST,
    Rows,
    checked,
    coalition_name,
    coalitions,
    numbers,
    shapley,
    shapley_stratified,
    worths,
)
from megaregion.core.nucleolus import least_core, nucleolus
from megaregion.core.separation import ENUMERATED, Enumerated, Generated, Separation
from megaregion.core.span import Span
from megaregion.errors import InfeasibleError, InputError
from megaregion.mechanisms.sharing_facilities import facility_games
from megaregion.mechanisms.sharing_games import CoalitionGame, Kind, coalition_games, weights_of
from megaregion.mechanisms.sharing_rules import rules
from megaregion.mechanisms.sharing_tables import SharingGamesResult, SharingObjectionsResult, SharingResult
from megaregion.result import Result

Array = NDArray[np.float64]
_Splits = dict[str, tuple[Array, Array]]  # by rule: gain form, standard errors
CIRCLES = 50  # of players, k (k - 1) coalitions each


@dataclass(frozen=True, eq=False)
class _Valued:
    """A game in gain form and what is known of it: all worths, or those of few and a finder, or those of few."""

    game: CoalitionGame
    own: Separation | None
    listed: Array | None
    alone: Array
    rest: Array
    grand: float
    sign: float
    warnings: list[str] = field(default_factory=list)

    def ask(self, rows: Rows) -> Array:
        """Worths of coalitions, gain form."""
        assert callable(self.game.value)
        return self.sign * worths(self.game.value, rows)

    def objections(self, x: Array) -> tuple[list[int], Array, bool | None]:
        """Coalitions that have more alone (row numbers), by how much, and whether there is none at all."""
        k, size = len(x), max(abs(self.grand), float(np.abs(self.alone).max()))
        if self.listed is not None:
            found = blocking(self.listed, x)
            return found.coalitions.tolist(), found.excess, not len(found.coalitions)
        rows, worth = np.vstack([np.eye(k, dtype=bool), ~np.eye(k, dtype=bool)]), np.append(self.alone, self.rest)
        if self.own is not None:
            top = self.own.most_violated(x, Span(k).outside())
            rows, worth = np.vstack([rows, top]), np.append(worth, self.own.worth(top))
        excess = worth - rows @ x
        row, first = np.unique(numbers(rows), return_index=True)
        excess = excess[first]
        bad = excess > ROUNDING * size
        order = np.argsort(-excess[bad], kind="stable")
        stable = False if bad.any() else None if self.own is None else True
        return row[bad][order].tolist(), excess[bad][order], stable


def share(
    games: pd.DataFrame | Sequence[CoalitionGame], *, seed: int | np.random.Generator,
    weights: pd.Series | pd.DataFrame | None = None, kind: Kind | None = None, circles: int = CIRCLES,
    exact_to: int = LARGEST, tables: Sequence[str] = ("tables/games.csv",),
) -> dict[str, Result]:  # fmt: skip
    """Split joint costs or gains by every rule, and name who would do better alone.

    Parameters
    ----------
    games : DataFrame or sequence of CoalitionGame
        A table has the columns game, coalition (place_id joined by ";"), value, and kind (cost or gain) and unit where
        they are known; every coalition of the places of a game once. Or the columns of joint facilities, see
        `megaregion.mechanisms.sharing_facilities.facility_games`.
    seed : int or Generator
        For games of more players than `exact_to` that are given by a callable; the rest draws nothing.
    weights : Series or DataFrame, optional
        Index `place_id`, >= 0: a proportional rule for each column. The column `benefit`, in the unit of the games,
        is Lindahl's rule, and enters the separable costs.
    kind : "cost" or "gain", optional
        For a table without that column.
    circles : int
        Draws for such a game, see `megaregion.core.games.shapley_stratified`.
    exact_to : int, default 12, at most 20
        Players up to which a callable is asked for every coalition.
    tables : sequence of str
        Where the games come from, for the trace.

    Returns
    -------
    dict of str to Result
        sharing (a row a game, rule and place), sharing_objections (a row a game, rule and coalition that would walk
        out), sharing_games (a row a game).

    Raises
    ------
    InputError
        Tables, weights or callables are no games; everything wrong is listed.
    MissingDataError
        Values are missing.
    SolveError
        The nucleolus cannot be proved.

    Examples
    --------
    >>> table = pd.DataFrame({"game": "g", "coalition": ["a", "b", "a;b"], "value": [6.0, 8.0, 10.0]})
    >>> out = share(table, seed=1, kind="cost")["sharing"].to_frame()
    >>> out[out["rule"] == "nucleolus"]["payoff"].tolist()
    [4.0, 6.0]
    """
    if not 1 <= exact_to <= ENUMERATED:
        raise InputError(f"exact_to must be 1 to {ENUMERATED}, got {exact_to!r}")
    given = _games(games, kind) if isinstance(games, pd.DataFrame) else tuple(games)
    names = [game.name for game in given]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"games repeat: {', '.join(twice)}")
    by_weight = [weights_of(weights, game) for game in given]
    splits, objections, summary, notes = [], [], [], []
    for game, own_weights in zip(given, by_weight, strict=True):
        valued = _valued(game, exact_to)
        fair, row = _solved(valued)
        for rule, (x, error) in (fair | _others(valued, own_weights, circles, seed)).items():
            rows, excess, stable = valued.objections(x)
            splits.append(_split_rows(valued, rule, x, error, stable))
            objections.append(_objection_rows(valued, rule, x, rows, excess))
        summary.append(row)
        notes += [f"game {game.name}: {text}" for text in valued.warnings]
    if not given:
        notes.append("there is no game: tables/games.csv would say what each coalition reaches without the others")
    settings = {"circles": circles, "exact_to": exact_to}
    warnings = tuple(notes)
    return {
        "sharing": SharingResult(
            table=_joined(splits, _SPLIT), settings=settings, warnings=warnings, sources=tuple(tables)
        ),
        "sharing_objections": SharingObjectionsResult(
            table=_joined(objections, _OBJECTION), warnings=warnings, sources=tuple(tables)
        ),
        "sharing_games": SharingGamesResult(
            table=pd.DataFrame(summary, columns=list(_SUMMARY)).astype(_SUMMARY), warnings=warnings,
            sources=tuple(tables),
        ),
    }  # fmt: skip


def _games(table: pd.DataFrame, kind: Kind | None) -> tuple[CoalitionGame, ...]:
    if "facility" not in table.columns:
        return coalition_games(table, kind=kind)
    if kind == "gain":
        raise InputError("joint facilities are costs, asked for were gains", hint="leave the kind out")
    return facility_games(table)


_SPLIT = {"game": "str", "kind": "str", "rule": "str", "place_id": "str", "payoff": "float64",
          "standard_error": "float64", "alone": "float64", "gain_over_alone": "float64", "stable": "boolean",
          "unit": "str"}  # fmt: skip
_OBJECTION = {"game": "str", "rule": "str", "coalition": "str", "size": "int64", "alone": "float64",
              "shared": "float64", "excess": "float64", "unit": "str"}  # fmt: skip
_SUMMARY = {"game": "str", "kind": "str", "players": "int64", "together": "float64", "apart": "float64",
            "surplus": "float64", "least_excess": "float64", "core": "str", "certificate": "str",
            "unit": "str"}  # fmt: skip


def _joined(parts: list[pd.DataFrame], types: dict[str, str]) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    whole = pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=list(types))
    return whole[list(types)].astype(types)


def _valued(game: CoalitionGame, exact_to: int) -> _Valued:
    """Value what has to be valued."""
    k, sign = len(game.players), -1.0 if game.kind == "cost" else 1.0
    if not callable(game.value) or k <= exact_to:
        value = worths(game.value, coalitions(k)) if callable(game.value) else game.value
        listed = sign * checked(value, game.players) + 0.0  # no negative zeros
        one = 1 << np.arange(k)
        everyone = len(listed) - 1
        return _Valued(game, Enumerated(listed), listed, listed[one], listed[everyone - one], float(listed[-1]), sign)
    few = np.vstack(
        [np.eye(k, dtype=bool), ~np.eye(k, dtype=bool), np.ones((1, k), dtype=bool), np.zeros((1, k), bool)]
    )
    ask = game.value
    found = sign * worths(ask, few)
    if found[-1] != 0.0:
        raise InputError(f"game {game.name}: the empty coalition has the value {sign * found[-1]:g}, it must be 0")
    own = Generated(k, lambda rows: sign * worths(ask, rows), game.finder) if game.finder is not None else None
    return _Valued(game, own, None, found[:k], found[k : 2 * k], float(found[-2]), sign)


def _solved(valued: _Valued) -> tuple[_Splits, dict[str, Any]]:
    """Nucleolus where it can be had, and the row of the game."""
    game, sign = valued.game, valued.sign
    apart = float(valued.alone.sum())
    row: dict[str, Any] = {
        "game": game.name, "kind": game.kind, "players": len(game.players), "together": sign * valued.grand + 0.0,
        "apart": sign * apart + 0.0, "surplus": valued.grand - apart, "least_excess": np.nan, "core": "unknown",
        "certificate": "not computed", "unit": game.unit,
    }  # fmt: skip
    if valued.own is None:
        valued.warnings.append(
            f"{len(game.players)} players have too many coalitions to ask for: no nucleolus and no complete core test, "
            "which need a finder of the most violated coalition; only places alone and all without one were tested"
        )
        return {}, row
    try:
        rule, fair = "nucleolus", nucleolus(valued.own)
    except InfeasibleError:
        rule, fair = "prenucleolus", nucleolus(valued.own, rational=False)
    if len(game.players) > 1:
        row["least_excess"] = least_core(valued.own).excess
    empty = bool(row["least_excess"] > ROUNDING * max(abs(valued.grand), float(np.abs(valued.alone).max())))
    row["core"] = "empty" if empty else "exists"
    proof = fair.certificate
    how = "all coalitions" if proof.every_coalition else "coalitions found; as exact as the finder"
    row["certificate"] = f"Kohlberg, {len(proof.levels)} levels, {how}"
    if rule == "prenucleolus":
        valued.warnings.append("all together do worse than apart: every split leaves somebody worse off than alone")
    elif empty:
        valued.warnings.append(
            "the core is empty: under every split some coalition gains "
            f"{row['least_excess']:.6g} or more by walking out"
        )
    return {rule: (fair.x, np.zeros(len(fair.x)))}, row


def _others(valued: _Valued, weights: dict[str, Array], circles: int, seed: int | np.random.Generator) -> _Splits:
    """The other splits and their standard errors by rule."""
    k = len(valued.alone)
    out: _Splits = {}
    if valued.game.shapley is not None:
        out["shapley"] = valued.game.shapley, np.zeros(k)
    elif valued.listed is not None:
        out["shapley"] = shapley(valued.listed), np.zeros(k)
    else:
        draw = generator(seed, "sharing", valued.game.name)
        out["shapley"] = shapley_stratified(valued.ask, k, circles=circles, seed=draw)
        valued.warnings.append(f"the Shapley value is estimated from {circles} random circles, standard errors beside")
    simple, left_out = rules(valued.grand, valued.alone, valued.rest, weights, cost=valued.game.kind == "cost")
    valued.warnings.extend(f"no {rule}: {why}" for rule, why in left_out.items())
    return out | {rule: (x, np.zeros(k)) for rule, x in simple.items()}


def _split_rows(valued: _Valued, rule: str, x: Array, error: Array, stable: bool | None) -> pd.DataFrame:
    game = valued.game
    return pd.DataFrame({
        "game": game.name, "kind": game.kind, "rule": rule, "place_id": list(game.players),
        "payoff": valued.sign * x + 0.0, "standard_error": error, "alone": valued.sign * valued.alone + 0.0,
        "gain_over_alone": x - valued.alone, "stable": pd.array([stable] * len(x), dtype="boolean"),
        "unit": game.unit,
    })  # fmt: skip


def _objection_rows(valued: _Valued, rule: str, x: Array, rows: list[int], excess: Array) -> pd.DataFrame:
    members = (np.array(rows, dtype=np.int64)[:, None] >> np.arange(len(x)) & 1).astype(bool)
    shared = members @ x
    return pd.DataFrame({
        "game": valued.game.name, "rule": rule,
        "coalition": [coalition_name(row, valued.game.players) for row in rows], "size": members.sum(axis=1),
        "alone": valued.sign * (shared + excess) + 0.0, "shared": valued.sign * shared + 0.0, "excess": excess,
        "unit": valued.game.unit,
    })  # fmt: skip
