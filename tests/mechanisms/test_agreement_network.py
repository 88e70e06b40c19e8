"""Network of agreements by hand, and what its tables must keep."""

import numpy as np
import pandas as pd
import pytest

from megaregion.data.schema import schema
from megaregion.errors import AlignmentError, InputError, MissingDataError
from megaregion.mechanisms.agreement_network import agreement_network, drivers, gap, same

GROUPS = pd.Series({"a": "P", "b": "P", "c": "Q", "d": "Q", "e": "R"})


def register(rows: list[tuple[str, str, str]], status: str = "signed") -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["agreement_id", "parties", "field"]).set_index("agreement_id")
    return frame.assign(status=status, start=2019.0, end=np.nan, title="", instrument="agreement")


HUB = register(
    [("1", "a;b", "transport"), ("2", "a; c", "transport"), ("3", "a;d", "health"), ("4", "a;b;c", "health")]
)


def test_by_hand() -> None:
    """a with b: 1 + 1/2; with c the same; with d 1; b with c 1/2. Pairs across provinces: a-c, a-d, b-c."""
    found = agreement_network(HUB, GROUPS, seed=1, permutations=19)
    pairs = found.pairs.to_frame().query("field == 'all'").set_index(["place_a", "place_b"])
    assert pairs["weight"].to_dict() == {("a", "b"): 1.5, ("a", "c"): 1.5, ("a", "d"): 1.0, ("b", "c"): 0.5}
    assert pairs.loc[("a", "b"), "agreements"] == 2 and pairs.loc[("a", "b"), "expected"] == 4 * 2 / 4
    row = found.to_frame().set_index(["field", "ties"]).loc[("all", "any")]
    assert (row["agreements"], row["taking_part"], row["pairs"], row["pairs_across"]) == (4, 4, 4, 3)
    assert row["density"] == pytest.approx(4 / 10)
    assert row["centralization"] == pytest.approx((3 * 5 - 8) / (4 * 3))  # degrees 3 2 2 1 0
    assert row["core_size"] == 1
    places = found.places.to_frame().query("ties == 'any'").set_index("place_id")
    assert places.loc["a", "core"] and places["agreements"].tolist() == [4, 2, 2, 1, 0]
    assert places.loc["a", ["coordinator", "itinerant", "gatekeeper", "liaison"]].tolist() == [0, 1, 1, 0]  # cd, bd
    assert places["partners"].tolist() == [3, 2, 2, 1, 0]
    assert found.to_frame()["field"].unique().tolist() == ["all", "health", "transport"]


def test_weights_add_up_to_agreements_of_each_place() -> None:
    """The correction gives every party 1 from each agreement, in the square frame too."""
    found = agreement_network(HUB, GROUPS, seed=1, permutations=9)
    weights = found.weights()
    assert weights.sum(axis=1).to_dict() == {"a": 4.0, "b": 2.0, "c": 2.0, "d": 1.0, "e": 0.0}
    pd.testing.assert_frame_equal(weights, weights.T)
    assert found.weights("health").loc["a", "d"] == 1.0


def test_backbone_finds_a_planted_pair() -> None:
    """Two places sign twelve agreements together among 60 of random pairs: only they are beyond chance."""
    rng = np.random.default_rng(2)
    groups = pd.Series("P", index=[f"{i:02}" for i in range(20)])
    rows = [(f"r{i}", ";".join(sorted(rng.choice(groups.index[2:], 2, replace=False))), "health") for i in range(60)]
    rows += [(f"s{i}", "00;01", "health") for i in range(12)]
    pairs = agreement_network(register(rows), groups, seed=1, permutations=9).pairs.to_frame()
    kept = pairs[pairs["backbone"] & (pairs["field"] == "all")]
    assert kept[["place_a", "place_b"]].to_numpy().tolist() == [["00", "01"]]
    assert (pairs["q"] >= pairs["p"] - 1e-15).all()


def test_status_year_and_parties_outside() -> None:
    mixed = HUB.assign(status=["announced", "signed", "in-force", "ended"], start=[2019, 2019, 2021, 2000])
    found = agreement_network(mixed, GROUPS, seed=1, year=2020, permutations=9)
    assert found.to_frame().loc[0, "agreements"] == 1 and "3 of 4 agreements do not count" in found.warnings[0]
    outside = register([("1", "a;b;ministry", "health")])
    found = agreement_network(outside, GROUPS, seed=1, permutations=9)
    assert found.pairs.to_frame()["weight"].tolist() == [0.5, 0.5] and any("ministry" in w for w in found.warnings)


