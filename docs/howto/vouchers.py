"""Innovation vouchers: whom to grant, what is deadweight, how a lottery shows it.

Real: how much of what vouchers pay for is additional, from the lotteries of the Dutch scheme. CPB (2006, Discussion
Paper 58): of ten vouchers of 2004 eight went to assignments that would not have been given otherwise, one to one that
would have been, one was not used. CPB (2007, Document 140): of a hundred of 2005, 65, about 20 and 15. That is an
assignment given, not what it was worth: in Manchester (Bakhshi and others 2013, Nesta; 150 vouchers by lot) the gains
of firms were gone after twelve months. Drawn in the script: firms, projects and redemptions. No register of single
vouchers was found, and no amounts for those of the Yangtze Delta that cross provinces.
"""

# %% Additional share of the vouchers that were used, 8 of 9 and 65 of 85; as the low end 65 of all 100 issued
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from megaregion.data.stated import read_stated
from megaregion.links.soft.vouchers_stated import TABLES, VoucherOptions, stated_vouchers

additional = {"low": 65 / 100, "middle": (8 / 9 + 65 / 85) / 2, "high": 8 / 9}
print({name: round(value, 3) for name, value in additional.items()})

# %% Sixty projects of forty firms, DRAWN here, no real ones. Yours stand in voucher_projects.csv with the same columns.
# Around the measured mean they differ by a tenth either way, DECLARED: lotteries measure means
rng = np.random.default_rng(7)
n = 60
cost = rng.lognormal(5.3, 0.5, n).round(0)
middle = (additional["middle"] + rng.uniform(-0.1, 0.1, n)).round(2)
projects = pd.DataFrame({
    "project": [f"p{k:02}" for k in range(n)], "firm": [f"f{k:02}" for k in rng.integers(0, 40, n)], "cost": cost,
    "unit": "thousand CNY", "match": (cost * rng.uniform(0.5, 3.0, n)).round(0), "additionality": middle,
    "additionality_low": (middle - additional["middle"] + additional["low"]).round(3),
    "additionality_high": np.minimum(1.0, middle - additional["middle"] + additional["high"]).round(3),
    "note": "drawn around the mean of the Dutch lotteries of 2004 and 2005",
})  # fmt: skip

# %% The lottery of 2005, rebuilt from its published shares: 85 of 100 winners gave an assignment, 20 of 100 would have
# anyway. How many firms answered is not in what was read: 100 and 100 are DECLARED, and with them the interval
lottery = pd.DataFrame({
    "firm": [f"g{k:03}" for k in range(200)], "outcome": "assignment", "won": np.repeat([True, False], 100),
    "value": np.r_[np.repeat([1.0, 0.0], [85, 15]), np.repeat([1.0, 0.0], [20, 80])], "unit": "share",
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

# %% The command finds what CPB published: 65 of 100 would not have been given
effect = found["voucher_lottery"].to_frame()
assert np.isclose(effect["difference"].iloc[0], 0.65)

# %% What the share decides: choosing by worth alone, as if all of it were additional. A lottery measures one mean, so
# projects are much alike and little is lost; a lottery by kind of project would say where the deadweight sits
facts = found["vouchers"].facts()
naive = stated_vouchers(
    {"voucher_projects": projects.assign(additionality=1.0, additionality_low=1.0, additionality_high=1.0)},
    VoucherOptions(budget=2000.0, subsidy=0.4, cap=150.0), seed=1,
)["vouchers"].to_frame()  # fmt: skip
real = float((naive["chosen"].to_numpy() * projects["additionality"] * projects["match"]).sum())
print(f"additional worth {facts['worth']:,.0f} (bound {facts['bound']:,.0f}); by worth alone only {real:,.0f}")
print(f"deadweight {facts['deadweight']:,.0f} of {facts['spent']:,.0f}; sure grants: {len(facts['chosen_throughout'])}")
