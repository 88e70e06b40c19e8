"""Import of packages that belong to an extra."""

import importlib
from types import ModuleType

from megaregion.errors import MissingExtraError


def require(module: str, *, extra: str) -> ModuleType:
    """Import `module`, or say which extra brings it.

    Raises
    ------
    MissingExtraError
        The module cannot be imported.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingExtraError(
            f"this needs the package {module!r}, which is not installed",
            hint=f"pip install 'megaregion[{extra}]'",
        ) from error
