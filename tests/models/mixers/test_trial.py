"""An added mixer is tried before any work: the message names class, method, and the line of its own file."""

from pathlib import Path

import pytest
import torch

from pocket_narrator.errors import PluginError
from pocket_narrator.models.mixers.trial import try_mixers
from pocket_narrator.plugins.files import load_plugin
from pocket_narrator.recipe.schema import ModelConfig
from tests.plugins.own_files import MIXER, nothing_added, write_mixer

CPU = torch.device("cpu")
LAST = "return self.out(torch.stack(outputs, dim=1)), State(sums)"
PREFILL = "return self._read(x_BTC, state, None, lengths_B)"
FORWARD = "return self._read(x_BTC, self.start(len(x_BTC)), starts_BT, None)[0]"
START = "return State(self.out.weight.new_zeros(rows, self.out.in_features))"
FAULTS = {
    (FORWARD, FORWARD.replace("return ", "")): ("Leaky.forward of the mixer 'leaky' gives None: has it a `return`?", "forward"),
    (FORWARD, f"{FORWARD}[:, :-1]"): ("Leaky.forward of the mixer 'leaky' gives a tensor of shape [2, 4, 32]", "forward"),
    (FORWARD, FORWARD.removesuffix("[0]")): ("Leaky.forward of the mixer 'leaky' gives a tuple of 2", "forward"),
    (FORWARD, "return self.up(x_BTC) @ x_BTC"): ("has failed in Leaky.forward: RuntimeError", "forward"),
    (LAST, "return self.out(torch.stack(outputs, dim=2)), State(sums)"): ("has failed in Leaky._read: RuntimeError", "_read"),
    (PREFILL, f"{PREFILL}[0]"): ("Leaky.prefill of the mixer 'leaky' gives a tensor of shape [2, 5, 32]", "prefill"),
    (PREFILL, "return x_BTC, None"): ("Leaky.prefill of the mixer 'leaky' gives as state None", "prefill"),
    (START, START.replace("rows,", "1,")): ("Leaky.start of the mixer 'leaky' gives as sums_BE of the state a tensor of shape [1, 16]", "start"),
    ("self.sums_BE[rows]", "self.sums[rows]"): ("has failed in State.select: AttributeError", "select"),
    ("torch.cat([self.sums_BE, other.sums_BE])", "self + other"): ("has failed in State.join: TypeError", "join"),
    ("def forward_from", "def initialise(self):\n        self.nothing()\n\n    def forward_from"): ("has failed in Leaky.initialise: AttributeError", "initialise"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def fresh():
    with nothing_added():
        yield


def model_of(tmp_path: Path, text: str = MIXER) -> ModelConfig:
    load_plugin(write_mixer(tmp_path, text=text))
    return ModelConfig.model_validate({"layers": "attention leaky*2", "width": 32, "heads": 2})


@pytest.mark.parametrize("typed", FAULTS, ids=lambda typed: typed[1][-50:])
def test_each_fault_names_the_method_and_its_line(tmp_path: Path, typed: tuple[str, str]) -> None:
    right, wrong = typed
    assert MIXER.count(right) == 1
    says, method = FAULTS[typed]
    text = MIXER.replace(right, wrong)
    with pytest.raises(PluginError) as caught:
        try_mixers(model_of(tmp_path, text), CPU)
    assert says in caught.value.what
    file, line = (caught.value.where or "").split(" ")[0].rsplit(":", 1)
    assert file == str(tmp_path / "leaky.py")
    definition = next(number for number, each in enumerate(text.splitlines(), 1) if f"def {method}(" in each)
    assert definition <= int(line) <= definition + 12


def test_forward_from_is_tried_where_state_is_carried(tmp_path: Path) -> None:
    text = MIXER.replace("return y, State(state.sums_BE.detach())", "return y, state.sums_BE")
    model = model_of(tmp_path, text)
    try_mixers(model, CPU)
    with pytest.raises(PluginError, match=r"Leaky.forward_from of the mixer 'leaky' gives as state a tensor"):
        try_mixers(model, CPU, is_stream=True)


def test_a_sound_mixer_passes_and_leaves_chance_as_it_is(tmp_path: Path) -> None:
    model = model_of(tmp_path)
    torch.manual_seed(3)
    expected = torch.rand(4)
    torch.manual_seed(3)
    try_mixers(model, CPU, is_stream=True)
    assert torch.equal(torch.rand(4), expected)
