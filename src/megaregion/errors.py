"""Everything raised on purpose.

MegaregionError
  InputError (ValueError)         what you gave cannot be used: SchemaError AlignmentError MissingDataError UnitError
  SolveError (RuntimeError)       no usable answer: InfeasibleError ConvergenceError
  WorkspaceError (OSError)        the folder is not as expected
  MissingExtraError (ImportError) an optional dependency is absent
"""


class MegaregionError(Exception):
    """Base of all errors raised on purpose.

    Parameters
    ----------
    message : str
        What was expected, what came, and where.
    hint : str
        The way out.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(f"{message}\n  hint: {hint}" if hint else message)
        self.message = message
        self.hint = hint


class InputError(MegaregionError, ValueError):
    """What was given cannot be used."""

    exit_code = 2


class SchemaError(InputError):
    """A table lacks columns, has unknown ones, or holds values of another type."""


class AlignmentError(InputError):
    """Two inputs speak of different places."""


class MissingDataError(InputError):
    """A value that a measure needs is missing."""


class UnitError(InputError):
    """A unit is unknown or cannot be converted."""


class SolveError(MegaregionError, RuntimeError):
    """A solver found no usable answer."""

    exit_code = 3


class InfeasibleError(SolveError):
    """No choice satisfies the constraints."""


class ConvergenceError(SolveError):
    """An iteration stopped early; carries the last iterate.

    Parameters
    ----------
    message : str
        What did not converge.
    last : object
        The last iterate.
    hint : str
        The way out.
    """

    def __init__(self, message: str, *, last: object = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.last = last


class WorkspaceError(MegaregionError, OSError):
    """The folder is not as expected."""

    exit_code = 4


class MissingExtraError(MegaregionError, ImportError):
    """An optional dependency is absent."""

    exit_code = 1
