"""What is registered is looked at then: one message names the member that is missing or wrong, and where it stands."""

import re
from pathlib import Path

import pytest

from pocket_narrator.errors import PluginError
from pocket_narrator.evaluation.metrics.metric import refuse_unfitting_family
from pocket_narrator.evaluation.metrics.registry import FAMILIES, families
from pocket_narrator.plugins.files import load_plugin
from tests.plugins.own_files import MIXER, write_file, write_mixer

HEAD = """import pocket_narrator as pn

class Options(pn.Section):
    size: int = 3

def stories(options):
    yield "One story."

"""
CORPUS = "pn.register_corpus(pn.CorpusKind('mine', stories, options=Options))"
METRIC = "pn.register_metric(pn.Metric('mine', 'words', low=0), lambda story: 1.0)"
FAMILY = "pn.register_metric(pn.Family('mine', 1, (pn.Metric('mine', 'words'),), lambda samples, tools: []))"
WRONG = {  # what is typed in place of what: and what is said of it
    ("def stories(options)", "def stories()"): "stories of the kind of corpus 'mine' cannot be called with 1 argument: too many",
    ("stories, options", "['One story.'], options"): "stories of the kind of corpus 'mine' is no function",
    ("options=Options", "options=Options()"): "the options of the kind of corpus 'mine' are no subclass of pocket_narrator.Section",
    ("options=Options", "validation=lambda: ['x']"): "validation of the kind of corpus 'mine' cannot be called with 1",
    ("options=Options", "fingerprint='mine.txt'"): "fingerprint of the kind of corpus 'mine' is named by a text",
    (CORPUS, METRIC.replace("lambda story", "lambda story, reference")): "the function of the metric 'mine' cannot be called with 1 argument: missing a required argument: 'reference'",
    (CORPUS, METRIC.replace("lambda story: 1.0", "1.0")): "register_metric takes a Metric and the function that gives its value",
    (CORPUS, METRIC.replace("low=0", "direction='up'")): "direction of the metric 'mine' is 'up'",
    (CORPUS, METRIC.replace("low=0", "low='0'")): "low of the metric 'mine' is no number",
    (CORPUS, METRIC.replace("low=0", "low=1, high=0")): "low of the metric 'mine' is not below high",
    (CORPUS, METRIC.replace("'words'", "0")): "definition of the metric 'mine' is no text",
    (CORPUS, METRIC.replace("'mine'", "'My words'")): "'My words' is no name for a",
    (CORPUS, FAMILY.replace("(pn.Metric('mine', 'words'),)", "pn.Metric('mine', 'words')")): "metrics of the family of metrics 'mine' is no tuple of Metrics",
    (CORPUS, FAMILY.replace("samples, tools", "samples")): "measure of the family of metrics 'mine' cannot be called with 2",
    (CORPUS, FAMILY.replace("1, (", "'1', (")): "version of the family of metrics 'mine' is no whole number",
    (CORPUS, FAMILY.replace("'words'),)", "'words'), pn.Metric('mine', 'words'))")): "has two metrics named 'mine'",
    (CORPUS, "pn.register_tokenizer(pn.TokenizerKind('mine', lambda texts: None))"): "train of the tokenizer 'mine' cannot be called with 3",
    (CORPUS, "pn.register_schedule('mine', lambda progress: 1.0)"): "the schedule 'mine' cannot be called with 2",
    (CORPUS, "pn.register_schedule('mine', 0.5)"): "the schedule 'mine' is no function",
    (CORPUS, "pn.register_optimizer('mine', lambda model: None)"): "the optimizer 'mine' cannot be called with 3",
    (CORPUS, "pn.register_verb('mine', stories())"): "missing 1 required positional argument",
    (CORPUS, "pn.register_verb('mine', 'stories')"): "the command 'mine' is no function",
    (CORPUS, "def mine(size: int | str): pass\npn.register_verb('mine', mine)"): "the command 'mine' has parameters that no command line can give",
    (CORPUS, "def mine(*words): pass\npn.register_verb('mine', mine)"): "no command line can give: TypeError: *words is none or several",
}  # fmt: skip


@pytest.mark.parametrize("typed", WRONG, ids=lambda typed: re.sub(r"\W+", " ", typed[1])[-60:])
def test_what_does_not_fit_is_said_when_it_is_registered(tmp_path: Path, typed: tuple[str, str]) -> None:
    right, wrong = typed
    text = HEAD + CORPUS + "\n"
    assert right in text
    path = write_file(tmp_path / "mine.py", text.replace(right, wrong))
    with pytest.raises(PluginError) as caught:
        load_plugin(path)
    assert WRONG[typed] in str(caught.value)
    assert str(path) in (caught.value.where or "")


FORMS = {
    "def forward(self, x_BTC, starts_BT=None, values_BTC=None)": "def forward(self, x_BTC)",
    "def prefill(self, x_BTC, state, lengths_B, values_BTC=None)": "def prefill(self, x_BTC, state)",
    "def start(self, rows)": "def start(self)",
}


@pytest.mark.parametrize("right", FORMS)
def test_forms_of_a_mixer_take_what_they_are_called_with(tmp_path: Path, right: str) -> None:
    form = right.removeprefix("def ").partition("(")[0]
    with pytest.raises(PluginError, match=f"{form} of the class Leaky of the mixer 'leaky' cannot be called") as caught:
        load_plugin(write_mixer(tmp_path, text=MIXER.replace(right, FORMS[right])))
    assert f"def {form}(self, " in (caught.value.expected or "")
    line = MIXER.splitlines().index(f"    {right}:") + 1
    assert caught.value.where == f"{tmp_path / 'leaky.py'}:{line}"


@pytest.mark.parametrize("more", ["check=lambda: None", "cost=lambda model: None", "options=int"])
def test_the_other_members_of_a_mixer_kind_are_looked_at(tmp_path: Path, more: str) -> None:
    with pytest.raises(PluginError, match="of the mixer 'leaky'"):
        load_plugin(write_mixer(tmp_path, text=MIXER.replace("options=Options))", f"{more}))")))


def test_all_that_is_built_in_would_be_taken() -> None:
    assert {family.name for family in families()} >= {family.name for family in FAMILIES}
    for family in FAMILIES:
        refuse_unfitting_family(family)
