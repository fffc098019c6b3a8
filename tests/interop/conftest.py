"""Runs that the tests of exports share; made once, and only read."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.interop.exportable import KNOWN, OURS, make_run


@pytest.fixture(scope="session")
def run_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """The run of a name in KNOWN or OURS; trained: for a moment."""
    made: dict[tuple[str, bool], Path] = {}

    def get(name: str, trained: bool = False) -> Path:
        if (name, trained) not in made:
            folder = tmp_path_factory.mktemp("exportable")
            made[name, trained] = make_run(folder, {**KNOWN, **OURS}[name], trained=trained)
        return made[name, trained]

    return get
