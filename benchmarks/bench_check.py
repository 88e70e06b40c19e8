"""The data doctor on 350,000 values; the peer is reading the same table with pandas alone."""

import shutil
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from megaregion.data.check import check

SOUND = Path(__file__).resolve().parents[1] / "tests" / "data" / "check" / "sound"


def main() -> None:
    """Print seconds of the doctor and of pandas, and their ratio."""
    folder = Path(shutil.copytree(SOUND, Path(tempfile.mkdtemp()) / "sound"))
    places = pd.read_csv(folder / "tables" / "places.csv", dtype=str)["place_id"].iloc[1]
    years, names = range(1900, 2020), [f"rate_{i}" for i in range(2917)]
    frame = pd.MultiIndex.from_product([[places], years, names]).to_frame(index=False)
    frame.columns = ["place_id", "year", "indicator"]
    frame["value"] = np.round(np.random.default_rng(1).normal(50, 9, len(frame)), 2)
    frame = frame.assign(unit="percent", scope="county", source="yearbook")
    path = folder / "tables" / "indicators.panel.csv"
    frame.to_csv(path, index=False)
    begin = time.perf_counter()
    pd.read_csv(path, dtype=str)
    reading = time.perf_counter() - begin
    begin = time.perf_counter()
    found = check(folder)
    doctor = time.perf_counter() - begin
    print(f"{len(frame):,} values, {len(found)} findings")
    print(f"doctor {doctor:.1f} s, pandas reads them in {reading:.2f} s, ratio {doctor / reading:.1f}")
    shutil.rmtree(folder.parent)


if __name__ == "__main__":
    main()
