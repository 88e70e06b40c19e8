"""A result that is one frame with the settings it was computed with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from megaregion.result import Result


@dataclass(frozen=True, eq=False, kw_only=True)
class SettledTable(Result):
    """A table with settings.

    Attributes
    ----------
    table : DataFrame
    settings : dict
    """

    table: pd.DataFrame
    settings: dict[str, Any] = field(default_factory=dict)

    def to_frame(self) -> pd.DataFrame:
        """The rows."""
        return self.table

    def parameters(self) -> dict[str, Any]:
        """How it was computed."""
        return dict(self.settings)
