"""Options of innovation: which indicators count, which documents, which centre."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np

from megaregion.data.option_keys import require_known
from megaregion.errors import InputError

INPUTS = (
    "rd_intensity", "rd_expenditure", "rd_industry",
    "bachelor_share", "science_employment_share", "information_employment_share",
    "talent_net_inflow", "key_laboratories", "pilot_platforms", "specialised_smes",
)  # fmt: skip
OUTPUTS = (
    "invention_grants", "pct_applications", "patents", "publications", "copublication_degree", "technology_sold",
    "technology_absorbed", "technology_contracts", "new_product_sales",
)  # fmt: skip
CONVERTED = "patents_converted"
STOCK = "valid_patents"
YIELDS = (  # output, input
    ("technology_contracts", "rd_expenditure"), ("technology_sold", "rd_expenditure"),
    ("technology_absorbed", "rd_expenditure"), ("invention_grants", "rd_expenditure"),
    ("new_product_sales", "rd_industry"),
)  # fmt: skip
LAGS = (0, 1, 2)


@dataclass(frozen=True, kw_only=True)
class InnovationOptions:
    """The table [options.innovation] of workspace.toml.

    Attributes
    ----------
    inputs, outputs : tuple of str
        Indicators of the vector; those that the table lacks are left out and named.
    converted, stock : str
        Indicators: patents licensed or transferred, and valid patents.
    yields : tuple of (str, str)
        Pairs of an output and an input, whose ratio is told for every place and year that has both.
    lags : tuple of int
        Years from the input to the output.
    document_kind : str, optional
        Kind of documents (column `kind`); needed where there are several.
    until : int, optional
        Last year of the documents; default the last one of the table.
    years : int
        Width of the window.
    centre : str, optional
        Place whose radiation is measured; default the one with the most documents, counted by fractions.
    activities : {'documents', 'industries'}, optional
        What places are specialised in: fields of the documents or industries; default the first that is there.
    kind : str, optional
        Kind of the places whose industries are compared; default the level of analysis.
    absent_is_zero : bool, optional
        Whether the table of industries lists all there is; default what [options.division_of_labour] says of it.
    prior : float, optional
        Strength of the prior of advantages, in expected cases; default the most likely one.
    least_expected : float
        Activities with fewer expected cases in the mean place are left out: one case would make an advantage.
    design_effect : float
        Counted people or documents hang together: they count as 1 / design_effect.
    draws : int
        Of documents and of advantages.
    """

    inputs: tuple[str, ...] = INPUTS
    outputs: tuple[str, ...] = OUTPUTS
    converted: str = CONVERTED
    stock: str = STOCK
    yields: tuple[tuple[str, str], ...] = YIELDS
    lags: tuple[int, ...] = LAGS
    document_kind: str | None = None
    until: int | None = None
    years: int = 3
    centre: str | None = None
    activities: Literal["documents", "industries"] | None = None
    kind: str | None = None
    absent_is_zero: bool | None = None
    prior: float | None = None
    least_expected: float = 5.0
    design_effect: float = 1.0
    draws: int = 400

    def __post_init__(self) -> None:
        wrong = []
        if self.activities not in (None, "documents", "industries"):
            wrong.append(f"activities must be documents or industries, got {self.activities!r}")
        if not _whole(self.years) or self.years < 1:
            wrong.append(f"years must be a whole number >= 1, got {self.years!r}")
        if not _whole(self.draws) or self.draws < 100:
            wrong.append(f"draws must be a whole number >= 100, got {self.draws!r}")
        if self.until is not None and not _whole(self.until):
            wrong.append(f"until must be a year, got {self.until!r}")
        if self.prior is not None and not (_number(self.prior) and self.prior >= 0):
            wrong.append(f"prior must be >= 0, got {self.prior!r}")
        if not (_number(self.least_expected) and self.least_expected >= 0):
            wrong.append(f"least_expected must be >= 0, got {self.least_expected!r}")
        if not (_number(self.design_effect) and self.design_effect >= 1):
            wrong.append(f"design_effect must be >= 1, got {self.design_effect!r}")
        if (
            not self.lags
            or any(not _whole(lag) or lag < 0 for lag in self.lags)
            or len(set(self.lags)) < len(self.lags)
        ):
            wrong.append(f"lags must be different whole numbers >= 0, got {list(self.lags)!r}")
        if strange := [pair for pair in self.yields if len(pair) != 2 or pair[0] == pair[1]]:
            wrong.append(f"yields must be pairs of an output and another input, got {list(strange[0])!r}")
        if both := sorted(set(self.inputs) & set(self.outputs)):
            wrong.append(f"{', '.join(both)} cannot be both input and output")
        if wrong:
            raise InputError("options.innovation: " + "; ".join(wrong))

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> InnovationOptions:
        """From the table [options.innovation]; unknown keys raise InputError."""
        require_known(options, [f.name for f in fields(cls)], "innovation")
        given = dict(options)
        for name in ("inputs", "outputs"):
            if name in given:
                if not isinstance(given[name], list | tuple):
                    raise InputError(f"options.innovation: {name} must be a list of indicators, got {given[name]!r}")
                given[name] = tuple(str(v) for v in given[name])
        if "yields" in given:
            pairs = given["yields"]
            if not isinstance(pairs, list | tuple) or not all(isinstance(pair, list | tuple) for pair in pairs):
                raise InputError(f"options.innovation: yields must be a list of [output, input], got {pairs!r}")
            given["yields"] = tuple(tuple(str(v) for v in pair) for pair in pairs)
        if "lags" in given:
            if not isinstance(given["lags"], list | tuple):
                raise InputError(f"options.innovation: lags must be a list of years, got {given['lags']!r}")
            given["lags"] = tuple(given["lags"])
        return cls(**given)


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and bool(np.isfinite(value))
