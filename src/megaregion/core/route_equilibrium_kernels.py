"""Compiled loops over routes: one long file, because what is compiled keeps old callees that are in other files.

Working set of routes: `first` (pairs,) is the first route of a pair, `nxt` the next one (-1 ends), `start` and `length`
say where in `pool` the links of a route are, `flow` is what it carries. At rest the same is packed: `pair_start`
(pairs + 1,), `route_start` (routes + 1,), `links`, `flow`. The cost of a link is ``alpha + beta (max(x, knee) /
capacity) ** power``: constant below the knee. Tuples: `trips` (origin, span, ends, demand), pairs of origin o are
span[o] .. span[o + 1] - 1; `graph` (tail, head, ptr, arc, stop), arc = links by tail; `terms` (alpha, beta, capacity,
power); `road` (constant, delay, capacity, power) of the true cost. Imported where it is needed only (numba).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

STEPS = 1000  # of the search for the fullest knapsack before the fractional one must do
TRIES = 6  # of bringing back a step that overshoots, where the flows only guide a bound; else eight times as many
DENSE = 300  # routes beside the largest of their pair, up to which they are solved for by Cholesky
PASSES = 30  # of finding which routes Newton's step empties
NEAR = 1e-3  # relative gap from which all routes move together
SWEEPS = 12  # of the routes at hand before new ones are looked for
_FULL = 1e-13  # two costs nearer than this, relatively, are one


@njit(cache=True, nogil=True)
def price(a: int, x: float, terms: Any, knee: Any, cost: Any, slope: Any) -> None:
    """Cost of link a at flow x and its derivative; 0 where that is infinite (power < 1 at no flow)."""
    alpha, beta, capacity, power = terms
    v = max(x, knee[a])
    c, s = alpha[a], 0.0
    if beta[a] > 0.0 and v > 0.0:
        r, p = v / capacity[a], power[a]
        grow = (r * r) * (r * r) if p == 4.0 else r**p
        c += beta[a] * grow
        if x >= knee[a]:
            s = beta[a] * p * grow / v
    elif beta[a] > 0.0 and power[a] == 1.0:
        s = beta[a] / capacity[a]
    cost[a], slope[a] = c, s


@njit(cache=True, nogil=True)
def price_all(x: Any, terms: Any, knee: Any, cost: Any, slope: Any) -> None:
    """Cost and derivative of every link."""
    for a in range(x.size):
        price(a, x[a], terms, knee, cost, slope)


@njit(cache=True, nogil=True)
def tree(origin: int, ptr: Any, arc: Any, head: Any, stop: Any, usable: Any, cost: Any, dist: Any, pred: Any,
         heap: Any, place: Any) -> None:  # fmt: skip
    """Shortest ways from an origin (Dijkstra, binary heap with decrease); pred is the last link, -1 without way.

    `arc` lists the links by tail, from ptr[node]; no way goes on from a node of `stop` but the origin.
    """
    dist[:] = np.inf
    pred[:] = -1
    place[:] = -1
    dist[origin] = 0.0
    heap[0], place[origin], size = origin, 0, 1
    while size > 0:
        u = heap[0]
        size -= 1
        if size > 0:  # sift the last one down
            v, i = heap[size], 0
            key = dist[v]
            while True:
                j = 2 * i + 1
                if j >= size:
                    break
                if j + 1 < size and dist[heap[j + 1]] < dist[heap[j]]:
                    j += 1
                if dist[heap[j]] >= key:
                    break
                heap[i] = heap[j]
                place[heap[i]] = i
                i = j
            heap[i] = v
            place[v] = i
        place[u] = -2
        if stop[u] and u != origin:
            continue
        for e in range(ptr[u], ptr[u + 1]):
            a = arc[e]
            v = head[a]
            if not usable[a] or place[v] == -2:
                continue
            far = dist[u] + cost[a]
            if far < dist[v]:
                dist[v], pred[v] = far, a
                i = place[v]
                if i < 0:
                    i = size
                    size += 1
                while i > 0:  # sift up
                    j = (i - 1) // 2
                    if dist[heap[j]] <= far:
                        break
                    heap[i] = heap[j]
                    place[heap[i]] = i
                    i = j
                heap[i] = v
                place[v] = i


@njit(cache=True, nogil=True)
def _longer(old: Any, least: int) -> Any:
    out = np.empty(max(least, 2 * old.size), old.dtype)
    out[: old.size] = old
    return out


@njit(cache=True, nogil=True)
def unpack(pair_start: Any, route_start: Any, links: Any, carried: Any, demand: Any, usable: Any) -> Any:
    """Working set of a packed one on the links now usable, scaled to demand, and what finds no route any more."""
    pairs, routes = demand.size, carried.size
    first = np.full(pairs, -1, np.int32)
    spare = pairs + 8
    nxt, start = np.empty(routes + spare, np.int32), np.empty(routes + spare, np.int32)
    length, flow = np.empty(routes + spare, np.int32), np.empty(routes + spare)
    pool = np.empty(links.size + 8 * spare, np.int32)
    orphan = np.empty(pairs)
    count, used = 0, 0
    for k in range(pairs):
        kept, before = 0.0, 0.0
        for r in range(pair_start[k], pair_start[k + 1]):
            before += carried[r]
            whole = True
            for i in range(route_start[r], route_start[r + 1]):
                whole &= usable[links[i]]
            if not whole:
                continue
            nxt[count], first[k] = first[k], count
            start[count], length[count] = used, route_start[r + 1] - route_start[r]
            flow[count] = carried[r]
            kept += carried[r]
            for i in range(route_start[r], route_start[r + 1]):
                pool[used] = links[i]
                used += 1
            count += 1
        orphan[k] = demand[k]
        if kept > 0.0 and before > 0.0:
            scale = demand[k] / before
            r = first[k]
            while r >= 0:
                flow[r] *= scale
                r = nxt[r]
            orphan[k] = max(0.0, demand[k] - kept * scale) if kept < before else 0.0
    return first, nxt, start, length, flow, pool, orphan, count, used


@njit(cache=True, nogil=True)
def pack(first: Any, nxt: Any, start: Any, length: Any, flow: Any, pool: Any) -> Any:
    """The routes that carry something, in the order of the lists."""
    pairs = first.size
    routes, used = 0, 0
    for k in range(pairs):
        r = first[k]
        while r >= 0:
            if flow[r] > 0.0:
                routes += 1
                used += length[r]
            r = nxt[r]
    pair_start, route_start = np.zeros(pairs + 1, np.int32), np.zeros(routes + 1, np.int32)
    links, carried = np.empty(used, np.int32), np.empty(routes)
    routes, used = 0, 0
    for k in range(pairs):
        r = first[k]
        while r >= 0:
            if flow[r] > 0.0:
                for i in range(start[r], start[r] + length[r]):
                    links[used] = pool[i]
                    used += 1
                carried[routes] = flow[r]
                routes += 1
                route_start[routes] = used
            r = nxt[r]
        pair_start[k + 1] = routes
    return pair_start, route_start, links, carried


@njit(cache=True, nogil=True)
def load(x: Any, first: Any, nxt: Any, start: Any, length: Any, flow: Any, pool: Any, demand: Any, fill: bool) -> None:
    """Link flows of the routes; with `fill` the largest route of each pair takes up the rounding of the others."""
    x[:] = 0.0
    for k in range(first.size):
        big, total = -1, 0.0
        r = first[k]
        while r >= 0:
            total += flow[r]
            if big < 0 or flow[r] > flow[big]:
                big = r
            r = nxt[r]
        if big >= 0 and fill:
            flow[big] += demand[k] - total
        r = first[k]
        while r >= 0:
            if flow[r] > 0.0:
                for i in range(start[r], start[r] + length[r]):
                    x[pool[i]] += flow[r]
            r = nxt[r]


@njit(cache=True, nogil=True)
def _walk(k: int, node: int, origin: int, pred: Any, tail: Any, first: Any, nxt: Any, start: Any, length: Any,
          flow: Any, pool: Any, count: int, used: int) -> Any:  # fmt: skip
    """Append the way of the tree as a route of pair k if the pair lacks it; the route, and the arrays, maybe longer."""
    long, v = 0, node
    while v != origin:
        long += 1
        v = tail[pred[v]]
    if used + long > pool.size:
        pool = _longer(pool, used + long)
    v, i = node, used + long
    while v != origin:
        i -= 1
        pool[i] = pred[v]
        v = tail[pred[v]]
    r = first[k]
    while r >= 0:
        if length[r] == long:
            same = True
            for i in range(long):
                if pool[start[r] + i] != pool[used + i]:
                    same = False
                    break
            if same:
                return r, nxt, start, length, flow, pool, count, used
        r = nxt[r]
    if count == nxt.size:
        nxt, start = _longer(nxt, count + 1), _longer(start, count + 1)
        length, flow = _longer(length, count + 1), _longer(flow, count + 1)
    nxt[count], start[count], length[count], flow[count] = first[k], used, long, 0.0
    first[k] = count
    return count, nxt, start, length, flow, pool, count + 1, used + long


@njit(cache=True, nogil=True)
def sweep(first: Any, nxt: Any, start: Any, length: Any, flow: Any, pool: Any, x: Any, terms: Any, knee: Any, cost: Any,
          slope: Any, mark: Any, diff: Any, tries: int) -> float:  # fmt: skip
    """Shift flow between the cheapest route of each pair and every other by Newton; sum of flow x excess cost before.

    A step that overshoots is taken back to the secant's zero. `mark` (links,) must hold zeros and does after.
    """
    excess = 0.0
    for k in range(first.size):
        r = first[k]
        if r < 0 or nxt[r] < 0:
            continue
        best, least = -1, np.inf
        while r >= 0:
            c = 0.0
            for i in range(start[r], start[r] + length[r]):
                c += cost[pool[i]]
            if c < least:
                best, least = r, c
            r = nxt[r]
        before, r = -1, first[k]
        while r >= 0:
            after = nxt[r]
            if r != best:
                # links of r only come first in diff, then those of best only
                for i in range(start[best], start[best] + length[best]):
                    mark[pool[i]] = 1
                n, d, s = 0, 0.0, 0.0
                for i in range(start[r], start[r] + length[r]):
                    a = pool[i]
                    if mark[a] == 1:
                        mark[a] = 2
                    else:
                        diff[n] = a
                        n += 1
                        d += cost[a]
                        s += slope[a]
                mine = n
                for i in range(start[best], start[best] + length[best]):
                    a = pool[i]
                    if mark[a] == 1:
                        diff[n] = a
                        n += 1
                        d -= cost[a]
                        s += slope[a]
                    mark[a] = 0
                room = flow[r] if d > 0.0 else flow[best]
                if d > 0.0:
                    excess += flow[r] * d
                step = room
                if abs(d) < s * room:
                    step = abs(d) / s
                if step > 0.0 and d != 0.0:
                    step = _shift(diff, mine, n, d, step, x, terms, knee, cost, slope, tries)
                    sign = 1.0 if d > 0.0 else -1.0
                    flow[r] = max(0.0, flow[r] - sign * step)
                    flow[best] = max(0.0, flow[best] + sign * step)
                if flow[r] <= 0.0:
                    if before < 0:
                        first[k] = after
                    else:
                        nxt[before] = after
                    r = after
                    continue
            before, r = r, after
    return excess


@njit(cache=True, nogil=True)
def _shift(diff: Any, mine: int, n: int, d: float, step: float, x: Any, terms: Any, knee: Any, cost: Any,
           slope: Any, tries: int) -> Any:  # fmt: skip
    """Move `step` off the first links of diff onto the others (back if d < 0); what was moved in the end.

    d is the difference of their costs. A step that overshoots is brought back to where little of d is left (regula
    falsi with Illinois weights).
    """
    sign = 1.0 if d > 0.0 else -1.0
    near, far, at_near, at_far = 0.0, step, abs(d), 0.0
    goal, done = step, 0.0
    for _ in range(tries):
        now = 0.0
        for i in range(n):
            a = diff[i]
            x[a] = max(0.0, x[a] - sign * (goal - done)) if i < mine else max(0.0, x[a] + sign * (goal - done))
            price(a, x[a], terms, knee, cost, slope)
            now += cost[a] if i < mine else -cost[a]
        done, now = goal, now * sign
        if abs(now) <= 0.3 * abs(d) or (now > 0.0 and done == step):
            break
        if now > 0.0:
            near, at_near = done, now
            at_far *= 0.5
        else:
            far, at_far = done, now
            if near > 0.0:
                at_near *= 0.5
        goal = near + (far - near) * at_near / (at_near - at_far)
    return done


@njit(cache=True, nogil=True)
def _pairwise(first: Any, nxt: Any, start: Any, length: Any, flow: Any, pool: Any, mark: Any) -> Any:
    """Routes beside the largest of their pair, and where they differ: links signed -1 (theirs) or +1 (the largest's).

    Returns
    -------
    route, base : int arrays (n,)
    low : int array (n + 1,)
        Links of i are link[low[i] : low[i + 1]].
    link, sign : int arrays
    """
    n, most = 0, 0
    for k in range(first.size):
        r = first[k]
        while r >= 0:
            n += 1
            most += 2 * length[r]
            r = nxt[r]
    for k in range(first.size):  # the largest is compared with every other one
        r, longest, count = first[k], 0, 0
        while r >= 0:
            longest, count = max(longest, length[r]), count + 1
            r = nxt[r]
        most += longest * count
    route, base, low = np.empty(n, np.int32), np.empty(n, np.int32), np.zeros(n + 1, np.int32)
    link, sign = np.empty(most, np.int32), np.empty(most, np.int8)
    n, used = 0, 0
    for k in range(first.size):
        r = first[k]
        if r < 0 or nxt[r] < 0:
            continue
        big = r
        while r >= 0:
            if flow[r] > flow[big]:
                big = r
            r = nxt[r]
        r = first[k]
        while r >= 0:
            if r != big and flow[r] > 0.0:
                for i in range(start[big], start[big] + length[big]):
                    mark[pool[i]] = 1
                for i in range(start[r], start[r] + length[r]):
                    if mark[pool[i]] == 1:
                        mark[pool[i]] = 2
                    else:
                        link[used], sign[used] = pool[i], -1
                        used += 1
                for i in range(start[big], start[big] + length[big]):
                    if mark[pool[i]] == 1:
                        link[used], sign[used] = pool[i], 1
                        used += 1
                    mark[pool[i]] = 0
                route[n], base[n] = r, big
                n += 1
                low[n] = used
            r = nxt[r]
    return route[:n], base[:n], low[: n + 1], link[:used], sign[:used]


@njit(cache=True, nogil=True)
def _spread(z: Any, low: Any, link: Any, sign: Any, out: Any) -> None:
    """Change of the link flows if z moves from each route to the largest of its pair."""
    out[:] = 0.0
    for i in range(z.size):
        for j in range(low[i], low[i + 1]):
            out[link[j]] += sign[j] * z[i]


@njit(cache=True, nogil=True)
def _gather(value: Any, low: Any, link: Any, sign: Any, out: Any) -> None:
    """Its transpose: sum of a value over the links of each difference."""
    for i in range(out.size):
        total = 0.0
        for j in range(low[i], low[i + 1]):
            total += sign[j] * value[link[j]]
        out[i] = total


@njit(cache=True, nogil=True)
def _solved(low: Any, link: Any, sign: Any, slope: Any, diagonal: Any, right: Any, change: Any) -> Any:
    """Cholesky of the scaled Hessian of the shifts with a ridge of rounding: dependent routes make it singular."""
    n = right.size
    matrix, out = np.zeros((n, n)), np.zeros(n)
    change[:] = 0.0
    for i in range(n):
        if diagonal[i] == np.inf:
            matrix[i, i] = 1.0
            continue
        for e in range(low[i], low[i + 1]):
            change[link[e]] = sign[e] * slope[link[e]]
        for j in range(i + 1):
            if diagonal[j] < np.inf:
                total = 0.0
                for e in range(low[j], low[j + 1]):
                    total += sign[e] * change[link[e]]
                matrix[i, j] = total / np.sqrt(diagonal[i] * diagonal[j])
        for e in range(low[i], low[i + 1]):
            change[link[e]] = 0.0
        matrix[i, i] += 1e-13
    for j in range(n):
        for k in range(j):
            f = matrix[j, k]
            if f != 0.0:
                for i in range(j, n):
                    matrix[i, j] -= matrix[i, k] * f
        pivot = matrix[j, j]
        if pivot <= 1e-14:  # depends on those before: does not move
            matrix[j:, j] = 0.0
            matrix[j, j] = np.inf
        else:
            matrix[j:, j] /= np.sqrt(pivot)
    for i in range(n):
        total = right[i] / np.sqrt(diagonal[i])
        for k in range(i):
            total -= matrix[i, k] * out[k]
        out[i] = total / matrix[i, i]
    for i in range(n - 1, -1, -1):
        total = out[i]
        for k in range(i + 1, n):
            total -= matrix[k, i] * out[k]
        out[i] = total / matrix[i, i]
    return out / np.sqrt(diagonal)


@njit(cache=True, nogil=True)
def _direction(low: Any, link: Any, sign: Any, cost: Any, slope: Any, held: Any, limit: Any, change: Any) -> Any:
    """Newton's shifts of all routes together, by Cholesky or, where they are many, by conjugate gradients.

    Routes that are held shift all they have, `limit`.
    """
    n = low.size - 1
    z, residual, diagonal, image = np.zeros(n), np.empty(n), np.zeros(n), np.empty(n)
    _spread(np.where(held, limit, 0.0), low, link, sign, change)
    _gather(cost + slope * change, low, link, sign, residual)
    for i in range(n):
        residual[i] = -residual[i]
        for j in range(low[i], low[i + 1]):
            diagonal[i] += slope[link[j]]
        if held[i] or diagonal[i] <= 0.0:  # constant costs: left to the sweeps
            residual[i], diagonal[i] = 0.0, np.inf
    if n <= DENSE:
        return np.where(held, limit, _solved(low, link, sign, slope, diagonal, residual, change))
    scaled = residual / diagonal
    way, size = scaled.copy(), (residual * scaled).sum()
    enough = 1e-12 * size
    for _ in range(min(4 * n, STEPS)):
        if size <= enough or size <= 0.0:
            break
        _spread(way, low, link, sign, change)
        change *= slope
        _gather(change, low, link, sign, image)
        for i in range(n):
            if diagonal[i] == np.inf:
                image[i] = 0.0
        bend = (way * image).sum()
        if bend <= 0.0:
            break
        z += way * (size / bend)
        residual -= image * (size / bend)
        scaled = residual / diagonal
        before, size = size, (residual * scaled).sum()
        way = scaled + way * (size / before)
    return np.where(held, limit, z)


@njit(cache=True, nogil=True)
def newton(first: Any, nxt: Any, start: Any, length: Any, flow: Any, pool: Any, x: Any, terms: Any, knee: Any,
           cost: Any, slope: Any, mark: Any) -> None:  # fmt: skip
    """One step of Newton on all routes that carry flow, kept feasible and cut back where the objective would turn.

    The derivative of the objective along the step rises with its length: a length is taken at which little is left
    of it (regula falsi, as in a single shift).
    """
    route, base, low, link, sign = _pairwise(first, nxt, start, length, flow, pool, mark)
    if route.size == 0:
        return
    change, old = np.empty(x.size), x.copy()
    limit, held = flow[route], np.zeros(route.size, np.bool_)
    z = _direction(low, link, sign, cost, slope, held, limit, change)
    free = z
    for _ in range(
        PASSES if z.size <= DENSE else 3
    ):  # routes that would be emptied first are held there, the others solved again
        soonest = np.inf
        for i in range(z.size):
            if z[i] > limit[i] and not held[i]:
                soonest = min(soonest, limit[i] / z[i])
        if soonest == np.inf:
            break
        for i in range(z.size):
            held[i] |= z[i] > limit[i] and limit[i] <= 2.0 * soonest * z[i]
        z = _direction(low, link, sign, cost, slope, held, limit, change)
    _spread(z, low, link, sign, change)
    begin = (change * cost).sum()
    if begin >= 0.0:
        z = free
        _spread(z, low, link, sign, change)
        begin = (change * cost).sum()
    goal, i = 1.0, 0
    while i < z.size:  # no route gives more than it has, nor the largest of a pair
        j, given = i, 0.0
        while j < z.size and base[j] == base[i]:
            if z[j] * goal > limit[j]:
                goal = limit[j] / z[j]
            given -= z[j]
            j += 1
        if given * goal > flow[base[i]]:
            goal = flow[base[i]] / given
        i = j
    near, far, at_far, most = 0.0, goal, 0.0, goal
    if begin >= 0.0:
        return
    at_near = -begin
    for _ in range(8 * TRIES):
        for a in range(x.size):
            x[a] = max(0.0, old[a] + goal * change[a])
        price_all(x, terms, knee, cost, slope)
        now = -(change * cost).sum()
        if abs(now) <= -0.3 * begin or (now > 0.0 and goal == most):
            break
        if now > 0.0:
            near, at_near = goal, now
            at_far *= 0.5
        else:
            far, at_far = goal, now
            if near > 0.0:
                at_near *= 0.5
        goal = near + (far - near) * at_near / (at_near - at_far)
    for i in range(z.size):
        flow[route[i]] = max(0.0, flow[route[i]] - goal * z[i])
        flow[base[i]] = max(0.0, flow[base[i]] + goal * z[i])


@njit(cache=True, nogil=True)
def begin(packed: Any, trips: Any, graph: Any, usable: Any, x: Any, terms: Any,
          knee: Any, cost: Any, slope: Any) -> Any:  # fmt: skip
    """Working set with every pair on some route: what has none takes the shortest way, origin by origin.

    Returns also how many pairs have no way at all.
    """
    tail, head, ptr, arc, stop = graph
    origin, span, ends, demand = trips
    first, nxt, start, length, flow, pool, orphan, count, used = unpack(
        packed[0], packed[1], packed[2], packed[3], demand, usable
    )
    nodes = ptr.size - 1
    dist, pred = np.empty(nodes), np.empty(nodes, np.int32)
    heap, place = np.empty(nodes, np.int32), np.empty(nodes, np.int32)
    load(x, first, nxt, start, length, flow, pool, demand, False)
    price_all(x, terms, knee, cost, slope)
    lost = 0
    for o in range(origin.size):
        wanted = False
        for k in range(span[o], span[o + 1]):
            wanted |= orphan[k] > 0.0
        if not wanted:
            continue
        tree(origin[o], ptr, arc, head, stop, usable, cost, dist, pred, heap, place)
        for k in range(span[o], span[o + 1]):
            if orphan[k] <= 0.0:
                continue
            if pred[ends[k]] < 0:
                lost += 1
                continue
            r, nxt, start, length, flow, pool, count, used = _walk(
                k, ends[k], origin[o], pred, tail, first, nxt, start, length, flow, pool, count, used
            )
            flow[r] += orphan[k]
            for i in range(start[r], start[r] + length[r]):
                x[pool[i]] += orphan[k]
                price(pool[i], x[pool[i]], terms, knee, cost, slope)
    return first, nxt, start, length, flow, pool, count, used, lost


@njit(cache=True, nogil=True)
def shortest(trips: Any, graph: Any, usable: Any, cost: Any, first: Any, nxt: Any,
             start: Any, length: Any, flow: Any, pool: Any, count: int, used: int) -> Any:  # fmt: skip
    """Sum of demand x cost of the shortest way at these costs; ways cheaper than all routes of a pair are added."""
    tail, head, ptr, arc, stop = graph
    origin, span, ends, demand = trips
    nodes = ptr.size - 1
    dist, pred = np.empty(nodes), np.empty(nodes, np.int32)
    heap, place = np.empty(nodes, np.int32), np.empty(nodes, np.int32)
    total = 0.0
    for o in range(origin.size):
        tree(origin[o], ptr, arc, head, stop, usable, cost, dist, pred, heap, place)
        for k in range(span[o], span[o + 1]):
            far, least = dist[ends[k]], np.inf
            total += demand[k] * far
            r = first[k]
            while r >= 0:
                c = 0.0
                for i in range(start[r], start[r] + length[r]):
                    c += cost[pool[i]]
                least = min(least, c)
                r = nxt[r]
            if far < least * (1.0 - _FULL):
                r, nxt, start, length, flow, pool, count, used = _walk(
                    k, ends[k], origin[o], pred, tail, first, nxt, start, length, flow, pool, count, used
                )
    return total, nxt, start, length, flow, pool, count, used


@njit(cache=True, nogil=True)
def unreached(trips: Any, graph: Any, usable: Any) -> Any:
    """Pairs (flags) that have no way on the usable links."""
    tail, head, ptr, arc, stop = graph
    origin, span, ends, demand = trips
    nodes, cost = ptr.size - 1, np.ones(tail.size)
    dist, pred = np.empty(nodes), np.empty(nodes, np.int32)
    heap, place = np.empty(nodes, np.int32), np.empty(nodes, np.int32)
    lost = np.zeros(demand.size, np.bool_)
    for o in range(origin.size):
        tree(origin[o], ptr, arc, head, stop, usable, cost, dist, pred, heap, place)
        for k in range(span[o], span[o + 1]):
            lost[k] = pred[ends[k]] < 0
    return lost


@njit(cache=True, nogil=True)
def equilibrate(packed: Any, trips: Any, graph: Any, usable: Any, terms: Any,
                gap: float, rounds: int) -> Any:  # fmt: skip
    """User equilibrium at the costs of `terms` from packed routes.

    Returns
    -------
    tuple
        Packed routes, link flows, relative gap, rounds of new routes used, pairs without a way (then nothing is done).
    """
    links, demand = usable.size, trips[3]
    x, cost, slope, knee = np.zeros(links), np.empty(links), np.empty(links), np.zeros(links)
    mark, diff = np.zeros(links, np.int8), np.empty(2 * links, np.int32)
    first, nxt, start, length, flow, pool, count, used, lost = begin(
        packed, trips, graph, usable, x, terms, knee, cost, slope
    )
    reached, done = np.inf, 0
    while lost == 0:
        load(x, first, nxt, start, length, flow, pool, demand, True)
        price_all(x, terms, knee, cost, slope)
        least, nxt, start, length, flow, pool, count, used = shortest(
            trips, graph, usable, cost, first, nxt, start, length, flow, pool, count, used
        )
        total = (x * cost).sum()
        reached = (total - least) / total if total > 0.0 else 0.0
        if reached <= gap or done >= rounds:
            break
        done += 1
        near = reached < NEAR or done > SWEEPS
        for _ in range(4 if near else SWEEPS):
            excess = sweep(first, nxt, start, length, flow, pool, x, terms, knee, cost, slope, mark, diff, 8 * TRIES)
            if excess <= 0.05 * max(reached, gap) * total:
                break
        if near:
            newton(first, nxt, start, length, flow, pool, x, terms, knee, cost, slope, mark)
    return pack(first, nxt, start, length, flow, pool), x, reached, done, lost


@njit(cache=True, nogil=True)
def knapsack(rent: Any, charge: Any, order: Any, room: float, without: int) -> Any:
    """Largest fractional sum of rents within room (Dantzig 1957) but for item `without`, and the critical ratio.

    `order`: items in falling rent / charge.
    """
    total = 0.0
    for i in order:
        if i == without or rent[i] <= 0.0:
            continue
        if charge[i] <= room:
            room -= charge[i]
            total += rent[i]
        else:
            return total + rent[i] * room / charge[i], rent[i] / charge[i]
    return total, 0.0


@njit(cache=True, nogil=True)
def filled(rent: Any, charge: Any, order: Any, room: float, without: int) -> float:
    """Largest sum of rents of whole items within room (Horowitz & Sahni 1974); the fractional one after many steps."""
    n = 0
    item = np.empty(order.size, np.int64)
    for i in order:
        if i != without and rent[i] > 0.0 and charge[i] <= room:
            item[n] = i
            n += 1
    taken = np.zeros(n, np.bool_)
    worth, best, j = 0.0, 0.0, 0
    for _ in range(STEPS):
        while j < n:
            limit, left = worth, room
            for k in range(j, n):
                i = item[k]
                if charge[i] > left:
                    limit += rent[i] * left / charge[i]
                    break
                left -= charge[i]
                limit += rent[i]
            if limit <= best:
                break
            if charge[item[j]] <= room:
                taken[j] = True
                room -= charge[item[j]]
                worth += rent[item[j]]
            j += 1
        if worth > best:
            best = worth
        j -= 1
        while j >= 0 and not taken[j]:
            j -= 1
        if j < 0:
            return best
        taken[j] = False
        room += charge[item[j]]
        worth -= rent[item[j]]
        j += 1
    return np.inf


@njit(cache=True, nogil=True)
def worth(rent: Any, charge: Any, order: Any, room: float, without: int) -> Any:
    """The smaller of the two."""
    return min(knapsack(rent, charge, order, room, without)[0], filled(rent, charge, order, room, without))


@njit(cache=True, nogil=True)
def falling(rent: Any, charge: Any) -> Any:
    """Items in falling rent / charge; without charge first."""
    key = np.empty(rent.size)
    for i in range(rent.size):
        key[i] = -rent[i] / charge[i] if charge[i] > 0.0 else -np.inf
    return np.argsort(key, kind="mergesort")


@njit(cache=True, nogil=True)
def rents(x: Any, knee: Any, road: Any, status: Any, pick: Any, weight: float, rent: Any, share: Any) -> Any:
    """Rents of the undecided links and the shares of them that are built; sum of the open links' rents.

    The rent of a link at price q is max over v of q v - G(v), G = total time + weight x Beckmann's integral; q is its
    marginal cost at v = max(x, knee), so rent = delay v (v / capacity)**p (p + 1 + weight) p / (p + 1).
    Returns also total time and Beckmann's objective of these flows, the undecided links built to their shares.
    """
    constant, delay, capacity, power = road
    paid, time, beckmann = 0.0, 0.0, 0.0
    for a in range(x.size):
        if status[a] == 1 and x[a] > 0.0:
            p = power[a]
            g = delay[a] * x[a] * (x[a] / capacity[a]) ** p if delay[a] > 0.0 else 0.0
            paid += g * (p + 1.0 + weight) * p / (p + 1.0)
            time += constant[a] * x[a] + g
            beckmann += constant[a] * x[a] + g / (p + 1.0)
    for i in range(pick.size):
        a = pick[i]
        p, v = power[a], max(x[a], knee[a])
        g = delay[a] * v * (v / capacity[a]) ** p if delay[a] > 0.0 and v > 0.0 else 0.0
        rent[i] = g * (p + 1.0 + weight) * p / (p + 1.0)
        share[i] = 1.0 if x[a] >= knee[a] else x[a] / knee[a]
        time += constant[a] * x[a] + share[i] * g
        beckmann += constant[a] * x[a] + share[i] * g / (p + 1.0)
    return paid, time, beckmann


@njit(cache=True, nogil=True)
def relax(packed: Any, trips: Any, graph: Any, road: Any, status: Any, pick: Any, charge: Any, room: float,
          weight: float, ceiling: float, toll: float, cutoff: float, rounds: int, hope: float) -> Any:  # fmt: skip
    """Lower bound of the total time of every design of a node; `RouteAssignment.bound` derives it.

    Parameters
    ----------
    status : int8 (links,)
        0 closed, 1 open, 2 undecided.
    pick, charge : arrays (undecided,)
        Undecided links and what they cost.
    room : float
        Budget left for them.
    weight, ceiling : float
        Multiplier of Beckmann's objective, and a value that the objective does not exceed at any equilibrium of the
        node. Without undecided links the flows found give a ceiling of their own.
    toll : float
        Price of the budget to begin with; 0 if none is known.
    cutoff : float
        The bound need not be above this.
    rounds : int
    hope : float
        Given up when the relaxation's own value falls below hope x cutoff or settles below; 0: never given up.

    Returns
    -------
    tuple
        packed, flows, bound, [bound without knapsack, total time of the flows, their Beckmann objective, toll],
        rents, shares built, rounds, pairs without a way.
    """
    constant, delay, capacity, power = road
    links, many, demand = constant.size, pick.size, trips[3]
    x, cost, slope, knee = np.zeros(links), np.empty(links), np.empty(links), np.zeros(links)
    mark, diff = np.zeros(links, np.int8), np.empty(2 * links, np.int32)
    terms, usable = ((1.0 + weight) * constant, delay * (power + 1.0 + weight), capacity, power), status > 0
    rent, best, share, unit = np.zeros(many), np.zeros(many), np.zeros(many), np.zeros(many)
    for i in range(many):  # the knee at toll 1
        a = pick[i]
        if delay[a] > 0.0:
            due = charge[i] / (power[a] * delay[a] * (1.0 + weight / (power[a] + 1.0)) * capacity[a])
            unit[i] = capacity[a] * due ** (1.0 / (power[a] + 1.0))
            knee[a] = unit[i] * toll ** (1.0 / (power[a] + 1.0))
    first, nxt, start, length, flow, pool, count, used, lost = begin(
        packed, trips, graph, usable, x, terms, knee, cost, slope
    )
    tight = charge.sum() > room
    bound, base_best, done, time, beckmann = -np.inf, -np.inf, 0, 0.0, np.inf
    while lost == 0:
        for i in range(many):
            knee[pick[i]] = unit[i] * toll ** (1.0 / (power[pick[i]] + 1.0))
        load(x, first, nxt, start, length, flow, pool, demand, True)
        price_all(x, terms, knee, cost, slope)
        least, nxt, start, length, flow, pool, count, used = shortest(
            trips, graph, usable, cost, first, nxt, start, length, flow, pool, count, used
        )
        paid, time, beckmann = rents(x, knee, road, status, pick, weight, rent, share)
        base, value, use = least * (1.0 - 1e-12) - paid, time, (share * charge).sum()  # more than rounding can add
        if many == 0:
            ceiling = min(ceiling, beckmann)
        if weight > 0.0:
            base -= weight * ceiling
            value += weight * (beckmann - ceiling)
        if tight:
            value += toll * (use - room)
        order = falling(rent, charge)
        part, critical = knapsack(rent, charge, order, room, -1)
        whole = min(part, filled(rent, charge, order, room, -1))
        if base - whole > bound:
            bound, base_best = base - whole, base
            best[:] = rent
        if bound >= cutoff or done >= rounds:
            break
        if hope > 0.0 and ((done >= 1 and value < hope * cutoff) or value - base + part <= 0.05 * (cutoff - value)):
            break
        done += 1
        if tight:
            rise = max(0.5, (use / room) ** 1.5) if use < 1.5 * room else 2.0
            toll = toll * rise if toll > 0.0 else critical
        sweep(first, nxt, start, length, flow, pool, x, terms, knee, cost, slope, mark, diff, TRIES)
    figures = np.array([base_best, time, beckmann, toll])
    return pack(first, nxt, start, length, flow, pool), x, bound, figures, best, share, done, lost


@njit(cache=True, nogil=True)
def implied(base: float, rent: Any, charge: Any, room: float) -> Any:
    """Bounds of a node if item i is left out, and if it is taken, at the prices at hand; (items,) each."""
    order = falling(rent, charge)
    out, into = np.empty(rent.size), np.empty(rent.size)
    for i in range(rent.size):
        out[i] = base - worth(rent, charge, order, room, i)
        into[i] = np.inf  # where it is not affordable
        if charge[i] <= room:
            into[i] = base - rent[i] - worth(rent, charge, order, room - charge[i], i)
    return out, into
