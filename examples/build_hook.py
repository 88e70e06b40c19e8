"""Put the shipped examples into the wheel: what git would ship, never what was fetched or computed in place."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

LEFT_OUT = {"results", "report", "raw", "derive", "__pycache__"}
FETCHED = {"germany": {"tables", "geometry"}}


class ExamplesHook(BuildHookInterface):
    """Adds each file of an example to ``megaregion/examples/<name>/``."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before the wheel is written; an editable install finds the examples in the source tree."""
        if version == "editable":
            return
        root = Path(self.root) / "examples"
        for path in sorted(root.glob("*/**/*")):
            parts = path.relative_to(root).parts
            skipped = LEFT_OUT | FETCHED.get(parts[0], set())
            if path.is_file() and not skipped & set(parts) and ".fetched." not in path.name and path.name[0] != ".":
                build_data["force_include"][str(path)] = "/".join(("megaregion", "examples", *parts))
