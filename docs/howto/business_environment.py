"""What does a survey of firms say of the business environment of cities, and which ranks does it allow?"""

# %% Your own survey: one row a firm with place_id, stratum, psu (the sampling unit; the firm itself if firms were drawn
# directly), weight (inverse of its chance to be in the sample) and a column a question. No survey of firms is shipped:
#     python business_environment.py firms.csv
# (the command: megaregion survey firms.csv --item ease:1:5 --item days:0:60:-1)
import sys
from pathlib import Path

import pandas as pd

from megaregion.links.soft.business_environment import SurveyItem, business_environment, published_ranks

if len(sys.argv) > 1:
    firms = pd.read_csv(sys.argv[1], dtype={"place_id": str, "stratum": str, "psu": str})
    questions = [
        SurveyItem("ease", low=1, high=5),  # high is good
        SurveyItem("days", low=0, high=60, direction=-1),  # days for a permit: high is bad
    ]
    found = business_environment(firms, questions, seed=1)
    print(found.to_frame().round(2).to_string(index=False))
    print(found.facts(), *found.warnings, sep="\n")

# %% Where only means and standard errors are published, the same ranks. Real: the one official survey of firms by city
# with published errors that was found, the Business Trends and Outlook Survey of the U.S. Census Bureau (public domain,
# 17 U.S.C. 105), 10 to 23 August 2026, period 107 of its API (census.gov/hfp/btos/api; copied from
# github.com/janesjw/rural-ai-adoption, commit 83dec32): percent of firms that used artificial intelligence in the last
# two weeks, in the 25 most populous metropolitan areas (`cbsa` is their code). It is what firms do, not what they think
# of the city (the command: megaregion survey btos_ai_use_2026.csv --published)
table = pd.read_csv(Path(__file__).with_name("btos_ai_use_2026.csv"), dtype={"cbsa": str})
ranked = published_ranks(table, seed=1, draws=2000)
print(ranked.to_frame().sort_values("mean", ascending=False).round(1).to_string(index=False))
print(ranked.facts(), *ranked.warnings, sep="\n")

# %% San Diego is first of 25, and could be in the last three: its sample is small. What the survey does say is that
# twelve areas at least are above New York and above Chicago
low = ranked.to_frame().set_index("place_id").loc[["San Diego", "New York", "Chicago"]]
print(low[["mean", "se", "best", "worst"]].to_string())

# %% A larger sample allows more. Mathematics scores of 15-year-olds in 37 countries (OECD 2019, PISA 2018 Results,
# Volume I; digits as in the R package csranks), often seen ranked
table = pd.read_csv(Path(__file__).with_name("pisa_2018_mathematics.csv"))
schools = published_ranks(table, seed=1, draws=2000)
print(schools.to_frame().round(1).to_string(index=False))

# %% How much is known? So many pairs can be told apart, all at once at 95 %
for name, found in (("firms in 25 areas", ranked), ("schools in 37 countries", schools)):
    facts = found.facts()
    print(f"{name}: {facts['pairs_told_apart']} of {facts['pairs']} pairs, "
          f"{facts['pairs_told_apart'] / facts['pairs']:.0%}")  # fmt: skip
