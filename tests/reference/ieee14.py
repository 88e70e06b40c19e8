"""The IEEE 14-bus test case: what a DC solution needs of it.

University of Washington Power Systems Test Case Archive (1962 system, 1993), as in MATPOWER's case14 (Zimmerman,
Murillo-Sanchez and Thomas 2011, IEEE Trans. Power Syst. 26(1), 12; data distributed under the BSD licence). It states
no capacities of lines.
"""

import pandas as pd

DEMAND = [0, 21.7, 94.2, 47.8, 7.6, 11.2, 0, 0, 29.5, 9, 3.5, 6.1, 13.5, 14.9]
CAPACITY = {1: 332.4, 2: 140, 3: 100, 6: 100, 8: 100}
BRANCHES = [
    (1, 2, 0.05917, 1), (1, 5, 0.22304, 1), (2, 3, 0.19797, 1), (2, 4, 0.17632, 1), (2, 5, 0.17388, 1),
    (3, 4, 0.17103, 1), (4, 5, 0.04211, 1), (4, 7, 0.20912, 0.978), (4, 9, 0.55618, 0.969), (5, 6, 0.25202, 0.932),
    (6, 11, 0.1989, 1), (6, 12, 0.25581, 1), (6, 13, 0.13027, 1), (7, 8, 0.17615, 1), (7, 9, 0.11001, 1),
    (9, 10, 0.0845, 1), (9, 14, 0.27038, 1), (10, 11, 0.19207, 1), (12, 13, 0.19988, 1), (13, 14, 0.34802, 1),
]  # fmt: skip


def buses() -> pd.DataFrame:
    """Generation as in the case: 40 MW at bus 2, bus 1 takes the rest, the condensers give none."""
    return pd.DataFrame(
        {
            "bus_id": [str(k) for k in range(1, 15)],
            "demand_mw": [float(d) for d in DEMAND],
            "generation_mw": [float(CAPACITY.get(k, 0)) for k in range(1, 15)],
            "scheduled_mw": [{1: None, 2: 40.0}.get(k, 0.0) for k in range(1, 15)],
        }
    )


def lines() -> pd.DataFrame:
    """Reactances and taps."""
    return pd.DataFrame(
        {
            "line_id": [f"{a}-{b}" for a, b, _, _ in BRANCHES],
            "from_bus": [str(a) for a, _, _, _ in BRANCHES],
            "to_bus": [str(b) for _, b, _, _ in BRANCHES],
            "reactance_pu": [x for _, _, x, _ in BRANCHES],
            "tap": [float(t) for _, _, _, t in BRANCHES],
        }
    )
