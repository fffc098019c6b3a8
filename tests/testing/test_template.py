"""`narrator new-mixer`: a file that is sound, never over another one, and no name that would be in the way."""

import pytest

from pocket_narrator.errors import PluginError
from pocket_narrator.plugins.files import load_plugin
from pocket_narrator.testing import PROPERTIES, check_mixer
from pocket_narrator.testing.template import write_mixer


def test_the_file_is_short_and_keeps_the_contract(tmp_path):
    path = write_mixer("slow_fox", tmp_path)
    assert path == tmp_path / "slow_fox.py"
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 90
    assert "class SlowFox(Mixer):" in text
    assert "my_mixer" not in text.lower()
    assert "narrator check slow_fox.py" in text
    assert load_plugin(path).names == {"mixers": ["slow_fox"]}
    quick = {each.name for each in PROPERTIES} - {"torch.compile"}
    report = check_mixer("slow_fox", properties=quick)
    assert {finding.outcome for finding in report.findings} == {"passed"}


@pytest.mark.slow
def test_the_file_is_traced_by_torch(tmp_path):
    load_plugin(write_mixer("slow_fox", tmp_path))
    assert check_mixer("slow_fox", properties=["torch.compile"]).passed


def test_no_file_is_written_over(tmp_path):
    path = tmp_path / "slow_fox.py"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(PluginError, match="there is such a file already"):
        write_mixer("slow_fox", tmp_path)
    assert path.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("name", "what", "hint"),
    [
        ("My-Mixer.py", "no name for a mixer", "for example my_mixer"),
        ("MyMixer", "no name for a mixer", "for example my_mixer"),
        ("lambda", "no name for a mixer", "for example lambda_mixer"),
        ("3d", "no name for a mixer", "for example mixer_3d"),
        ("a" * 41, "no name for a mixer", "a" * 40),
        ("../fox", "no name for a mixer", "for example fox"),
        ("", "no name for a mixer", ""),
        ("mamba", "there is a mixer named 'mamba' already", "another name"),
        ("width", "the recipe has a key model.width", "my_width"),
        ("torch", "would hide the Python module 'torch'", "my_torch"),
        ("random", "would hide the Python module 'random'", "my_random"),
    ],
)
def test_a_name_that_will_not_do(name, what, hint, tmp_path):
    with pytest.raises(PluginError) as caught:
        write_mixer(name, tmp_path)
    assert what in caught.value.what
    assert hint in (caught.value.hint or "")
    assert list(tmp_path.iterdir()) == []
