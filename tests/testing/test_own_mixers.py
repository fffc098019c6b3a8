"""The mixers of examples/ come in through the door: a package that is installed, and a file. No line of ours knows them."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from pocket_narrator.evaluation.comparison.table import compare_runs
from pocket_narrator.evaluation.likelihood.of_run import evaluate_run
from pocket_narrator.generation.narrator import Narrator
from pocket_narrator.models.mixers import make_mixer
from pocket_narrator.plugins.files import load_plugin
from pocket_narrator.recipe.mixers import MIXERS
from pocket_narrator.recipe.schema import ModelConfig
from pocket_narrator.testing import PROPERTIES, check_mixer
from pocket_narrator.tokens.prepare import prepare
from pocket_narrator.workbench.from_recipe import train
from tests.small_runs import small_recipe

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = ("lstm", "minlstm", "rwkv7")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Where pip has installed the package: built from a copy, without network."""
    if importlib.util.find_spec("setuptools") is None or importlib.util.find_spec("pip") is None:
        pytest.skip("pip and setuptools are not here to build a package with")
    folder = tmp_path_factory.mktemp("own_mixer")
    shutil.copytree(EXAMPLES / "own_mixer", folder / "source")
    pip = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--no-build-isolation", "--quiet"]
    done = subprocess.run(
        [*pip, "--target", folder / "site", folder / "source"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder / "site"


@pytest.fixture
def _installed(site, monkeypatch):
    monkeypatch.syspath_prepend(str(site))
    yield
    for name in [name for name in sys.modules if name.startswith("own_mixers")]:
        del sys.modules[name]


@pytest.fixture
def _all_three(_installed):
    load_plugin(EXAMPLES / "rwkv7.py")


@pytest.mark.usefixtures("_all_three")
@pytest.mark.parametrize("name", NAMES)
def test_they_keep_the_contract_in_small(name):
    """Of a short context; `narrator check` tries all of it, below."""
    quick = {each.name for each in PROPERTIES} - {"torch.compile", "long input"}
    model = ModelConfig.model_validate({"layers": f"{name}*2", "width": 20, "heads": 2, "context": 21})
    report = check_mixer(name, [model], quick)
    assert report.failed == []
    assert {finding.outcome for finding in report.findings} == {"passed"}


@pytest.mark.slow
@pytest.mark.usefixtures("_all_three")
@pytest.mark.parametrize("name", NAMES)
def test_narrator_check_passes_them(name):
    assert check_mixer(name).failed == []


@pytest.mark.usefixtures("_installed")
def test_an_installed_package_trains_generates_and_is_compared(tmp_path):
    runs = []
    for name in ("lstm", "minlstm"):
        recipe = small_recipe(tmp_path, name, {"layers": f"{name}*2"})
        trained = train(recipe, tmp_path / "runs" / name, tmp_path / "data", report=lambda _: None)
        assert trained.result.finished
        narrator = Narrator.load(trained.run)
        assert narrator.tell("The cat", max_tokens=5, seed=1) == narrator.tell("The cat", max_tokens=5, seed=1)
        evaluate_run(trained.run, prepared=prepare(recipe, tmp_path / "data"))
        runs.append(trained.run)
    origin = MIXERS.origin("minlstm")
    assert origin is not None
    assert origin.version == "own-mixers 1.0"
    comparison = compare_runs(runs)
    assert len(comparison.models) == 2


@pytest.mark.usefixtures("_all_three")
def test_the_lstm_is_that_of_torch():
    model = ModelConfig.model_validate({"layers": "lstm", "width": 12, "heads": 2, "context": 16})
    mixer = make_mixer(model, 0).double()
    reference = nn.LSTM(12, 12, batch_first=True).double()
    weights = dict(reference.named_parameters())
    with torch.no_grad():
        mixer.up.weight.copy_(weights["weight_ih_l0"])
        mixer.up.bias.copy_(weights["bias_ih_l0"] + weights["bias_hh_l0"])
        mixer.again.weight.copy_(weights["weight_hh_l0"])
        x = torch.randn(2, 9, 12, dtype=torch.float64)
        torch.testing.assert_close(mixer(x), mixer.out(reference(x)[0]))


@pytest.mark.usefixtures("_all_three")
def test_the_minlstm_is_the_recurrence_of_the_paper():
    model = ModelConfig.model_validate({"layers": "minlstm", "width": 12, "heads": 2, "context": 16})
    mixer = make_mixer(model, 0).double()
    with torch.no_grad():
        x = torch.randn(2, 9, 12, dtype=torch.float64)
        f, i, candidate = mixer.up(x).chunk(3, dim=-1)
        f, i = torch.sigmoid(f), torch.sigmoid(i)
        h, outputs = torch.zeros(2, 24, dtype=torch.float64), []
        for t in range(9):
            h = f[:, t] / (f[:, t] + i[:, t]) * h + i[:, t] / (f[:, t] + i[:, t]) * candidate[:, t]
            outputs.append(h)
        torch.testing.assert_close(mixer(x), mixer.out(torch.stack(outputs, dim=1)))


@pytest.mark.usefixtures("_all_three")
def test_rwkv7_is_the_product_of_transition_matrices():
    """S[t] = S[t - 1] (diag(w) - k^T (a k)) + v^T k, each matrix written out."""
    recur = sys.modules[
        type(make_mixer(ModelConfig.model_validate({"layers": "rwkv7", "width": 8, "heads": 2}), 0)).__module__
    ].recur
    r, w, k, v, a = (torch.randn(1, 6, 1, 4, dtype=torch.float64) for _ in range(5))
    w, a = torch.sigmoid(w), torch.sigmoid(a)
    unit = nn.functional.normalize(torch.randn(1, 6, 1, 4, dtype=torch.float64), dim=-1)
    y, memory = recur(r, w, k, v, unit, a, torch.zeros(1, 1, 4, 4, dtype=torch.float64), None, None)
    S = torch.zeros(4, 4, dtype=torch.float64)
    for t in range(6):
        transition = torch.diag(w[0, t, 0]) - torch.outer(unit[0, t, 0], a[0, t, 0] * unit[0, t, 0])
        S = S @ transition + torch.outer(v[0, t, 0], k[0, t, 0])
        torch.testing.assert_close(y[0, t, 0], S @ r[0, t, 0])
    torch.testing.assert_close(memory[0, 0], S)
