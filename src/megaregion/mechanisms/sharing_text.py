"""Sharing in words, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from megaregion.mechanisms.sharing_rules import label
from megaregion.result import Result

WIDE = 8  # places: more stand in rows, and of a coalition of most of them those outside are named


def lines(found: Mapping[str, Result], *, top: int) -> Iterator[str]:
    """What `share` found, game by game: who pays or gets what under each rule, then who would walk out.

    Parameters
    ----------
    found : mapping
        What `megaregion.mechanisms.sharing.share` returns.
    top : int
        Objections to name of a rule; the rest is counted.
    """
    splits, objections = found["sharing"].to_frame(), found["sharing_objections"].to_frame()
    for game in found["sharing_games"].to_frame().to_dict("records"):
        name, word = str(game["game"]), "cost" if game["kind"] == "cost" else "gain"
        unit = f" {game['unit']}" if game["unit"] else ""
        yield (
            f"{name}: joint {word} {game['together']:.6g}{unit} of {game['players']} places, "
            f"{game['apart']:.6g} apart; core: {game['core']}"
        )
        own = splits[splits["game"] == name]
        wide = own.pivot(index="place_id", columns="rule", values="payoff")[list(dict.fromkeys(own["rule"]))]
        alone = own.drop_duplicates("place_id").set_index("place_id")["alone"]
        table = wide.assign(alone=alone)
        yield (table if len(table) > WIDE else table.T).to_string(float_format="{:.6g}".format)
        for rule, part in own.groupby("rule", sort=False):
            against = objections[(objections["game"] == name) & (objections["rule"] == rule)]
            known = bool(part["stable"].notna().all())
            yield f"  {label(str(rule))[0]}: {_verdict(known, against, top, list(wide.index))}"


def coalition(cell: str, players: Sequence[str]) -> str:
    """The members, or where these are most of many who is not among them.

    Parameters
    ----------
    cell : str
        Members, separated by semicolons.
    players : sequence of str
        All of the game.

    Examples
    --------
    >>> coalition("a;b", ["a", "b", "c"])
    'a;b'
    >>> coalition("a;b;c;d;e;f;g;h", list("abcdefghij"))
    'all but i;j'
    """
    members = cell.split(";")
    outside = [p for p in players if p not in set(members)]
    return f"all but {';'.join(outside)}" if len(players) > WIDE and len(outside) < len(members) else cell


def _verdict(known: bool, against: pd.DataFrame, top: int, players: Sequence[str]) -> str:
    if not len(against):
        return "nobody would walk out" if known else "no coalition asked would walk out"
    named = [
        f"{coalition(str(c), players)} (+{e:.6g})"
        for c, e in zip(against["coalition"].head(top), against["excess"], strict=False)
    ]
    more = f", and {len(against) - top} more" if len(against) > top else ""
    return "would walk out: " + ", ".join(named) + more
