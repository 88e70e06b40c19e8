"""How an equilibrium answers to the capacity and the free-flow time of every link, by one adjoint solution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from megaregion.core.assignment_result import Equilibrium
from megaregion.core.bush_cycles import Cycles
from megaregion.core.bushes import Floats
from megaregion.errors import ConvergenceError, InputError

_DAMP = 1e-13  # of the diagonal: circles that several origins share make the system singular
_ACCURACY = 1e-22  # of the adjoint solution, squared
_STEPS = 5000
_ENOUGH = 1e-7  # residual around a circle, relative to the dearest link, above which there is no derivative
_TIE = 1e-9  # ways that differ by less than this share cost the same
_PARTED = 1e-6  # and are at the edge of use if they part by more than this in a change of all times of size 1


@dataclass(frozen=True, eq=False, kw_only=True)
class Sensitivities:
    """Derivatives at an equilibrium by parameters of each link.

    Attributes
    ----------
    of : str
        Whose derivatives `by_capacity` and `by_free_time` are: total time or total cost.
    by_capacity, by_free_time : arrays (links,)
        In total time (or cost) per unit of capacity and of free-flow time, when travellers have found their new
        equilibrium; nan for closed links, whose opening is no small change.
    beckmann_by_capacity, beckmann_by_free_time : arrays (links,)
        Of Beckmann's objective: by the envelope theorem the flows may be held.
    kinks : bool array (links,)
        Links at the edge of use: some travellers do not use them though they cost no more. If there are any the
        derivatives hold for changes that keep them unused.
    residual : float
        Largest of the adjoint system around a circle, relative to the dearest link.
    """

    of: Literal["total_time", "total_cost"]
    by_capacity: Floats
    by_free_time: Floats
    beckmann_by_capacity: Floats
    beckmann_by_free_time: Floats
    kinks: NDArray[np.bool_]
    residual: float

    @property
    def braess(self) -> NDArray[np.int64]:
        """Links of which more capacity makes the total larger (Braess 1968), the worst per unit first."""
        worse = np.flatnonzero(self.by_capacity > 0)
        return worse[np.argsort(-self.by_capacity[worse], kind="stable")]


def sensitivities(
    found: Equilibrium, *, of: Literal["total_time", "total_cost"] = "total_time", gap: float = 1e-10
) -> Sensitivities:
    """Derivatives of an equilibrium's total by capacity and free-flow time of all links.

    Parameters
    ----------
    found : Equilibrium
        Exact enough that it tells used from unused links.
    of : "total_time" or "total_cost"
        Without or with the fixed costs.
    gap : float
        Largest relative gap that is accepted; at 1e-8 flow may linger on ways that are not used in the end.

    Raises
    ------
    InputError
        The equilibrium is not exact enough.
    ConvergenceError
        There is no derivative, because ways of constant cost tie and the total differs between them.

    Notes
    -----
    Flows change by dv = A z along circles of used links so that these keep costing nothing: A' (D A z + dt) = 0, with D
    the derivatives of times (Tobin and Friesz 1988, Transportation Science 22; in link flows on a restricted set of
    routes Patriksson 2004, Transportation Science 38). With w from (A' D A) w = A' dT/dv, one system for all links,
    dT/dp = (v - A w) dt/dp. Links at the edge of use make the total non-differentiable (Patriksson 2004); they are
    reported.
    """
    if of not in ("total_time", "total_cost"):
        raise InputError(f"`of` must be 'total_time' or 'total_cost', got {of!r}")
    if found.relative_gap > gap:
        raise InputError(f"derivatives need an equilibrium to a gap of {gap:g}, this one has {found.relative_gap:.3g}",
                         hint="solve it with a smaller gap, starting from it")  # fmt: skip
    net, flow, traffic = found.network, found.flow, found.traffic
    state = traffic.state(flow)
    circles = Cycles.of(traffic, found.blocks, state.time)
    weight = np.where(flow > 0, state.derivative, 0.0)
    own_time = net.cost(flow) - net.fixed
    rising = circles.around(own_time + found.marginal_toll)
    if of == "total_cost":
        rising += circles.gain - circles.around(state.time)
    free = np.ones(len(circles.gain), np.bool_)
    w, _ = circles.solve(weight, rising, free, damp=_DAMP, accuracy=_ACCURACY, steps=_STEPS)
    back = circles.along(w, net.links)
    scale = max(float(np.max(own_time + found.marginal_toll, initial=0.0)), np.finfo(float).tiny)
    left = float(np.max(np.abs(circles.around(weight * back) - rising), initial=0.0)) / scale
    if left > _ENOUGH:
        raise ConvergenceError(f"the adjoint system has no solution: residual {left:.2g}", last=w,
                               hint="ways of constant cost tie: give them a slope, or different costs")  # fmt: skip
    ratio = np.where(net.closed, 0.0, flow / np.where(net.capacity > 0, net.capacity, 1.0))
    grown = np.where(net.slope > 0, ratio**net.power, 0.0)
    felt = 1.0 + net.power if found.system_optimum else np.ones(net.links)  # delay as travellers are charged for it
    by_capacity = -net.power * net.slope * grown / np.where(net.capacity > 0, net.capacity, 1.0)
    delay = np.where(net.power > 0, net.b * grown, 0.0)
    constant = 1.0 + np.where(net.power == 0, net.b, 0.0)
    closed = np.where(net.closed, np.nan, 0.0)
    share = felt / (net.power + 1.0)
    return Sensitivities(
        of=of,
        by_capacity=by_capacity * (flow - felt * back) + closed,
        by_free_time=constant * (flow - back) + delay * (flow - felt * back) + closed,
        beckmann_by_capacity=by_capacity * share * flow + closed,
        beckmann_by_free_time=(constant + share * delay) * flow + closed,
        kinks=_kinks(found, circles, weight, state.time),
        residual=left,
    )


def _kinks(found: Equilibrium, circles: Cycles, weight: Floats, time: Floats) -> NDArray[np.bool_]:
    """Links at the edge of use; told from ways that other origins use by a change of all times at once."""
    from megaregion.core.bush_cycle_kernels import edges

    many = found.network.links
    golden = np.modf(np.arange(1, many + 1) * (0.5 * np.sqrt(5.0) - 0.5))[0]  # no two ways change alike by chance
    free = np.ones(len(circles.gain), np.bool_)
    z, _ = circles.solve(weight, circles.around(golden), free, damp=_DAMP, accuracy=_ACCURACY, steps=_STEPS)
    shift = golden - weight * circles.along(z, many)
    out = np.zeros(many, np.bool_)
    for block in found.blocks:
        edges(block.origin, block.kind, block.start, block.links, block.x, found.traffic.graph, found.traffic.usable,
              found.traffic.fixed, time, shift, _TIE, _PARTED, out)  # fmt: skip
    return out
