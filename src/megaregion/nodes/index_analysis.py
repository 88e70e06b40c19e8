"""An index with all that a careful reader asks for: every stage, weights, profile, change, uncertainty,
sensitivity."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np

from megaregion.errors import InputError, SolveError
from megaregion.nodes.index import closing_steps
from megaregion.nodes.index_chain import Chain, chain
from megaregion.nodes.index_change import change
from megaregion.nodes.index_choices import Choices
from megaregion.nodes.index_profile import profile
from megaregion.nodes.index_sensitivity import SIZE, sensitivity
from megaregion.nodes.index_source import Source
from megaregion.nodes.index_tables import IndexSteps, filled_cells, scores_table, stages, treatments, weights_table
from megaregion.nodes.index_topsis import topsis
from megaregion.nodes.index_uncertainty import RUNS, uncertainty
from megaregion.nodes.leaves import Step
from megaregion.nodes.tree import Weighting
from megaregion.result import Result

Method = Weighting | Literal["topsis"]


def analyse(
    source: Source, *, seed: int | np.random.Generator, method: Method | None = None, draws: int = RUNS,
    size: int = SIZE, choices: Choices | None = None,
) -> dict[str, Result]:  # fmt: skip
    """Compute an index and everything beside it.

    Parameters
    ----------
    source : Source
        Indicators, places, tree, groups.
    seed : int or Generator
    method : str, optional
        Rule of weights instead of the tree's, or ``topsis`` for closeness to the ideal beside the index.
    draws : int, default 10,000
        Monte Carlo runs; 0 leaves uncertainty out.
    size : int, default 1024
        Base sample of the Sobol indices; 0 leaves sensitivity out.
    choices : Choices, optional
        What uncertainty and sensitivity vary; what the tree says if not given.

    Returns
    -------
    dict of str to Result
        In the order of the work: steps, values, filled, cells, treated, treatments, scaled, weights, scores, profile,
        change, topsis, uncertainty, draws, sensitivity, alternatives. What could not be computed is missing
        here and named with
        its reason in steps.

    Raises
    ------
    InputError
        See `chain`; what does not concern the index itself is not raised but named.
    """
    tree = source.tree
    if method is not None and method != "topsis":
        tree = replace(tree, weights=method)
    choices = choices or Choices(**tree.vary)
    made = chain(source.indicators, source.places, tree=tree, groups=source.groups)
    out: dict[str, Result] = {"values": stages(made)["values"], **_stages(made)}
    skipped: list[Step] = []
    later: dict[str, tuple[str, Callable[[], dict[str, Result]]]] = {
        "profile": ("优势与短板", lambda: {"profile": profile(made)}),
        "change": ("变化分解", lambda: {"change": change(made)}),
        "topsis": ("TOPSIS", lambda: {"topsis": topsis(made)}),
        "uncertainty": ("不确定性", lambda: _uncertain(made, seed, draws, choices)),
        "sensitivity": ("敏感性", lambda: _sensitive(made, seed, size, choices)),
    }
    off = {"change": len(tree.years) < 2, "topsis": method != "topsis", "uncertainty": draws == 0,
           "sensitivity": size == 0}  # fmt: skip
    for name, (name_zh, work) in later.items():
        if off.get(name):
            skipped.append(_skip(name, name_zh, "not asked for", "未要求"))
            continue
        try:
            out |= work()
        except (InputError, SolveError) as error:
            skipped.append(_skip(name, name_zh, error.message, error.message))
    log = (*made.steps, *closing_steps(made, len(source.places), draws)[:1], *skipped)
    problems = tuple(f"{s.subject}: {s.skipped}" for s in skipped if s.skipped != "not asked for")
    return {"steps": IndexSteps(steps=log, warnings=(*made.warnings, *problems)), **out}


def _stages(made: Chain) -> dict[str, Result]:
    found = stages(made)
    return {
        "filled": found["filled"], "cells": filled_cells(made), "treated": found["treated"],
        "treatments": treatments(made), "scaled": found["scaled"], "weights": weights_table(made),
        "scores": scores_table(made),
    }  # fmt: skip


def _uncertain(made: Chain, seed: int | np.random.Generator, draws: int, choices: Choices | None) -> dict[str, Result]:
    found = uncertainty(made, seed=seed, draws=draws, choices=choices)
    return {"uncertainty": found.ranks, "draws": found.recipes}


def _sensitive(made: Chain, seed: int | np.random.Generator, size: int, choices: Choices | None) -> dict[str, Result]:
    found = sensitivity(made, seed=seed, size=size, choices=choices)
    return {"sensitivity": found.shares, "alternatives": found.alternatives}


def _skip(name: str, name_zh: str, why: str, why_zh: str) -> Step:
    return Step(subject=name, came_in=0, done="", done_zh="", skipped=why, skipped_zh=f"{name_zh}：{why_zh}")
