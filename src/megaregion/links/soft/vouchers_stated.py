"""Vouchers from stated tables: the grants, how vouchers were redeemed, what a lottery showed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from megaregion.errors import InputError
from megaregion.links.soft.stated import Kind, Tables, one_unit, options, table
from megaregion.links.soft.vouchers import VoucherRules, lottery_effect, redemption, voucher_design
from megaregion.links.soft.vouchers_additional import additional
from megaregion.links.soft.vouchers_tables import AdditionalResult, LotteryResult, RedemptionFlowsResult
from megaregion.result import Result

TABLES = ("voucher_projects", "voucher_redemptions", "voucher_eligible", "voucher_lottery")
_KNOWN: dict[str, Kind] = {
    "budget": "number", "subsidy": "number", "cap": "number", "divisible": "flag", "match_unit": "text",
    "draws": "count",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class VoucherOptions:
    """What [options.vouchers] says.

    Attributes
    ----------
    budget, subsidy : float, optional
        Needed where projects ask for vouchers.
    cap, divisible
        As in `megaregion.links.soft.vouchers.VoucherRules`.
    match_unit : str
        Unit of what projects are worth.
    draws : int
        Of the lottery, where not every draw can be looked at.
    """

    budget: float | None = None
    subsidy: float | None = None
    cap: float = np.inf
    divisible: bool = False
    match_unit: str = "index"
    draws: int = 9999

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> VoucherOptions:
        """From the table of workspace.toml.

        Raises
        ------
        InputError
            A key is unknown or a value is of another kind.
        """
        return cls(**options(given, _KNOWN, "vouchers"))

    def rules(self) -> VoucherRules:
        """Rules of the programme.

        Raises
        ------
        InputError
            Budget or subsidy are not stated.
        """
        if self.budget is None or self.subsidy is None:
            raise InputError(
                "projects ask for vouchers, but budget and subsidy are not stated",
                hint="[options.vouchers] budget = (in the unit of cost), subsidy = (share of the cost)",
            )
        return VoucherRules(budget=self.budget, subsidy=self.subsidy, cap=self.cap, divisible=self.divisible)


def stated_vouchers(tables: Tables, chosen: VoucherOptions, *, seed: int | np.random.Generator) -> dict[str, Result]:
    """Everything that the tables of vouchers allow.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        `TABLES`, those that are there.
    chosen : VoucherOptions
    seed : int or Generator
        Of the lottery.

    Returns
    -------
    dict of str to Result
        `vouchers`, `voucher_redemption` and `voucher_flows`, `voucher_lottery`, and `voucher_additional` for outcomes
        whose rows state what was before.

    Raises
    ------
    InputError, MissingDataError
        As `megaregion.links.soft.vouchers`; units are mixed; a firm won and lost, or has two strata.
    """
    out: dict[str, Result] = {}
    if (projects := table(tables, "voucher_projects")) is not None:
        money = one_unit(tables, ["voucher_projects"])
        out["vouchers"] = voucher_design(projects, chosen.rules(), money=money, unit=chosen.match_unit)
    if (redeemed := table(tables, "voucher_redemptions")) is not None:
        money = one_unit(tables, ["voucher_redemptions"])
        may = table(tables, "voucher_eligible")
        eligible = None if may is None else may.set_index("place_id")["firms"]
        out["voucher_redemption"] = redemption(redeemed, money=money, eligible=eligible)
        out["voucher_flows"] = RedemptionFlowsResult(table=_flows(redeemed), money=money)
    if (firms := table(tables, "voucher_lottery")) is not None:
        out["voucher_lottery"] = _lottery(firms, chosen, seed)
        if "before" in firms and firms["before"].notna().any():
            out["voucher_additional"] = _additional(firms)
    return out


def _flows(redeemed: pd.DataFrame) -> pd.DataFrame:
    by = redeemed.groupby(["firm_place", "provider_place"], sort=True)["amount"]
    found = by.agg(vouchers="size", amount="sum").reset_index()
    order = ["amount", "firm_place", "provider_place"]
    return found.sort_values(order, ascending=[False, True, True], kind="stable", ignore_index=True)


def _additional(firms: pd.DataFrame) -> AdditionalResult:
    """Outcomes with a value before; those without one are left to the lottery."""
    found = []
    for name, rows in firms.rename(columns={"value": "after"}).groupby("outcome", sort=False):
        if rows["before"].notna().any():
            unit = str(rows["unit"].iloc[0])
            found.append(additional(rows, outcome=str(name), unit=unit))
    said = tuple(dict.fromkeys(text for part in found for text in part.warnings))
    return replace(found[0], table=pd.concat([part.table for part in found], ignore_index=True), warnings=said)


def _lottery(firms: pd.DataFrame, chosen: VoucherOptions, seed: int | np.random.Generator) -> LotteryResult:
    keep = ["won", *(["stratum"] if "stratum" in firms and firms["stratum"].notna().any() else [])]
    wrong = []
    for name in keep:
        number = firms.groupby("firm")[name].nunique(dropna=False)
        if (number > 1).any():
            wrong.append(f"{name} differs between the rows of {', '.join(map(str, number.index[number > 1][:5]))}")
    units = firms.groupby("outcome")["unit"].nunique()
    if (units > 1).any():
        wrong.append(f"several units for {', '.join(map(str, units.index[units > 1][:5]))}")
    if wrong:
        raise InputError("voucher_lottery: " + "; ".join(wrong), hint="one row a firm and outcome")
    names = list(dict.fromkeys(firms["outcome"].astype(str)))
    wide = firms.pivot(index="firm", columns="outcome", values="value")[names]
    rows = wide.join(firms.drop_duplicates("firm").set_index("firm")[keep]).rename_axis(columns=None)
    found = lottery_effect(rows, names, seed=seed, draws=chosen.draws)
    unit = firms.drop_duplicates("outcome").set_index("outcome")["unit"]
    said = (*found.warnings, "an effect only if lots were drawn; else firms with a voucher may differ anyway")
    return replace(found, table=found.table.assign(unit=found.table["outcome"].map(unit)), warnings=said)
