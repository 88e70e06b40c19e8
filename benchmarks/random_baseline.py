"""Baselines of any size that clear: places on a plane, gravity in trade and commuting, groups of registered origin."""

import numpy as np

from megaregion.equilibrium.economy import Economy
from megaregion.equilibrium.elasticities import Elasticities

TWO = {  # shares in costs of two sectors, the first with much land
    "labour": np.array([0.40, 0.30]), "land": np.array([0.20, 0.05]), "inputs": np.array([[0.15, 0.25], [0.10, 0.55]]),
    "theta": np.array([4.0, 5.0]), "nu": np.array([0.02, 0.03]),
}  # fmt: skip
ONE = {
    "labour": np.ones(1), "land": np.zeros(1), "inputs": np.zeros((1, 1)), "theta": np.array([4.0]),
    "nu": np.array([0.03]),
}  # fmt: skip
_PASSES = 500
_GAP = 2e-14  # of margins, in logs
_HOME = 20.0  # weight of the own place beyond what its distance gives
_ROWS = 512


def economy(
    n: int, *, seed: int, sectors: int = 2, groups: int = 31, commuting: bool = False, closure: str = "landlords"
) -> Economy:
    """One or two sectors with inputs and land on n places; consistent to rounding.

    Notes
    -----
    Residents, wages and workplaces are drawn, final spending shares close the sectors, and trade is the gravity matrix
    with these margins (Sinkhorn's algorithm on two vectors; the matrix itself is scaled once).
    """
    rng = np.random.default_rng(seed)
    shares = TWO if sectors == 2 else ONE
    xy = rng.random((n, 2)) * 500.0
    people = rng.lognormal(0.0, 1.0, groups)
    home = rng.permutation(n)[:groups]
    spread = rng.dirichlet(np.full(n, 2.0), groups)
    spread[np.arange(groups), home] += 1.0  # half of a group lives where it is registered
    location = spread / spread.sum(axis=1, keepdims=True)
    residents = people @ location
    here = rng.uniform(0.2, 1.0, (sectors, n))
    work = _commuters(xy, here, residents) if commuting else None
    workers = here / here.sum(axis=0) * residents if work is None else np.einsum("sni,n->si", work, residents)
    wage = rng.lognormal(0.0, 0.2, (sectors, n))
    paid = (wage * workers).sum(axis=0) if work is None else np.einsum("sni,si,n->n", work, wage, residents)
    output = wage * workers / shares["labour"][:, None]
    final = paid + shares["land"] @ output
    spending = (output.sum(axis=1) - shares["inputs"].T @ output.sum(axis=1)) / final.sum()
    bought = spending[:, None] * final + shares["inputs"].T @ output
    trade = np.empty((sectors, n, n))
    for s in range(sectors):
        _gravity(xy, 1.5 + 0.5 * s, out=trade[s])
        _balance(trade[s], bought[s], output[s])
    return Economy(
        elasticities=Elasticities(
            spending=spending / spending.sum(), entry=np.zeros(sectors), alpha=0.75, delta=0.4, epsilon=1.8, phi=4.0,
            amenity_spill=-0.02, closure=closure, **shares,
        ),
        trade=trade, wage=wage, workers=workers, groups=people, location=location, home=home, commuting=work,
    )  # fmt: skip


def _gravity(xy: np.ndarray, decay: float, out: np.ndarray) -> None:
    """Distance to the power of -decay, with a weight on the own place, filled in blocks of rows."""
    for start in range(0, len(xy), _ROWS):
        rows = slice(start, start + _ROWS)
        far = np.hypot(xy[rows, 0, None] - xy[:, 0], xy[rows, 1, None] - xy[:, 1])
        out[rows] = (20.0 + far) ** -decay
    out[np.diag_indices(len(xy))] *= _HOME


def _commuters(xy: np.ndarray, here: np.ndarray, residents: np.ndarray) -> np.ndarray:
    """Shares of workplaces (columns) and sectors in the residents of a place (S, n, n)."""
    near = np.empty((len(xy), len(xy)))
    _gravity(xy, 4.0, near)
    work = here[:, None, :] * residents * near
    return work / work.sum(axis=(0, 2))[None, :, None]


def _balance(kernel: np.ndarray, bought: np.ndarray, sold: np.ndarray) -> None:
    """Turn a kernel into shares of origins (columns) in what each row buys, such that markets clear."""
    supply = np.ones(len(sold))
    reach = kernel @ supply
    for _ in range(_PASSES):
        supply = sold / (kernel.T @ (bought / reach))
        old, reach = reach, kernel @ supply
        if np.abs(np.log(reach / old)).max() < _GAP:
            break
    kernel *= supply
    kernel /= kernel.sum(axis=1, keepdims=True)
