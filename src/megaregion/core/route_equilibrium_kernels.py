"""Compiled loops over routes; one file, over the usual length, because compiled callers keep old callees of other files.

Working set of routes: `first` (pairs,) is the first route of a pair, `nxt` the next one (-1 ends), `start` and `length`
say where in `pool` the links of a route are, `flow` is what it carries. At rest the same is packed: `pair_start`
(pairs + 1,), `route_start` (routes + 1,), `links`, `flow`. The cost of a link is
``max(floor, alpha + beta (x / capacity) ** power)``. Imported where it is needed only (numba).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

SWEEPS = 12  # of the routes at hand before new ones are looked for
_FULL = 1e-13  # two costs nearer than this, relatively, are one


@njit(cache=True, nogil=True)
def price(a: int, x: float, alpha: Any, beta: Any, capacity: Any, power: Any, floor: Any, cost: Any, slope: Any) -> None:
    """Cost of link a at flow x and its derivative; 0 where that is infinite (power < 1 at no flow)."""
    c, s = alpha[a], 0.0
    if beta[a] > 0.0 and x > 0.0:
        r, p = x / capacity[a], power[a]
        if p == 4.0:
            grow = (r * r) * (r * r)
        elif p == 1.0:
            grow = r
        else:
            grow = r**p
        c += beta[a] * grow
        s = beta[a] * p * grow / x
    elif beta[a] > 0.0 and power[a] == 1.0:
        s = beta[a] / capacity[a]
    if c < floor[a]:
        c, s = floor[a], 0.0
    cost[a], slope[a] = c, s


@njit(cache=True, nogil=True)
def price_all(x: Any, alpha: Any, beta: Any, capacity: Any, power: Any, floor: Any, cost: Any, slope: Any) -> None:
    """Cost and derivative of every link."""
    for a in range(x.size):
        price(a, x[a], alpha, beta, capacity, power, floor, cost, slope)


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
def sweep(first: Any, nxt: Any, start: Any, length: Any, flow: Any, pool: Any, x: Any, alpha: Any, beta: Any,
          capacity: Any, power: Any, floor: Any, cost: Any, slope: Any, mark: Any, diff: Any) -> float:  # fmt: skip
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
                    step = _shift(diff, mine, n, d, step, x, alpha, beta, capacity, power, floor, cost, slope)
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
def _shift(diff: Any, mine: int, n: int, d: float, step: float, x: Any, alpha: Any, beta: Any, capacity: Any,
           power: Any, floor: Any, cost: Any, slope: Any) -> float:  # fmt: skip
    """Move `step` off the first links of diff onto the others (back if d < 0); what was moved in the end."""
    move = step if d > 0.0 else -step
    done = 0.0
    for _ in range(3):
        now = 0.0
        for i in range(n):
            a = diff[i]
            x[a] = max(0.0, x[a] - move) if i < mine else max(0.0, x[a] + move)
            price(a, x[a], alpha, beta, capacity, power, floor, cost, slope)
            now += cost[a] if i < mine else -cost[a]
        done += move
        if now * d >= 0.0 or abs(now) < 0.5 * abs(d):
            break
        move = -done * (1.0 - d / (d - now))
    return abs(done)


@njit(cache=True, nogil=True)
def begin(packed: Any, origin: Any, span: Any, ends: Any, demand: Any, graph: Any, usable: Any, x: Any, alpha: Any,
          beta: Any, capacity: Any, power: Any, floor: Any, cost: Any, slope: Any) -> Any:  # fmt: skip
    """Working set with every pair on some route: what has none takes the shortest way, origin by origin.

    Returns also how many pairs have no way at all.
    """
    tail, head, ptr, arc, stop = graph
    first, nxt, start, length, flow, pool, orphan, count, used = unpack(
        packed[0], packed[1], packed[2], packed[3], demand, usable
    )
    nodes = ptr.size - 1
    dist, pred = np.empty(nodes), np.empty(nodes, np.int32)
    heap, place = np.empty(nodes, np.int32), np.empty(nodes, np.int32)
    load(x, first, nxt, start, length, flow, pool, demand, False)
    price_all(x, alpha, beta, capacity, power, floor, cost, slope)
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
        price_all(x, alpha, beta, capacity, power, floor, cost, slope)
    return first, nxt, start, length, flow, pool, count, used, lost


@njit(cache=True, nogil=True)
def shortest(origin: Any, span: Any, ends: Any, demand: Any, graph: Any, usable: Any, cost: Any, first: Any, nxt: Any,
             start: Any, length: Any, flow: Any, pool: Any, count: int, used: int) -> Any:  # fmt: skip
    """Sum of demand x cost of the shortest way at these costs; ways cheaper than all routes of a pair are added."""
    tail, head, ptr, arc, stop = graph
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
def equilibrate(packed: Any, origin: Any, span: Any, ends: Any, demand: Any, graph: Any, usable: Any, alpha: Any,
                beta: Any, capacity: Any, power: Any, gap: float, rounds: int) -> Any:  # fmt: skip
    """User equilibrium at costs alpha + beta (x / capacity) ** power from packed routes.

    Returns
    -------
    tuple
        Packed routes, link flows, relative gap, rounds of new routes used, pairs without a way (then nothing is done).
    """
    links = alpha.size
    x, cost, slope, floor = np.zeros(links), np.empty(links), np.empty(links), np.zeros(links)
    mark, diff = np.zeros(links, np.int8), np.empty(2 * links, np.int32)
    first, nxt, start, length, flow, pool, count, used, lost = begin(
        packed, origin, span, ends, demand, graph, usable, x, alpha, beta, capacity, power, floor, cost, slope
    )
    reached, done = np.inf, 0
    while lost == 0:
        load(x, first, nxt, start, length, flow, pool, demand, True)
        price_all(x, alpha, beta, capacity, power, floor, cost, slope)
        least, nxt, start, length, flow, pool, count, used = shortest(
            origin, span, ends, demand, graph, usable, cost, first, nxt, start, length, flow, pool, count, used
        )
        total = (x * cost).sum()
        reached = (total - least) / total if total > 0.0 else 0.0
        if reached <= gap or done >= rounds:
            break
        done += 1
        for _ in range(SWEEPS):
            excess = sweep(first, nxt, start, length, flow, pool, x, alpha, beta, capacity, power, floor, cost, slope,
                           mark, diff)  # fmt: skip
            if excess <= 0.05 * max(reached, gap) * total:
                break
    return pack(first, nxt, start, length, flow, pool), x, reached, done, lost


@njit(cache=True, nogil=True)
def knapsack(rent: Any, charge: Any, ratio: Any, room: float, without: int) -> Any:
    """Largest fractional sum of rents within room (Dantzig 1957), items in falling `ratio`, and the critical ratio.

    The item `without` is left out (-1: none). Items of no charge are always in.
    """
    total, critical = 0.0, 0.0
    for i in ratio:
        if i == without or rent[i] <= 0.0:
            continue
        if charge[i] <= room:
            room -= charge[i]
            total += rent[i]
        else:
            return total + rent[i] * room / charge[i], rent[i] / charge[i]
    return total, critical


@njit(cache=True, nogil=True)
def relax(packed: Any, origin: Any, span: Any, ends: Any, demand: Any, graph: Any, constant: Any, delay: Any,
          capacity: Any, power: Any, status: Any, pick: Any, charge: Any, room: float, ceiling: float,
          weight: float, toll: float, cutoff: float, rounds: int, damp: float, kappa: float, log: Any) -> Any:
    links = constant.size
    x, cost, slope, floor = np.zeros(links), np.empty(links), np.empty(links), np.zeros(links)
    mark, diff = np.zeros(links, np.int8), np.empty(2 * links, np.int32)
    usable = status > 0
    alpha, beta = np.empty(links), np.empty(links)
    many = pick.size
    full, rent, best_rent = np.zeros(many), np.zeros(many), np.zeros(many)
    for a in range(links):
        alpha[a], beta[a] = (1.0 + weight) * constant[a], delay[a] * (power[a] + 1.0 + weight)
    first, nxt, start, length, flow, pool, count, used, lost = begin(
        packed, origin, span, ends, demand, graph, usable, x, alpha, beta, capacity, power, floor, cost, slope
    )
    bound, best_base = -np.inf, -np.inf
    done, last = 0, 0.0
    need = charge.sum()
    while lost == 0 and done < rounds:
        # coefficients
        for a in range(links):
            alpha[a], beta[a] = (1.0 + weight) * constant[a], delay[a] * (power[a] + 1.0 + weight)
        for i in range(many):
            a = pick[i]
            p = power[a]
            full[i] = 0.0
            floor[a] = alpha[a]
            if delay[a] > 0.0 and p > 0.0:
                b = delay[a] * (1.0 + weight / (p + 1.0)) 
                r = (toll * charge[i] / (p * b * capacity[a])) ** (1.0 / (p + 1.0))
                full[i] = r * capacity[a]
                floor[a] = alpha[a] + beta[a] * r**p
        load(x, first, nxt, start, length, flow, pool, demand, True)
        price_all(x, alpha, beta, capacity, power, floor, cost, slope)
        least, nxt, start, length, flow, pool, count, used = shortest(
            origin, span, ends, demand, graph, usable, cost, first, nxt, start, length, flow, pool, count, used
        )
        base = least
        if weight > 0.0:
            base -= weight * ceiling
        primal, zz, tt, use = 0.0, 0.0, 0.0, 0.0
        for a in range(links):
            if status[a] == 1:
                p = power[a]
                g = 0.0
                if delay[a] > 0.0 and x[a] > 0.0:
                    g = delay[a] * x[a] * (x[a] / capacity[a]) ** p
                base -= g * (p + 1.0 + weight) * p / (p + 1.0)
                tt += constant[a] * x[a] + g
                zz += constant[a] * x[a] + g / (p + 1.0)
        for i in range(many):
            a = pick[i]
            p = power[a]
            v = max(x[a], full[i])
            g = 0.0
            if delay[a] > 0.0 and v > 0.0:
                g = delay[a] * v * (v / capacity[a]) ** p
            rent[i] = g * (p + 1.0 + weight) * p / (p + 1.0)
            y = 1.0 if x[a] >= full[i] else x[a] / full[i]
            if v > 0.0:
                tt += constant[a] * x[a] + y * g
                zz += constant[a] * x[a] + y * g / (p + 1.0)
            use += y * charge[i]
        order = np.argsort(-rent / charge)
        kp, critical = knapsack(rent, charge, order, room, -1)
        now = base - kp
        primal = tt + toll * (use - room)
        if weight > 0.0:
            primal += weight * (zz - ceiling)
        if done < log.shape[0]:
            log[done, 0], log[done, 1], log[done, 2], log[done, 3] = now, primal, toll, weight
            log[done, 4], log[done, 5], log[done, 6], log[done,7] = use - room, zz - ceiling, critical, tt
        if now > bound:
            bound, best_base = now, base
            best_rent[:] = rent
        last = zz
        if bound >= cutoff or (done >= 3 and primal < 0.998 * cutoff and primal - now < 0.01 * primal):
            break
        done += 1
        # update toll
        if damp > 0.0 and need > room:
            # toll at which the use is room with flows held
            lo, hi = 1e-12, 1e12
            for _ in range(60):
                mid = np.sqrt(lo * hi)
                u = 0.0
                for i in range(many):
                    a = pick[i]
                    p = power[a]
                    if delay[a] > 0.0 and p > 0.0:
                        f = (mid * charge[i] / (p * delay[a] * (1.0 + weight / (p + 1.0)) * capacity[a])) ** (1.0 / (p + 1.0)) * capacity[a]
                        u += charge[i] * min(1.0, x[a] / f)
                if u > room:
                    lo = mid
                else:
                    hi = mid
            if toll <= 0.0:
                toll = critical
            else:
                toll = np.exp((1 - damp) * np.log(toll) + damp * np.log(hi))
        elif need <= room:
            toll = 0.0
        h = (zz - ceiling) / ceiling
        if np.isfinite(ceiling) and kappa > 0.0:
            old = weight
            weight = max(0.0, (1.0 + weight) * np.exp(max(-0.4, min(0.6, kappa * h))) - 1.0)
            toll *= (1.0 + weight) / (1.0 + old)
        for _ in range(2):
            excess = sweep(first, nxt, start, length, flow, pool, x, alpha, beta, capacity, power, floor, cost, slope,
                           mark, diff)  # fmt: skip
    return pack(first, nxt, start, length, flow, pool), x, bound, best_base, best_rent, toll, weight, done, lost, last
