"""Preconditions of instruments: clauses of alternatives, and what makes them contradict each other."""

from __future__ import annotations

from collections.abc import Collection, Mapping

CONDITION = "condition:"
Clause = tuple[str, ...]


def clauses(text: str) -> tuple[Clause, ...]:
    """Clauses joined by ``;`` (all needed), alternatives inside each by ``|`` (one needed).

    Examples
    --------
    >>> clauses("survey; consent | condition:law")
    (('survey',), ('consent', 'condition:law'))
    """
    return tuple(tuple(split(part, "|")) for part in split(text, ";"))


def split(text: str, by: str) -> list[str]:
    """Parts that are not empty."""
    return [part.strip() for part in text.split(by) if part.strip()]


def is_condition(atom: str) -> bool:
    """Whether an alternative is a condition and no instrument."""
    return atom.startswith(CONDITION)


def unknown(requires: Mapping[str, tuple[Clause, ...]]) -> list[str]:
    """Alternatives that are neither an instrument nor a condition with a name."""
    return [
        f"instruments.requires of {i}: {a!r} is neither an instrument nor {CONDITION}name"
        for i, parts in requires.items() for clause in parts for a in clause
        if a not in requires and not (is_condition(a) and a != CONDITION)
    ]  # fmt: skip


def contradictions(requires: Mapping[str, tuple[Clause, ...]], excludes: Collection[tuple[str, str]]) -> list[str]:
    """Instruments that no state of the world could allow, with the reason.

    Notes
    -----
    Cycles: what forward chaining does not reach although every condition is granted. Exclusions: what an instrument
    needs in any case (clauses with one alternative, and those left with one) must not exclude one another. This finds
    all contradictions but those that hide in a choice between several alternatives; there the search says "no path".
    """
    reached: set[str] = set()
    while True:
        new = {
            i for i in requires if i not in reached and all(any(_free(a, reached) for a in c) for c in requires[i])
        }  # fmt: skip
        if not new:
            break
        reached |= new
    out: list[str] = []
    seen: set[str] = set()
    for first in sorted(set(requires) - reached):
        walk = [first]
        while walk[-1] not in walk[:-1] and walk[-1] not in seen and walk[-1] in requires:
            stuck = next(c for c in requires[walk[-1]] if not any(_free(a, reached) for a in c))
            walk.append(min(stuck))
        if walk[-1] in walk[:-1]:
            cycle = walk[walk.index(walk[-1]) :]
            out.append(f"preconditions run in a circle: {' needs '.join(cycle)}")
        seen |= set(walk)
    barred = {(a, b) for pair in excludes for a, b in (pair, pair[::-1])}
    for i in sorted(reached):
        clash = _clash(i, requires, barred)
        if clash:
            out.append(f"{i} {clash}")
    return list(dict.fromkeys(out))


def _clash(first: str, requires: Mapping[str, tuple[Clause, ...]], barred: set[tuple[str, str]]) -> str:
    """What an instrument needs in any case and excludes; empty if there is no clash."""
    must = {first}
    while True:
        for a in sorted(must):
            for b in sorted(must):
                if (a, b) in barred:
                    return f"needs {a} and {b}, which exclude each other" if first not in (a, b) else (
                        f"needs and excludes {b if a == first else a}")  # fmt: skip
        more: set[str] = set()
        for i in sorted(must):
            for clause in requires.get(i, ()):
                if any(a in must or a.startswith(CONDITION) for a in clause):
                    continue
                # without a choice it is needed, barred or not, and the next round names the pair
                left = [a for a in clause if len(clause) == 1 or not any((a, m) in barred for m in must)]
                if not left:
                    return f"needs {' or '.join(clause)}, which what it needs otherwise excludes"
                if len(left) == 1:
                    more.add(left[0])
        if not more:
            return ""
        must |= more


def _free(atom: str, reached: set[str]) -> bool:
    return atom in reached or is_condition(atom)
