"""Own code from a file: what it registers, and what is wrong with it, in one message."""

import re
import sys
from pathlib import Path

import pytest

from pocket_narrator.errors import PluginError, RecipeError
from pocket_narrator.plugins.files import load_plugin
from pocket_narrator.recipe.loading import load_recipe, write_recipe
from pocket_narrator.recipe.mixers import MIXERS
from pocket_narrator.workbench.from_recipe import train
from tests.plugins.own_files import MIXER, write_file, write_mixer
from tests.small_runs import small_recipe


def test_a_file_is_run_once_and_says_what_it_adds(tmp_path: Path) -> None:
    path = write_mixer(tmp_path)
    additions = load_plugin(path)
    assert additions.names == {"mixers": ["leaky"]}
    assert load_plugin(path) is additions


def test_a_recipe_has_its_options_spelled_out_and_is_read_back_as_it_was(tmp_path: Path) -> None:
    load_plugin(write_mixer(tmp_path))
    recipe = load_recipe(["storyworld-quick"], ["model.layers=leaky*2", "model.leaky.channels=8", "model.leaky.note=5"])
    own = recipe.stack()[0].options_of("leaky")
    assert (own.channels, own.keeps, own.sizes, own.note) == (8, 0.5, (1, 2), "5")
    written = write_file(tmp_path / "resolved.yaml", write_recipe(recipe))
    assert "keeps: 0.5" in written.read_text(encoding="utf-8")
    assert load_recipe([str(written)]) == recipe
    plain = load_recipe(["storyworld-quick"])
    assert "leaky" not in write_recipe(plain)
    assert load_recipe(["storyworld-quick"], ["model.leaky.channels=4"]).stack()[0].options_of("leaky").channels == 4


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("model.leaky.chanels=8", "model.leaky.chanels is not a key; did you mean model.leaky.channels?"),
        ("model.leaky.channels=many", "model.leaky.channels='many' should be a whole number"),
        ("model.leaky.channels=0", "model.leaky.channels=0 should be greater than or equal to 1"),
        ("model.leaky=3", "model.leaky=3 should be a section with keys of its own"),
        ("model.leakyy.channels=8", "model.leakyy is not a key; did you mean model.leaky?"),
        ("model.layers=leeky", "there is no mixer named 'leeky'; did you mean 'leaky'?"),
    ],
)
def test_a_wrong_option_is_answered_with_the_right_one(tmp_path: Path, override: str, says: str) -> None:
    load_plugin(write_mixer(tmp_path))
    with pytest.raises(RecipeError, match=re.escape(says)):
        load_recipe(["storyworld-quick"], ["model.layers=leaky", override] if "layers" not in override else [override])


def test_all_problems_of_a_recipe_are_said_at_once(tmp_path: Path) -> None:
    load_plugin(write_mixer(tmp_path))
    with pytest.raises(RecipeError, match="the recipe has 3 problems") as caught:
        load_recipe(["storyworld-quick"], ["model.leaky.channels=0", "model.width=x", "training.schedule=cosin"])
    for part in ("model.leaky.channels=0", "model.width='x'", "did you mean 'cosine'"):
        assert part in str(caught.value)


