"""What the tests of models share."""

import pytest

from pocket_narrator.models.kernels import native


@pytest.fixture(params=["C", "torch"])
def kernels(request, monkeypatch) -> str:
    """Runs a test with both kinds of kernels."""
    if request.param == "torch":
        monkeypatch.setattr(native, "_loaded", native.Loaded(None, "torch", "torch kernels, for a test"))
    elif not native.available():
        pytest.skip(native.status())
    return request.param
