"""The template language, and what it promises about all templates that there are."""

import random
import re
from itertools import product

import pytest

from pocket_narrator.storyworld.chooser import Chooser
from pocket_narrator.storyworld.dials import DEFAULT
from pocket_narrator.storyworld.plots import PLOTS
from pocket_narrator.storyworld.telling.shared import FRAGMENTS, TELLINGS
from pocket_narrator.storyworld.telling.teller import Teller
from pocket_narrator.storyworld.telling.template import Compiler, openers

ROLES = {"hero": "hero", "friend": "friend"}


class SetTeller(Teller):
    """Takes given positions, then the first option; knows two names."""

    def __init__(self, positions=(), dials=DEFAULT):
        super().__init__("no plot", {}, Chooser(0, 0), dials)
        self.positions = list(positions)
        self.sites = []
        self.cast |= {
            "hero": {"name": "Mia", "he": "she", "gender": "she"},
            "friend": {"name": "Tom", "he": "he", "gender": "he"},
        }

    def choose(self, site, options, weights=None):
        self.sites.append(site)
        return self.positions.pop(0) if self.positions else 0


def told(template, *positions):
    teller = SetTeller(positions)
    teller.begin_sentence()
    Compiler(ROLES, {}).wordings("site", [template])(teller)
    return teller.text(), teller.sites


@pytest.mark.parametrize(
    ("template", "positions", "text"),
    [
        ("{hero} ran.", (0,), "Mia ran."),
        ("{hero} sat. [Soon|Later], {he:hero} ran.", (0, 1), "Mia sat. Later, she ran."),
        ("[Soon|Later], {he:hero} ran.", (0, 1), "Later, Mia ran."),
        ("{hero} ran[| fast[|er]].", (0, 1, 1), "Mia ran faster."),
        ("{hero} ran[| fast].", (0, 0), "Mia ran."),
        ("{Hero} ran. {he:hero} fell. {He:friend} too.", (0,), "Mia ran. She fell. Tom too."),
        ("{hero} ran. [suddenly|then], {he:hero} fell.", (0, 1), "Mia ran. Then, she fell."),
        ('"Why?" {hero} asked. "Why?" {he:hero} asked.', (0,), '"Why?" Mia asked. "Why?" she asked.'),
    ],
)
def test_templates(template, positions, text):
    assert told(template, *positions)[0] == text


@pytest.mark.parametrize(
    "template", ["[a|b", "a|b", "a]", "<a", "a>", "[<a]>", "[a]", "[a|a]", "{nobody}", "{he:nobody}", "{no_fragment x}"]
)
def test_mistakes_are_found(template):
    with pytest.raises(AssertionError):
        told(template)


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        (["one day"], "One day"),
        (['"oh no!"'], '"Oh no!"'),
        (['"', 'oh no!"'], '"Oh no!"'),
        ([], ""),
        (["", "a", "b"], "Ab"),
    ],
)
def test_a_sentence_begins_with_a_capital(pieces, text):
    teller = SetTeller()
    teller.begin_sentence()
    for piece in pieces:
        teller.write(piece)
    assert teller.text() == text


def test_sentences_and_paragraphs_are_separated_where_something_is_told():
    teller = SetTeller()
    for sentence in ("", "one.", "", "two.", None, "", "three.", None):
        if sentence is None:
            teller.end_paragraph()
            continue
        teller.begin_sentence()
        teller.write(sentence)
        teller.end_sentence()
    assert teller.text() == "One. Two.\nThree."
    assert teller.length == len(teller.text())


def test_the_place_of_each_form_and_decision_is_known():
    teller = Teller("no plot", {}, Chooser(0, 0), DEFAULT)
    teller.cast |= SetTeller().cast
    for template in ("{Hero} ran.", "[Then|Now] {he:hero} [fell|slept]."):
        teller.begin_sentence()
        Compiler(ROLES, {}).wordings("site", [template])(teller)
        teller.end_sentence()
    text = teller.text()
    assert [(text[s.begin : s.end], s.role, s.form) for s in teller.slots] == [
        ("Mia", "hero", "name"),
        ("she", "hero", "he"),
    ]
    assert [text[at:].split()[0] for at in teller.decided_at] == [text.split()[2], text.split()[4]]


