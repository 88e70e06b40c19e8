"""Human Development Index of 2014, as the United Nations Development Programme published it.

Human Development Report 2015, table 1, columns "Human Development Index (HDI)", "Life expectancy at birth",
"Expected years of schooling", "Mean years of schooling", "Gross national income (GNI) per capita" (2011 PPP $);
HDI printed with three decimals. Goalposts of technical note 1: 20-85 years, 0-18 and 0-15 years of schooling,
100-75,000 PPP $ in logarithms; values beyond the upper goalpost count as the goalpost. Reproduced to .001, the
rounding of the printed inputs; the other tables of the report are not.
"""

import math

import pandas as pd
import pytest

from megaregion.nodes.index import IndexResult, index
from megaregion.nodes.tree import tree_from_dict

TABLE = {  # country: HDI, life expectancy, expected schooling, mean schooling, GNI per head
    "Norway": (0.944, 81.6, 17.5, 12.6, 64_992),
    "Australia": (0.935, 82.4, 20.2, 13.0, 42_261),
    "Switzerland": (0.930, 83.0, 15.8, 12.8, 56_431),
    "Denmark": (0.923, 80.2, 18.7, 12.7, 44_025),
    "Netherlands": (0.922, 81.6, 17.9, 11.9, 45_435),
    "Germany": (0.916, 80.9, 16.5, 13.1, 43_919),
    "Ireland": (0.916, 80.9, 18.6, 12.2, 39_568),
    "United States": (0.915, 79.1, 16.5, 12.9, 52_947),
    "Singapore": (0.912, 83.0, 15.4, 10.6, 76_628),
    "Liechtenstein": (0.908, 80.0, 15.0, 11.8, 79_851),
    "Iceland": (0.899, 82.6, 19.0, 10.6, 35_182),
    "Japan": (0.891, 83.5, 15.3, 11.5, 36_927),
    "France": (0.888, 82.2, 16.0, 11.1, 38_056),
    "Finland": (0.883, 80.8, 17.1, 10.3, 38_695),
}
LEAVES = {  # pillar: indicator, low, high
    "health": [("life", 20.0, 85.0)],
    "education": [("expected", 0.0, 18.0), ("mean", 0.0, 15.0)],
    "income": [("log_income", math.log(100.0), math.log(75_000.0))],
}


@pytest.fixture(scope="module")
def result() -> IndexResult:
    tree = tree_from_dict(
        {
            "index": {"name": "HDI", "year": 2014, "min_indicators": 1, "delta": 0.0},
            "pillar": [
                {
                    "id": pillar,
                    "name": pillar,
                    "indicator": [
                        {"id": name, "name": name, "direction": 1, "low": low, "high": high, "unit": "index",
                         "goalpost_source": "HDR 2015, technical note 1"}
                        for name, low, high in leaves
                    ],
                }
                for pillar, leaves in LEAVES.items()
            ],
        }
    )  # fmt: skip
    rows = [
        {"place_id": country, "year": 2014, "indicator": name, "value": value, "unit": "index", "scope": "全市"}
        for country, (_, life, expected, mean, income) in TABLE.items()
        for name, value in (("life", life), ("expected", expected), ("mean", mean), ("log_income", math.log(income)))
    ]
    return index(pd.DataFrame(rows), list(TABLE), tree=tree, seed=1)


@pytest.mark.parametrize("country", sorted(TABLE))
def test_published_value(result: IndexResult, country: str) -> None:
    assert result.score[country] / 100 == pytest.approx(TABLE[country][0], abs=0.001)


def test_values_beyond_the_goalposts_are_counted(result: IndexResult) -> None:
    """Expected schooling above 18 years: four countries; income above 75,000: two."""
    done = result.steps.to_frame().set_index("subject")["done"]
    assert "4 above" in done["expected"]
    assert "2 above" in done["log_income"]
    assert "0 values beyond" in done["life"]
