"""Links of both directions between the same two nodes, taken together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class TwoWay:
    """Which links of one direction belong together.

    Attributes
    ----------
    frame : DataFrame
        Index link_id; columns from_node, to_node (in the order of their names), mode, time (mean of the directions).
    code : array (links,) of int
        Row of `frame` to which each link of the network belongs.
    members : tuple of tuple of str
        link_id of the network in each row.
    """

    frame: pd.DataFrame
    code: NDArray[np.int64]
    members: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, links: pd.DataFrame) -> TwoWay:
        """Pairs of the links of a network (`network.LinkNetwork.links`).

        A link that runs in both directions already, or one without a way back, stands alone. The n-th link of one
        direction belongs to the n-th of the other, by mode.
        """
        a, b = links["from_node"].astype(str), links["to_node"].astype(str)
        first, last = a.where(a <= b, b), a.where(a > b, b)
        oneway = links["oneway"].astype(bool) if "oneway" in links.columns else pd.Series(True, links.index)
        number = links.groupby([a, b, links["mode"].astype(str), oneway], sort=False).cumcount()
        alone = np.where(oneway, -1, np.arange(len(links)))
        key = pd.MultiIndex.from_arrays([first, last, links["mode"].astype(str), number, alone])
        code, _ = pd.factorize(key)
        code = np.asarray(code, dtype=np.int64)
        head = np.unique(code, return_index=True)[1]
        count = np.bincount(code, minlength=head.size)
        time = np.bincount(code, weights=links["time"].to_numpy(float), minlength=head.size) / count
        extra = number.to_numpy()[head]
        names = [
            f"{x}--{y}" + (f"+{k}" if k else "")
            for x, y, k in zip(first.to_numpy()[head], last.to_numpy()[head], extra, strict=True)
        ]
        plain = pd.Index(names, name="link_id")
        own = links.index[head].astype(str)
        frame = pd.DataFrame(
            {"from_node": first.to_numpy()[head], "to_node": last.to_numpy()[head],
             "mode": links["mode"].to_numpy()[head], "time": time},
            index=plain if plain.is_unique and (count > 1).any() else pd.Index(own, name="link_id"),
        )  # fmt: skip
        order = np.argsort(code, kind="stable")
        groups = np.split(links.index.to_numpy().astype(str)[order], np.cumsum(count)[:-1])
        return cls(frame=frame, code=code, members=tuple(tuple(map(str, g)) for g in groups))

    def sums(self, values: Array) -> Array:
        """Sum over the links of each row: (..., links) -> (..., rows)."""
        flat = np.asarray(values, dtype=np.float64).reshape(-1, self.code.size)
        rows = [np.bincount(self.code, weights=row, minlength=len(self.frame)) for row in flat]
        out: Array = np.array(rows, dtype=np.float64).reshape(*np.shape(values)[:-1], len(self.frame))
        return out
