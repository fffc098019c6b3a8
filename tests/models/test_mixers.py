"""The contract of mixers, tried on every one of ours: the properties are `pocket_narrator.testing`'s."""

import pytest

from pocket_narrator.recipe.mixers import BUILT_IN
from pocket_narrator.testing import PROPERTIES, check_mixer
from tests.models.stacks import MIXERS_OF_ALL_SIZES, each

SLOW = {"torch.compile", "long input", "in a stack"}  # once for each mixer, below


def test_every_mixer_is_in_the_list_of_sizes():
    assert {name for model in MIXERS_OF_ALL_SIZES.values() for name in model.mixers()} == {
        kind.name for kind in BUILT_IN
    }


@each(MIXERS_OF_ALL_SIZES)
def test_a_mixer_of_any_size_keeps_the_contract(model, kernels):
    quick = {each.name for each in PROPERTIES} - SLOW
    assert check_mixer(model.mixers()[-1], [model], quick).failed == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", BUILT_IN, ids=lambda kind: kind.name)
def test_narrator_check_passes_ours(kind):
    report = check_mixer(kind)
    assert report.failed == []
    assert [finding.name for finding in report.findings if finding.outcome == "skipped"] in ([], ["windows"])
