"""Products of matrices with cost changes against the matrices written out, cell by cell."""

from __future__ import annotations

import numpy as np
import pytest

from megaregion.equilibrium.kernels import Kernel, Own, Shared, kernels

POWER = -4.5


def factors(rng: np.random.Generator, shape: tuple[int, int], *, dense: bool) -> list[np.ndarray | None]:
    """None, one cell, a row and a few cells; and, if dense, all of them."""
    one, row, few = np.ones(shape), np.ones(shape), np.where(rng.random(shape) < 0.05, 0.8, 1.0)
    one[2, 1] = 1.3
    row[1] = rng.uniform(0.8, 1.2, shape[1])
    return [None, one, row, few, *([rng.uniform(0.8, 1.2, shape)] if dense else [])]


@pytest.mark.parametrize("shape", [(23, 23), (12, 31)])
@pytest.mark.parametrize(("dense", "kind"), [(False, Shared), (True, Own)])
def test_products_are_those_of_the_whole_matrices(shape: tuple[int, int], dense: bool, kind: type[Kernel]) -> None:
    rng = np.random.default_rng(4)
    base, changes = rng.uniform(0.0, 1.0, shape), factors(rng, shape, dense=dense)
    kernel, at_rest = kernels(base, changes, POWER)
    assert isinstance(kernel, kind)
    whole = np.stack([base if f is None else base * f**POWER for f in changes])
    right, left = rng.normal(size=(len(changes), shape[1])), rng.normal(size=(len(changes), shape[0]))
    np.testing.assert_allclose(kernel.times(right), np.einsum("bnm,bm->bn", whole, right), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(
        kernel.times_transposed(left), np.einsum("bnm,bn->bm", whole, left), rtol=1e-12, atol=1e-12
    )
    for k in range(len(changes)):
        np.testing.assert_allclose(kernel.matrix(k), whole[k], rtol=1e-13)
    np.testing.assert_allclose(at_rest.times(right), right @ base.T, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("dense", [False, True])
def test_a_scenario_without_changes_rounds_as_the_baseline(dense: bool) -> None:
    """Bit by bit: otherwise it would not be at a fixed point of exactly zero."""
    rng = np.random.default_rng(9)
    base = rng.uniform(0.0, 1.0, (17, 17))
    kernel, at_rest = kernels(base, factors(rng, (17, 17), dense=dense), POWER)
    x = rng.normal(size=(5 if dense else 4, 17))
    assert (kernel.times(x)[0] == at_rest.times(x)[0]).all()
    assert (kernel.times_transposed(x)[0] == at_rest.times_transposed(x)[0]).all()
