"""Sharing of joint costs and gains: every rule by hand, who walks out, large games, and tables that are no game."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megaregion.core.games import coalitions
from megaregion.core.separation import airport
from megaregion.errors import InputError, MissingDataError
from megaregion.mechanisms.sharing import share
from megaregion.mechanisms.sharing_games import CoalitionGame, coalition_games, read_weights, weights_of
from megaregion.mechanisms.sharing_rules import label, rules

WATER = {"A": 6.0, "B": 8.0, "C": 9.0, "A;B": 11.0, "C;A": 12.0, "B;C": 13.0, "A;B;C": 15.0}
WEIGHTS = pd.DataFrame({"population": [1.0, 1.0, 8.0], "benefit": [9.0, 9.0, 7.0]}, index=["A", "B", "C"])


def table(values: dict[str, float], *, kind: str = "cost", name: str = "water", unit: str = "MSEK") -> pd.DataFrame:
    return pd.DataFrame(
        {"game": name, "kind": kind, "coalition": list(values), "value": list(values.values()), "unit": unit}
    )


def payoffs(found: dict, game: str = "water") -> dict[str, list[float]]:
    frame = found["sharing"].to_frame()
    own = frame[frame["game"] == game]
    return {rule: part["payoff"].tolist() for rule, part in own.groupby("rule", sort=False)}


def test_every_rule_by_hand() -> None:
    """Separable costs 2, 3, 4 leave 6. Shapley by the six orders: A adds 6, 6, 3, 2, 3, 2 ...; benefits 9, 9, 7.

    Alternate cost avoided: 6 in proportion to 4, 5, 5. Separable costs: to min(benefit, alone) less separable, that
    is to 4, 5, 3. Nucleolus: every pair and every single saves 2 or more; equal shares of the nonseparable part, 4, 5,
    6, give the pairs 2, 2, 2, which no other split gives all of them.
    """
    got = payoffs(share(table(WATER), seed=1, weights=WEIGHTS))
    orders = {"A": [6, 6, 3, 2, 3, 2], "B": [5, 3, 8, 8, 3, 4], "C": [4, 6, 4, 5, 9, 9]}
    expected = {
        "nucleolus": [4, 5, 6],
        "shapley": [np.mean(orders[p]) for p in "ABC"],
        "equal": [5, 5, 5],
        "equal_nonseparable": [4, 5, 6],
        "proportional_to_population": [1.5, 1.5, 12],
        "lindahl": [15 * 9 / 25, 15 * 9 / 25, 15 * 7 / 25],
        "alternate_cost_avoided": [2 + 24 / 14, 3 + 30 / 14, 4 + 30 / 14],
        "separable_costs": [2 + 24 / 12, 3 + 30 / 12, 4 + 18 / 12],
    }
    assert set(got) == set(expected)
    for rule, values in expected.items():
        np.testing.assert_allclose(got[rule], values, rtol=1e-12, err_msg=rule)


def test_who_would_walk_out_is_named_with_how_much() -> None:
    """By population C pays 12, alone 9; with A 13.5 against 12, with B 13.5 against 13."""
    found = share(table(WATER), seed=1, weights=WEIGHTS)
    out = found["sharing_objections"].to_frame()
    own = out[out["rule"] == "proportional_to_population"]
    assert own[["coalition", "alone", "shared", "size"]].to_numpy().tolist() == [
        ["C", 9.0, 12.0, 1], ["A;C", 12.0, 13.5, 2], ["B;C", 13.0, 13.5, 2],
    ]  # fmt: skip
    np.testing.assert_allclose(own["excess"], [3.0, 1.5, 0.5])
    assert set(out["rule"]) == {"proportional_to_population"}
    frame = found["sharing"].to_frame()
    stable = frame.drop_duplicates("rule").set_index("rule")["stable"]
    assert not stable["proportional_to_population"] and stable.drop("proportional_to_population").all()
    row = frame[(frame["rule"] == "proportional_to_population") & (frame["place_id"] == "C")].iloc[0]
    assert row["gain_over_alone"] == -3.0 and row["alone"] == 9.0
    facts = found["sharing_objections"].facts()["objections"]["water"]["proportional_to_population"]
    assert facts == {"coalitions": 3, "foremost": "C", "excess": pytest.approx(3.0)}
    games = found["sharing_games"].to_frame().iloc[0]
    assert (games["together"], games["apart"], games["surplus"], games["core"]) == (15.0, 23.0, 8.0, "exists")
    assert games["certificate"].startswith("Kohlberg") and games["least_excess"] == pytest.approx(-2.0)


def test_gains_and_costs_are_mirrors() -> None:
    """Savings of the same project shared as a gain give everybody alone less saving."""
    alone = {p: WATER[p] for p in "ABC"}
    saved = {c: sum(alone[p] for p in c.split(";")) - v for c, v in WATER.items()}
    cost, gain = share(table(WATER), seed=1), share(table(saved, kind="gain"), seed=1)
    for rule in ("nucleolus", "shapley", "alternate_cost_avoided", "equal_nonseparable"):
        both = np.add(payoffs(cost)[rule], payoffs(gain)[rule])
        np.testing.assert_allclose(both, list(alone.values()), rtol=1e-12, err_msg=rule)


def test_an_empty_core_is_said() -> None:
    """Any two of three reach all: the least largest excess is a third, under every rule a coalition objects."""
    majority = {"a": 0.0, "b": 0.0, "c": 0.0, "a;b": 1.0, "a;c": 1.0, "b;c": 1.0, "a;b;c": 1.0}
    found = share(table(majority, kind="gain"), seed=1)
    row = found["sharing_games"].to_frame().iloc[0]
    assert row["core"] == "empty" and row["least_excess"] == pytest.approx(1 / 3)
    assert not found["sharing"].to_frame()["stable"].any()
    assert any("the core is empty" in text for text in found["sharing"].warnings)
    out = found["sharing_objections"].to_frame()
    assert set(out["rule"]) == set(found["sharing"].to_frame()["rule"])


def test_where_all_together_do_worse_the_prenucleolus_is_named_so() -> None:
    found = share(table({"a": 3.0, "b": 3.0, "a;b": 8.0}), seed=1)
    assert payoffs(found)["prenucleolus"] == pytest.approx([4.0, 4.0])
    assert "nucleolus" not in payoffs(found)
    assert any("all together do worse than apart" in text for text in found["sharing"].warnings)
    assert any("no alternate_cost_avoided" in text for text in found["sharing"].warnings)
    assert set(found["sharing_objections"].to_frame()["coalition"]) == {"a", "b"}


def test_several_games_of_different_units() -> None:
    two = pd.concat([table(WATER), table({"x": 1.0, "y": 2.0, "x;y": 5.0}, kind="gain", name="park", unit="job")])
    found = share(two.sample(frac=1.0, random_state=1), seed=1)
    assert payoffs(found, "park")["nucleolus"] == pytest.approx([2.0, 3.0])
    assert payoffs(found)["nucleolus"] == pytest.approx([4.0, 5.0, 6.0])
    units = {c.name: c.unit for c in found["sharing"].describe()}
    assert units["payoff"] == "by row" and set(found["sharing"].to_frame()["unit"]) == {"MSEK", "job"}
    assert {c.name: c.unit for c in share(table(WATER), seed=1)["sharing"].describe()}["payoff"] == "MSEK"


def test_columns_are_described() -> None:
    for result in share(table(WATER), seed=1, weights=WEIGHTS).values():
        assert [c.name for c in result.describe()] == list(result.to_frame().columns)
        assert all(c.en and c.zh for c in result.describe())
        assert result.title_en and result.title_zh and result.summary()
    assert all(label(rule)[1] for rule in payoffs(share(table(WATER), seed=1, weights=WEIGHTS)))


def test_an_empty_table_gives_empty_results_with_the_reason() -> None:
    empty = pd.DataFrame(columns=["game", "kind", "coalition", "value", "unit"])
    for result in share(empty, seed=1).values():
        assert len(result.to_frame()) == 0 and "there is no game" in result.warnings[0]
        assert [c.name for c in result.describe()] == list(result.to_frame().columns)


def test_one_place() -> None:
    found = share(table({"a": 7.0}), seed=1)
    assert set(map(tuple, payoffs(found).values())) == {(7.0,)}
    assert len(found["sharing_objections"].to_frame()) == 0


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.integers(1, 40), min_size=15, max_size=15), st.permutations(list("abcd")), st.floats(0.01, 100.0)
)  # fmt: skip
def test_names_and_units(values: list[int], order: list[str], unit: float) -> None:
    """Other names permute, another unit scales, every rule adds up."""
    sets = [";".join(c) for size in range(1, 5) for c in combinations("abcd", size)]
    old = dict(zip(sets, map(float, values), strict=True))
    new = dict(zip("abcd", order, strict=True))
    renamed = {";".join(new[p] for p in c.split(";")): unit * v for c, v in old.items()}
    first, second = share(table(old), seed=1), share(table(renamed), seed=1)
    one, two = first["sharing"].to_frame(), second["sharing"].to_frame()
    one["place_id"] = one["place_id"].map(new)
    both = one.merge(two, on=["rule", "place_id"])
    assert len(both) == len(one) == len(two)
    size = max(values) * unit
    np.testing.assert_allclose(unit * both["payoff_x"], both["payoff_y"], rtol=0, atol=1e-8 * size)
    np.testing.assert_allclose(one.groupby("rule")["payoff"].sum(), old["a;b;c;d"], rtol=0, atol=1e-8 * max(values))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(-20, 40), min_size=15, max_size=15))
def test_stable_means_that_nobody_objects(values: list[int]) -> None:
    """Against a plain loop over coalitions."""
    sets = [";".join(c) for size in range(1, 5) for c in combinations("abcd", size)]
    worth = dict(zip(sets, map(float, values), strict=True))
    found = share(table(worth, kind="gain"), seed=1)
    frame, out = found["sharing"].to_frame(), found["sharing_objections"].to_frame()
    for rule, part in frame.groupby("rule"):
        x = part.set_index("place_id")["payoff"]
        bad = {c for c in sets[:-1] if worth[c] - x[c.split(";")].sum() > 1e-7}
        assert set(out.loc[out["rule"] == rule, "coalition"]) == bad
        assert bool(part["stable"].iloc[0]) == (not bad)


def test_a_planner_is_asked_for_all_coalitions_of_few_places() -> None:
    cost = np.array([2.0, 5.0, 9.0, 9.5])
    names = ("a", "b", "c", "d")
    asked = CoalitionGame(name="g", kind="cost", players=names, value=lambda rows: (rows * cost).max(axis=1))
    listed = CoalitionGame(name="g", kind="cost", players=names, value=(coalitions(4) * cost).max(axis=1))
    one, two = share([asked], seed=1), share([listed], seed=2)
    pd.testing.assert_frame_equal(one["sharing"].to_frame(), two["sharing"].to_frame())


def test_many_places_are_sampled_and_what_is_unknown_is_said() -> None:
    """Fifteen airlines, a callable only: Shapley within its errors, no nucleolus, stability unknown or refuted."""
    cost = np.arange(1.0, 16.0)
    names = tuple(f"{i:02}" for i in range(15))
    exact = np.cumsum(np.diff(cost, prepend=0.0) / np.arange(15, 0, -1))
    large = CoalitionGame(name="g", kind="cost", players=names, value=lambda rows: (rows * cost).max(axis=1))
    found = share([large], seed=5)
    frame = found["sharing"].to_frame()
    own = frame[frame["rule"] == "shapley"]
    assert (np.abs(own["payoff"] - exact) <= 4 * own["standard_error"] + 1e-12).all()
    assert own["payoff"].sum() == pytest.approx(15.0) and own["standard_error"].max() > 0
    assert own["stable"].isna().all() and "nucleolus" not in set(frame["rule"])
    assert not frame.loc[frame["rule"] == "equal", "stable"].any()  # the smallest pays as much as it has alone or more
    assert found["sharing_games"].to_frame()["core"].tolist() == ["unknown"]
    assert any("sampled" in text or "estimated" in text for text in found["sharing"].warnings)
    assert any("need a finder" in text for text in found["sharing"].warnings)
    pd.testing.assert_frame_equal(frame, share([large], seed=5)["sharing"].to_frame())


def test_many_places_with_a_finder_have_a_nucleolus_and_a_core_test() -> None:
    """The same by the integer program as by all 2^13 coalitions."""
    cost = np.array([3, 3, 4, 8, 9, 11, 15, 16, 22, 23, 24, 30, 31.0])
    program = airport(cost)
    names = tuple(f"{i:02}" for i in range(13))
    few = CoalitionGame(
        name="g", kind="cost", players=names, value=lambda rows: -program.worth(rows), finder=program.most_violated
    )
    found = share([few], seed=1)
    listed = share(
        [CoalitionGame(name="g", kind="cost", players=names, value=-program.worth(coalitions(13)))], seed=1
    )  # fmt: skip
    np.testing.assert_allclose(payoffs(found, "g")["nucleolus"], payoffs(listed, "g")["nucleolus"], atol=1e-7)
    one, two = (f["sharing"].to_frame().drop_duplicates("rule").set_index("rule")["stable"] for f in (found, listed))
    assert one.drop("shapley").tolist() == two.drop("shapley").tolist()
    worst = [
        f["sharing_objections"].to_frame().query("rule == 'equal'")["excess"].iloc[0] for f in (found, listed)
    ]  # fmt: skip
    assert worst[0] == pytest.approx(worst[1])
    assert "finder" in found["sharing_games"].to_frame()["certificate"].iloc[0]


@pytest.mark.parametrize(
    ("change", "kind", "text"),
    [
        ({"": 2.0}, InputError, "the empty coalition has the value 2"),
        ({"A;B": np.nan, "C": None}, MissingDataError, "2 values are missing: C, A;B"),
        ({"A;A": 3.0}, InputError, "a place is twice in one coalition: A;A"),
        ({"B;A": 3.0}, InputError, "1 coalitions are there more than once: A;B"),
        ({"A;D": 3.0}, InputError, "7 of 15 coalitions are lacking: D, B;D"),
        ({"A": "six"}, InputError, "1 values are no number: A"),
        ({"A": np.inf}, InputError, "1 values are infinite: A"),
        ({"A": np.inf, "": 1.0, "A;B": np.nan}, InputError, "infinite: A; .*empty coalition.*missing: A;B"),
    ],
)
def test_tables_that_are_no_game(change: dict[str, object], kind: type, text: str) -> None:
    with pytest.raises(kind, match=text):
        share(table(WATER | change), seed=1)  # type: ignore[arg-type]


def test_the_empty_coalition_may_be_there() -> None:
    assert payoffs(share(table({"": 0.0} | WATER), seed=1)) == payoffs(share(table(WATER), seed=1))


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (lambda t: t.drop(columns=["value", "game"]), "columns are lacking: game, value"),
        (lambda t: t.drop(columns="kind"), "does not say whether"),
        (lambda t: t.assign(kind="loss"), "kind must be cost or gain in all rows, got 'loss'"),
        (lambda t: t.assign(kind=["cost"] * 3 + ["gain"] * 4), "got 'cost', 'gain'"),
        (lambda t: t.assign(unit=["EUR"] * 3 + ["CNY"] * 4), "several units: CNY, EUR"),
        (lambda t: t.assign(coalition=""), "a table needs 1 to 24 places"),
        (lambda t: t.assign(game=None), "7 rows name no game"),
    ],
)
def test_tables_that_are_no_games(made: object, text: str) -> None:
    with pytest.raises(InputError, match=text):
        coalition_games(made(table(WATER)))  # type: ignore[operator]


def test_the_kind_asked_for_must_not_contradict_the_table() -> None:
    assert coalition_games(table(WATER).drop(columns="kind"), kind="gain")[0].kind == "gain"
    with pytest.raises(InputError, match="the table says cost, asked for was gain"):
        share(table(WATER), seed=1, kind="gain")


@pytest.mark.parametrize(
    ("weights", "kind", "text"),
    [
        (pd.Series([1.0, 2.0], ["A", "B"]), InputError, "1 players have no weight: C"),
        (pd.Series([1.0, 2.0, 3.0, 4.0], ["A", "B", "C", "C"]), InputError, "weights repeat C"),
        (pd.Series([1.0, -2.0, 3.0], ["A", "B", "C"], name="gdp"), InputError, "gdp is negative or infinite for B"),
        (pd.Series([0.0, 0.0, 0.0], ["A", "B", "C"], name="gdp"), InputError, "gdp is zero for all"),
        (pd.Series([1.0, np.nan, 3.0], ["A", "B", "C"], name="gdp"), MissingDataError, "gdp is missing for B"),
    ],
)
def test_weights_that_cannot_be_used(weights: pd.Series, kind: type, text: str) -> None:
    with pytest.raises(kind, match=text):
        share(table(WATER), seed=1, weights=weights)


def test_weights_of_other_places_do_not_matter() -> None:
    more = pd.concat([WEIGHTS, pd.DataFrame({"population": [9.0], "benefit": [9.0]}, index=["Z"])])
    game = coalition_games(table(WATER))[0]
    np.testing.assert_array_equal(weights_of(more, game)["population"], [1.0, 1.0, 8.0])


def test_weights_of_a_file(tmp_path) -> None:
    (tmp_path / "w.csv").write_text("place_id,population\n0101,5\n0102,many\n", encoding="utf-8")
    with pytest.raises(InputError, match="1 cells are no numbers: population of 0102"):
        read_weights(tmp_path / "w.csv")
    (tmp_path / "w.csv").write_text("place_id,population\n0101,5\n", encoding="utf-8")
    assert read_weights(tmp_path / "w.csv")["population"].to_dict() == {"0101": 5.0}
    with pytest.raises(InputError, match="cannot be read"):
        read_weights(tmp_path / "nowhere.csv")


def test_games_that_cannot_be() -> None:
    with pytest.raises(InputError, match=r"kind must be.*players repeat: a"):
        CoalitionGame(name="g", kind="loss", players=("a", "a"), value=[0.0])  # type: ignore[arg-type]
    with pytest.raises(InputError, match="1 to 62 players"):
        CoalitionGame(name="g", kind="cost", players=(), value=[0.0])
    with pytest.raises(InputError, match="games repeat: g"):
        share([CoalitionGame(name="g", kind="cost", players=("a",), value=[0.0, 1.0])] * 2, seed=1)
    with pytest.raises(InputError, match=r"2\^2 = 4"):
        share([CoalitionGame(name="g", kind="cost", players=("a", "b"), value=[0.0, 1.0])], seed=1)
    with pytest.raises(InputError, match="the empty coalition has the value 1"):
        share([CoalitionGame(name="g", kind="cost", players=tuple("abcdefghijklmn"), value=lambda r: r.sum(1) + 1.0)],
              seed=1)  # fmt: skip
    with pytest.raises(InputError, match="exact_to"):
        share(table(WATER), seed=1, exact_to=21)


def test_rules_that_have_nothing_to_go_by_are_left_out_with_the_reason() -> None:
    """Who joins last adds less than alone; or nobody has a remaining benefit."""
    _, why = rules(-8.0, np.array([-3.0, -3.0]), np.array([-3.0, -3.0]), {}, cost=True)
    assert "adds less than it has alone" in why["alternate_cost_avoided"]
    found, why = rules(
        -4.0, np.array([-3.0, -3.0]), np.array([-3.0, -3.0]), {"benefit": np.array([1.0, 1.0])}, cost=True
    )
    assert "no place has a remaining benefit" in why["separable_costs"]
    np.testing.assert_allclose(found["alternate_cost_avoided"], [-2.0, -2.0])
