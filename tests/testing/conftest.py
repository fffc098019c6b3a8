"""What is registered in one test is not there in the next."""

from collections.abc import Iterator

import pytest

from tests.plugins.own_files import nothing_added


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    with nothing_added():
        yield
