"""`tables/maturity.csv`: how far each reading says that coordination goes, by field.

    python examples/yangtze-delta/derive/maturity.py

`agreement_coding.csv` beside this script holds the judgement of every agreement of the register by two readings, each
with what it rests on. By field and reading: the furthest level of an agreement that has not ended (a field has come as
far as its deepest agreement), and the mean of what is carried out over the agreements that reach it and of which that
could be told: what shallower agreements of the field achieve says nothing of the deepest ones.
"""

from pathlib import Path

import pandas as pd

HERE = Path(__file__).resolve().parent
TABLES = HERE.parent / "tables"
SOURCE = "agreement-coding"


def by_field(coding: pd.DataFrame, agreements: pd.DataFrame) -> pd.DataFrame:
    """One row a field and reading, as `tables/maturity.csv` wants them."""
    lasting = agreements.loc[agreements["status"] != "ended", ["agreement_id", "field"]]
    own = coding.merge(lasting, on="agreement_id", validate="many_to_one")
    furthest = own[own["level"] == own.groupby(["field", "coder"])["level"].transform("max")]
    out = furthest.groupby(["field", "coder"], sort=True).agg(
        level=("level", "max"), implementation=("carried", "mean")
    )
    return out.round(3).reset_index().assign(source=SOURCE)


if __name__ == "__main__":
    table = by_field(pd.read_csv(HERE / "agreement_coding.csv"), pd.read_csv(TABLES / "agreements.csv"))
    table.to_csv(TABLES / "maturity.csv", index=False, lineterminator="\n")
    print(table.to_string(index=False))
