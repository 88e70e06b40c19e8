"""Which partial coalitions hold: nobody inside wants to leave, nobody outside wants to join."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from megaregion.core.games import coalitions
from megaregion.errors import InputError, MissingDataError
from megaregion.mechanisms.coordination_gains import measure_table
from megaregion.result import Column, Input, Result

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
FORMULA = "methods#coalition-stability"
LARGEST = 15
TOLERANCE = 1e-9  # of the largest payoff: below it a player is indifferent


@dataclass(frozen=True, eq=False, kw_only=True)
class CoalitionStability(Result):
    """Every coalition with its welfare and who would leave or join.

    Attributes
    ----------
    table : DataFrame
        Columns as in `describe`, in the order of the bitmasks.
    players : tuple of str
    unit : str
        Of the payoffs.
    inputs : tuple of Input
        Rows that the payoffs come from.
    """

    title_en: ClassVar[str] = "Stability of coalitions"
    title_zh: ClassVar[str] = "联盟稳定性"
    table: pd.DataFrame
    players: tuple[str, ...]
    unit: str
    inputs: tuple[Input, ...] = ()

    def describe(self) -> tuple[Column, ...]:
        """Columns; payoffs in their unit."""
        made = tuple(
            Column(name, unit, en, zh, modelled=True, formula=FORMULA, inputs=self.inputs)
            for name, unit, en, zh in (
                ("members", "count", "Members", "成员数"),
                ("inside", self.unit, "Payoff of the members", "成员收益"),
                ("total", self.unit, "Payoff of all players", "各方总收益"),
                ("internal", "", "Nobody wants to leave", "内部稳定"),
                ("external", "", "Nobody wants to join", "外部稳定"),
                ("stable", "", "Both", "稳定"),
                ("internal_with_payments", "", "Side payments inside can keep everybody in", "补偿后内部稳定"),
                ("missing", self.unit, "Lacking to keep everybody in", "维持联盟的缺口"),
                ("leavers", "", "Would leave", "欲退出者"),
                ("joiners", "", "Would join", "欲加入者"),
            )
        )
        return (Column("coalition", "", "Coalition", "联盟", key=True), *made)

    def to_frame(self) -> pd.DataFrame:
        """One row a coalition, nobody first."""
        return self.table.copy()

    def facts(self) -> dict[str, Any]:
        """The stable coalitions, the best of them, and what they reach of what all could."""
        stable = self.table[self.table["stable"]]
        best = stable.nlargest(1, "total").to_dict("records")
        paid = self.table[self.table["internal_with_payments"]].nlargest(1, "members").to_dict("records")
        return {
            "stable": stable["coalition"].tolist()[:50],
            "stable_count": len(stable),
            "best_stable": best[0]["coalition"] if best else None,
            "best_stable_total": best[0]["total"] if best else None,
            "largest_with_payments": paid[0]["coalition"] if paid else None,
            "total_of_all": float(self.table["total"].iloc[-1]),
            "total_of_none": float(self.table["total"].iloc[0]),
        }


def stability(
    payoffs: ArrayLike | Callable[[Bools], ArrayLike],
    players: Sequence[str],
    *,
    unit: str = "unstated",
    inputs: tuple[Input, ...] = (),
) -> CoalitionStability:
    """Internal and external stability of every coalition.

    Parameters
    ----------
    payoffs : array (2^n, n) or callable
        Payoff of every player, inside or outside, under every coalition; bit i of the row number says whether player i
        is in. A callable gets the rows of booleans (2^n, n).
    players : sequence of str
        At most 15, all different.
    unit : str
    inputs : tuple of Input

    Raises
    ------
    InputError
        Too many players, repeated names, another shape, or infinite payoffs.
    MissingDataError
        Payoffs are NaN.

    Notes
    -----
    Coalition S is internally stable if P_i(S) >= P_i(S less i) for all i in S, externally if P_j(S) >= P_j(S and j) for
    all j outside (d'Aspremont, Jacquemin, Gabszewicz and Weymark 1983, Can. J. Econ. 16(1); Barrett 1994, Oxf. Econ.
    Pap. 46). Indifferent players stay where they are, and one player moves at a time. With side payments inside, S can
    keep everybody if sum P_i(S) >= sum P_i(S less i) (Carraro, Eyckmans and Finus 2006, Rev. Int. Organ. 1).
    """
    names = tuple(map(str, players))
    n = len(names)
    if not 1 <= n <= LARGEST or len(set(names)) < n:
        raise InputError(f"expected 1 to {LARGEST} different players, got {n}: {', '.join(names[:5])}",
                         hint="join places into groups that act together")  # fmt: skip
    member = coalitions(n)
    payoff = np.asarray(payoffs(member) if callable(payoffs) else payoffs, dtype=np.float64)
    if payoff.shape != member.shape:
        raise InputError(f"expected payoffs of the shape {member.shape}, got {payoff.shape}")
    if np.isinf(payoff).any():
        raise InputError(f"{int(np.isinf(payoff).any(axis=1).sum())} coalitions have infinite payoffs")
    if (lost := np.isnan(payoff).any(axis=1)).any():
        bad = [";".join(np.array(names)[row]) or "nobody" for row in member[lost][:5]]
        raise MissingDataError(f"{int(lost.sum())} coalitions lack payoffs: {', '.join(bad)}")
    other = payoff[np.arange(1 << n)[:, None] ^ (1 << np.arange(n))[None, :], np.arange(n)[None, :]]  # after i moves
    slack = TOLERANCE * float(np.abs(payoff).max())
    moves = other > payoff + slack
    leaves, joins = moves & member, moves & ~member
    temptation = np.where(member, other - payoff, 0.0).sum(axis=1)
    table = pd.DataFrame(
        {
            "coalition": _names(member, names), "members": member.sum(axis=1),
            "inside": np.where(member, payoff, 0.0).sum(axis=1), "total": payoff.sum(axis=1),
            "internal": ~leaves.any(axis=1), "external": ~joins.any(axis=1),
            "stable": ~moves.any(axis=1), "internal_with_payments": temptation <= n * slack,
            "missing": np.where(temptation <= n * slack, 0.0, temptation),
            "leavers": _names(leaves, names), "joiners": _names(joins, names),
        }
    )  # fmt: skip
    warnings = () if table["stable"].any() else ("no coalition is stable, not even that of nobody",)
    return CoalitionStability(table=table, players=names, unit=unit, inputs=inputs, warnings=warnings)


def coalition_payoffs(
    gains: pd.DataFrame, *, signatories: Mapping[str, Sequence[str]]
) -> tuple[Floats, tuple[str, ...]]:
    """Payoffs of all parties if a coalition carries out the measures that are good for its members together.

    Parameters
    ----------
    gains : DataFrame
        As for `agree`: rows measures, columns parties, or plain; at most 15 parties.
    signatories : mapping of measure to parties
        Who must be in the coalition for the measure to be possible; empty for anybody, but never nobody at all.

    Returns
    -------
    array (2^n, n), tuple of str
        For `stability`: outsiders share in what the coalition does. And the parties in order.

    Raises
    ------
    InputError
        Measures or parties do not fit, or there are too many parties.
    """
    table = measure_table(gains).gains
    names = tuple(table.columns)
    wrong = []
    if lost := [m for m in table.index if m not in signatories]:
        wrong.append(f"signatories are missing for {', '.join(lost[:5])}")
    if extra := sorted(set(signatories) - set(table.index)):
        wrong.append(f"signatories name unknown measures: {', '.join(extra[:5])}")
    if strange := sorted({p for m in signatories for p in signatories[m]} - set(names)):
        wrong.append(f"signatories without gains: {', '.join(strange[:5])}")
    if len(names) > LARGEST:
        wrong.append(f"{len(names)} parties are more than {LARGEST}")
    if wrong:
        raise InputError("; ".join(wrong))
    member, value = coalitions(len(names)), table.to_numpy()
    needed = np.array([[p in set(signatories[m]) for p in names] for m in table.index])
    lacking = (~member).astype(np.float64) @ needed.T.astype(np.float64)
    done = (lacking == 0) & (member @ value.T > 0)
    done[0] = False  # nobody does nothing, whatever needs no signature
    return done @ value, names


def _names(rows: Bools, names: tuple[str, ...]) -> list[str]:
    """Members of each row joined by semicolons."""
    out = np.full(len(rows), "", dtype=object)
    for i, name in enumerate(names):
        has = rows[:, i]
        out[has] = np.where(out[has] == "", name, out[has] + ";" + name)
    return [str(text) for text in out]