def test_relabelling_changes_nothing() -> None:
    names = {"a": "v", "b": "w", "c": "x", "d": "y", "e": "z"}
    renamed = HUB.assign(parties=[";".join(names[p.strip()] for p in t.split(";"))[::-1] for t in HUB["parties"]])
    one = agreement_network(HUB, GROUPS, seed=3, permutations=19)
    two = agreement_network(renamed.sample(frac=1, random_state=0), GROUPS.rename(names)[::-1], seed=3, permutations=19)
    pd.testing.assert_frame_equal(one.to_frame(), two.to_frame())
    pd.testing.assert_frame_equal(one.weights().rename(index=names, columns=names), two.weights())


def test_empty_register() -> None:
    """No agreement: tables without rows that say what is lacking."""
    empty = pd.DataFrame({f.name: [] for f in schema("agreements")}).set_index("agreement_id")
    for given in (empty, HUB.assign(status="announced")):
        found = agreement_network(given, GROUPS, seed=1)
        for table in (found, found.pairs, found.places):
            assert table.to_frame().empty and table.warnings
            assert list(table.to_frame().columns) == [c.name for c in table.describe()]
            assert all(c.en and c.zh for c in table.describe())


def test_bad_registers() -> None:
    with pytest.raises(InputError, match=r"fewer than two parties for 1.*") as caught:
        agreement_network(register([("1", "a;", "x"), ("2", "a;b", "x"), ("2", "a;c", "x")]), GROUPS, seed=1, level=2)
    assert "repeats 2" in str(caught.value) and "level" in str(caught.value)
    with pytest.raises(InputError, match="names a party twice for 7"):
        agreement_network(register([("7", "a;b;a", "x")]), GROUPS, seed=1)
    with pytest.raises(MissingDataError, match=r"agreements.status is empty for 1"):
        agreement_network(HUB.assign(status=[None, "signed", "signed", "signed"]), GROUPS, seed=1)
    with pytest.raises(MissingDataError, match="without a group: e"):
        agreement_network(HUB, GROUPS.replace("R", np.nan), seed=1)
    with pytest.raises(InputError, match="lacks the columns field"):
        agreement_network(HUB.drop(columns="field"), GROUPS, seed=1)


def test_one_place() -> None:
    """A single place has no pairs; nothing is invented."""
    found = agreement_network(register([("1", "a;x", "health")]), GROUPS[:1], seed=1, permutations=9)
    assert found.pairs.to_frame().empty and np.isnan(found.to_frame()["density"]).all()


def test_drivers_find_what_was_planted() -> None:
    """Ties depend on the province and not on income: that is what the regression says."""
    rng = np.random.default_rng(1)
    labels = [f"{i:02}" for i in range(18)]
    groups, income = pd.Series(np.repeat(list("PQR"), 6), index=labels), pd.Series(rng.normal(size=18), index=labels)
    noise = rng.normal(size=(18, 18))
    network = same(groups) + pd.DataFrame(noise + noise.T, index=labels, columns=labels) / 4
    shuffled = gap(income).sample(frac=1, random_state=2)  # rows in another order: joined by label
    found = drivers(network, {"province": same(groups), "income": shuffled}, seed=1, permutations=199)
    table = found.to_frame().set_index("predictor")
    assert table.loc["province", "coefficient"] == pytest.approx(1.0, abs=0.2)
    assert table.loc["province", "p"] == 1 / 200 and table.loc["income", "p"] > 0.05
    assert found.facts()["dyads"] == 18 * 17 / 2
    ordered = drivers(network, {"province": same(groups), "income": gap(income)}, seed=1, permutations=199)
    pd.testing.assert_frame_equal(found.to_frame(), ordered.to_frame())
    assert list(found.to_frame().columns) == [c.name for c in found.describe()]


def test_drivers_with_bad_networks() -> None:
    network = agreement_network(HUB, GROUPS, seed=1, permutations=9).weights()
    with pytest.raises(MissingDataError, match="income lacks 8 pairs: a - e"):
        drivers(network, {"income": gap(pd.Series([1, 2, 3, 4, np.nan], index=list("abcde")))}, seed=1)
    with pytest.raises(InputError, match="no predictor"):
        drivers(network, {}, seed=1)
    with pytest.raises(AlignmentError):
        drivers(network, {"province": same(GROUPS[:4])}, seed=1)
