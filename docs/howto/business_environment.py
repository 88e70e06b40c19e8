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

# %% Where only means and standard errors are published, the same ranks. Here the mathematics scores of 15-year-olds in
# 37 countries (OECD 2019, PISA 2018 Results, Volume I; digits as in the R package csranks), often seen ranked
table = pd.read_csv(Path(__file__).with_name("pisa_2018_mathematics.csv"))
ranked = published_ranks(table, seed=1, draws=2000)
print(ranked.to_frame().round(1).to_string(index=False))

# %% How much is known? Of 666 pairs of countries so many can be told apart, all at once at 95 %
print(ranked.facts())
