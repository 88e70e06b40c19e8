"""Bringing a register of agreements from a spreadsheet into a workspace: all rows or none."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from megaregion.data.atomic import write_text
from megaregion.data.schema import conform
from megaregion.data.sources.register import Layout, RegisterImport, RegisterMapping, read_register
from megaregion.data.workspace import Workspace
from megaregion.errors import InputError


@dataclass(frozen=True, eq=False)
class RegisterWriting:
    """What was read, what is wrong with it, and the file that was or would be written.

    Attributes
    ----------
    read : RegisterImport
    problems : tuple of str
        Those of the rows, and ids that the workspace has already.
    target : str
        Path in the workspace.
    written : bool
    """

    read: RegisterImport
    problems: tuple[str, ...]
    target: str
    written: bool

    def to_dict(self) -> dict[str, Any]:
        """JSON-able form."""
        return {
            "ok": not self.problems, "target": self.target, "written": self.written, "layout": self.read.layout,
            "agreements": len(self.read.table), "problems": self.problems, "notes": self.read.notes,
            "rows": self.read.table.to_dict("records"),
        }  # fmt: skip


def import_register(
    workspace: Workspace, path: Path, *, part: str = "", replace: bool = False, dry_run: bool = False,
    layout: Layout = "auto", sheet: str | None = None, mapping: Path | None = None,
) -> RegisterWriting:  # fmt: skip
    """Read a spreadsheet of agreements and write it as a table of the workspace if every row can be used.

    Parameters
    ----------
    workspace : Workspace
        Its places are the parties: those of the levels `level`, `group` and `detail` by name, all by place_id.
    path : Path
        The spreadsheet.
    part : str
        Writes tables/agreements.<part>.csv; empty: tables/agreements.csv.
    replace : bool
        Whether a file of that name may be overwritten.
    dry_run : bool
        Only look.
    layout, sheet
        As in `megaregion.data.sources.register.read_register`.
    mapping : Path, optional
        TOML file with [columns], [values.*], [parties].

    Raises
    ------
    InputError
        The file or its headings cannot be used, or the target is there already. Rows that cannot be used are not
        raised but listed, all of them; nothing is written then.
    """
    target = f"tables/agreements.{part}.csv" if part else "tables/agreements.csv"
    own = workspace.root / target
    if own.exists() and not replace and not dry_run:
        raise InputError(f"{target} is there already", hint="--replace overwrites it, --part NAME writes beside it")
    places, wrong = workspace.read("places")
    if broken := [p.line() for p in wrong if p.severity == "error"]:
        raise InputError("tables/places.csv: " + "; ".join(broken), hint="megaregion check says how to mend it")
    attrs = workspace.attrs
    kinds = list(dict.fromkeys(str(attrs[key]) for key in ("level", "group", "detail")))
    found = read_register(
        path, places.set_index("place_id"), kinds, layout=layout, sheet=sheet, mapping=_mapping(mapping)
    )
    problems = [*found.problems, *_known_already(workspace, found, own)]
    _, strange = conform(found.table, "agreements", path.name)
    if not problems:  # what the rows let through and the schema does not
        problems += [p.line() for p in strange if p.severity == "error"]
    write = not problems and not dry_run
    if write:
        write_text(own, found.table.to_csv(index=False, lineterminator="\n"))
    return RegisterWriting(found, tuple(problems), target, write)


def _mapping(path: Path | None) -> RegisterMapping:
    if path is None:
        return RegisterMapping()
    try:
        return RegisterMapping.of(tomllib.loads(path.read_text(encoding="utf-8-sig")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(
            f"{path.name} cannot be read: {error}", hint="TOML in UTF-8: [columns], [values.field]"
        ) from error


def _known_already(workspace: Workspace, found: RegisterImport, own: Path) -> list[str]:
    """Ids of the spreadsheet that other files of the table have."""
    table, _ = workspace.read("agreements")
    if table.empty or "x_file" not in table or "agreement_id" not in found.table:
        return []
    others = table[table["x_file"] != own.relative_to(workspace.root).as_posix()]
    both = sorted(set(others["agreement_id"].dropna()) & set(found.table["agreement_id"]))
    if not both:
        return []
    return [f"agreement_id {', '.join(both[:5])}: {len(both)} of the spreadsheet are in the workspace already"]
