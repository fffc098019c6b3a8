"""Folders that two processes put in one place at the same time, such as two exports of one run."""

import multiprocessing
import os
from multiprocessing.synchronize import Barrier
from pathlib import Path

from pocket_narrator.files.atomic_folder import atomic_folder

CONTEXT = multiprocessing.get_context("spawn" if os.name == "nt" else "fork")
TRIES = 60


def put(folder: Path, text: str, barrier: Barrier) -> None:
    for number in range(TRIES):
        with atomic_folder(folder / str(number // 2)) as temporary:  # new, and over an older one
            for name in "ab":
                (temporary / name).write_text(text)
            barrier.wait(60)


def test_one_of_two_is_there_as_a_whole_and_none_fails(tmp_path: Path) -> None:
    barrier = CONTEXT.Barrier(2)
    processes = [CONTEXT.Process(target=put, args=(tmp_path, text, barrier)) for text in ("one", "other")]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    assert sorted(int(path.name) for path in tmp_path.iterdir()) == list(range(TRIES // 2))
    for folder in tmp_path.iterdir():
        found = {path.name: path.read_text() for path in folder.iterdir()}
        assert found in ({"a": "one", "b": "one"}, {"a": "other", "b": "other"})
