"""One server for the tests of the API."""

import pytest

from pocket_narrator import Narrator
from tests.evaluation.tiny_run import make_run
from tests.serving.server_process import ServerProcess


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("served")
        patch.chdir(folder)
        return folder / make_run()


@pytest.fixture(scope="session")
def narrator(run) -> Narrator:
    return Narrator.load(run)


@pytest.fixture(scope="session")
def server(run):
    server = ServerProcess(run, "--slots", 8, "--queue", 40)
    yield server
    assert server.stop() == 0
