"""What [options.reforms] says: scenarios that count as reforms, and the declared range of each elasticity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from megaregion.equilibrium.mappings import MAPPINGS
from megaregion.equilibrium.parameters import ALL
from megaregion.errors import InputError

Range = tuple[float, float, float]
PRIORS = tuple(
    name for name, r in MAPPINGS.items() if name not in ALL and r.low is not None and r.high is not None
)  # fmt: skip
_KEYS = ("scenarios", "elasticities")


@dataclass(frozen=True, kw_only=True)
class ReformOptions:
    """How reforms are run.

    Attributes
    ----------
    scenarios : tuple of str
        Scenarios of the workspace that are a reform each, beside those of tables/reforms.csv.
    elasticities : mapping of str to (low, value, high)
        Declared priors that differ from `megaregion.equilibrium.mappings.MAPPINGS`.
    """

    scenarios: tuple[str, ...] = ()
    elasticities: Mapping[str, Range] = field(default_factory=dict)

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> ReformOptions:
        """From the table of workspace.toml.

        Raises
        ------
        InputError
            A key is unknown or a value cannot be used; everything is listed.
        """
        wrong = [f"unknown key {key!r} (keys: {', '.join(_KEYS)})" for key in sorted(set(given) - set(_KEYS))]
        names = given.get("scenarios", [])
        if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
            wrong.append(f"scenarios must be a list of names, got {names!r}")
            names = ()
        stated = given.get("elasticities", {})
        if not isinstance(stated, Mapping):
            wrong.append(f"elasticities must be a table, got {stated!r}")
            stated = {}
        ranges: dict[str, Range] = {}
        for name, value in stated.items():
            numbers = value if isinstance(value, (list, tuple)) else ()
            if len(numbers) != 3 or any(isinstance(x, bool) or not isinstance(x, (int, float)) for x in numbers):
                wrong.append(f"{name} must be [low, value, high], got {value!r}")
            else:
                ranges[str(name)] = (float(numbers[0]), float(numbers[1]), float(numbers[2]))
        out = cls(scenarios=tuple(names), elasticities=ranges)
        if wrong := [*wrong, *out.problems()]:
            raise InputError(
                "options.reforms: " + "; ".join(wrong), hint="such as recognition_value = [0.0, 0.05, 0.15]"
            )
        return out

    def problems(self) -> list[str]:
        """What makes no sense; empty if all is well."""
        out = [f"scenario {n} is named twice" for n in dict.fromkeys(self.scenarios) if self.scenarios.count(n) > 1]
        for name, (low, value, high) in self.elasticities.items():
            if name not in PRIORS:
                out.append(f"unknown elasticity {name!r} (declared priors: {', '.join(PRIORS)})")
            elif not 0 <= low <= value <= high < np.inf:
                out.append(f"{name} needs 0 <= low <= value <= high, got {low:g}, {value:g}, {high:g}")
        return out

    def range_of(self, name: str) -> Range:
        """Low end, value in use and high end of an elasticity."""
        if name in self.elasticities:
            return self.elasticities[name]
        record = MAPPINGS[name]
        assert record.low is not None and record.default is not None and record.high is not None  # one of PRIORS
        return record.low, record.default, record.high
