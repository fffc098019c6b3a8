"""Own code beside an exported model: one file with its text, which registers it where it is opened."""

import sys
from pathlib import Path

import pytest

from pocket_narrator.errors import PluginError
from pocket_narrator.plugins.bundle import load_bundle, write_bundle
from pocket_narrator.plugins.files import load_plugin
from pocket_narrator.plugins.kept import code_of
from pocket_narrator.plugins.load import load_plugins
from pocket_narrator.recipe.mixer_kind import MixerKind
from pocket_narrator.recipe.mixers import MIXERS
from pocket_narrator.workbench.from_recipe import train
from tests.plugins.own_files import MIXER, make_package, nothing_added, write_file, write_mixer
from tests.small_runs import small_recipe


def opened(folder: Path, text: str) -> str:
    """The hash of the code that the bundle's mixer comes from, in a process that knows nothing of it."""
    with nothing_added():
        load_plugin(write_file(folder / "opened" / "own_code.py", text))
        origin = MIXERS.origin("leaky")
        kind = MIXERS.find("leaky")
        assert kind is not None
        assert kind.load().__name__ == "Leaky"
        assert origin is not None
        return origin.sha256


@pytest.mark.parametrize("more", ["", "x = '''y'''\n", "# a backslash at the end: \\", "y = 'caf\u00e9\\n'\r\n", "# '"])
def test_a_file_travels_as_it_is(tmp_path: Path, more: str) -> None:
    path = tmp_path / "leaky.py"
    path.write_bytes((MIXER.replace("NAME", "leaky") + more).encode())
    load_plugin(path)
    (code,) = code_of([("mixers", "leaky"), ("mixers", "attention")])
    assert opened(tmp_path, write_bundle([code])) == code.sha256


def test_a_package_travels_with_all_of_its_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    files = {
        "__init__.py": "",
        "mixer.py": MIXER.replace("pn.register_mixer(", "from own_bundled.kinds import keep\n\nKIND = keep(").replace(
            "NAME", "leaky"
        ),
        "kinds.py": "def keep(kind):\n    return kind\n",
    }
    make_package(tmp_path / "site", "own_bundled", files, "[pocket_narrator.mixers]\nleaky = own_bundled.mixer:KIND\n")
    load_plugins(["own_bundled"])
    (code,) = code_of([("mixers", "leaky")])
    text = write_bundle([code])
    monkeypatch.undo()
    for name in [name for name in sys.modules if name.startswith("own_bundled")]:
        del sys.modules[name]
    assert opened(tmp_path, text) == code.sha256


def test_what_is_loaded_already_stays(tmp_path: Path) -> None:
    load_plugin(write_mixer(tmp_path))
    (code,) = code_of([("mixers", "leaky")])
    kind = MIXERS.find("leaky")
    load_plugin(write_file(tmp_path / "own_code.py", write_bundle([code])))
    assert MIXERS.find("leaky") is kind


def test_code_without_a_file_cannot_travel() -> None:
    from pocket_narrator.models.mixers import Mixer

    class Typed(Mixer):
        forward = start = prefill = lambda self: None  # type: ignore[assignment]

    MIXERS.register("typed", MixerKind("typed", Typed), {})
    with pytest.raises(PluginError, match="was typed into a session"):
        write_bundle(code_of([("mixers", "typed")]))


def test_a_bundle_writes_into_its_own_folder_only() -> None:
    with pytest.raises(PluginError, match="is no name of a file of own code"):
        load_bundle("x.py", [], {"../x.py": ""})


@pytest.mark.slow
def test_transformers_opens_an_exported_run_with_its_own_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The export opens the folder in a process of its own, and compares."""
    pytest.importorskip("transformers")
    from pocket_narrator.interop.hugging_face.export import export_hugging_face

    monkeypatch.chdir(tmp_path)
    load_plugin(write_mixer(tmp_path))
    recipe = small_recipe(tmp_path, model={"layers": "leaky attention"}, steps=3)
    run = train(recipe, tmp_path / "runs" / "own", report=lambda _: None).run
    done = export_hugging_face(run)
    assert done.parity.greedy_tokens > 0
    assert (done.path / "own_code.py").is_file()
    assert "from .own_code import load_bundle" in (done.path / "modeling_pocket_narrator.py").read_text(
        encoding="utf-8"
    )
    assert "own_code.py" in (done.path / "README.md").read_text(encoding="utf-8")
