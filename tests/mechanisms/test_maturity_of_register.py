"""Stages that a register shows: by hand, over the options, and of registers that make no sense."""

import numpy as np
import pandas as pd
import pytest

from megaregion.data.rules.agreements import INSTRUMENTS
from megaregion.errors import InputError
from megaregion.mechanisms.maturity import FIELDS, LEVELS
from megaregion.mechanisms.maturity_of_register import STAGES, maturity_of_register

REGISTER = pd.DataFrame(
    [
        ("transport", "agreement", "in-force"), ("transport", "shared-budget", "signed"),
        ("transport", "statement", "announced"), ("transport", "law", "ended"),
        ("health", "joint-body", "signed"),
    ],
    columns=["field", "instrument", "status"],
)  # fmt: skip


def test_by_hand() -> None:
    """Transport: stages 3, 4 and 1, the law is over. One of three is in force, two are in force or signed."""
    found = maturity_of_register(REGISTER)
    table = found.to_frame().set_index("field")
    assert table.index.tolist() == list(FIELDS)
    row = table.loc["transport"]
    assert (row["agreements"], row["level"], row["level_median"], row["level_in_force"]) == (3, 4, 3, 3)
    assert row["in_force"] == pytest.approx(1 / 3)
    assert (row["score_min"], row["score_max"]) == (pytest.approx(1.0), pytest.approx(2.0))
    health = table.loc["health"]
    assert (health["level"], health["in_force"], health["score_min"], health["score_max"]) == (2, 0, 0, 2)
    assert np.isnan(health["level_in_force"])
    assert table.loc["economy", "agreements"] == 0 and np.isnan(table.loc["economy", "level"])
    assert "economy" in found.facts()["missing_fields"] and any("missing is not level 0" in w for w in found.warnings)


def test_every_instrument_of_a_register_has_a_stage() -> None:
    assert set(STAGES) == set(INSTRUMENTS) and set(STAGES.values()) <= set(LEVELS)


def test_stages_can_be_set_and_rows_mixed() -> None:
    found = maturity_of_register(REGISTER, stages={"agreement": 2}).to_frame().set_index("field")
    assert found.loc["transport", "level_in_force"] == 2 and found.loc["transport", "level_median"] == 2
    mixed = maturity_of_register(REGISTER.sample(frac=1, random_state=1)).to_frame()
    pd.testing.assert_frame_equal(mixed, maturity_of_register(REGISTER).to_frame())


def test_ended_agreements_only() -> None:
    table = maturity_of_register(REGISTER.iloc[[3]]).to_frame()
    assert (table["agreements"] == 0).all() and table["level"].isna().all()


def test_registers_that_make_no_sense() -> None:
    with pytest.raises(InputError, match="has no stage: handshake"):
        maturity_of_register(REGISTER.assign(instrument="handshake"))
    with pytest.raises(InputError, match="lacks the columns status"):
        maturity_of_register(REGISTER.drop(columns="status"))
    for wrong in ({"plan": 6}, {"plan": 2.5}, {"plan": True}, {"plan": "high"}):
        with pytest.raises(InputError, match="whole number from 0 to 5: plan"):
            maturity_of_register(REGISTER, stages=wrong)
    with pytest.raises(InputError, match="must be a table of numbers"):
        maturity_of_register(REGISTER, stages=3)  # type: ignore[arg-type]
