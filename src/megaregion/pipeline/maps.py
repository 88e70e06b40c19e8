"""The figures of one room as files, without the report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from megaregion.data.atomic import replacing
from megaregion.data.workspace import Workspace
from megaregion.errors import InputError


def write_maps(workspace: Workspace, room: str, folder: Path, *, only: Sequence[str] = ()) -> list[Path]:
    """Write the figures of a room of the report as SVG, in every language of the workspace.

    Parameters
    ----------
    workspace : Workspace
        With results.
    room : {"equilibrium", "sensitivities"}
    folder : Path
        Created if it is not there; files of other names stay.
    only : sequence of str
        Scenarios whose figures are wanted; default all.

    Returns
    -------
    list of Path

    Raises
    ------
    InputError
        The room is unknown.
    """
    from megaregion.report.blocks import Material
    from megaregion.report.figures import basemap, drawings, render_all
    from megaregion.report.sections import equilibrium, sensitivities

    rooms = {"equilibrium": equilibrium.section, "sensitivities": sensitivities.section}
    if room not in rooms:
        raise InputError(f"no maps of {room!r}", hint="rooms: " + ", ".join(rooms))
    cluster = workspace.cluster()
    results = {name: workspace.store.load(name) for name in workspace.store.steps()}
    material = Material(results, cluster, basemap(cluster, workspace.geometry()), workspace.sources, [])
    chosen = [d for d in drawings([rooms[room](material)]) if not only or d.name.partition("-")[2] in only]
    out = []
    languages = tuple(workspace.attrs.get("languages", ("zh", "en")))
    for name, data in render_all(chosen, languages).items():
        with replacing(folder / name) as temporary:
            temporary.write_bytes(data)
        out.append(folder / name)
    return out
