"""megaregion: a planning engine for city clusters (城市群).

Public modules: `megaregion.data`, `megaregion.nodes`, `megaregion.links`, `megaregion.mechanisms`,
`megaregion.equilibrium`, `megaregion.plan`, `megaregion.report`, `megaregion.pipeline`.
"""

from megaregion._version import __version__

__all__ = ["__version__"]
