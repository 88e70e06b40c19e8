"""Drawn worlds in levels for the tests of the general equilibrium, one for each form that it can take."""

import importlib.util
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np

_spec = importlib.util.spec_from_file_location("equilibrium_levels", Path(__file__).parent / "levels.py")
assert _spec is not None and _spec.loader is not None
levels = importlib.util.module_from_spec(_spec)
sys.modules["equilibrium_levels"] = levels  # dataclasses look their module up
_spec.loader.exec_module(levels)
World, equilibrium = levels.World, levels.equilibrium
CLOSED = np.inf


def draw(seed: int, places: int = 6, sectors: int = 2, homes: tuple[int, ...] = (0, 2, 5), **given: Any) -> Any:
    """A world with everything on: two sectors with inputs and land, commuting, groups, spillovers, transfers."""
    rng = np.random.default_rng(seed)
    s, n, g = sectors, places, len(homes)

    def around(*shape: int, spread: float = 0.3) -> np.ndarray:
        return np.exp(rng.normal(0, spread, shape))

    own = np.eye(n, dtype=bool)
    home = np.array(homes)
    barrier = np.where(np.arange(n) == home[:, None], 1.0, rng.uniform(1.2, 3.0, (g, n)))
    transfers = rng.uniform(-0.15, 0.15, n)
    shares = {
        "theta": np.array([4.0, 5.5]), "labour": np.array([0.45, 0.5]), "land": np.array([0.25, 0.1]),
        "inputs": np.array([[0.1, 0.2], [0.08, 0.32]]), "nu": np.array([0.02, 0.05]),
        "entry": np.array([False, False]), "spending": np.array([0.3, 0.7]),
    }  # fmt: skip
    if s == 1:
        one = np.ones(1)
        shares = {
            "theta": 4 * one, "labour": one, "land": 0 * one, "inputs": np.zeros((1, 1)), "nu": 0.05 * one,
            "entry": one < 0, "spending": one,
        }  # fmt: skip
    world = World(
        **shares, alpha=0.75, delta=0.4, epsilon=1.7, phi=4.2, spill=-0.04, closure="landlords", developed=False,
        productivity=around(s, n), plots=around(s, n), fixed_cost=around(s, n), amenity=around(n), floor=around(n),
        iceberg=np.where(own, 1.0, rng.uniform(1.1, 2.0, (s, n, n))), scale=around(s, n, n),
        commute=np.where(own, 1.0, rng.uniform(1.3, 3.0, (s, n, n))), barrier=barrier,
        entitlement=rng.uniform(1.0, 1.3, (g, n)), people=rng.uniform(1.0, 4.0, g), home=home,
        transfers=transfers - transfers.mean(), payroll=10.0,
    )  # fmt: skip
    return world.changed(**given)


def no_commuting(world: Any) -> Any:
    return world.changed(commute=np.where(np.eye(world.amenity.size, dtype=bool), world.commute, CLOSED))


def commutes(world: Any) -> bool:
    """Whether somebody can work elsewhere than at home."""
    return bool((world.access.sum(axis=0) * ~np.eye(world.amenity.size, dtype=bool)).any())


HOUSE = tuple(range(6))  # every place has registered people
ENTRY = np.array([True, True])
ROOMY = {"developed": True, "homes": (*HOUSE, 0, -1)}


def tombe_zhu(seed: int, **given: Any) -> Any:
    """Farming and industry of three regions as six places that host one sector each; groups are registered there."""
    world = no_commuting(draw(seed, homes=HOUSE, **given))
    hosts = np.repeat([[True, False], [False, True]], 3, axis=1)[:, [0, 3, 1, 4, 2, 5]]
    return world.changed(productivity=world.productivity * hosts)


