"""Innovation vouchers: whom to grant, what is deadweight, how a lottery would show it. Firms drawn in the script."""

# %% Sixty projects of forty firms, DRAWN here, no real ones. Yours stand in voucher_projects.csv with the same columns
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from megaregion.data.stated import read_stated
from megaregion.links.soft.vouchers_stated import TABLES, VoucherOptions, stated_vouchers

rng = np.random.default_rng(7)
n = 60
cost = rng.lognormal(5.3, 0.5, n).round(0)
middle = rng.uniform(0.1, 0.9, n).round(2)
projects = pd.DataFrame({
    "project": [f"p{k:02}" for k in range(n)], "firm": [f"f{k:02}" for k in rng.integers(0, 40, n)], "cost": cost,
    "unit": "thousand CNY", "match": (cost * rng.uniform(0.5, 3.0, n)).round(0), "additionality": middle,
    "additionality_low": (0.6 * middle).round(3), "additionality_high": np.minimum(1.0, 1.4 * middle).round(3),
    "note": "drawn; additionality is an assumption",
})  # fmt: skip

# %% A lottery among 80 firms, DRAWN with a true effect of 1.5 on an outcome with a standard deviation of 3
won = rng.permutation(np.repeat([True, False], 40))
lottery = pd.DataFrame({
    "firm": [f"g{k:02}" for k in range(80)], "outcome": "contracts", "won": won,
    "value": (10 + 3 * rng.standard_normal(80) + 1.5 * won).round(2), "unit": "count",
})  # fmt: skip

# %% Vouchers of the past, DRAWN: seven in ten are redeemed where the firm is
names = np.array(["310100", "320500", "330100", "340100"])  # Shanghai, Suzhou, Hangzhou, Hefei
home = rng.integers(0, 4, 50)
away = np.where(rng.random(50) < 0.7, home, rng.integers(0, 4, 50))
used = pd.DataFrame({
    "voucher": [f"v{k:02}" for k in range(50)], "firm": [f"h{k:02}" for k in range(50)], "firm_place": names[home],
    "provider": [f"{names[j]}-{k % 3}" for k, j in enumerate(away)], "provider_place": names[away],
    "amount": rng.lognormal(3.5, 0.4, 50).round(1), "unit": "thousand CNY",
})  # fmt: skip

# %% As plain files, then the same as `megaregion vouchers FOLDER --budget 2000 --subsidy 0.4 --cap 150 --seed 1`
with tempfile.TemporaryDirectory() as folder:
    for name, frame in (
        ("voucher_projects", projects), ("voucher_lottery", lottery), ("voucher_redemptions", used),
    ):  # fmt: skip
        frame.to_csv(Path(folder) / f"{name}.csv", index=False)
    tables = read_stated(Path(folder), TABLES)
found = stated_vouchers(
    tables, VoucherOptions(budget=2000.0, subsidy=0.4, cap=150.0, match_unit="thousand CNY"), seed=1
)
for name, part in found.items():
    print(f"{name}: {part.title_en}")
    print(part.to_frame().head(4).round(2).to_string(index=False))
    for text in part.warnings:
        print("note:", text)

# %% What the assumption decides: choosing by worth alone, as if all of it were additional, pays for what happens anyway
facts = found["vouchers"].facts()
naive = stated_vouchers(
    {"voucher_projects": projects.assign(additionality=1.0, additionality_low=1.0, additionality_high=1.0)},
    VoucherOptions(budget=2000.0, subsidy=0.4, cap=150.0), seed=1,
)["vouchers"].to_frame()  # fmt: skip
real = float((naive["chosen"].to_numpy() * projects["additionality"] * projects["match"]).sum())
print(f"additional worth {facts['worth']:,.0f} (bound {facts['bound']:,.0f}); by worth alone only {real:,.0f}")
print(f"deadweight {facts['deadweight']:,.0f} of {facts['spent']:,.0f}; sure grants: {len(facts['chosen_throughout'])}")
