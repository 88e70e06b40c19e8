"""One thing that is wrong with a workspace, in words that say where and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Severity = Literal["error", "warning", "note"]
ORDER: dict[str, int] = {"error": 0, "warning": 1, "note": 2}


@dataclass(frozen=True)
class Problem:
    """A finding of the data doctor.

    Attributes
    ----------
    severity : {'error', 'warning', 'note'}
        An error stops the run; a warning travels into the report; a note informs.
    code : str
        Stable name of the rule, ``duplicate-id``.
    table, column : str
        Where; the column may be empty.
    labels : tuple of str
        The first five offending labels (place ids, row numbers ...).
    count : int
        How many there are in all.
    message : str
        What was expected and what came.
    fix : str
        How to mend it.
    """

    severity: Severity
    code: str
    table: str
    message: str
    column: str = ""
    labels: tuple[str, ...] = ()
    count: int = 0
    fix: str = ""

    def line(self) -> str:
        """One paragraph for a terminal."""
        where = f"{self.table}.{self.column}" if self.column else self.table
        shown = ""
        if self.labels:
            more = f" and {self.count - len(self.labels)} more" if self.count > len(self.labels) else ""
            shown = f" [{', '.join(self.labels)}{more}]"
        fix = f"\n    mend: {self.fix}" if self.fix else ""
        return f"{self.severity:<7} {self.code}: {where}: {self.message}{shown}{fix}"

    def to_dict(self) -> dict[str, Any]:
        """JSON-able form."""
        return asdict(self)


def first(labels: Iterable[object], limit: int = 5) -> tuple[str, ...]:
    """The first `limit` labels as text, in the order given."""
    out: list[str] = []
    for label in labels:
        out.append(str(label))
        if len(out) == limit:
            break
    return tuple(out)


def ordered(problems: Sequence[Problem]) -> list[Problem]:
    """Errors first, then by table, rule and column."""
    return sorted(problems, key=lambda p: (ORDER[p.severity], p.table, p.code, p.column, p.labels))
