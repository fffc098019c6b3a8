"""Runs the notebooks, each in an empty folder, and keeps what they show: `python examples/renew.py [NAME ...]`."""

import os
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).resolve().parent


def execute(path: Path, folder: Path, parameters: str | None = None) -> nbformat.NotebookNode:
    """The notebook after a run in `folder`, with this checkout's package and, where given, other parameters.

    CellExecutionError where a cell fails.
    """
    notebook = nbformat.read(path, as_version=4)
    (cell,) = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    cell.source = parameters or cell.source
    given = os.environ.get("PYTHONPATH")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE.parent), *([given] if given else [])])}
    client = NotebookClient(notebook, timeout=250, record_timing=False, resources={"metadata": {"path": str(folder)}})
    client.execute(env=environment)
    return notebook


if __name__ == "__main__":
    for name in sys.argv[1:] or sorted(path.stem for path in HERE.glob("*.ipynb")):
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            nbformat.write(execute(HERE / f"{name}.ipynb", Path(folder)), HERE / f"{name}.ipynb")
        print(f"{name}: {time.monotonic() - began:.0f} s")
