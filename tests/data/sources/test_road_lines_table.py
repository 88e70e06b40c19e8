from pathlib import Path

import pytest

from megaregion.data.sources.road_lines import read_road_lines
from megaregion.errors import InputError


def test_a_table_without_shapes_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "roads.csv").write_text("highway,name\nprimary,x\n", encoding="utf-8")
    with pytest.raises(InputError, match="a table without shapes"):
        read_road_lines(tmp_path / "roads.csv")
