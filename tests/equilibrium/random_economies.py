"""Baselines of random economies that clear: shares and levels drawn, trade balanced by rows and columns."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from megaregion.equilibrium.economy import Economy
from megaregion.equilibrium.elasticities import Elasticities


def _balanced(kernel: np.ndarray, bought: np.ndarray, sold: np.ndarray) -> np.ndarray:
    """Shares of origins (columns) in each row, in proportion to the kernel, that clear: Sinkhorn's algorithm."""
    supply = np.ones(len(sold))
    for _ in range(20_000):
        demand = np.divide(1.0, kernel @ supply, out=np.zeros_like(supply), where=kernel @ supply > 0)
        back = kernel.T @ (demand * bought)
        supply = np.divide(sold, back, out=np.zeros_like(supply), where=back > 0)
        if np.abs(np.log((demand * (kernel @ supply))[bought > 0])).max() < 1e-14:
            break
    shares = demand[:, None] * kernel * supply
    return shares / shares.sum(axis=1, keepdims=True)


def random_economy(
    seed: int, *, places: int = 6, sectors: int = 2, groups: int = 3, commuting: bool = True, masked: bool = False,
    blocks: bool = False, settled: bool = False, equal_pay: bool = False,
    transferring: bool = True, **form: Any,
) -> Economy:  # fmt: skip
    """S sectors with inputs and land, G groups; `form` overrides elasticities, `masked` empties some cells.

    `blocks`: each group has places of its own and moves perfectly among them (epsilon = inf); `settled`: each group has
    one place; `equal_pay`: one wage everywhere.
    """
    rng = np.random.default_rng(seed)
    s, n, g = sectors, places, groups
    xy = rng.random((n, 2))
    far = 0.3 + np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    location = rng.dirichlet(np.ones(n), g) + 0.02
    home = rng.integers(0, n, g)
    if masked:
        location[:, 1] = 0.0
        location[-1, 2] = 0.0
    if blocks:
        location *= np.arange(n) % g == np.arange(g)[:, None]
    if settled:
        location = np.eye(n)[np.arange(g) % n]
    location /= location.sum(axis=1, keepdims=True)
    people = rng.uniform(1.0, 3.0, g)
    residents = people @ location
    if form.get("closure") == "stayers":
        home = np.arange(g) % n
    here = rng.uniform(0.5, 1.0, (s, n))
    if masked and s > 1:
        here[0, -1] = 0.0
    if commuting:
        work = here[:, None, :] * far**-4.0 * rng.uniform(0.5, 1.5, (s, n, n))
        if masked:
            work[:, 0, 2] = 0.0
            work[0, 2, 0] = 0.0
        work = work / work.sum(axis=(0, 2))[None, :, None] * (residents > 0)[None, :, None]
        workers = np.einsum("sni,n->si", work, residents)
    else:
        work, workers = None, here / here.sum(axis=0) * residents
    wage = np.ones((s, n)) if equal_pay else rng.uniform(0.8, 1.25, (s, n))
    shares: dict[str, Any] = {
        "theta": rng.uniform(3.5, 6.0, s), "labour": np.ones(1), "land": np.zeros(1), "inputs": np.zeros((1, 1)),
        "nu": rng.uniform(0.0, 0.05, s), "entry": np.zeros(s), "alpha": 0.75, "delta": 0.4,
        "epsilon": math.inf if blocks else 1.8, "phi": 4.2, "amenity_spill": -0.05,
    }  # fmt: skip
    if s > 1 and "labour" not in form:
        inputs = rng.uniform(0.05, 0.25, (s, s))
        shares |= {"inputs": inputs, "land": np.full(s, 0.1), "labour": 0.9 - inputs.sum(axis=1)}
    shares |= form
    output = wage * workers / shares["labour"][:, None]
    income = (wage * workers).sum(axis=0) if work is None else np.einsum("sni,si,n->n", work, wage, residents)
    transfers = rng.uniform(-0.05, 0.05, n) * (residents > 0) * transferring
    transfers -= transfers.sum() * income / income.sum()
    final = income + shares["land"] @ output + transfers
    spending = (output.sum(axis=1) - shares["inputs"].T @ output.sum(axis=1)) / final.sum()
    assert (spending > 0).all(), "this draw has no consistent spending shares"
    bought = spending[:, None] * final + shares["inputs"].T @ output
    kernel = far**-1.2 * rng.uniform(0.5, 1.5, (s, n, n))
    trade = np.stack([_balanced(kernel[k] * (output[k] > 0), bought[k], output[k]) for k in range(s)])
    out = Economy(
        elasticities=Elasticities(spending=spending / spending.sum(), **shares), trade=trade, wage=wage,
        workers=workers, groups=people, location=location, home=home, commuting=work, transfers=transfers,
    )  # fmt: skip
    out.require()
    return out
