import pytest

from megaregion.data.init import from_example
from megaregion.data.workspace import Workspace
from megaregion.pipeline.run import run


@pytest.fixture(scope="session")
def done(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The shipped example, run once for the whole suite; copy it before changing anything."""
    workspace = Workspace(from_example(tmp_path_factory.mktemp("run") / "delta", "yangtze-delta"))
    run(workspace)
    return workspace
