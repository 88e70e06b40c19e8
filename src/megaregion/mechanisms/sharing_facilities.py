"""Joint facilities as games of cost: from a table of who needs what, for as many places as there are."""

from __future__ import annotations

import pandas as pd

from megaregion.core.facilities import joint_facilities, shapley_of_facilities
from megaregion.data.problem import first
from megaregion.errors import InputError, MissingDataError
from megaregion.mechanisms.sharing_games import LARGEST_GAME, CoalitionGame

NEEDED = ("game", "facility", "place_id", "cost")


def facility_games(table: pd.DataFrame) -> tuple[CoalitionGame, ...]:
    """Games in which a coalition pays for every facility that one of its members needs, by name.

    Parameters
    ----------
    table : DataFrame
        Columns game, facility, place_id, cost, and unit where it is known: one row a facility and place that needs it,
        the cost of a facility the same in all of its rows.

    Returns
    -------
    tuple of CoalitionGame
        Players in order of place_id. The worst coalition of any split is found by a program and the Shapley value is
        exact, so that there is no need to list coalitions.

    Raises
    ------
    InputError
        Columns are lacking; rows repeat; a cost is negative, no number, or differs within a facility; a game has
        several units or too many places. Everything wrong is listed.
    MissingDataError
        Cells are empty, and nothing else is wrong.

    Examples
    --------
    >>> line = pd.DataFrame({"facility": ["near", "near", "far"], "place_id": ["a", "b", "b"], "cost": [2.0, 2.0, 3.0]})
    >>> facility_games(line.assign(game="line"))[0].shapley.tolist()
    [-1.0, -4.0]
    """
    if lacking := [name for name in NEEDED if name not in table]:
        raise InputError(f"joint facilities: columns are lacking: {', '.join(lacking)}",
                         hint="columns: game, facility, place_id, cost, unit")  # fmt: skip
    text = (
        table[["game", "facility", "place_id"]]
        .astype(object)
        .apply(lambda c: c.where(c.notna(), "").astype(str).str.strip())
    )
    cost = pd.to_numeric(table["cost"], errors="coerce")
    blank = table["cost"].isna() | (table["cost"].astype(str).str.strip() == "")
    unit = table["unit"].fillna("").astype(str) if "unit" in table else pd.Series("", index=table.index)
    rows = text.assign(cost=cost, unit=unit)
    wrong, gaps = [], []
    for column in text:
        if (empty := text[column] == "").any():
            gaps.append(f"{column} is empty in {int(empty.sum())} rows")
    where = rows["game"] + ": " + rows["facility"]
    if (bad := ~blank & ~((cost >= 0) & (cost < float("inf")))).any():
        wrong.append(f"{int(bad.sum())} costs are negative or no numbers: {', '.join(first(where[bad].unique()))}")
    if blank.any():
        gaps.append(f"{int(blank.sum())} costs are empty: {', '.join(first(where[blank].unique()))}")
    if (twice := text.duplicated()).any():
        pairs = (where + " for " + rows["place_id"])[twice].unique()
        wrong.append(f"{len(pairs)} rows are there more than once: {', '.join(first(pairs))}")
    costs = rows.groupby(["game", "facility"])["cost"].nunique()
    if (differ := costs[costs > 1]).size:
        wrong.append("the cost differs within a facility: " + ", ".join(first([f"{g}: {f}" for g, f in differ.index])))
    units = rows.groupby("game")["unit"].nunique()
    if (mixed := units[units > 1]).size:
        wrong.append(f"several units in a game: {', '.join(first(mixed.index))}")
    places = rows.groupby("game")["place_id"].nunique()
    if (many := places[places > LARGEST_GAME]).size:
        wrong.append(f"more than {LARGEST_GAME} places: {', '.join(first(many.index))}")
    if wrong or gaps:
        raise (InputError if wrong else MissingDataError)(
            "joint facilities: " + "; ".join(wrong + gaps), hint="one row a facility and place that needs it"
        )
    return tuple(_game(str(name), part) for name, part in rows.groupby("game", sort=True))


def _game(name: str, rows: pd.DataFrame) -> CoalitionGame:
    needs = pd.crosstab(rows["facility"], rows["place_id"]).sort_index().sort_index(axis=1) > 0
    cost = rows.drop_duplicates("facility").set_index("facility")["cost"].reindex(needs.index).to_numpy(float)
    needed = needs.to_numpy(bool)
    program = joint_facilities(cost, needed)
    return CoalitionGame(
        name=name, kind="cost", players=tuple(map(str, needs.columns)),
        value=lambda coalition: -program.worth(coalition), finder=program.most_violated,
        shapley=shapley_of_facilities(cost, needed),
        unit=str(rows["unit"].iloc[0]),
    )  # fmt: skip
