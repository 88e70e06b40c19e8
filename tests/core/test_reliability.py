"""Krippendorff's alpha against his published example and by hand."""

import numpy as np
import pytest

from megaregion.core.reliability import krippendorff_alpha
from megaregion.errors import InputError

X = np.nan
# Krippendorff (2011), Computing Krippendorff's alpha-reliability, section D: four observers, twelve units
PUBLISHED = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, X, X, X],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, X, 3],
        [X, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, X],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, X],
    ]
)


@pytest.mark.parametrize(("metric", "value"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_published_example(metric: str, value: float) -> None:
    """Three digits as printed."""
    assert krippendorff_alpha(PUBLISHED, metric=metric) == pytest.approx(value, abs=5e-4)  # type: ignore[arg-type]


def test_two_coders_by_hand() -> None:
    """Units (0,0), (1,1), (0,1): D_o = 2/6; n_0 = n_1 = 3, D_e = 2 * 9 / (6 * 5); alpha = 1 - (1/3) / (3/5) = 4/9."""
    assert krippendorff_alpha([[0, 1, 0], [0, 1, 1]], metric="nominal") == pytest.approx(4 / 9)


def test_properties() -> None:
    assert krippendorff_alpha([[1, 2, 5], [1, 2, 5]], metric="ordinal") == 1.0
    assert krippendorff_alpha([[0, 1], [1, 0]], metric="nominal") < 0
    assert np.isnan(krippendorff_alpha([[3, 3], [3, 3]], metric="ordinal"))  # nothing to agree on
    assert np.isnan(krippendorff_alpha([[1, X], [X, 2]], metric="ordinal"))  # no unit coded twice
    base = krippendorff_alpha(PUBLISHED, metric="ordinal")
    assert krippendorff_alpha(PUBLISHED**3, metric="ordinal") == pytest.approx(base)  # ranks only
    assert krippendorff_alpha(PUBLISHED[::-1, ::-1] * 7, metric="interval") == pytest.approx(
        krippendorff_alpha(PUBLISHED, metric="interval")
    )
    with pytest.raises(InputError, match="metric"):
        krippendorff_alpha(PUBLISHED, metric="ratio")  # type: ignore[arg-type]
    assert np.isnan(krippendorff_alpha(np.empty((0, 0)), metric="nominal"))
