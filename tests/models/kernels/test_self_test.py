"""The self-test of the kernels, wherever their first use may be."""

import pytest
import torch

from pocket_narrator.models.kernels import native
from pocket_narrator.models.self_test.kernels import check_kernels


@pytest.mark.skipif(not native.available(), reason=native.status())
def test_it_passes_in_the_middle_of_anything():
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        checks = check_kernels()
    assert len(checks) > 10
    assert [check.kernel for check in checks if not check.passed] == []
