"""The programs that a workspace states: vouchers, joint parks, paired assistance."""

from __future__ import annotations

import numpy as np

from megaregion.data.cluster import Cluster
from megaregion.links.soft.pairing_stated import StatedPairing, stated_pairing
from megaregion.links.soft.parks_stated import ParkOptions, stated_parks
from megaregion.links.soft.stated import Minutes
from megaregion.links.soft.vouchers_stated import VoucherOptions, stated_vouchers
from megaregion.result import Result


def stated_programs(cluster: Cluster, minutes: Minutes, *, seed: int | np.random.Generator) -> dict[str, Result]:
    """Results of every program whose tables are there.

    Parameters
    ----------
    cluster : Cluster
        `further`, and [options.vouchers], [options.parks], [options.pairing].
    minutes : callable
        Travel times between places of the cluster; asked only where the tables state none.
    seed : int or Generator
        Of a lottery of vouchers.

    Raises
    ------
    InputError, MissingDataError, InfeasibleError
        As `stated_vouchers`, `stated_parks`, `stated_pairing`.
    """
    given, tables = cluster.options, cluster.further
    year = int(cluster.attrs["base_year"])
    return {
        **stated_vouchers(tables, VoucherOptions.of(given.get("vouchers", {})), seed=seed),
        **stated_parks(tables, ParkOptions.of(given.get("parks", {})), minutes=minutes),
        **stated_pairing(tables, StatedPairing.of(given.get("pairing", {})), year=year, minutes=minutes),
    }
