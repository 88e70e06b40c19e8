"""Parties of agreements at the level of analysis: a district signs for the city that contains it."""

from __future__ import annotations

import pandas as pd

from megaregion.data.cluster import ancestor


def parties_of(agreements: pd.DataFrame) -> pd.Series:
    """One row an agreement and party, index `agreement_id`, in the order given."""
    names = agreements["parties"].fillna("").astype(str).str.split(";").explode().str.strip()
    return names[names != ""]


def lifted(agreements: pd.DataFrame, places: pd.DataFrame, level: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Agreements whose parties below the level of analysis are the places of that level that contain them.

    Parameters
    ----------
    agreements : DataFrame
        Index `agreement_id`; column parties (place_id separated by semicolons).
    places : DataFrame
        Index `place_id`; columns kind, parent_id.
    level : str
        Kind of place that is analysed.

    Returns
    -------
    agreements : DataFrame
        Parties of the level once each; parties above it (provinces) and unknown ones stay as they are. Agreements
        between parts of one place are left out. A party that the table names twice stays twice, for others to report.
    warnings : tuple of str
        What was lifted and what was left out.
    """
    if agreements.empty:
        return agreements, ()
    above = ancestor(places, level).dropna()
    names = parties_of(agreements)
    target = names.map(above.to_dict()).where(names.isin(above.index), names)
    moved = target.to_numpy(dtype=object) != names.to_numpy(dtype=object)
    kept = pd.DataFrame(
        {"id": names.index, "party": target.to_numpy(dtype=object), "moved": moved, "was": names.to_numpy()}
    )
    doubled = kept.duplicated(["id", "party"]) & ~kept.duplicated(["id", "was"])  # two districts of one city
    kept = kept[~doubled]
    parties = kept.groupby("id", sort=False)["party"].agg(";".join)
    whole = kept.groupby("id", sort=False)["party"].nunique()
    inside = whole.index[(whole < 2) & (names.groupby(level=0).nunique().reindex(whole.index) > 1)]
    out = agreements.assign(parties=parties.reindex(agreements.index).fillna("")).drop(index=list(inside))
    warnings = []
    if moved.any():
        some = ", ".join(f"{a} → {b}" for a, b in dict(zip(names[moved], target[moved], strict=True)).items())
        n = len(set(names[moved]))
        shown = ", ".join(some.split(", ")[:5])
        warnings.append(f"{n} parties below the level of analysis count for the place that contains them: {shown}")
    if len(inside):
        warnings.append(
            f"{len(inside)} agreements between parts of one place are left out: {', '.join(map(str, inside[:5]))}"
        )
    return out, tuple(warnings)
