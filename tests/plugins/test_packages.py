"""Installed packages: their entry points are read where a name is not known, and only then."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pocket_narrator.errors import PluginError
from pocket_narrator.plugins.load import load_plugins
from pocket_narrator.recipe.loading import load_recipe
from pocket_narrator.recipe.mixers import MIXERS
from tests.plugins.own_files import MIXER, make_package

KIND = MIXER.replace("pn.register_mixer(", "KIND = (").replace("NAME", "packed")
POINTS = "[pocket_narrator.mixers]\npacked = own_packed.mixer:KIND\n"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("own_packed")]:
        del sys.modules[name]


def test_a_package_is_found_by_the_name_in_a_recipe(site: Path) -> None:
    make_package(site, "own_packed", {"__init__.py": "", "mixer.py": KIND}, POINTS)
    assert "packed" not in MIXERS.names()
    recipe = load_recipe(["storyworld-quick"], ["model.layers=packed", "model.packed.channels=4"])
    assert recipe.stack()[0].options_of("packed").channels == 4
    origin = MIXERS.origin("packed")
    assert origin is not None
    assert (origin.package, origin.version, origin.path) == ("own_packed", "own-packed 1.0", site / "own_packed")
    assert sorted(origin.files) == ["own_packed/__init__.py", "own_packed/mixer.py"]


@pytest.mark.parametrize("name", ["own_packed", "own-packed"])
def test_a_package_is_loaded_by_its_own_name(site: Path, name: str) -> None:
    make_package(site, "own_packed", {"__init__.py": "", "mixer.py": KIND}, POINTS)
    load_plugins([name])
    assert MIXERS.names()[-1] == "packed"


def test_a_package_whose_import_fails_says_why_and_where(site: Path) -> None:
    make_package(site, "own_packed", {"__init__.py": "", "mixer.py": "import nothing_like_it\n"}, POINTS)
    with pytest.raises(PluginError, match="No module named 'nothing_like_it'") as caught:
        load_recipe(["storyworld-quick"], ["model.layers=packed"])
    assert "the mixer 'packed' of own-packed 1.0" in caught.value.what
    assert caught.value.where == f"{site / 'own_packed' / 'mixer.py'}:1"


def test_two_packages_cannot_offer_one_name(site: Path) -> None:
    make_package(site, "own_packed", {"__init__.py": "", "mixer.py": KIND}, POINTS)
    make_package(site, "own_packed_too", {"__init__.py": ""}, POINTS)
    with pytest.raises(PluginError, match="there are two of the name 'packed'") as caught:
        load_recipe(["storyworld-quick"], ["model.layers=packed"])
    assert caught.value.found == "own-packed 1.0 and own-packed-too 1.0"


def test_entry_points_are_not_read_for_what_is_known() -> None:
    program = (
        "import sys, pocket_narrator\n"
        "from pocket_narrator.recipe.loading import load_recipe\n"
        "load_recipe(['storyworld-quick'])\n"
        "print('pocket_narrator.plugins.packages' in sys.modules, 'torch' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, encoding="utf-8", check=True)
    assert done.stdout.split() == ["False", "False"]
