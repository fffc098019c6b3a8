"""What `narrator demo` refuses before any page is there."""

import shutil
import socket
from pathlib import Path

import pytest

from tests.evaluation.tiny_run import make_run
from tests.narrator_process import Done, narrator


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """With a run, and one that has no checkpoint."""
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        run = make_run()
    shutil.copytree(folder / run, folder / "begun", ignore=shutil.ignore_patterns("step-*", "best.json"))
    return folder


def refused(done: Done, message: str) -> None:
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: {message}"), done.stderr
    assert "Traceback" not in done.stderr
    assert "http" not in done.stderr


@pytest.mark.parametrize(
    ("runs", "message"),
    [
        (["begun"], "this run has no checkpoint yet\n  where: begun"),
        (["runs/tiny", "nowhere"], "there is no such run directory"),
        (["runs/tiny", "runs/../runs/tiny"], "a run is given twice\n  where: runs/../runs/tiny"),
    ],
)
def test_runs_that_cannot_tell(folder, runs, message):
    refused(narrator("demo", *runs, "--port", "0", cwd=folder), message)


def test_port_in_use(folder):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused(
            narrator("demo", "runs/tiny", "--port", str(port), cwd=folder), f"port {port} of 127.0.0.1 cannot be used"
        )


def test_without_gradio(folder):
    done = narrator("demo", "runs/tiny", "--port", "0", cwd=folder, missing=["gradio"])
    refused(done, "the package 'gradio' is needed")
    assert 'pip install "gradio>=' in done.stderr


def test_a_run_is_needed(tmp_path):
    done = narrator("demo", cwd=tmp_path)
    assert done.returncode == 2
    assert "narrator train storyworld-quick" in done.stderr
