"""Power over a grid of lines without losses (DC): flows, how a transfer spreads, what an outage moves where."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csc_array, csr_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import splu

from megaregion.errors import InputError

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]
BALANCE = 1e-9  # of the power of an island: what its injections may miss zero by


@dataclass(frozen=True, eq=False, kw_only=True)
class Grid:
    """Buses joined by lines.

    Attributes
    ----------
    buses : int
    tail, head : (m,) integers
        Ends of each line; parallel lines are allowed.
    susceptance : (m,) array
        Power a line carries per radian between its ends, > 0.
    """

    buses: int
    tail: Ints
    head: Ints
    susceptance: Floats

    def __post_init__(self) -> None:
        if not ((self.susceptance > 0) & np.isfinite(self.susceptance)).all():
            raise InputError("lines need a finite reactance above zero")
        if (self.tail == self.head).any():
            raise InputError("a line joins two different buses")

    @property
    def lines(self) -> int:
        """Number of lines."""
        return len(self.tail)

    def without(self, line: int) -> Grid:
        """The grid when one line is gone."""
        kept = np.arange(self.lines) != line
        return Grid(buses=self.buses, tail=self.tail[kept], head=self.head[kept], susceptance=self.susceptance[kept])

    def islands(self) -> Ints:
        """Number of the connected part that each bus lies in, (n,)."""
        joined = csr_array((np.ones(self.lines), (self.tail, self.head)), shape=(self.buses, self.buses))
        out: Ints = connected_components(joined, directed=False)[1].astype(np.intp)
        return out

    def flows(self, injection: ArrayLike) -> tuple[Floats, Floats]:
        """Flow of every line from tail to head, and angle of every bus against the first of its island.

        Parameters
        ----------
        injection : (n,) or (n, k) array
            Power that enters at each bus; sums to zero in every island.

        Returns
        -------
        flow : (m,) or (m, k) array
        angle : (n,) or (n, k) array
            Radians.

        Raises
        ------
        InputError
            An island does not balance.

        Notes
        -----
        B theta = p with B = A' diag(b) A, one bus an island held at angle zero; f = b A theta. Losses, reactive power
        and voltages are left out (Stott, Jardim and Alsac 2009, IEEE Trans. Power Syst. 24(3), 1290).
        """
        p = np.asarray(injection, dtype=np.float64)
        part = self.islands()
        net = np.zeros((int(part.max(initial=-1)) + 1, *p.shape[1:]))
        size = np.zeros_like(net)
        np.add.at(net, part, p)
        np.add.at(size, part, np.abs(p))
        if (np.abs(net) > BALANCE * np.maximum(size, 1.0)).any():
            raise InputError(f"injections miss zero by up to {np.abs(net).max():.6g} in an island")
        angle = self._angles(p, part)
        b = self.susceptance.reshape(-1, *[1] * (p.ndim - 1))
        return b * (angle[self.tail] - angle[self.head]), angle

    def _angles(self, p: Floats, part: Ints) -> Floats:
        _, first = np.unique(part, return_index=True)
        free = np.ones(self.buses, bool)
        free[first] = False
        angle = np.zeros(p.shape)
        if free.any():
            rest = self._laplacian()[free][:, free]
            angle[free] = splu(csc_array(rest)).solve(np.ascontiguousarray(p[free]))
        return angle

    def _laplacian(self) -> csr_array:
        line = np.arange(self.lines)
        ends = csr_array(
            (np.r_[np.ones(self.lines), -np.ones(self.lines)], (np.r_[line, line], np.r_[self.tail, self.head])),
            shape=(self.lines, self.buses),
        )
        return csr_array(ends.T @ ends.multiply(self.susceptance[:, None]))

    def transfer_factors(self) -> Floats:
        """Part of a unit that enters at a bus and leaves at the first of its island over each line (PTDF), (m, n)."""
        part = self.islands()
        _, first, of = np.unique(part, return_index=True, return_inverse=True)
        p = np.eye(self.buses)
        p[first[of], np.arange(self.buses)] -= 1.0
        angle = self._angles(p, part)
        out: Floats = self.susceptance[:, None] * (angle[self.tail] - angle[self.head])
        return out

    def bridges(self) -> Bools:
        """Lines without which an island falls into two, (m,); of parallel lines none is."""
        reach: list[list[tuple[int, int]]] = [[] for _ in range(self.buses)]
        for line, (a, b) in enumerate(zip(self.tail.tolist(), self.head.tolist(), strict=True)):
            reach[a].append((b, line))
            reach[b].append((a, line))
        found = np.zeros(self.lines, bool)
        order, low = [-1] * self.buses, [0] * self.buses
        count = 0
        for root in range(self.buses):
            if order[root] >= 0:
                continue
            order[root] = low[root] = count
            count += 1
            stack = [(root, -1, iter(reach[root]))]
            while stack:
                bus, by, ways = stack[-1]
                for other, line in ways:
                    if line == by:
                        continue
                    if order[other] < 0:
                        order[other] = low[other] = count
                        count += 1
                        stack.append((other, line, iter(reach[other])))
                        break
                    low[bus] = min(low[bus], order[other])
                else:
                    stack.pop()
                    if stack:
                        above = stack[-1][0]
                        low[above] = min(low[above], low[bus])
                        found[by] = low[bus] > order[above]
        return found

    def outage_factors(self, factors: Floats | None = None) -> Floats:
        """Part of the flow of a line (column) that each line (row) takes over when it is gone (LODF), (m, m).

        Parameters
        ----------
        factors : (m, n) array, optional
            `transfer_factors()`, if at hand.

        Returns
        -------
        (m, m) array
            Diagonal -1; NaN in the columns of bridges: their flow has no other way.

        Notes
        -----
        The rank-one update of B in closed form, exact for one outage at injections that stay: h_kl / (1 - h_ll) with
        h_kl the part of a transfer between the ends of l that runs over k (Wood and Wollenberg 1996, ch. 11 and app.
        11A).
        """
        ptdf = self.transfer_factors() if factors is None else factors
        h = ptdf[:, self.tail] - ptdf[:, self.head]
        own = 1.0 - np.diag(h)
        own[self.bridges()] = np.nan
        out: Floats = h / own[None, :]
        np.fill_diagonal(out, np.where(np.isnan(own), np.nan, -1.0))
        return out
