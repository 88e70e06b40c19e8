"""Identifiers: repeated ones, ones that nothing defines, and codes that lost their leading zeros."""

from __future__ import annotations

import pandas as pd

from megaregion.data.problem import Problem
from megaregion.data.rules.record import Record, Sheet
from megaregion.data.schema import KEYS

# table, column, table and column that define it
REFERENCES = (
    ("places", "parent_id", "places", "place_id"),
    ("indicators", "place_id", "places", "place_id"),
    ("flows", "origin", "places", "place_id"),
    ("flows", "destination", "places", "place_id"),
    ("nodes", "place_id", "places", "place_id"),
    ("links", "from_node", "nodes", "node_id"),
    ("links", "to_node", "nodes", "node_id"),
    ("services", "origin", "nodes", "node_id"),
    ("services", "destination", "nodes", "node_id"),
    ("road_times", "origin", "places", "place_id"),
    ("road_times", "destination", "places", "place_id"),
    ("road_lengths", "place_id", "places", "place_id"),
    ("train_calls", "stop", "nodes", "node_id"),
    ("services_supply", "place_id", "places", "place_id"),
    ("flow_panel", "origin", "places", "place_id"),
    ("flow_panel", "destination", "places", "place_id"),
    ("prices", "place_id", "places", "place_id"),
    ("heritage", "place_id", "places", "place_id"),
    ("energy_buses", "place_id", "places", "place_id"),
    ("offices", "place_id", "places", "place_id"),
    ("search_index", "origin", "places", "place_id"),
    ("search_index", "destination", "places", "place_id"),
    ("energy_lines", "from_bus", "energy_buses", "bus_id"),
    ("energy_lines", "to_bus", "energy_buses", "bus_id"),
    ("energy_plants", "bus_id", "energy_buses", "bus_id"),
    ("survey_answers", "place_id", "places", "place_id"),
    ("industries", "place_id", "places", "place_id"),
    ("incomes", "place_id", "places", "place_id"),
    ("income_brackets", "place_id", "places", "place_id"),
    ("deprivations", "place_id", "places", "place_id"),
    ("villages", "place_id", "places", "place_id"),
    ("remedies", "place_id", "places", "place_id"),
)
SOURCED = ("places", "indicators", "nodes", "links", "services", "flows", "heritage", "industries", "factor_flows",
           "incomes", "income_brackets", "deprivations", "games", "joint_facilities", "maturity")  # fmt: skip
_CODE = {"parent_id": "orphan-parent", "place_id": "unknown-place", "node_id": "unknown-node",
         "bus_id": "unknown-bus"}  # fmt: skip


def check(record: Record) -> list[Problem]:
    """Every rule of this file."""
    return [*duplicates(record), *references(record), *parties(record), *sources(record), *mixed_lengths(record)]


def duplicates(record: Record) -> list[Problem]:
    """Rows that repeat the key of their table; repeated services are doubled counts and have a rule of their own."""
    out: list[Problem] = []
    for table, key in KEYS.items():
        sheet = record.sheet(table, *key)
        if sheet is None or table == "services":
            continue
        full = sheet.frame[list(key)].notna().all(axis=1)
        rows = full & sheet.frame.duplicated(list(key), keep=False)
        out += sheet.find(
            "error",
            "duplicate-id",
            rows,
            f"{' + '.join(key)} must name one row only",
            column=key[-1] if len(key) == 1 else "",
            labels=key,
            fix="keep one of the rows, or tell them apart",
        )
    return out


def references(record: Record) -> list[Problem]:
    """Identifiers that no table defines, and codes that would be known with their leading zeros."""
    out: list[Problem] = []
    for table, column, home, key in REFERENCES:
        sheet, defined = record.sheet(table, column), record.sheet(home, key)
        if sheet is None:
            continue
        if defined is None:
            if home not in record.sheets and sheet.frame[column].notna().any():
                out.append(
                    Problem(
                        "error",
                        "missing-table",
                        f"tables/{home}.csv",
                        f"{table}.{column} names rows of the table {home}, which is not there",
                        fix=f"add tables/{home}.csv",
                    )
                )
            continue
        out += _unknown(sheet, column, set(defined.frame[key].dropna()), f"{home}.{key}")
    return list(dict.fromkeys(out))


