"""A result as it lies on disk: the frame and all that a reader must know of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from megaregion.errors import SchemaError
from megaregion.result import Column, Result

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class StoredTable:
    """One table of results/<step>/, read back.

    Attributes
    ----------
    frame : DataFrame
        Plain integer index; columns as in `columns`.
    columns : tuple of Column
        Unit, labels, formula and inputs of each column.
    title_en, title_zh : str
        What the table is.
    parameters, facts : dict
        Parameters the numbers depend on; headline numbers beside the frame.
    warnings : tuple of str
        What a reader must know before using the numbers.
    """

    frame: pd.DataFrame
    columns: tuple[Column, ...]
    title_en: str = ""
    title_zh: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def column(self, name: str) -> Column:
        """Description of one column.

        Raises
        ------
        SchemaError
            The table does not describe it.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise SchemaError(
            f"{self.title_en or 'the table'} describes no column {name!r}",
            hint="columns: " + ", ".join(c.name for c in self.columns),
        )

    def fingerprint(self) -> str:
        """SHA-256 of the frame as CSV text (UTF-8, LF, shortest round-trip decimals), in hexadecimal."""
        text = self.frame.to_csv(index=False, lineterminator="\n")
        return hashlib.sha256(text.encode("utf-8")).hexdigest()


def stored(result: Result) -> StoredTable:
    """A result as it would lie on disk, without writing it."""
    return StoredTable(
        frame=result.to_frame(), columns=result.describe(), title_en=result.title_en, title_zh=result.title_zh,
        parameters=result.parameters(), facts=result.facts(), warnings=result.warnings,
    )  # fmt: skip
