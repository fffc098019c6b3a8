"""The report on a mixer: what it says of what failed, was skipped, or cannot be tried."""

import pytest
import torch

from pocket_narrator.errors import NarratorError, PluginError, RecipeError
from pocket_narrator.models.mixers import register_mixer
from pocket_narrator.models.mixers.mamba import Mamba
from pocket_narrator.plugins.files import load_plugin
from pocket_narrator.recipe.mixer_kind import MixerKind
from pocket_narrator.testing import check_mixer
from pocket_narrator.testing.describe import describe_failures, describe_finding, describe_speed
from pocket_narrator.testing.finding import Broken, expect_same
from pocket_narrator.testing.properties.table import PROPERTIES
from pocket_narrator.testing.speed import measure_speed
from tests.testing.faults import with_fault


def test_outputs_are_compared_token_by_token():
    expected = torch.ones(2, 5, 3)
    found = expected.clone()
    expect_same(found, expected, "same", 1e-6)
    found[1, 2, 0], found[0, 4, 1] = 1.5, 3.0
    with pytest.raises(Broken) as caught:
        expect_same(found, expected, "other", 1e-6, first=10)
    assert (caught.value.token, caught.value.error) == (12, 2.0)
    found[0, 1, 0] = torch.nan
    with pytest.raises(Broken, match="NaN or infinity") as caught:
        expect_same(found, expected, "other", 1e-6)
    assert caught.value.token == 1
    with pytest.raises(Broken, match=r"\[2, 4, 3\] instead of \[2, 5, 3\]"):
        expect_same(found[:, :4], expected, "other", 1e-6)


def test_a_failure_says_where_how_much_and_what_causes_it(tmp_path):
    path = tmp_path / "faulty.py"
    path.write_text(with_fault("looks one token ahead", "faulty"), encoding="utf-8")
    load_plugin(path)
    seen = []
    report = check_mixer("faulty", properties=["interface", "causality"], report=seen.append)
    assert tuple(seen) == report.findings
    assert not report.passed
    assert describe_finding(seen[0]).startswith("interface          passed")
    line = describe_finding(seen[1])
    assert line.startswith("causality          FAILED, at token 0, by ")
    text = "\n".join(describe_failures(report))
    assert "causality: of 2 tokens, those from 1 on were changed, and an output before them changed (width 32" in text
    assert "usual cause: a mask, shift or convolution padding" in text
    assert text.endswith("faulty: 1 passed, 1 failed")


def test_code_that_raises_is_a_failure_with_its_last_line_and_place(tmp_path):
    path = tmp_path / "raising.py"
    path.write_text(with_fault("a fixed width", "raising"), encoding="utf-8")
    load_plugin(path)
    (finding,) = check_mixer("raising", properties=["interface"]).findings
    assert finding.outcome == "failed"
    assert "it raises RuntimeError: " in finding.what
    assert f"at {path}:" in finding.what


def test_what_no_property_can_be_tried_without_is_said_once(tmp_path):
    text = with_fault("looks one token ahead", "outless")
    path = tmp_path / "outless.py"
    path.write_text(text.replace("self.out = nn", "self.exit = nn"), encoding="utf-8")
    load_plugin(path)
    with pytest.raises(PluginError, match="the mixer 'outless' has no product `out`") as caught:
        check_mixer("outless")
    assert (caught.value.found or "").startswith("no `out`, with width 32")
    assert str(path) in (caught.value.where or "")


def test_an_error_that_ends_many_properties_is_told_once_with_all_their_names(tmp_path):
    path = tmp_path / "stateless.py"
    text = with_fault("looks one token ahead", "stateless").replace(
        "self._mix(x_BTC, state, lengths_B=", "self.nothing("
    )
    path.write_text(text, encoding="utf-8")
    load_plugin(path)
    report = check_mixer("stateless", properties=["interface", "step by step", "prefill in pieces", "causality"])
    text = "\n".join(describe_failures(report))
    assert text.count("has no attribute 'nothing'") == 1
    assert "interface, step by step, prefill in pieces: it raises AttributeError: " in text
    assert "  promised: output t depends on inputs up to t only" in text


def test_attention_has_no_windows_of_its_own():
    (finding,) = check_mixer("attention", properties=["windows"]).findings
    assert finding.outcome == "skipped"
    assert "every window begins anew" in describe_finding(finding)


def test_a_mixer_that_refuses_every_size_is_an_error():
    def refuse(_):
        raise ValueError("width=32 is not 7 x 11")

    register_mixer(MixerKind("picky", Mamba, check=refuse))
    with pytest.raises(RecipeError, match="no small model can be made with the mixer 'picky': width=32 is not 7 x 11"):
        check_mixer("picky")


def test_names_of_properties_are_their_own():
    names = [each.name for each in PROPERTIES]
    assert len(set(names)) == len(names)


def test_speed_stands_beside_attention_and_mamba():
    speeds = measure_speed("linear_attention")
    assert [speed.name for speed in speeds] == ["linear_attention", "attention", "mamba"]
    for speed in speeds:
        assert min(speed.training_tokens_per_second, speed.generated_tokens_per_second, speed.kept_bytes_per_token) > 0
    assert speeds[1].state_bytes == 4 * 2 * 256 * 128 + 8
    assert len(describe_speed(speeds)) == 5


def test_a_property_that_there_is_not_is_refused():
    with pytest.raises(NarratorError, match="there is no property causalty"):
        check_mixer("attention", properties=["causalty"])
