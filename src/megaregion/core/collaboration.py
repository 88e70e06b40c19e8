"""Who makes documents (patents, publications) with whom: full and fractional counts of ties, and how sure they are."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from megaregion.errors import InputError

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
CELLS = 8_000_000  # weights of documents drawn at once (64 MB)


class Ties(NamedTuple):
    """What each document adds to each unordered pair of places; a pair of a place with itself is inside that place.

    Attributes
    ----------
    document, first, second : (e,) integers
        first <= second.
    fractional, full : (e,) array
    """

    document: Ints
    first: Ints
    second: Ints
    fractional: Floats
    full: Floats


def ties(document: Ints, place: Ints, people: Floats) -> Ties:
    """Ties of documents between places.

    Parameters
    ----------
    document, place : (m,) integers >= 0
        One entry a document and place; the same pair comes once.
    people : (m,) array, whole numbers >= 1
        Inventors, authors or applicants of the document in the place.

    Raises
    ------
    InputError
        A pair comes twice, or people are not whole numbers >= 1.

    Notes
    -----
    A document of W people spreads 1 evenly over the ordered pairs of different people: w_i w_j / (W (W - 1)) between
    two places, w_i (w_i - 1) / (W (W - 1)) inside one, and all of it inside where W = 1. With one person a place
    that is 1 / (m (m - 1)) for m places. A row of the square matrix then sums to the fractional count of the
    place, sum w_i / W, and the matrix to the number of documents. Full counting: 1 for every pair that shares a
    document, and 1 inside a place for a document of that place alone. Perianes-Rodriguez, Waltman and van Eck (2016),
    J. Informetrics 10, for the difference of the two.
    """
    if not (np.isfinite(people).all() and (people >= 1).all() and (people == np.round(people)).all()):
        raise InputError("expected whole numbers of people >= 1 in every place of a document")
    order = np.lexsort((place, document))
    doc, at, who = document[order], place[order], people[order]
    if len(doc) and ((doc[1:] == doc[:-1]) & (at[1:] == at[:-1])).any():
        raise InputError("a document names a place twice", hint="add up its people there")
    start = np.flatnonzero(np.concatenate([[True], doc[1:] != doc[:-1]])) if len(doc) else np.zeros(0, np.intp)
    size = np.diff(np.concatenate([start, [len(doc)]])).astype(np.intp)
    which = np.repeat(np.arange(len(start)), size)
    rest = size[which] - (np.arange(len(doc)) - start[which])  # partners from the entry itself to the last
    one = np.repeat(np.arange(len(doc)), rest)
    other = one + np.arange(len(one)) - np.repeat(np.cumsum(rest) - rest, rest)
    total = np.bincount(which, who, len(start))[which[one]]
    same = one == other
    pairs = np.where(same, who[one] * (who[one] - 1.0), who[one] * who[other])
    alone = total == 1.0
    fractional = np.where(alone, 1.0, pairs / np.where(alone, 1.0, total * (total - 1.0)))
    full = np.where(same, size[which[one]] == 1, True).astype(np.float64)
    return Ties(doc[one].astype(np.intp), at[one].astype(np.intp), at[other].astype(np.intp), fractional, full)


def distinct(document: Ints, place: Ints, people: Floats) -> tuple[Ints, Ints, Floats, Ints]:
    """Documents with the same people in the same places as one, and how many of each there are.

    Parameters
    ----------
    document, place, people : (m,) arrays
        As in `ties`; documents 0 ... d - 1, each with an entry.

    Returns
    -------
    document, place, people : (m',) arrays
        One document of each pattern.
    copies : (d',) integers
        By new code of the document; the sum is d.
    """
    order = np.lexsort((place, document))
    doc, at, who = document[order], place[order], people[order]
    size = np.bincount(doc)
    start = np.concatenate([[0], np.cumsum(size)[:-1]]).astype(np.intp) if len(size) else np.zeros(0, np.intp)
    parts: list[tuple[Ints, Ints, Floats]] = []
    copies: list[Ints] = []
    code = 0
    for m in np.unique(size):
        rows = start[size == m][:, None] + np.arange(m)
        pattern, count = np.unique(np.hstack([at[rows], who[rows]]), axis=0, return_counts=True)
        codes = np.repeat(np.arange(code, code + len(pattern)), m)
        parts.append((codes.astype(np.intp), pattern[:, :m].ravel().astype(np.intp), pattern[:, m:].ravel()))
        copies.append(count.astype(np.intp))
        code += len(pattern)
    if not parts:
        return document, place, people, np.zeros(0, np.intp)
    codes, places, crowds = (np.concatenate(column) for column in zip(*parts, strict=True))
    return codes, places, crowds, np.concatenate(copies)


def square(found: Ties, value: Floats, n: int) -> Floats:
    """Symmetric matrix (n, n) of the sums of `value` (e,) over documents; inside places on the diagonal."""
    upper = np.bincount(found.first * n + found.second, value, n * n).reshape(n, n)
    out = upper + upper.T
    np.fill_diagonal(out, np.diag(upper))
    return np.asarray(out)


def resampled(
    found: Ties, value: Floats, copies: Ints, *, draws: int, rng: np.random.Generator
) -> tuple[Ints, Ints, Floats]:
    """Sums of `value` by pair of places as documents are drawn anew.

    Parameters
    ----------
    found : Ties
    value : (e,) array
        Of one document of each pattern.
    copies : (d,) integers
        How many documents each pattern has (`distinct`); ones where every document stands for itself.
    draws : int

    Returns
    -------
    first, second : (u,) integers
        Pairs that have a document, first <= second, in order.
    sums : (u, draws) array

    Notes
    -----
    Poisson bootstrap: every document counts a Poisson(1) number of times, independently of the others (Hanley and
    MacGibbon 2006, Comput. Methods Programs Biomed. 83); c alike count Poisson(c) times together. All that one
    document does moves together.
    """
    n = int(found.second.max(initial=-1)) + 1
    codes, pair = np.unique(found.first * max(n, 1) + found.second, return_inverse=True)
    documents = len(copies)
    adds = sparse.csr_array((value, (pair, found.document)), shape=(len(codes), documents))
    rate = copies.astype(np.float64)[:, None]
    out = np.empty((len(codes), draws))
    step = max(1, CELLS // max(documents, 1))
    for start in range(0, draws, step):
        stop = min(start + step, draws)
        out[:, start:stop] = adds @ rng.poisson(rate, (documents, stop - start)).astype(np.float64)
    return (codes // max(n, 1)).astype(np.intp), (codes % max(n, 1)).astype(np.intp), out
