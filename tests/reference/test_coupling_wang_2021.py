"""Coupling degrees of ecology and economy in 13 cities of Beijing-Tianjin-Hebei, as printed.

Wang Shujia, Kong Wei, Ren Liang, Zhi Dandan and Dai Binting (2021), Journal of Natural Resources 36(3), 793-810,
table 8, years 2008 and 2014: the classical degree above, the corrected one below, four decimals. The paper prints no
levels U of the two systems. Both degrees together determine them (two equations, two unknowns); those of Beijing and
Shijiazhuang below were inverted independently of this code. Not reproduced: the indicators behind U, T and D of the
paper, years that are not typed in here, and the general form for more than two systems, of which it has no numbers.
"""

import numpy as np
import pandas as pd
import pytest

from megaregion.core.coupling import classical_degree, coupling_degree
from megaregion.mechanisms.coupling import coupling

PRINTED = 5e-5  # half a unit of the last digit
CITIES = ("Beijing", "Tianjin", "Shijiazhuang", "Tangshan", "Qinhuangdao", "Handan", "Xingtai", "Baoding",
          "Zhangjiakou", "Chengde", "Cangzhou", "Langfang", "Hengshui")  # fmt: skip
OLD = {
    2008: (.9989, .9935, .8868, .9073, .6821, .8328, .6816, .7789, .6871, .6101, .8017, .7867, .7191),
    2014: (.9942, .9488, .9834, .9815, .6713, .8995, .8283, .8917, .7556, .6955, .9270, .9064, .8257),
}  # fmt: skip
NEW = {
    2008: (.9404, .8660, .5440, .5769, .3006, .4780, .3344, .4171, .3278, .2700, .4374, .4196, .3738),
    2014: (.8523, .6353, .7939, .7829, .2532, .5627, .4708, .5540, .3797, .3067, .6191, .5750, .4723),
}  # fmt: skip


@pytest.mark.parametrize(("city", "levels"), [("Beijing", (0.3196, 0.2910)), ("Shijiazhuang", (0.3092, 0.1138))])
def test_table_8_at_the_levels_of_two_cities(city: str, levels: tuple[float, float]) -> None:
    """Some levels that round to the given ones give both degrees to the printed digits."""
    around = np.linspace(-PRINTED, PRINTED, 41)
    u = np.stack(np.meshgrid(levels[0] + around, levels[1] + around), axis=-1).reshape(-1, 2)
    at = CITIES.index(city)
    both = (np.abs(classical_degree(u) - OLD[2008][at]) <= PRINTED) & (
        np.abs(coupling_degree(u) - NEW[2008][at]) <= PRINTED
    )
    assert both.any()


@pytest.mark.parametrize("year", [2008, 2014])
def test_all_cities_have_levels_between_0_and_1_that_give_both_degrees(year: int) -> None:
    """Inverted by hand: root of the ratio (1 - sqrt(1 - C^2)) / C, difference 1 - C'^2 / ratio. A formula that is not
    the one of the paper would ask for differences below 0 or levels above 1; this one does so nowhere."""
    old, new = np.array(OLD[year]), np.array(NEW[year])
    ratio = ((1 - np.sqrt(1 - old**2)) / old) ** 2
    apart = 1 - new**2 / ratio
    high = apart / (1 - ratio)
    assert ((apart > 0) & (high < 1)).all()
    frame = pd.DataFrame({"ecology": high * ratio, "economy": high}, index=list(CITIES))
    got = coupling(frame, seed=1).to_frame().set_index("place_id").loc[list(CITIES)]
    np.testing.assert_allclose(got["c_classical"], old, atol=PRINTED)
    np.testing.assert_allclose(got["c"], new, atol=PRINTED)


def test_the_corrected_degree_tells_apart_what_the_classical_one_presses_together() -> None:
    """The point of the paper: more spread among cities whose systems differ."""
    for year in (2008, 2014):
        assert np.std(NEW[year]) > 1.5 * np.std(OLD[year])