FAULTS = {
    "no file": (None, "there is no such file"),
    "registers nothing": ("x = 1\n", "this code registers nothing"),
    "a missing module": (
        "import math\nimport no_such_module_here\n",
        "own.py cannot be imported: ModuleNotFoundError: No module named 'no_such_module_here'\n  where: {path}:2",
    ),
    "raises": (
        "def f():\n    return {}['key']\n\n\nf()\n",
        "own.py cannot be imported: KeyError: 'key'\n  where: {path}:2",
    ),
    "no Python": ("def f(:\n", "own.py cannot be imported: SyntaxError: invalid syntax\n  where: {path}:1"),
    "ends the process": ("raise SystemExit(3)\n", "own.py cannot be imported: SystemExit: 3\n  where: {path}:1"),
    "not UTF-8": ("x = 'caf\xe9'\n", "own.py cannot be imported: SyntaxError"),
    "no kind": (
        "import pocket_narrator as pn\npn.register_mixer('leaky')\n",
        "register_mixer takes a MixerKind",
    ),
    "no class": (
        "import pocket_narrator as pn\npn.register_mixer(pn.MixerKind('own', 5))\n",
        "the mixer 'own' is no class",
    ),
    "no method at all": (
        "import pocket_narrator as pn\nclass A: pass\npn.register_mixer(pn.MixerKind('own', A))\n",
        "the class A of the mixer 'own' has no method forward and no start and no prefill\n  where: {path}:2",
    ),
    "one method missing": (
        MIXER.replace("def prefill", "def refill").replace("NAME", "own"),
        "the class Leaky of the mixer 'own' has no method prefill",
    ),
    "a module that is no mixer": (
        MIXER.replace("pn.Mixer)", "nn.Module)").replace("NAME", "own"),
        "the class Leaky of the mixer 'own' does not derive from pocket_narrator.Mixer",
    ),
    "a class that cannot be found": (
        "import pocket_narrator as pn\npn.MixerKind('own', 'os:Nothing').load()\n",
        "the class of the mixer 'own', os:Nothing, cannot be imported",
    ),
    "an exception of its own kind": (
        "class Stop(BaseException): pass\nraise Stop('here')\n",
        "own.py cannot be imported: Stop: here",
    ),
    "a way out": ("import sys\nsys.exit(3)\n", "own.py cannot be imported: SystemExit: 3"),
    "a name that is taken": (MIXER.replace("NAME", "mamba"), "there is a mixer named 'mamba' already"),
    "a key of the recipe": (MIXER.replace("NAME", "width"), "a mixer cannot be named 'width'"),
    "no name": (MIXER.replace("NAME", "Leaky Sum"), "'Leaky Sum' is no name for a mixer"),
    "an option without a default": (
        MIXER.replace('note: str = ""', "note: str").replace("NAME", "own"),
        "the options of the mixer 'own' have no default: note",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_is_one_message_and_leaves_nothing_behind(tmp_path: Path, fault: str) -> None:
    text, says = FAULTS[fault]
    path = tmp_path / "own.py"
    if text is not None:
        path.write_bytes(text.encode("latin-1"))
    modules = set(sys.modules)
    with pytest.raises(PluginError) as caught:
        load_plugin(path)
    assert says.format(path=path) in str(caught.value)
    assert MIXERS.added() == []
    assert not {name for name in set(sys.modules) - modules if "plugin_own" in name}


def test_code_that_takes_the_streams_away_does_not_keep_them(tmp_path: Path) -> None:
    path = write_mixer(tmp_path)
    path.write_text(
        "import sys\nsys.stdout = sys.stderr = sys.stdin = None\n" + path.read_text("utf-8"), encoding="utf-8"
    )
    streams = sys.stdin, sys.stdout, sys.stderr
    load_plugin(path)
    assert (sys.stdin, sys.stdout, sys.stderr) == streams


def test_two_files_cannot_have_one_name_but_the_same_code_may_lie_twice(tmp_path: Path) -> None:
    first = write_mixer(tmp_path)
    load_plugin(first)
    load_plugin(write_mixer(tmp_path, file="copy.py"))
    other = write_mixer(tmp_path, file="other.py", text=MIXER + "\nx = 1\n")
    with pytest.raises(PluginError, match="there is a mixer named 'leaky' already") as caught:
        load_plugin(other)
    assert caught.value.found == str(first)
    assert caught.value.where == str(other)


def test_a_later_version_of_the_same_file_takes_its_place(tmp_path: Path) -> None:
    path = write_mixer(tmp_path)
    load_plugin(path)
    before = MIXERS.origin("leaky")
    write_mixer(tmp_path, text=MIXER.replace("default=16", "default=24"))
    load_plugin(path)
    kind, after = MIXERS.find("leaky"), MIXERS.origin("leaky")
    assert kind is not None
    assert kind.options is not None
    assert kind.options().model_dump()["channels"] == 24
    assert before is not None
    assert after is not None
    assert before.sha256 != after.sha256


def test_a_package_is_loaded_from_its_folder(tmp_path: Path) -> None:
    write_file(tmp_path / "leaky_pack" / "__init__.py", "from leaky_pack.mixer import Leaky as Leaky\n")
    write_mixer(tmp_path / "leaky_pack", name="packed", file="mixer.py")
    assert load_plugin(tmp_path / "leaky_pack").names == {"mixers": ["packed"]}
    origin = MIXERS.origin("packed")
    assert origin is not None
    assert (origin.path, origin.package) == (tmp_path / "leaky_pack", "leaky_pack")
    assert sorted(origin.files) == ["leaky_pack/__init__.py", "leaky_pack/mixer.py"]
    del sys.modules["leaky_pack"], sys.modules["leaky_pack.mixer"]


def test_a_mixer_may_look_at_values_while_it_is_made(tmp_path: Path) -> None:
    """The outline of a model is made without memory for its weights, where values cannot be read."""
    path = write_mixer(tmp_path)
    text = path.read_text(encoding="utf-8")
    looks = text.replace(
        "super().__init__()\n", "super().__init__()\n        self.scale = torch.tensor(2.0).item()\n", 1
    )
    assert looks != text
    path.write_text(looks, encoding="utf-8")
    load_plugin(path)
    recipe = small_recipe(tmp_path, model={"layers": "leaky*2"}, steps=1)
    outcome = train(recipe, tmp_path / "runs" / "looks", report=lambda _: None)
    assert (outcome.run / "checkpoints").is_dir()
