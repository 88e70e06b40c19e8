"""What several references share."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from megaregion.equilibrium.economy import Economy
from megaregion.equilibrium.elasticities import Elasticities
from megaregion.equilibrium.network import LinkNetwork

N = 401


@pytest.fixture(scope="session")
def german_graph(shared_data: Path) -> tuple[Economy, LinkNetwork]:
    """German counties by inversion of the toolkit's inputs, and the graph of the six nearest; skips without them."""
    file = shared_data / "reference" / "spatial-equilibrium" / "mrrh_germany_input.npz"
    if not file.is_file():  # the publishers' files may not be shipped, and a folder of them need not hold this one
        pytest.skip("the German inputs are not among the publishers' files")
    with np.load(file) as data:
        flow, distance, wage = data["commuting"].astype(float), data["distance_m"], data["wage"]
    work, live = flow.sum(axis=0), flow.sum(axis=1)
    commuting, wage = flow / live[:, None], wage / wage.mean()
    work, live, theta, nu = work / work.mean(), live / live.mean(), 3.0, 0.05
    sold, spent = wage * work, (commuting @ wage) * live
    kernel = (distance / distance.min()) ** (-0.42 * theta) * work ** (1 + theta * nu) * wage**-theta
    technology = np.ones(N)
    for _ in range(1000):
        trade = kernel * technology**theta
        trade /= trade.sum(axis=1, keepdims=True)
        ratio = sold / (trade.T @ spent)
        if np.abs(np.log(ratio)).max() < 1e-13:
            break
        technology *= 0.25 * ratio + 0.75
        technology /= technology.mean()
    economy = Economy.one_sector(
        elasticities=Elasticities.one_sector(theta=theta, epsilon=4.6, alpha=0.7, delta=0.38, nu=nu, entry=1.0),
        trade=trade, income=sold, population=live, commuting=commuting,
    )  # fmt: skip
    economy.require()
    labels = [str(i + 1) for i in range(N)]
    return economy, LinkNetwork.from_distances(pd.DataFrame(distance, labels, labels), nearest=6, unit="m")
