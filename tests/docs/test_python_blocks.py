"""Python in the documentation runs: the blocks of a page one after the other, as a reader would, in a folder that has the run which
the pages speak of, small and random."""

import shutil
from pathlib import Path

import pytest

from tests.docs.blocks import PAGES, ROOT, blocks_of
from tests.evaluation.tiny_run import make_run
from tests.plugins.own_files import nothing_added
from tests.serving.server_process import ServerProcess

WITH_PYTHON = [page for page in PAGES if any(block.language == "python" for block in blocks_of(page))]
NEEDS_A_SERVER = "http://127.0.0.1:8000/v1"


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a reader who has trained `storyworld-quick` and has some stories of their own."""
    folder = tmp_path_factory.mktemp("reader")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        make_run()
    (folder / "runs" / "tiny").rename(folder / "runs" / "storyworld-quick")
    shutil.copy(folder / "stories.txt", folder / "mine.txt")
    (folder / "stories.jsonl").write_text('{"text": "Once upon a time."}\n' * 3, encoding="utf-8")
    return folder


def test_there_are_pages_with_python() -> None:
    assert len(WITH_PYTHON) >= 5


@pytest.mark.parametrize("page", WITH_PYTHON, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_blocks_run(page: Path, reader: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(reader)
    blocks = [block for block in blocks_of(page) if block.language == "python"]
    server = None
    if any(NEEDS_A_SERVER in block.text for block in blocks):
        pytest.importorskip("fastapi")
        server = ServerProcess(reader / "runs" / "storyworld-quick", "--name", "NAME")
    try:
        names: dict[str, object] = {"__name__": "__main__"}
        for block in blocks:
            text = block.text.replace(NEEDS_A_SERVER, server.url) if server else block.text
            # With as many empty lines before it as there are, so that an error names the line of the page.
            with nothing_added():
                exec(compile("\n" * (block.line - 1) + text, str(page), "exec"), names)
    finally:
        if server:
            assert server.stop() == 0