def _unknown(sheet: Sheet, column: str, known: set[str], home: str) -> list[Problem]:
    values = sheet.frame[column]
    strange = set(values.dropna().unique()) - known
    if not strange:
        return []
    short = {name for name in strange if zero_filled(name, known)}
    bare = {name.lstrip("0"): name for name in strange if name.startswith("0") and name.lstrip("0") in known}
    out: list[Problem] = []
    out += sheet.find(
        "error",
        "lost-zeros",
        values.isin(short),
        f"these codes are known only with leading zeros ({_example(short, known)})",
        column=column,
        labels=values,
        fix="keep codes as text: format the column as text before saving",
    )
    out += sheet.find(
        "error",
        "lost-zeros",
        values.isin(set(bare.values())),
        f"{home} has these codes without their leading zeros",
        column=column,
        labels=values,
        fix=f"mend {home}: format the column as text before saving",
    )
    rest = strange - short - set(bare.values())
    code = "orphan-parent" if column == "parent_id" else _CODE[home.split(".")[1]]
    out += sheet.find(
        "error",
        code,
        values.isin(rest),
        f"expected identifiers of {home}, found {len(rest)} that are not there",
        column=column,
        labels=values,
        fix=f"correct the code, add the row to {home.split('.')[0]}, or delete these rows",
    )
    return out


def zero_filled(code: str, known: set[str]) -> str:
    """The known code that `code` is with leading zeros; empty if there is none."""
    if not code.isdigit():
        return ""
    return next((c for n in range(1, 4) if (c := "0" * n + code) in known), "")


def _example(short: set[str], known: set[str]) -> str:
    name = min(short, default="")
    return f"{name} is {zero_filled(name, known)}" if name else ""


def mixed_lengths(record: Record) -> list[Problem]:
    """Codes of one kind of which some are one digit shorter: a spreadsheet took them for numbers."""
    sheet = record.sheet("places", "place_id", "kind")
    if sheet is None:
        return []
    ids = sheet.frame["place_id"].fillna("").astype(str)
    length = ids.str.len().where(ids.str.fullmatch(r"[0-9]+"))
    longest = length.groupby(sheet.frame["kind"]).transform("max")
    # numbers given in order (1, 2 ... 12000) have every length; lost zeros leave only one digit less
    shortest = length.groupby(sheet.frame["kind"]).transform("min")
    rows = (longest >= 4) & (shortest == longest - 1) & (length == shortest)
    rows &= length.groupby(sheet.frame["kind"]).transform("count") == ids.groupby(sheet.frame["kind"]).transform("size")
    return sheet.find(
        "error",
        "lost-zeros",
        rows,
        "expected codes of one length within a kind; these are one digit short",
        column="place_id",
        labels=ids,
        fix="write the leading zero again and keep the column as text",
    )


def parties(record: Record) -> list[Problem]:
    """Parties of agreements that are no places."""
    sheet, known = record.sheet("agreements", "parties"), record.ids("places", "place_id")
    if sheet is None or not known:
        return []
    names = sheet.frame["parties"].fillna("").astype(str).str.split(";").explode().str.strip()
    bad = names[~names.isin(known) & (names != "")]
    rows = pd.Series(sheet.frame.index.isin(bad.index), index=sheet.frame.index)
    labels = bad.groupby(level=0).first().reindex(sheet.frame.index)
    return sheet.find(
        "error",
        "unknown-place",
        rows,
        "expected place_ids separated by semicolons",
        column="parties",
        labels=labels,
        fix="correct the code, or add the place",
    )


def sources(record: Record) -> list[Problem]:
    """Values whose source workspace.toml does not describe: nobody could trace them."""
    described = record.config.get("sources", {})
    known = set(described) if isinstance(described, dict) else set()
    out: list[Problem] = []
    for table in SOURCED:
        sheet = record.sheet(table, "source")
        if sheet is None:
            continue
        values = sheet.frame["source"]
        # a cell may name several sources, separated by semicolons
        used = {v: {part.strip() for part in str(v).split(";")} for v in values.dropna().unique()}
        strange = {v for v, parts in used.items() if parts - known}
        out += sheet.find(
            "warning",
            "unknown-source",
            values.isin(strange),
            "expected a source described in workspace.toml",
            column="source",
            labels=values,
            fix="add [sources.<id>] with title, publisher, licence, url, year",
        )
    return out
