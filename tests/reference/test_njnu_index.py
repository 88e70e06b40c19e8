"""Linear means inside a pillar against the index of the Yangtze River Delta published by Nanjing Normal University.

Published (2024, scoreDetail.json, two decimals): for each of 41 cities five dimension scores of at most 20, each
20 times the mean of its six scaled indicators. The indicators are printed with two decimals, so a dimension is
known to 20 x .005 = .1; the largest difference on record is .07. The published total is their sum, not a
geometric mean, and is not reproduced.
"""

import json
from pathlib import Path

import pandas as pd
import pytest

from megaregion.nodes.index import IndexResult, index
from megaregion.nodes.tree import tree_from_dict


@pytest.fixture(scope="module")
def published(shared_data: Path) -> pd.DataFrame:
    text = (shared_data / "yangtze-delta/local/njnu_index_2024/scoreDetail.json").read_text(encoding="utf-8")
    return pd.DataFrame(json.loads(text)).set_index("cityName").map(lambda cell: float(str(cell).strip()))


def computed(shared_data: Path, constant: str) -> IndexResult:
    wide = pd.read_csv(shared_data / "yangtze-delta/local/njnu_index_2024_table.csv").set_index("city")
    dimensions = list(dict.fromkeys(name.split("/")[0] for name in wide.columns))
    tree = tree_from_dict(
        {
            "index": {"name": "NJNU", "year": 2024, "delta": 0.0, "constant": constant},
            "pillar": [
                {
                    "id": f"d{k}", "name": dimension, "name_zh": dimension,
                    "indicator": [
                        {"id": name, "name": name, "direction": 1, "low": 0.0, "high": 1.0, "unit": "scaled 0-1",
                         "goalpost_source": "scaled by the publisher"}
                        for name in wide.columns
                        if name.startswith(f"{dimension}/")
                    ],
                }
                for k, dimension in enumerate(dimensions)
            ],
        }
    )  # fmt: skip
    tidy = wide.reset_index().melt(id_vars="city", var_name="indicator").rename(columns={"city": "place_id"})
    tidy = tidy.assign(year=2024, unit="scaled 0-1", scope="全市")
    return index(tidy, list(wide.index), tree=tree, seed=1)


def test_dimension_scores_are_twenty_times_the_mean(shared_data: Path, published: pd.DataFrame) -> None:
    result = computed(shared_data, "keep")
    assert len(result.score) == 41
    for pillar in result.tree.pillars:
        got = result.pillars[pillar.id] * 0.2
        assert (got - published[pillar.name]).abs().max() <= 0.1


def test_indicator_that_is_the_same_everywhere_is_dropped_and_named(shared_data: Path) -> None:
    """Harmless treatment of domestic waste is at the ceiling in all 41 cities."""
    result = computed(shared_data, "drop")
    green = next(entry for entry in result.status if entry["name"] == "绿色发展")
    assert green["left_out"] == ["绿色发展/生活垃圾无害化处理率"]
    log = result.steps.to_frame().set_index("subject")
    assert "same for all places" in log.loc["绿色发展/生活垃圾无害化处理率", "skipped"]
