"""Innovation vouchers: whom to grant under a budget, how vouchers were redeemed, what a lottery showed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.grant_selection import Selection, select_grants
from megaregion.core.randomization_inference import lottery_test
from megaregion.errors import InputError, MissingDataError
from megaregion.links.soft.vouchers_tables import LotteryResult, RedemptionResult, VoucherDesignResult

Floats = NDArray[np.float64]
NORMAL = 1.959963984540054  # 97.5 % point of the normal distribution
_PROJECT = ("project", "firm", "cost", "match", "additionality", "additionality_low", "additionality_high")
_REDEEMED = ("voucher", "firm", "firm_place", "provider", "provider_place", "amount")


@dataclass(frozen=True, kw_only=True)
class VoucherRules:
    """Rules of a programme.

    Attributes
    ----------
    budget : float >= 0
    subsidy : float
        Share of the cost that a voucher pays, above 0 and at most 1.
    cap : float
        Most that one firm may get from all its vouchers; infinite for none. A single voucher never exceeds it.
    divisible : bool
        Whether part of a voucher can be granted.
    """

    budget: float
    subsidy: float
    cap: float = np.inf
    divisible: bool = False

    def problems(self) -> list[str]:
        """Why these rules cannot be used."""
        out = []
        if not (self.budget >= 0 and np.isfinite(self.budget)):
            out.append(f"budget must be >= 0 and finite, got {self.budget!r}")
        if not 0 < self.subsidy <= 1:
            out.append(f"subsidy must lie above 0 and at most at 1, got {self.subsidy!r}")
        if not self.cap > 0:
            out.append(f"cap must be > 0, got {self.cap!r}")
        return out


def voucher_design(
    projects: pd.DataFrame, rules: VoucherRules, *, money: str, unit: str = "index"
) -> VoucherDesignResult:
    """Projects whose vouchers bring most that would not have happened anyway.

    Parameters
    ----------
    projects : DataFrame
        One row a project: project, firm, cost > 0, match >= 0 (what the project is worth), additionality with
        additionality_low and additionality_high in [0, 1]: the part of that worth that is there only with a voucher,
        a declared assumption with its range.
    rules : VoucherRules
    money, unit : str
        Unit of cost and budget; unit of match.

    Returns
    -------
    VoucherDesignResult

    Raises
    ------
    InputError
        A number is out of range, a project stands twice, the range of additionality does not hold its middle;
        everything wrong is listed.
    MissingDataError
        A value is missing.

    Notes
    -----
    max sum a_p match_p x_p s.t. sum g_p x_p <= budget, sum over the projects of a firm <= cap, g_p = min(s cost_p,
    cap), x_p in {0, 1} (or [0, 1] where divisible), by HiGHS with its bound. The two ends of additionality are solved
    too; what is chosen throughout does not hang on the assumption. Money for what would have happened anyway
    (deadweight) is (1 - a_p) g_p.
    """
    table = _projects(projects, rules)
    codes, firms = pd.factorize(table["firm"])
    grant = np.minimum(rules.subsidy * table["cost"].to_numpy(), rules.cap)
    solved: dict[str, Selection] = {}
    out = table[["project", "firm", "cost"]].assign(grant=grant)
    for end in ("", "_low", "_high"):
        out[f"worth{end}"] = table[f"additionality{end}"] * table["match"]
        solved[end] = select_grants(
            out[f"worth{end}"].to_numpy(), grant, rules.budget, codes.astype(np.intp), np.full(len(firms), rules.cap),
            divisible=rules.divisible,
        )  # fmt: skip
        out[f"chosen{end}"] = solved[end].chosen
    x = solved[""].chosen
    always = (out[["chosen", "chosen_low", "chosen_high"]] >= 1 - 1e-9).all(axis=1)
    found: dict[str, Any] = {
        "projects": len(out), "granted": int((x > 0).sum()), "spent": float(grant @ x),
        "worth": solved[""].value, "bound": solved[""].bound, "gap": max(solved[""].bound - solved[""].value, 0.0),
        "worth_low": float(out["worth_low"] @ x), "worth_high": float(out["worth_high"] @ x),
        "best_low": solved["_low"].value, "best_high": solved["_high"].value,
        "deadweight": float(((1 - table["additionality"]) * grant) @ x),
        "deadweight_most": float(((1 - table["additionality_low"]) * grant) @ x),
        "chosen_throughout": out.loc[always, "project"].tolist(),
    }  # fmt: skip
    columns = ["project", "firm", "cost", "grant", "chosen", "worth", "worth_low", "worth_high", "chosen_low",
               "chosen_high"]  # fmt: skip
    said = ["additionality is taken as stated: a lottery or a threshold would show it"]
    if len(always) and not always[x >= 1 - 1e-9].all():
        said.append("the choice hangs on the assumed additionality: some grants fall out at an end of its range")
    settings = {**asdict(rules), "cap": None if np.isinf(rules.cap) else rules.cap}
    return VoucherDesignResult(
        table=out[columns], money=money, unit=unit, found=found, settings=settings, warnings=tuple(said)
    )


def redemption(redeemed: pd.DataFrame, *, money: str, eligible: pd.Series | None = None) -> RedemptionResult:
    """Where vouchers were redeemed, how concentrated the providers are, and how many firms took part.

    Parameters
    ----------
    redeemed : DataFrame
        One row a voucher: voucher, firm, firm_place, provider, provider_place, amount >= 0.
    money : str
        Unit of amount.
    eligible : Series, optional
        Firms that may use vouchers, by place_id; uptake is missing where it is not given.

    Raises
    ------
    InputError
        A voucher stands twice, a firm or a provider has two places, an amount is negative, more firms redeemed than
        are eligible; everything wrong is listed.
    MissingDataError
        A cell is empty.

    Notes
    -----
    HHI = sum of squared shares of providers in the amount, 1 / n for n equal ones.
    """
    rows = _redeemed(redeemed, eligible)
    places = sorted(set(rows["firm_place"]) | set(() if eligible is None else map(str, eligible.index)))
    lines = [_redeemed_by(place, rows[rows["firm_place"] == place], eligible) for place in places]
    columns = [c.name for c in RedemptionResult(table=pd.DataFrame(), money=money).describe()]
    table = pd.DataFrame(lines, columns=columns)
    whole = _redeemed_by("", rows, None)
    if eligible is not None and len(eligible):
        whole["eligible"] = float(eligible.sum())
        whole["uptake"] = whole["firms"] / whole["eligible"] if whole["eligible"] > 0 else np.nan
    found = {k: None if isinstance(v, float) and np.isnan(v) else v for k, v in whole.items() if k != "place_id"}
    said = () if eligible is not None else ("the number of eligible firms is not known: no uptake",)
    return RedemptionResult(table=table, money=money, found=found, warnings=said)


def lottery_effect(
    firms: pd.DataFrame,
    outcomes: Sequence[str],
    *,
    seed: int | np.random.Generator,
    draws: int = 9999,
    unit: str = "by row",
) -> LotteryResult:
    """Difference between firms that won a voucher by lot and those that did not.

    Parameters
    ----------
    firms : DataFrame
        One row a firm that took part: won (true or false), the outcomes, and stratum where lots were drawn in groups.
    outcomes : sequence of str
        Columns.
    seed : int or Generator
        For sampled draws, where more than 20,000 are possible.
    draws : int
        At least 99.
    unit : str
        Of the outcomes.

    Raises
    ------
    InputError
        A column is missing, a stratum has no winner or no loser, an outcome is infinite.
    MissingDataError
        An outcome is missing: firms that vanish from the data are no accident of the lot.

    Notes
    -----
    p of the sharp null by redrawing the lots (Fisher 1935); interval from Neyman's standard error, normal. It is the
    effect of the offer: winners who do not redeem are in it.
    """
    lacking = [c for c in ("won", *outcomes) if c not in firms]
    if lacking or not outcomes or draws < 99:
        text = f"needs the columns {', '.join(lacking)}" if lacking else "needs an outcome and 99 draws at least"
        raise InputError(f"firms {text}", hint="won, the outcomes, and stratum where lots were drawn in groups")
    won = firms["won"]
    if not won.isin([True, False]).all():
        raise InputError("firms.won must be true or false in every row")
    stratum, names = pd.factorize(firms["stratum"] if "stratum" in firms else np.zeros(len(firms)), sort=True)
    flags = won.to_numpy(dtype=bool)
    bad = [str(name) for k, name in enumerate(names) if flags[stratum == k].all() or not flags[stratum == k].any()]
    if bad or not len(firms) or (stratum < 0).any():
        raise InputError(f"every stratum needs winners and losers: {', '.join(bad[:5]) or 'some rows have none'}")
    gaps = [f"{c} ({int(firms[c].isna().sum())})" for c in outcomes if firms[c].isna().any()]
    if gaps:
        raise MissingDataError(f"outcomes are missing: {', '.join(gaps)}", hint="follow up all who took part")
    if wrong := [c for c in outcomes if not np.isfinite(firms[c].to_numpy(dtype=np.float64)).all()]:
        raise InputError(f"outcomes are infinite: {', '.join(wrong)}")
    rows = []
    for name in outcomes:
        y = firms[name].to_numpy(dtype=np.float64)
        got = lottery_test(y, flags, stratum.astype(np.intp), draws=draws, seed=seed)
        rows.append({
            "outcome": name, "winners": int(flags.sum()), "losers": int((~flags).sum()),
            "mean_losers": float(y[~flags].mean()), "difference": got.difference, "se": got.se,
            "ci_low": got.difference - NORMAL * got.se, "ci_high": got.difference + NORMAL * got.se, "p": got.p,
            "draws": got.draws, "exact": got.exact,
        })  # fmt: skip
    said = ("several outcomes: the smallest p of many is small by chance",) if len(outcomes) > 1 else ()
    settings = {"draws": draws, "strata": len(names)}
    return LotteryResult(table=pd.DataFrame(rows), unit=unit, settings=settings, warnings=said)


def _redeemed_by(place: str, rows: pd.DataFrame, eligible: pd.Series | None) -> dict[str, Any]:
    amount, away = rows["amount"].to_numpy(), (rows["firm_place"] != rows["provider_place"]).to_numpy()
    total = float(amount.sum())
    share = rows.groupby("provider")["amount"].sum() / total if total > 0 else pd.Series(dtype=float)
    may = float(eligible[place]) if eligible is not None and place in eligible.index else np.nan
    firms = int(rows["firm"].nunique())
    return {
        "place_id": place, "vouchers": len(rows), "amount": total,
        "cross_share": float(away.mean()) if len(rows) else np.nan,
        "cross_amount_share": float(amount[away].sum() / total) if total > 0 else np.nan,
        "providers": int(rows["provider"].nunique()), "hhi": float((share**2).sum()) if total > 0 else np.nan,
        "firms": firms, "eligible": may, "uptake": firms / may if may > 0 else np.nan,
    }  # fmt: skip


def _projects(projects: pd.DataFrame, rules: VoucherRules) -> pd.DataFrame:
    """Numbers checked; everything wrong at once."""
    if lacking := [c for c in _PROJECT if c not in projects]:
        raise InputError(f"projects needs the columns {', '.join(lacking)}", hint="additionality with its range")
    table, wrong = projects.reset_index(drop=True), rules.problems()
    table = table.assign(**{c: pd.to_numeric(table[c], errors="coerce").astype("float64") for c in _PROJECT[2:]})
    low, middle, high = (table[f"additionality{end}"] for end in ("_low", "", "_high"))
    checks = [
        (table["project"].duplicated(), "stand twice"), (table["cost"] <= 0, "cost must be > 0"),
        (np.isinf(table["cost"]) | np.isinf(table["match"]), "cost and match must be finite"),
        (table["match"] < 0, "match must be >= 0"), ((low < 0) | (high > 1), "additionality must lie in [0, 1]"),
        ((low > middle) | (middle > high), "additionality must lie between its low and high"),
    ]  # fmt: skip
    wrong += [f"{text}: {_some(table.loc[bad, 'project'])}" for bad, text in checks if bad.any()]
    lost = {c: table.loc[table[c].isna(), "project"] for c in _PROJECT}
    gaps = [f"{c} is missing for {_some(names)}" for c, names in lost.items() if len(names)]
    if wrong:
        raise InputError("projects: " + "; ".join(wrong + gaps), hint="everything wrong is listed")
    if gaps:
        raise MissingDataError("projects: " + "; ".join(gaps), hint="state the assumption with its range")
    return table


def _redeemed(redeemed: pd.DataFrame, eligible: pd.Series | None) -> pd.DataFrame:
    if lacking := [c for c in _REDEEMED if c not in redeemed]:
        raise InputError(f"redeemed needs the columns {', '.join(lacking)}", hint="one row a voucher")
    rows, wrong = redeemed.reset_index(drop=True), []
    rows = rows.assign(amount=pd.to_numeric(rows["amount"], errors="coerce").astype("float64"))
    if gaps := [f"{c} ({int(rows[c].isna().sum())})" for c in _REDEEMED if rows[c].isna().any()]:
        raise MissingDataError(f"redeemed has empty cells or cells that are no number: {', '.join(gaps)}")
    if rows["voucher"].duplicated().any():
        wrong.append(f"vouchers stand twice: {_some(rows.loc[rows['voucher'].duplicated(), 'voucher'])}")
    if (bad := ~((rows["amount"] >= 0) & np.isfinite(rows["amount"]))).any():
        wrong.append(f"amount must be >= 0 and finite: {_some(rows.loc[bad, 'voucher'])}")
    for who in ("firm", "provider"):
        number = rows.groupby(who)[f"{who}_place"].nunique()
        if (number > 1).any():
            wrong.append(f"a {who} has several places: {_some(number.index[number > 1])}")
    if eligible is not None:
        if not eligible.index.is_unique or not (eligible >= 0).all():
            wrong.append("eligible must be >= 0, each place once")
        else:
            used = rows.groupby("firm_place")["firm"].nunique()
            most = eligible.reindex(used.index)
            if (over := used > most).any():
                wrong.append(f"more firms redeemed than are eligible: {_some(used.index[over])}")
    if wrong:
        raise InputError("redeemed: " + "; ".join(wrong), hint="one row a voucher")
    return rows


def _some(labels: pd.Series | pd.Index) -> str:
    return ", ".join(str(x) for x in list(dict.fromkeys(labels))[:5])
