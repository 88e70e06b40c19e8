"""Games and measures that a workspace states in tables of its own: who shares what, which set all agree to."""

from __future__ import annotations

import math

import pandas as pd

from megaregion.data.cluster import Cluster
from megaregion.errors import InputError
from megaregion.mechanisms.coordination import agree
from megaregion.mechanisms.options import options_of
from megaregion.mechanisms.sharing import share
from megaregion.mechanisms.sharing_facilities import facility_games
from megaregion.mechanisms.sharing_games import coalition_games
from megaregion.result import Input, Result

_MEASURES = (Input("tables/measures.csv"),)


def games_of_cluster(cluster: Cluster, *, seed: int) -> dict[str, Result]:
    """Splits of every game in tables/games.csv and tables/joint_facilities.csv; nothing without such a table.

    Parameters
    ----------
    cluster : Cluster
        `further["games"]`, `further["joint_facilities"]`. Where the players of all games are places with
        a population, a rule in proportion to it stands beside the others; [options.games] weights lists indicators for
        more such rules.
    seed : int

    Returns
    -------
    dict of str to Result
        sharing, sharing_objections, sharing_games.

    Raises
    ------
    InputError, MissingDataError
        As `megaregion.mechanisms.sharing.share`; an indicator lacks a player.
    """
    tables = {name: cluster.further.get(name) for name in ("games", "joint_facilities")}
    stated = {name: table for name, table in tables.items() if table is not None and not table.empty}
    if not stated:
        return {}
    options = options_of(cluster, "games", ("weights",))
    read = {"games": coalition_games, "joint_facilities": facility_games}
    games = [game for name, table in stated.items() for game in read[name](table)]
    players = sorted({player for game in games for player in game.players})
    return share(games, seed=seed, weights=_weights(cluster, players, options.get("weights", [])),
                 tables=[f"tables/{name}.csv" for name in stated])  # fmt: skip


def measures_of_cluster(cluster: Cluster) -> dict[str, Result]:
    """The set of measures of tables/measures.csv that everybody agrees to; nothing without that table.

    Parameters
    ----------
    cluster : Cluster
        `further["measures"]`; [options.measures] margin (a number, or a table of party = number), budget,
        payment_limit, in the unit of the gains.

    Returns
    -------
    dict of str to Result
        agreement_parties, agreement_measures, agreement_rules.

    Raises
    ------
    InputError, MissingDataError, InfeasibleError
        As `megaregion.mechanisms.coordination.agree`.
    """
    table = cluster.further.get("measures")
    if table is None or table.empty:
        return {}
    options = options_of(cluster, "measures", ("margin", "budget", "payment_limit"))
    found = agree(
        table, margin=options.get("margin", 0.0), budget=options.get("budget"),
        payment_limit=options.get("payment_limit", math.inf), inputs=_MEASURES,
        unit=f"million {cluster.attrs['currency']}" if cluster.attrs.get("currency") else "unstated",
    )  # fmt: skip
    return {"agreement_parties": found, "agreement_measures": found.measures, "agreement_rules": found.rules}


def _weights(cluster: Cluster, players: list[str], names: object) -> pd.DataFrame | None:
    """Columns to share in proportion to, rows players; None if there is nothing to say."""
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise InputError(f"options.games.weights must be a list of indicators, got {names!r}",
                         hint='weights = ["gdp"]')  # fmt: skip
    out = {}
    people = cluster.places["population"].reindex(players)
    if people.notna().all() and len(people):
        out["population"] = people
    base, wrong = int(cluster.attrs["base_year"]), []
    for name in names:
        rows = cluster.indicators
        rows = rows[(rows["indicator"] == name) & (rows["year"] == base) & rows["place_id"].isin(players)]
        lost = sorted(set(players) - set(rows["place_id"]))
        twice = rows["place_id"][rows["place_id"].duplicated()]
        if len(twice):
            wrong.append(f"{name} of {base} has several values for {', '.join(twice[:5])}")
        elif lost:
            wrong.append(f"{name} of {base} is missing for {', '.join(lost[:5])}")
        else:
            out[name] = rows.set_index("place_id")["value"].reindex(players)
    if wrong:
        raise InputError("options.games.weights: " + "; ".join(wrong), hint="indicators that every player has")
    return pd.DataFrame(out) if out else None
