"""Compiled search from one source with a monotone bucket queue; imported where it is needed only (numba)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def tree(source: int, first: Any, head: Any, cost: Any, shift: int, buckets: int, through: Any,
         distance: Any, parent: Any, slot: Any, following: Any, key: Any, top: Any) -> bool:  # fmt: skip
    """Costs from a source to all nodes, and the arc by which each is reached; False if the queue had no room.

    Parameters
    ----------
    source : int
    first, head, cost : CSR arrays of the arcs (indices unsigned); costs in whole numbers, >= 0
    shift : int
        A bucket is ``2^shift`` wide.
    buckets : int
        A power of two, more than the largest cost divided by the width, plus one.
    through : bool array (nodes,) or (0,)
        False where ways may end but not go on.
    distance, parent : int64 / int32 arrays (nodes,)
        Filled; -1 where no way leads, parent -1 at the source.
    slot, following, key, top : work arrays
        Entries of the queue: node, next entry, cost when it was entered; top entry of each bucket, -1 before (and
        after, unless there was no room).

    Notes
    -----
    Denardo and Fox (1979), Oper. Res. 27(1). Inside a bucket nodes may be corrected, in rounds (Meyer and Sanders 2003,
    J. Algorithms 49, delta stepping), so that the width needs no lower bound of the costs.
    """
    distance[:] = -1
    parent[:] = -1
    mask = buckets - 1
    free, used, waiting = -1, 0, 1
    distance[source] = 0
    slot[0], key[0], following[0] = source, 0, -1
    used = 1
    top[0] = 0
    at = np.int64(0)
    while waiting > 0:
        b = at & mask
        while top[b] >= 0:
            e, top[b] = top[b], -1
            while e >= 0:
                v, d, after = slot[e], key[e], following[e]
                following[e], free = free, e
                waiting -= 1
                e = after
                if distance[v] != d or (through.size > 0 and v != source and not through[v]):
                    continue
                for a in range(first[v], first[v + 1]):
                    u, new = head[a], d + cost[a]
                    old = distance[u]
                    if old < 0 or new < old:
                        distance[u], parent[u] = new, a
                        if free >= 0:
                            x, free = free, following[free]
                        elif used < slot.size:
                            x, used = used, used + 1
                        else:
                            return False
                        slot[x], key[x] = u, new
                        c = (new >> shift) & mask
                        following[x], top[c] = top[c], x
                        waiting += 1
        at += 1
    return True
