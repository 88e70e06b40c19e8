import numpy as np
import pandas as pd
import pytest
from pyfixest import feols

from megaregion.core.least_squares import least_squares, within
from megaregion.errors import InputError


@pytest.fixture
def drawn() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    x = np.column_stack([np.ones(60), rng.normal(size=60), rng.normal(size=60) * 1e4])
    code = np.repeat(np.arange(12), 5)
    y = x @ [1.0, 2.0, 3e-4] + rng.normal(size=60) * (1 + np.abs(x[:, 1])) + rng.normal(size=12)[code]
    return x, y, code.astype(np.intp)


@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")  # of pyfixest itself
def test_equal_to_pyfixest(drawn) -> None:
    """Coefficients, HC1 and CRV1 of an independent library; 1e-9 for another order of operations."""
    x, y, code = drawn
    frame = pd.DataFrame({"y": y, "a": x[:, 1], "b": x[:, 2], "g": code})
    got = least_squares(x, y, code)
    robust = feols("y ~ a + b", frame, vcov="HC1")
    np.testing.assert_allclose(got.estimate, robust.coef().to_numpy(), rtol=1e-9)
    np.testing.assert_allclose(got.error(), robust.se().to_numpy(), rtol=1e-9)
    clustered = feols("y ~ a + b", frame, vcov={"CRV1": "g"})
    np.testing.assert_allclose(got.error(clustered=True), clustered.se().to_numpy(), rtol=1e-9)
    low, high = got.interval(clustered=True)
    np.testing.assert_allclose([low[1], high[1]], clustered.confint().loc["a"].to_numpy(), rtol=1e-9)


def test_munnell_within(shared_data) -> None:
    """Published fixed-effects estimates of Munnell's production function (Baltagi; plm), all printed digits."""
    table = pd.read_csv(shared_data / "reference" / "panel" / "Produc.csv")
    names = {str(c).lower(): c for c in table.columns}
    logs = np.log(table[[names[n] for n in ("gsp", "pcap", "pc", "emp")]].to_numpy(float))
    rows = np.column_stack([logs, table[names["unemp"]].to_numpy(float)])
    unit = pd.factorize(table[names["state"]])[0].astype(np.intp)
    flat = within(rows, unit)
    got = least_squares(flat[:, 1:], flat[:, 0]).estimate
    np.testing.assert_allclose(got, [-0.02614965, 0.29200693, 0.76815947, -0.00529774], atol=5e-9)


def test_an_exact_line_has_no_error() -> None:
    x = np.column_stack([np.ones(5), np.arange(5.0)])
    got = least_squares(x, 3.0 - 2.0 * np.arange(5.0))
    np.testing.assert_allclose(got.estimate, [3.0, -2.0], atol=1e-12)
    assert got.error().max() < 1e-12 and got.r_squared == pytest.approx(1.0)
    assert np.isnan(got.cluster).all() and np.isnan(got.interval(clustered=True)[0]).all()


def test_what_cannot_be_fitted() -> None:
    with pytest.raises(InputError, match="2 rows cannot carry 2 coefficients"):
        least_squares(np.eye(2), np.ones(2))
    with pytest.raises(InputError, match="depend on each other"):
        least_squares(np.ones((5, 2)), np.arange(5.0))
