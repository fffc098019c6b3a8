"""Every kind of mixer is registered once, tested, and named in its own rooms only."""

import io
import tokenize
from pathlib import Path

import pytest
import torch

from pocket_narrator.errors import PluginError
from pocket_narrator.models.decoding.compiled import mixer_without_form, why_not_compiled
from pocket_narrator.models.mixers import Mixer, make_mixer
from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.plugins.files import load_plugin
from pocket_narrator.recipe.cost import count_parameters
from pocket_narrator.recipe.mixers import BUILT_IN, MIXERS
from pocket_narrator.recipe.schema import ModelConfig
from tests.models.stacks import MODELS
from tests.plugins.own_files import MIXER, nothing_added, write_mixer

PACKAGE = Path(__file__).parents[2] / "pocket_narrator"
ROOMS = ("recipe/mixers/", "models/mixers/", "interop/weights/")  # the last: what others call them
ELSEWHERE = {  # file: why a mixer's name stands there
    "recipe/schema.py": "its keys model.mamba and so on, and presets",
    "recipe/keys/words.py": "the path of a key, and an example",
    "evaluation/inside/hooks.py": "the name of a view, which pages draw",
    "interop/hugging_face/classes.py": "types of models of transformers'",
    "interop/gguf/shapes.py": "architectures of llama.cpp's",
    "models/self_test/kernels.py": "the name of a kernel, which doctor shows",
    "cli/commands.py": "a word that people type",
    "testing/speed.py": "the mixers that an own one's speed stands beside",
}


def test_every_kind_is_in_the_contract_tests():
    assert {kind.name for kind in BUILT_IN} == {name for model in MODELS.values() for name in model.mixers()}
    assert [kind.name for kind in BUILT_IN] == MIXERS.names()[: len(BUILT_IN)]


def strings_in(path: Path) -> set[str]:
    """The string literals of a file, without their quotes."""
    tokens = tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline)
    return {token.string.strip("rbf").strip("\"'") for token in tokens if token.type == tokenize.STRING}


def test_no_file_outside_of_its_rooms_asks_for_a_mixer_by_name():
    names = {kind.name for kind in BUILT_IN}
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        place = path.relative_to(PACKAGE).as_posix()
        named = strings_in(path) & names
        classes = {f"mixers.{kind.name} import" for kind in BUILT_IN} if not place.startswith("recipe/") else set()
        imported = {line for line in classes if f"models.{line}" in path.read_text(encoding="utf-8")}
        if (named or imported) and not place.startswith(ROOMS):
            found[place] = named | imported
    assert {place: names for place, names in found.items() if place not in ELSEWHERE} == {}
    assert [place for place in ELSEWHERE if place not in found] == []


@pytest.fixture(autouse=True)
def fresh():
    with nothing_added():
        yield


@pytest.fixture
def leaky(tmp_path):
    load_plugin(write_mixer(tmp_path))
    return ModelConfig.model_validate(
        {"layers": "leaky*2 attention", "width": 32, "heads": 2, "leaky": {"channels": 8}}
    )


def test_an_own_mixer_without_costs_is_counted(leaky):
    count = count_parameters(leaky, 300)
    assert count.parameters == sum(p.numel() for p in DecoderStack(leaky, 300).parameters())
    assert count.generation_bytes_per_story == 4 * (2 * 8 + 2 * 256 * 32)


def test_an_own_mixer_without_a_form_in_c_says_so(leaky):
    stack = DecoderStack(leaky, 300)
    assert mixer_without_form(stack) == "leaky"
    assert why_not_compiled(stack) == "the mixer 'leaky' has no form for the C decoder"
    assert mixer_without_form(DecoderStack(ModelConfig(layers="attention"), 300)) is None


@pytest.mark.parametrize("name", [kind.name for kind in BUILT_IN])
def test_the_default_count_is_that_of_the_kind_where_both_are_exact(name):
    model = ModelConfig.model_validate({"layers": name, "width": 64, "heads": 2, "context": 32})
    kind = MIXERS.find(name)
    assert kind is not None
    assert kind.cost is not None
    counted, known = kind.load().count(model, 0), kind.cost(model, 0)
    assert counted.products + counted.others == known.products + known.others


FAULTS = {
    "self.out = nn.Linear": ("self.exit = nn.Linear", "has no product `out`"),
    "def __init__(self, model, index)": (
        "def __init__(self, model)",
        "the class Leaky of the mixer 'leaky' cannot be called with 2",
    ),
    '= model.options_of("NAME")': (
        '= model.options_of("NAME").nothing',
        "AttributeError: 'Options' object has no attribute 'nothing'",
    ),
    'options_of("NAME")': ('options_of("leeky")', "there is no mixer named 'leeky'; did you mean 'leaky'?"),
    "Leaky, options=Options": ("Leaky", "the mixer 'leaky' has no options"),
    "options.channels, model.width": ("options.channels, 7", "in its __init__, for model.width=32"),
}


@pytest.mark.parametrize("right", FAULTS)
def test_a_class_that_cannot_be_a_layer_is_one_message(tmp_path, right):
    wrong, says = FAULTS[right]

    def load_and_make():
        load_plugin(write_mixer(tmp_path, text=MIXER.replace(right, wrong)))
        make_mixer(ModelConfig.model_validate({"layers": "leaky", "width": 32}), 0)

    with pytest.raises(PluginError) as caught:
        load_and_make()
    assert says in str(caught.value)


def test_a_state_that_is_no_dataclass_is_one_message(tmp_path):
    text = MIXER.replace(
        "@dataclass\nclass State:", "class State:\n    def __init__(self, sums_BE): self.sums_BE = sums_BE\n"
    )
    load_plugin(write_mixer(tmp_path, text=text))
    model = ModelConfig.model_validate({"layers": "leaky", "width": 32})
    with pytest.raises(PluginError, match="should be a dataclass of tensors"):
        count_parameters(model, 300)


def test_what_a_mixer_does_not_offer_is_empty(leaky):
    mixer = make_mixer(leaky, 0)
    assert (mixer.memories(), mixer.learned(), mixer.views(torch.zeros(1, 2, 32))) == ([], {}, {})
    assert isinstance(mixer, Mixer)