def masked(seed: int, **given: Any) -> Any:
    """Nobody lives in place 1, some pairs have no commuters, one sector is absent from place 3, one group is barred."""
    world = draw(seed, **given)
    barrier, commute, productivity = world.barrier.copy(), world.commute.copy(), world.productivity.copy()
    barrier[:, 1] = CLOSED
    barrier[1, 4] = CLOSED
    commute[:, 0, 5] = CLOSED
    commute[1, 2, 3] = CLOSED
    productivity[0, 3] = 0.0
    transfers = np.where(np.arange(6) == 1, 0.0, world.transfers)
    transfers[0] -= transfers.sum()
    return world.changed(
        barrier=barrier, commute=commute, productivity=productivity, transfers=transfers,
        home=np.where(world.home == 1, -1, world.home),
    )  # fmt: skip


def mrrh(seed: int, **given: Any) -> Any:
    """One sector, one group, commuting, free entry and one shape of tastes for homes and work."""
    base = {"homes": (-1,), "entry": np.array([True]), "epsilon": 4.6, "phi": 4.6, "spill": 0.0}
    world = draw(seed, sectors=1, **base | given)
    return world.changed(barrier=np.ones_like(world.barrier))


def split(seed: int, **given: Any) -> Any:
    """Two groups whose places do not overlap, perfectly mobile within them."""
    world = draw(seed, sectors=1, homes=(-1, -1), epsilon=math.inf, **given)
    blocks = np.arange(6) < np.array([[3], [6]])
    blocks[1] &= ~blocks[0]
    return world.changed(barrier=np.where(blocks, world.barrier, CLOSED))


def helpman(seed: int, **given: Any) -> Any:
    """One group that moves without frictions, one sector, no commuting; crowded enough to bear nominal transfers."""
    world = no_commuting(draw(seed, sectors=1, homes=(-1,), epsilon=math.inf, **{"spill": -0.5} | given))
    return world.changed(barrier=np.ones((1, 6)), entitlement=np.ones((1, 6)))


def settled(seed: int, **given: Any) -> Any:
    """Nobody moves: each place holds its own group."""
    world = draw(seed, homes=HOUSE, **given)
    return world.changed(barrier=np.where(np.eye(6, dtype=bool), 1.0, CLOSED))


WORLDS = {
    "everything": draw(1),
    "everything, developers": draw(2, developed=True),
    "residents": draw(3, closure="residents"),
    "residents, land only": draw(4, closure="residents", **ROOMY),
    "stayers": draw(5, closure="stayers", homes=(*HOUSE, 0, -1)),
    "stayers, land only": draw(6, closure="stayers", **ROOMY),
    "stayers, no commuting": no_commuting(draw(7, closure="stayers", homes=HOUSE)),
    "residents, free entry": draw(8, closure="residents", entry=ENTRY),
    "stayers, masked": masked(9, closure="stayers", **ROOMY),
    "free entry, inputs and land": draw(10, entry=ENTRY),
    "free entry in one sector": draw(11, entry=~ENTRY ^ np.array([False, True])),
    "free entry, labour only": draw(12, sectors=1, entry=np.array([True]), homes=(0, 3)),
    "no commuting, two sectors in a place": no_commuting(draw(13)),
    "no commuting, one sector in a place": tombe_zhu(14),
    "one sector in a place, stayers": tombe_zhu(15, closure="stayers", developed=True),
    "masked": masked(16),
    "masked, residents": masked(17, closure="residents"),
    "one group, one sector, commuting": mrrh(18),
    "one group, one sector, commuting, residents": mrrh(19, closure="residents", entry=np.array([False])),
    "perfect mobility": helpman(20),
    "perfect mobility, residents": helpman(43, closure="residents", developed=True),
    "perfect mobility in two blocks": split(22),
    "nobody moves": settled(23),
    "nobody moves, stayers": settled(24, closure="stayers"),
    "no floor space": draw(25, alpha=1.0, spill=-0.3),
    "tastes of one shape": draw(26, epsilon=3.0, phi=3.0),
}  # fmt: skip
