"""Keys of a table of [options]: those that nothing reads are an error, never passed over."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from megaregion.errors import InputError


def require_known(given: Mapping[str, Any], known: Collection[str], table: str) -> None:
    """Raise an InputError that lists the keys of [options.<table>] that are not known, and those that are."""
    if unknown := sorted(set(given) - set(known)):
        raise InputError(f"options.{table}: unknown keys {', '.join(unknown)}", hint="keys: " + ", ".join(known))
