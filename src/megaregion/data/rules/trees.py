"""Index trees: keys, goalposts, weights, and indicators that the table does not have."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from megaregion.data.problem import Problem, Severity, first
from megaregion.data.rules.record import Record

KEYS = {
    "the file": ("index", "pillar", "vary"),
    "[vary]": ("weights", "concentration", "normalisation", "outliers", "aggregation", "inside", "fillings"),
    "[index]": (
        "name", "name_zh", "year", "min_indicators", "delta", "missing", "constant", "scope", "max_missing",
        "neighbours", "years", "goalposts", "normalisation", "outliers", "max_winsorised", "aggregation", "weights",
        "weight_sum", "cap", "comparison", "tolerate_inconsistency", "least_share", "most_share",
    ),
    "[[pillar]]": ("id", "name", "name_zh", "weight", "indicator", "parent", "aggregation", "comparison"),
    "[[pillar.indicator]]": (
        "id", "name", "name_zh", "direction", "low", "high", "unit", "goalpost_source", "weight", "year", "scope",
        "target", "denominator", "outliers",
    ),
}  # fmt: skip


def check(record: Record) -> list[Problem]:
    """Every rule of this file."""
    return [p for where, tree in record.trees.items() for p in (*shape(tree, where), *absent(record, tree, where))]


def _tables(value: object) -> list[Mapping[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def leaves(tree: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Every [[pillar.indicator]] of a tree."""
    return [leaf for pillar in _tables(tree.get("pillar")) for leaf in _tables(pillar.get("indicator"))]


def shape(tree: Mapping[str, Any], where: str) -> list[Problem]:
    """Unknown keys, ids given twice, and numbers that no index can be computed with."""
    pillars, head = _tables(tree.get("pillar")), tree.get("index")
    out: list[Problem] = []
    parts: list[tuple[str, list[Mapping[str, Any]]]] = [
        ("the file", [tree]),
        ("[index]", [head] if isinstance(head, dict) else []),
        ("[vary]", [tree["vary"]] if isinstance(tree.get("vary"), dict) else []),
        ("[[pillar]]", pillars),
        ("[[pillar.indicator]]", leaves(tree)),
    ]
    for at, entries in parts:
        strange = sorted({key for entry in entries for key in entry if key not in KEYS[at]})
        if strange:
            near = [m for key in strange for m in get_close_matches(key, KEYS[at], 1)]
            out.append(
                Problem(
                    "warning",
                    "unknown-key",
                    where,
                    f"keys that nothing reads in {at}",
                    column=at,
                    labels=first(strange),
                    count=len(strange),
                    fix=("perhaps " + ", ".join(near)) if near else "known: " + ", ".join(KEYS[at]),
                )
            )
    lacking = ["[[pillar]]"] if not pillars else []
    lacking += ["[index] year"] if not isinstance(head, dict) or not isinstance(head.get("year"), int) else []
    out += _listed("missing-key", where, lacking, "an index needs a year and at least one pillar", "add them")
    names = [str(p.get("id")) for p in pillars]
    out += _listed(
        "duplicate-id", where, sorted({n for n in names if names.count(n) > 1}), "pillar ids must differ", "rename one"
    )
    posts = [str(leaf.get("id")) for leaf in leaves(tree) if not _ordered(leaf, head)]
    out += _listed(
        "bad-goalposts",
        where,
        posts,
        "expected two numbers with low < high",
        "a decreasing indicator keeps low < high and has direction = -1",
    )
    signs = [
        str(leaf.get("id")) for leaf in leaves(tree) if leaf.get("direction") not in (1, -1) and "target" not in leaf
    ]
    out += _listed("bad-direction", where, signs, "expected direction 1 (more is better) or -1", "state the direction")
    heavy = [str(e.get("id")) for e in (*pillars, *leaves(tree)) if "weight" in e and not _number(e, "weight") >= 0]
    return out + _listed("bad-weight", where, heavy, "expected a weight that is not below zero", "correct the weight")


def _ordered(leaf: Mapping[str, Any], head: object) -> bool:
    """Goalposts in order; one that the pooled panel or the scale of the sample supplies may be absent."""
    rules = head if isinstance(head, dict) else {}
    free = rules.get("goalposts") == "pooled" or rules.get("normalisation", "minmax") != "minmax"
    if free and not {"low", "high"} <= set(leaf):
        return True
    return _number(leaf, "low") < _number(leaf, "high")


def _number(entry: Mapping[str, Any], key: str) -> float:
    value = entry.get(key)
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else float("nan")


def _listed(
    code: str, where: str, names: list[str], text: str, fix: str, severity: Severity = "error"
) -> list[Problem]:
    if not names:
        return []
    return [Problem(severity, code, where, text, column="pillar", labels=first(names), count=len(names), fix=fix)]


def absent(record: Record, tree: Mapping[str, Any], where: str) -> list[Problem]:
    """Indicators that the table does not have at all (a wrong name), or not in the year of the tree.

    The main tree must name what is there. A further tree (index.<name>.toml) may wait for data that are
    still to be fetched: a note if all of it is absent, a warning if some is.
    """
    sheet = record.sheet("indicators", "indicator", "year")
    if sheet is None:
        there, known = set(), set()
    else:
        rows = sheet.frame[["indicator", "year"]].dropna().drop_duplicates()
        known = set(zip(rows["indicator"], rows["year"], strict=True))
        there = {name for name, _ in known}
    head = tree.get("index")
    year = head.get("year") if isinstance(head, dict) else None
    given = [
        (str(leaf[key]), leaf.get("year", year))
        for leaf in leaves(tree)
        for key in ("id", "denominator")
        if key in leaf
    ]
    named = [(name, when if isinstance(when, int) else None) for name, when in given]
    lost = [name for name, _ in named if name not in there]
    late = [f"{name} {when}" for name, when in named if name in there and (name, when) not in known]
    severity: Severity = "error" if where == "index.toml" else "note" if len(lost) == len(named) else "warning"
    near = [m for name in lost for m in get_close_matches(name, sorted(there), 1)]
    fix = (
        "perhaps " + ", ".join(dict.fromkeys(near)) + "; else " if near else ""
    ) + "add the rows, fetch them, or delete the entry"
    return [
        *_listed(
            "absent-indicator", where, lost, "names indicators that tables/indicators does not have", fix, severity
        ),
        *_listed(
            "absent-year",
            where,
            late,
            "names indicators that have no value in that year: they count as no data",
            "add the rows, or give the entry a year of its own",
            "warning",
        ),
    ]