@pytest.mark.parametrize(
    ("template", "first", "last"),
    [
        ("The cat ran. [Then|Now] it slept.", {"the"}, {"then", "now"}),
        ("{Hero} ran.", {":hero"}, {":hero"}),
        ('"Oh no!" {hero} said. {He:hero} ran.', {"oh"}, {"he:hero"}),
        ("[|So] {hero} ran.", {":hero", "so"}, {":hero", "so"}),
    ],
)
def test_openers(template, first, last):
    assert openers(template, ROLES) == (frozenset(first), frozenset(last))


def alternatives(source: str) -> list[str]:
    """All texts of a template, with slots left as they are."""
    sequence, position = [[]], 0

    def parse(position: int, inside: bool) -> tuple[list[str], int]:
        texts = [""]
        while position < len(source) and not (inside and source[position] in "|]"):
            if source[position] in "<>":  # decoration, as it is told
                position += 1
            elif source[position] == "[":
                choices: list[str] = []
                while source[position] != "]":
                    found, position = parse(position + 1, inside=True)
                    choices += found
                position += 1
                texts = [first + second for first, second in product(texts, choices)]
            else:
                end = position + 1
                while source[position] != "{" and end < len(source) and source[end] not in "[{|]<>":
                    end += 1
                end = source.index("}", position) + 1 if source[position] == "{" else end
                texts = [text + source[position:end] for text in texts]
                position = end
        return texts, position

    del sequence, position
    return parse(0, inside=False)[0]


def all_choices():
    for plot in PLOTS.values():
        for beat in plot.beats():
            if beat.choice:
                yield beat.choice.site, beat.choice.options
    for fragment in [*FRAGMENTS.values(), *TELLINGS.values()]:
        yield fragment.name, tuple(fragment.lines)


def test_no_two_decisions_give_the_same_sentence():
    """Within a site, all texts of all wordings differ, so that a trace can be read off its text."""
    for site, options in all_choices():
        texts = [text for option in options for text in alternatives(option)]
        assert len(set(texts)) == len(texts), f"{site}: {[t for t in texts if texts.count(t) > 1][:3]}"


def test_at_least_three_wordings_for_nearly_every_sentence():
    sentences = [(site, options) for site, options in all_choices() if "/" in site or site.startswith("tell ")]
    assert sum(len(options) >= 3 for _, options in sentences) / len(sentences) > 0.85
    texts = [sum(len(alternatives(option)) for option in options) for _, options in sentences]
    assert sum(count >= 3 for count in texts) / len(texts) > 0.93


FEELING_WORDS = [
    "happy",
    "glad",
    "sad",
    "unhappy",
    "angry",
    "cross",
    "upset",
    "scared",
    "afraid",
    "frightened",
    "proud",
    "lonely",
    "worried",
    "excited",
    "jealous",
    "bored",
    "ashamed",
    "relieved",
    "curious",
]


def test_feelings_are_told_from_the_world():
    """Outside of quotes, `was sad` and its like are written with {feels:...}, which reads the state."""
    pattern = re.compile(rf"\{{(he:)?\w+\}} (was|felt) (so |very |really )?({'|'.join(FEELING_WORDS)})\b", re.I)
    for site, options in all_choices():
        for option in options:
            unquoted = re.sub(r'"[^"]*"', "", option)
            match = pattern.search(unquoted)
            # Habits are traits, not feelings of the moment.
            assert match is None or site.startswith("habit_"), f"{site}: {option}"


def test_random_sample_of_fragments_is_told():
    generator = random.Random(0)
    for fragment in generator.sample(list(FRAGMENTS.values()), 20):
        assert all(alternatives(line) for line in fragment.lines)
