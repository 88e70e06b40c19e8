"""What a reader must know of every number of the model: assumptions, parameters in use."""

from __future__ import annotations

from typing import Any

from megaregion.equilibrium.calibrate import Baseline
from megaregion.equilibrium.mappings import MAPPINGS
from megaregion.equilibrium.parameters import ALL

CAVEATS = (
    "modelled: the region is a closed economy with balanced trade, {people} and {sectors}",
    "modelled: the share of spending that stays in a place is a stated assumption, and welfare hangs on it",
    "modelled: the friction of a border on trade is the one measured on flows of {layer}",
    "modelled: passenger time acts on the face-to-face share of trade only; the full effect is an upper line",
)


def caveats(base: Baseline) -> tuple[str, ...]:
    """What a reader must know of every number of the model."""
    layer = base.border.layer or "no layer: there is one group only"
    used = base.settings.structure
    people = "one kind of resident" if used.groups == "one" else "residents by place of registration"
    sectors = "one sector" if used.sectors == "one" else "two sectors"
    said = (text.format(layer=layer, people=people, sectors=sectors) for text in CAVEATS)
    return (*said, *base.warnings)


def model_parameters(base: Baseline) -> dict[str, Any]:
    """Elasticities with their ranges and sources, and the border in use; JSON-able."""
    return {
        "parameters": {
            name: {
                "value": value, "low": base.settings.ranges[name][0], "high": base.settings.ranges[name][1],
                "drawn": ALL[name].drawn, "en": ALL[name].en, "zh": ALL[name].zh, "source": ALL[name].source,
            }
            for name, value in base.settings.parameters.to_dict(base.settings.names).items()
        },
        "border_gamma": base.border.gamma, "border_se": base.border.se, "border_layer": base.border.layer,
        "policies": {
            name: {"value": r.default, "low": r.low, "high": r.high, "drawn": True, "en": r.en, "zh": r.zh,
                   "source": r.source, "grade": r.grade}
            for name, r in MAPPINGS.items() if name not in ALL and r.low is not None
        },
        "draws": base.settings.draws, "income_indicator": base.place.income_indicator, "base_year": base.place.year,
    }  # fmt: skip
