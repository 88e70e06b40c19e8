"""Units of ratios."""

import pytest

from megaregion.nodes.denominators import split
from megaregion.units import factor


@pytest.mark.parametrize(
    ("unit", "want"),
    [
        ("count per 1000 persons", ("count", "person", 1000.0)),
        ("person per km2", ("person", "km2", 1.0)),
        ("million CNY (2020) per person", ("million CNY (2020)", "person", 1.0)),
        ("ha per 10000 persons", ("ha", "person", 1e4)),
        ("count per million persons", ("count", "person", 1e6)),
        ("unstated", ("unstated", "unstated", 1.0)),
        ("percent", ("unstated", "unstated", 1.0)),
    ],
)
def test_split(unit: str, want: tuple[str, str, float]) -> None:
    assert split(unit) == want
    top, bottom, _ = split(unit)
    assert factor(top, top) == factor(bottom, bottom) == 1.0
