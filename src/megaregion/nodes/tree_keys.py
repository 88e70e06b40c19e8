"""Keys of index.toml: which there are, of what type, and what no index can be computed with."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from megaregion.core.pairwise_comparison import DIGITS

DELTA = 0.01
MEANS = ("arithmetic", "geometric", "harmonic", "mazziotta-pareto", "mazziotta-pareto-plus")
CHOICES = {
    "missing": ("drop_indicator", "error", "drop_place", "fill_mean", "fill_median", "fill_group_mean",
                "fill_group_median", "fill_nearest"),
    "constant": ("drop", "keep"),
    "goalposts": ("fixed", "pooled"),
    "normalisation": ("minmax", "z", "rank", "percentile", "frontier"),
    "outliers": ("none", "winsorise", "log", "box-cox", "winsorise-log"),
    "weights": ("given", "equal", "entropy", "critic", "pca", "ahp", "benefit-of-the-doubt"),
}  # fmt: skip
_TEXT = (str,)
_NUMBER = (int, float)
_MEAN = (str, int, float)
_LIST = (list,)
_FLAG = (bool,)
_KEYS: dict[str, dict[str, tuple[tuple[type, ...], bool]]] = {  # key -> types, required
    "index": {
        "name": (_TEXT, True), "name_zh": (_TEXT, False), "year": ((int,), True),
        "min_indicators": ((int,), False), "delta": (_NUMBER, False), "missing": (_TEXT, False),
        "constant": (_TEXT, False), "scope": (_TEXT, False), "max_missing": (_NUMBER, False),
        "neighbours": ((int,), False), "years": (_LIST, False), "goalposts": (_TEXT, False),
        "normalisation": (_TEXT, False), "outliers": (_TEXT, False), "max_winsorised": ((int,), False),
        "aggregation": (_MEAN, False), "weights": (_TEXT, False), "weight_sum": (_NUMBER, False),
        "cap": (_NUMBER, False), "comparison": (_LIST, False), "tolerate_inconsistency": (_FLAG, False),
        "least_share": (_NUMBER, False), "most_share": (_NUMBER, False),
    },
    "vary": {
        "weights": (_FLAG, False), "concentration": (_NUMBER, False), "normalisation": (_LIST, False),
        "outliers": (_LIST, False), "aggregation": (_LIST, False), "inside": (_LIST, False),
        "fillings": ((int,), False),
    },
    "pillar": {
        "id": (_TEXT, True), "name": (_TEXT, True), "name_zh": (_TEXT, False), "weight": (_NUMBER, False),
        "parent": (_TEXT, False), "aggregation": (_MEAN, False), "comparison": (_LIST, False),
    },
    "indicator": {
        "id": (_TEXT, True), "name": (_TEXT, True), "name_zh": (_TEXT, False), "direction": ((int,), False),
        "low": (_NUMBER, False), "high": (_NUMBER, False), "unit": (_TEXT, True),
        "goalpost_source": (_TEXT, False), "weight": (_NUMBER, False), "year": ((int,), False),
        "scope": (_TEXT, False), "target": ((list, int, float), False), "denominator": (_TEXT, False),
        "outliers": (_TEXT, False),
    },
}  # fmt: skip
_WORDS: dict[tuple[type, ...], str] = {
    _TEXT: "text", (int,): "a whole number", _NUMBER: "a number", _MEAN: "the name of a mean or an exponent",
    _LIST: "a list", _FLAG: "true or false", (list, int, float): "a number or a list of two",
}  # fmt: skip


def read(data: Mapping[str, Any], found: list[str]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """[index] and the pillars with their indicators, in the types of the tree; what is wrong goes to `found`."""
    unknown = sorted(set(data) - {"index", "pillar", "vary"})
    if unknown:
        found.append(f"unknown tables {', '.join(unknown)} (known: index, pillar, vary)")
    head = _entry(data.get("index"), "index", "[index]", found)
    if "vary" in data:
        head["vary"] = _vary(data["vary"], found)
    pillars = [
        _pillar(entry, f"pillar {i}", found)
        for i, entry in enumerate(_tables(data.get("pillar", []), "[[pillar]]", found), start=1)
    ]
    found += _repeated([p["id"] for p in pillars if "id" in p], "pillar")
    leaves = [leaf for p in pillars for leaf in p["indicators"]]
    found += _repeated([leaf["id"] for leaf in leaves if "id" in leaf], "indicator")
    found += _range_problems(head, pillars, leaves)
    found += _parent_problems(pillars)
    found += _goalpost_problems(head, leaves)
    found += _sum_problems(head, pillars)
    for where, entry in [("[index]", head), *((f"pillar {p.get('id', '?')}", p) for p in pillars)]:
        found += _mean_problems(where, entry) + _comparison_problems(where, entry)
    if not pillars:
        found.append("there is no [[pillar]]")
    return head, pillars


def _tables(value: object, what: str, found: list[str]) -> Sequence[object]:
    if isinstance(value, list):
        return value
    found.append(f"{what} must be an array of tables")
    return []


def _pillar(entry: object, where: str, found: list[str]) -> dict[str, Any]:
    body = dict(entry) if isinstance(entry, Mapping) else {}
    given = body.pop("indicator", [])
    pillar = _entry(body, "pillar", where, found)
    name = f"pillar {pillar['id']}" if "id" in pillar else where
    pillar["indicators"] = [
        _entry(leaf, "indicator", f"{name}, indicator {i}", found)
        for i, leaf in enumerate(_tables(given, f"{name}.indicator", found), start=1)
    ]
    return pillar


def _entry(entry: object, kind: str, where: str, found: list[str]) -> dict[str, Any]:
    """Keys of one table that can be used; what is wrong with the others goes to `found`."""
    if not isinstance(entry, Mapping):
        found.append(f"{where} is missing or not a table")
        return {}
    keys = _KEYS[kind]
    label = f"{where} ({entry['id']})" if kind == "indicator" and entry.get("id") else where
    if lost := [key for key, (_, required) in keys.items() if required and key not in entry]:
        found.append(f"{label}: missing keys {', '.join(lost)}")
    if extra := sorted(set(entry) - set(keys)):
        found.append(f"{label}: unknown keys {', '.join(extra)} (known: {', '.join(keys)})")
    out: dict[str, Any] = {}
    for key, (types, _) in keys.items():
        if key not in entry:
            continue
        value = entry[key]
        if (isinstance(value, bool) and types is not _FLAG) or not isinstance(value, types):
            found.append(f"{label}: {key} must be {_WORDS[types]}, got {value!r}")
        elif key == "target":
            _target(value, label, out, found)
        elif key == "years" and isinstance(value, list):
            _years(list(value), entry.get("year"), label, out, found)
        elif key == "comparison" or not {int, float} <= set(types) or not isinstance(value, (int, float)):
            out[key] = value
        elif math.isfinite(value):
            out[key] = float(value)
        else:
            found.append(f"{label}: {key} must be finite, got {value!r}")
    return out


def _vary(entry: object, found: list[str]) -> dict[str, Any]:
    """What uncertainty and sensitivity vary; lists become tuples, their words are checked here."""
    out = _entry(entry, "vary", "[vary]", found)
    for key in ("normalisation", "outliers", "aggregation", "inside"):
        if key not in out:
            continue
        out[key] = tuple(out[key])
        words = MEANS if key in ("aggregation", "inside") else CHOICES[key]
        found += [f"[vary]: {key} must be of {', '.join(words)}, got {value!r}" for value in out[key]
                  if value not in words and not (words is MEANS and _is_number(value))]  # fmt: skip
    if not out.get("concentration", 1.0) > 0:
        found.append(f"[vary]: concentration must be > 0, got {out['concentration']}")
    if out.get("fillings", 0) < 0:
        found.append(f"[vary]: fillings must be >= 0, got {out['fillings']}")
    return out


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _target(value: Any, label: str, out: dict[str, Any], found: list[str]) -> None:
    ends = value if isinstance(value, list) else [value, value]
    if len(ends) == 2 and all(_is_number(end) for end in ends) and ends[0] <= ends[1]:
        out["target"] = (float(ends[0]), float(ends[1]))
    else:
        found.append(f"{label}: target must be a number or [lowest, highest] in this order, got {value!r}")


def _years(value: list[Any], year: object, label: str, out: dict[str, Any], found: list[str]) -> None:
    if value and all(isinstance(y, int) and not isinstance(y, bool) for y in value) and len(set(value)) == len(value):
        out["years"] = tuple(sorted(value))
        if year not in value:
            found.append(f"{label}: year must be one of years, got {year!r}")
    else:
        found.append(f"{label}: years must be different whole numbers, got {value!r}")


def _repeated(ids: list[str], what: str) -> list[str]:
    twice = sorted({name for name in ids if ids.count(name) > 1})
    return [f"{what} ids must differ, repeated: {', '.join(twice)}"] if twice else []


def _range_problems(
    head: Mapping[str, Any], pillars: Sequence[Mapping[str, Any]], leaves: Sequence[Mapping[str, Any]]
) -> list[str]:
    found = []
    if head.get("min_indicators", 2) < 1:
        found.append(f"[index]: min_indicators must be >= 1, got {head['min_indicators']}")
    if not 0 <= head.get("delta", DELTA) < 0.5:
        found.append(f"[index]: delta must be >= 0 and < 0.5, got {head['delta']}")
    for key, choices in CHOICES.items():
        if key in head and head[key] not in choices:
            found.append(f"[index]: {key} must be one of {', '.join(choices)}, got {head[key]!r}")
    for key, least in (("neighbours", 1), ("max_winsorised", 1)):
        if head.get(key, least) < least:
            found.append(f"[index]: {key} must be >= {least}, got {head[key]}")
    if not 0 <= head.get("max_missing", 0.0) < 1:
        found.append(f"[index]: max_missing must be >= 0 and < 1, got {head['max_missing']}")
    if not 0 <= head.get("least_share", 0.0) < head.get("most_share", 1.0) <= 1:
        found.append("[index]: least_share and most_share must be 0 <= least < most <= 1")
    for key in ("weight_sum", "cap"):
        if not head.get(key, 1.0) > 0:
            found.append(f"[index]: {key} must be > 0, got {head[key]}")
    for what, entries in (("pillar", pillars), ("indicator", leaves)):
        found += [
            f"{what} {entry.get('id', '?')}: weight must be > 0, got {entry['weight']}"
            for entry in entries
            if not entry.get("weight", 1.0) > 0
        ]
    for leaf in leaves:
        name = leaf.get("id", "?")
        if leaf.get("direction", 1) not in (1, -1):
            found.append(f"indicator {name}: direction must be 1 or -1, got {leaf['direction']}")
        if "low" in leaf and "high" in leaf and not leaf["low"] < leaf["high"]:
            found.append(f"indicator {name}: low must be below high, got {leaf['low']} and {leaf['high']}")
        if "direction" not in leaf and "target" not in leaf:
            found.append(f"indicator {name}: missing keys direction (or target)")
        if leaf.get("outliers", "none") not in CHOICES["outliers"]:
            found.append(f"indicator {name}: outliers must be one of {', '.join(CHOICES['outliers'])}")
        if "target" in leaf and not leaf.get("low", -math.inf) <= leaf["target"][0] <= leaf["target"][1] <= leaf.get(
            "high", math.inf
        ):
            found.append(f"indicator {name}: target must lie between low and high, got {list(leaf['target'])}")
    return found


def _goalpost_problems(head: Mapping[str, Any], leaves: Sequence[Mapping[str, Any]]) -> list[str]:
    """Goalposts that must be stated and are not; none is needed where the scale is that of the sample."""
    if head.get("goalposts", "fixed") == "pooled" or head.get("normalisation", "minmax") != "minmax":
        keys: tuple[str, ...] = ()
    else:
        keys = ("goalpost_source", "low", "high")
    out = []
    for leaf in leaves:
        needed = keys or (("goalpost_source",) if "low" in leaf or "high" in leaf else ())
        if lost := [key for key in needed if key not in leaf]:
            out.append(
                f"indicator {leaf.get('id', '?')}: missing keys {', '.join(lost)} "
                '(goalposts = "pooled" in [index] takes them from the pooled panel)'
            )
    return out


def _parent_problems(pillars: Sequence[Mapping[str, Any]]) -> list[str]:
    parents = {p["id"]: p.get("parent") for p in pillars if "id" in p}
    out = [
        f"pillar {name}: parent {parent!r} is no pillar"
        for name, parent in parents.items()
        if parent is not None and parent not in parents
    ]
    for name in parents:
        seen, at = [name], parents[name]
        while at is not None and at in parents and at not in seen:
            seen.append(at)
            at = parents[at]
        if at == name:
            out.append(f"pillar {name}: is a part of itself ({' -> '.join([*seen, name])})")
    return out


def _sum_problems(head: Mapping[str, Any], pillars: Sequence[Mapping[str, Any]]) -> list[str]:
    """Where the file says what weights sum to: do they, among the children of every branch."""
    total = head.get("weight_sum")
    if total is None:
        return []
    out = []
    for name in (None, *(p.get("id") for p in pillars)):
        mine = [p.get("weight", 1.0) for p in pillars if p.get("parent") == name]
        mine += [leaf.get("weight", 1.0) for p in pillars if name is not None and p.get("id") == name
                 for leaf in p["indicators"]]  # fmt: skip
        if mine and not math.isclose(sum(mine), total, rel_tol=1e-6):
            where = f"pillar {name}" if name else "top pillars"
            out.append(f"{where}: weights must sum to {total:g}, they sum to {sum(mine):g}")
    return out


def _mean_problems(where: str, entry: Mapping[str, Any]) -> list[str]:
    mean = entry.get("aggregation", "arithmetic")
    if isinstance(mean, str) and mean not in MEANS:
        return [f"{where}: aggregation must be one of {', '.join(MEANS)} or an exponent, got {mean!r}"]
    return []


def _comparison_problems(where: str, entry: dict[str, Any]) -> list[str]:
    """Comparisons by pairs must be a square of positive numbers with a_ij a_ji = 1."""
    given = entry.get("comparison")
    if given is None:
        return []
    n = len(given)
    if not all(isinstance(row, list) and len(row) == n and all(_is_number(v) and v > 0 for v in row) for row in given):
        return [f"{where}: comparison must be a square list of lists of positive numbers"]
    entry["comparison"] = tuple(tuple(float(v) for v in row) for row in given)
    wrong = [f"{i + 1},{j + 1}" for i in range(n) for j in range(i, n) if abs(given[i][j] * given[j][i] - 1) > DIGITS]
    return [f"{where}: comparison must be reciprocal, it is not at {', '.join(wrong[:5])}"] if wrong else []
