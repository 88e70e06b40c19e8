"""The step `reforms`: the reforms that a workspace states, each alone, jointly and attributed."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from megaregion.data.cluster import Cluster
from megaregion.data.scenario import Scenario
from megaregion.data.stored import StoredTable
from megaregion.equilibrium.calibrate import HasFrame, HasTime, baseline
from megaregion.equilibrium.recognition_reforms import reform_study
from megaregion.equilibrium.reform_options import ReformOptions
from megaregion.equilibrium.shocks import TimesOf
from megaregion.errors import InputError
from megaregion.links.soft.reforms import reforms_of_cluster
from megaregion.result import Result


def stated(cluster: Cluster) -> bool:
    """Whether tables/reforms.csv or [options.reforms] scenarios name a reform."""
    table = cluster.further.get("reforms")
    return (table is not None and not table.empty) or bool(cluster.options.get("reforms", {}).get("scenarios"))


def run(
    cluster: Cluster, times: HasTime, border: pd.DataFrame | HasFrame | StoredTable,
    scenarios: Sequence[Scenario] = (), *, options: ReformOptions | None = None, times_of: TimesOf | None = None,
    seed: int,
) -> dict[str, Result]:  # fmt: skip
    """Calibrate the cluster and run its reforms.

    Parameters
    ----------
    cluster : Cluster
        tables/reforms.csv with tables/recognition.csv, and [options.reforms].
    times : TimesResult
        Of the baseline.
    border : result or table links/border
    scenarios : sequence of Scenario
        Those of the workspace, from which the options choose.
    options : ReformOptions, optional
        Instead of [options.reforms].
    times_of : callable, optional
        Minutes of a changed cluster; default the room links.
    seed : int
        Of the random orders above 12 reforms.

    Raises
    ------
    InputError
        No reform is stated, an option names no scenario, or as `recognition_reforms.reform_study`.
    """
    chosen = ReformOptions.of(cluster.options.get("reforms", {})) if options is None else options
    known = {s.id: s for s in scenarios}
    if lost := [name for name in chosen.scenarios if name not in known]:
        raise InputError(
            f"options.reforms: no scenario {', '.join(lost)}", hint="scenarios: " + (", ".join(known) or "none")
        )
    table = reforms_of_cluster(cluster)
    if table is None and not chosen.scenarios:
        raise InputError(
            "no reform is stated",
            hint="tables/reforms.csv with tables/recognition.csv, or [options.reforms] scenarios = [...]",
        )
    base = baseline(cluster, times, border)
    return reform_study(
        cluster, base, table, [known[name] for name in chosen.scenarios], options=chosen, times_of=times_of, seed=seed
    )
