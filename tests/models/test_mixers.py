"""The contract of mixers, tried on every one of ours: the properties are `pocket_narrator.testing`'s."""

import pytest

from pocket_narrator.recipe.mixers import BUILT_IN
from pocket_narrator.testing import PROPERTIES, check_mixer
from tests.models.stacks import MIXERS_OF_ALL_SIZES, each

SLOW = {"torch.compile", "long input", "in a stack"}  # once for each mixer, below


@each(MIXERS_OF_ALL_SIZES)
def test_a_mixer_of_any_size_keeps_the_contract(model):
    quick = {each.name for each in PROPERTIES} - SLOW - {"causality", "packed stories"}
    assert check_mixer(model.mixers()[-1], [model], quick).failed == []


@each(MIXERS_OF_ALL_SIZES)
def test_training_keeps_it_with_either_kind_of_kernels(model, kernels):
    assert check_mixer(model.mixers()[-1], [model], {"causality", "packed stories"}).failed == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", BUILT_IN, ids=lambda kind: kind.name)
def test_narrator_check_passes_ours(kind):
    report = check_mixer(kind)
    assert report.failed == []
    assert [finding.name for finding in report.findings if finding.outcome == "skipped"] in ([], ["windows"])
