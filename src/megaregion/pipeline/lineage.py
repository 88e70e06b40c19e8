"""Where a number comes from: the traced rows of a stored result."""

from __future__ import annotations

from megaregion.data.workspace import Workspace
