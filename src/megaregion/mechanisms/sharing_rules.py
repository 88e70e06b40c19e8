"""Rules of thumb for a joint cost or gain, beside the Shapley value and the nucleolus; all in gain form."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
BENEFIT = "benefit"  # the weight that Lindahl's rule and the separable costs read
PROPORTIONAL = "proportional_to_"
LABELS = {
    "shapley": ("Shapley value", "夏普利值"),
    "nucleolus": ("Nucleolus", "核仁"),
    "prenucleolus": ("Prenucleolus (some do worse than alone)", "预核仁（有成员不如单干）"),
    "equal": ("Equal shares", "平均分摊"),
    "equal_nonseparable": ("Equal shares of the nonseparable part", "不可分部分平均分摊"),
    "alternate_cost_avoided": ("Alternate cost avoided", "替代成本避免法"),
    "separable_costs": ("Separable costs, remaining benefits", "可分成本－剩余效益法"),
    "lindahl": ("Proportional to benefits (Lindahl)", "按受益比例（林达尔）"),
}


def label(rule: str) -> tuple[str, str]:
    """English and Chinese name of a rule."""
    if rule.startswith(PROPORTIONAL):
        name = rule.removeprefix(PROPORTIONAL)
        return f"Proportional to {name}", f"按{name}比例"
    return LABELS[rule]


def proportional(grand: float, weights: Array) -> Array:
    """Worth of all by given weights (k,) >= 0 that are not all zero."""
    return np.asarray(grand * weights / weights.sum())


def nonseparable(grand: float, rest: Array, shares: Array) -> Array:
    """What each adds as the last, and a share (k,) of what that leaves; `rest` (k,) is the worth of all others.

    Straffin and Heaney (1981), Int. J. Game Theory 10(1): x_i = m_i + s_i (v(N) - sum m), m_i = v(N) - v(N without i).
    """
    last = grand - rest
    return np.asarray(last + shares * (grand - last.sum()))


def rules(
    grand: float, alone: Array, rest: Array, weights: dict[str, Array], *, cost: bool
) -> tuple[dict[str, Array], dict[str, str]]:
    """Splits of the worth of all by each rule, and why others are left out.

    Parameters
    ----------
    grand, alone, rest : float, array (k,), array (k,)
        Worth of all, of each alone, of all but each; gain form.
    weights : dict of str to array (k,)
        A proportional rule each; `benefit` is what the place has from the project before it pays.
    cost : bool
        Whether the game is one of cost; then `alone` is less the cost of the alternative.

    Returns
    -------
    dict of str to array (k,), dict of str to str
    """
    k = len(alone)
    last = grand - rest
    out = {
        "equal": np.full(k, grand / k),
        "equal_nonseparable": nonseparable(grand, rest, np.full(k, 1.0 / k)),
    }
    out |= {
        "lindahl" if name == BENEFIT else PROPORTIONAL + name: proportional(grand, weight)
        for name, weight in weights.items()
    }
    remaining = {"alternate_cost_avoided": last - alone}
    if cost and BENEFIT in weights:  # nobody is credited with more than the benefit, or than the cost avoided
        remaining["separable_costs"] = last + np.minimum(weights[BENEFIT], -alone)
    left_out = {}
    close = 1e-12 * max(abs(grand), float(np.abs(alone).max()), float(np.abs(rest).max()))
    for rule, part in remaining.items():
        part = np.where(np.abs(part) <= close * k, 0.0, part)
        if (part < 0).any():
            left_out[rule] = (
                "who joins last adds less than it has alone, so that there is nothing to share in proportion"
            )
        elif part.sum() == 0 and abs(grand - last.sum()) > close * k:
            left_out[rule] = "no place has a remaining benefit, but a nonseparable part is left"
        else:
            out[rule] = nonseparable(grand, rest, part / (part.sum() or 1.0))
    return out, left_out
