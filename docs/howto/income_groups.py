"""How many are relatively poor where only income groups are published, and how sure is that? America and China.

Real: published groups, copied with their source row by row. United States 1995, 2006 and 2009: limits and means of
fifths and of the top 5 percent (U.S. Census Bureau, public domain). China 2007 (town, country), 2015, 2016, 2021 to
2023, Fujian 2013 and 2016 to 2021, Hebei 2010: means of fifths or seven groups, in part with persons per household.
Modelled: everything between the ends of the groups (a fitted Lorenz curve). From a terminal:
megaregion rural docs/howto/us_income_groups --table poverty_lorenz --top 18
megaregion rural docs/howto/china_income_groups --table poverty_lorenz --top 63
"""

# %% The two workspaces lie beside this script; their places have names, their tables/income_brackets.csv the groups
from pathlib import Path

from megaregion.data.workspace import Workspace
from megaregion.mechanisms.people_tables import poverty_of_cluster

here = Path(__file__).parent if "__file__" in globals() else Path("docs/howto")
american = poverty_of_cluster(Workspace(here / "us_income_groups").cluster(), seed=1)["poverty_lorenz"]
chinese = poverty_of_cluster(Workspace(here / "china_income_groups").cluster(), seed=1)["poverty_lorenz"]
us = american.to_frame().query("chosen == 'yes'").set_index(["place_id", "year", "line_share"])
cn = chinese.to_frame().query("chosen == 'yes' and line_share == 0.5").set_index(["place_id", "group", "year"])

# %% Can a curve through a few groups be trusted? Where the office prints the Gini coefficient of its records beside the
# groups: the groups alone allow a range (all equal inside of a group; all at its ends), the curve names one value
published = {1995: 0.450, 2009: 0.468}
for year, gini in published.items():
    row = us.loc[("us", year, 0.5)]
    print(f"United States {year}: published Gini {gini:.3f}; groups alone {row['gini_low']:.3f} to "
          f"{row['gini_high']:.3f}; curve {row['gini']:.3f}")  # fmt: skip
median = us.loc[("us", 2009, 0.5), "median"]
print(f"2009 rests on five means without any limit; published median 49,777, curve {median:,.0f}")

# %% Town and country in America, each against its own median (2006). Households, not people; by residence no means are
# published, so their middles stand in and the range of the Gini coefficient is unknown. The brackets alone say little:
# the line falls inside of one
shown = ["curve", "median", "line", "headcount", "headcount_low", "headcount_high", "gini"]
home = us.reset_index().query("year == 2006 and line_share == 0.5").set_index("place_id")
print(home[shown].round(3).to_string())

# %% China: households below half of the median of all (towns and country together), from five means a year. The curve
# meets the published median of residents. The published Gini coefficient lies beyond the most that the fifths allow: it
# is of people, the fifths are of households, and a fifth of poor households is more than a fifth of people
for year, median in ((2015, 19_281), (2016, 20_883), (2022, 31_370), (2023, 33_036)):
    row = cn.loc[("cn", "", year)]
    print(f"China {year}: {row['headcount']:.1%} below {row['line']:,.0f} yuan a head; median of the curve "
          f"{row['median']:,.0f}, published {median:,}; Gini {row['gini_low']:.3f} to "
          f"{row['gini_high']:.3f}")  # fmt: skip
print("Gini coefficient published for 2015: 0.462")

# %% Where persons per household are printed, people are counted. Means of the groups against the published mean of all
for key, mean in ((("cn", "urban", 2007), 13_785.81), (("130000", "urban", 2010), 16_263.43)):
    row = cn.loc[key]
    print(f"{' '.join(map(str, key))}: mean {row['mean']:,.0f} (published {mean:,.0f}), "
          f"{row['headcount']:.1%} of people below half of the median, Gini {row['gini']:.3f}")  # fmt: skip
row = cn.loc[("cn", "rural", 2007)]
print(f"cn rural 2007: {row['headcount']:.1%} of people below half of their own median, Gini {row['gini']:.3f}")

# %% Where they are not, the mean is off: Fujian 2018, for which the mean of residents is published too
fujian = cn.loc["350000"]
for group, mean in (("urban", 42_121), ("rural", 17_821)):
    five = fujian.loc[(group, 2018), "mean"]
    print(f"Fujian {group} 2018: {five:,.0f} yuan if fifths of households were fifths of people, published {mean:,}")

# %% Fujian, households below half of the median of the own group. In 2021 the lowest fifth of the country earned 6,860
# yuan a head after 7,900 the year before, while all others gained: the share below the line jumps. Neither curve fits
# that foot, a split histogram stands in. These are figures of a sample, printed without errors: one year is no trend
late = fujian.drop(2013, level="year")
print(late["headcount"].unstack("group").mul(100).round(1).to_string())
columns = ["curve", "line", "headcount", "gap", "gini", "gini_low", "gini_high"]
print(late.loc[("rural", [2020, 2021]), columns].round(3).to_string())

# %% Your own region: one row a group in tables/income_brackets.csv. Bounds where there are any, means where there are
# any; fifths with means only need no bounds. Fifths of the provinces of the Yangtze delta were not found in open text
for text in dict.fromkeys((*american.warnings, *chinese.warnings)):
    print("note:", text)
