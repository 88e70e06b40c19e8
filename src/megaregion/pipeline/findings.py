"""Findings of the data doctor as a result table, so that they travel into the report."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from megaregion.data.problem import Problem
from megaregion.data.stored import StoredTable
from megaregion.result import Column, Result


@dataclass(frozen=True, eq=False, kw_only=True)
class FindingsResult(Result):
    """What `megaregion check` found."""

    title_en: ClassVar[str] = "Findings of the data doctor"
    title_zh: ClassVar[str] = "数据体检结果"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("severity", "", "Severity", "级别", key=True),
        Column("code", "", "Rule", "规则", key=True),
        Column("table", "", "Table", "表", key=True),
        Column("column", "", "Column", "列"),
        Column("labels", "", "First labels", "首批标签"),
        Column("count", "count", "How many", "数量"),
        Column("message", "", "What is wrong", "问题"),
        Column("fix", "", "How to mend it", "处理办法"),
    )
    problems: tuple[Problem, ...]

    def to_frame(self) -> pd.DataFrame:
        """One row a finding; labels as a JSON list."""
        rows = [{**p.to_dict(), "labels": json.dumps(p.labels, ensure_ascii=False)} for p in self.problems]
        names = [c.name for c in self.columns]
        frame = pd.DataFrame(rows, columns=names)
        return frame.astype({name: "int64" if name == "count" else object for name in names})

    def facts(self) -> dict[str, Any]:
        """How many of each severity."""
        return {s: sum(p.severity == s for p in self.problems) for s in ("error", "warning", "note")}


def findings(table: StoredTable) -> list[Problem]:
    """The findings back from a stored table."""
    records = table.frame.to_dict("records")
    return [Problem(**{**{str(k): v for k, v in r.items()}, "labels": tuple(json.loads(r["labels"]))}) for r in records]
