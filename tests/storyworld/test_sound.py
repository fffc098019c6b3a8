"""What is told is an event or a fact: kinds of fault that a careful reader would strike, looked for in many stories."""

import re
from collections import Counter
from itertools import pairwise

import pytest

from pocket_narrator.storyworld import make_story
from pocket_narrator.storyworld.lexicon import clothes, places
from pocket_narrator.storyworld.plot import Beat
from pocket_narrator.storyworld.plots import PLOTS
from pocket_narrator.storyworld.telling.shared import FRAGMENTS, TELLINGS

STORIES = [make_story(index, 41) for index in range(2_500)]
COLORS = sorted({*clothes.COLORS, "orange"}, key=len, reverse=True)
COLOR = "|".join(COLORS)
GARMENT = "|".join(clothes.GARMENTS)


def unquoted(text: str) -> str:
    """Of the same length, with blanks for what is between quotation marks."""
    return re.sub(r'"[^"]*"', lambda quote: '"' + " " * (len(quote[0]) - 2) + '"', text)


def templates():
    """Every wording, and what it is of."""
    for plot in PLOTS.values():
        for beat in plot.beats():
            if beat.choice:
                for option in beat.choice.options:
                    yield beat.choice.site, option
    for fragment in [*FRAGMENTS.values(), *TELLINGS.values()]:
        for line in fragment.lines:
            yield fragment.name, line


def never(pattern: str, texts=None, flags: int = 0) -> None:
    for story in STORIES:
        match = re.search(pattern, story.text, flags)
        assert match is None, f"{match[0]!r} in {story.text}"


# -- what is drawn once stays


def test_everybody_wears_one_thing():
    told = Counter()
    for story in STORIES:
        worn = {}
        for slot in story.slots:
            if slot.form in ("garment", "clothes", "a_clothes"):
                text = re.sub(r"^(a|an) ", "", story.text[slot.begin : slot.end].lower())
                known = worn.setdefault(slot.role, text)
                assert known.endswith(text) or text.endswith(known), story.text
                worn[slot.role] = max(known, text, key=len)
                told[slot.role] += 1
        # Whatever else is worn by somebody is no garment of the table, so nobody wears two.
        slots = {position for slot in story.slots for position in range(slot.begin, slot.end)}
        pattern = rf"\b(?:(?:his|her|\w+'s) (?:(?:{COLOR}) )?|(?:wore|wearing) an? (?:(?:{COLOR}) )?)({GARMENT})\b"
        for match in re.finditer(pattern, story.text):
            assert match.start(1) in slots, f"{match[0]} in {story.text}"
    assert told["hero"] > 800
    assert told["friend"] > 500


def test_a_thing_has_one_color():
    """`a brown kitten` is not `the gray kitten` later on; nor does anything get another adjective of its table."""
    pattern = re.compile(rf"\b(a|an|the|his|her|its|some|their|your|\w+'s) ({COLOR}) ([a-z]+)\b", re.IGNORECASE)
    count = 0
    for story in STORIES:
        known = {}
        for match in pattern.finditer(story.text):
            article, color, noun = match.groups()
            if article.lower() in ("a", "an", "some"):
                known.setdefault(noun, set()).add(color.lower())
            elif noun in known:
                assert color.lower() in known[noun], f"{match[0]} in {story.text}"
                count += 1
    assert count > 20


def test_each_role_keeps_its_words():
    """What a role is called does not change: its name, its adjective, the drink that was packed."""
    for story in STORIES:
        forms = {}
        for slot in story.slots:
            if slot.form in ("name", "full", "garment", "clothes"):
                text = story.text[slot.begin : slot.end].lower().removesuffix("'s")
                assert (
                    forms.setdefault((slot.role, slot.form), text).removeprefix("the ").split()[-1] == text.split()[-1]
                )


# -- who is where: no move without an event

RAN = "ran|hurried|raced|hopped|dashed|scurried|scampered|trotted|stomped|leaped|flew|jumped|waddled|rushed|crawled|skipped"


def test_no_move_without_an_event(monkeypatch):
    """Who is told to go home was not at home, and is now; who is told to be at a place is there, before or after the beat."""
    run, count = Beat.run, Counter()
    pattern = re.compile(rf"\b(went|{RAN}|came|walked|got|took \w+|led \w+|followed [\w ]+) home\b")

    def audited(beat, teller):
        begin = teller.length
        people = [role for role, forms in teller.cast.items() if "gender" in forms]
        before = {role: teller.world.place_of(role) for role in people}
        run(beat, teller)
        told = unquoted(teller.text()[begin:])
        people = [role for role, forms in teller.cast.items() if "gender" in forms]
        after = {role: teller.world.place_of(role) for role in people}
        if pattern.search(told):
            moved = [role for role in people if after[role] != before.get(role)]
            assert any((after[role] or "").endswith("home") for role in moved), (teller.plot, beat.events, told)
            count["home"] += 1
        if re.search(r"\b(at home|in bed)\b", told) and ("night", ("hero",)) in beat.events:
            assert after["hero"] == "home"
            count["night"] += 1
        for slot in teller.slots:
            if slot.begin >= begin and slot.form == "to" and told[slot.begin - begin : slot.end - begin].strip():
                arrivals.append((slot.role, teller.plot, told, teller))
        for waiting in arrivals[:]:
            if waiting[3] is not teller or any(teller.world.place_of(role) == waiting[0] for role in people):
                assert waiting[3] is teller, waiting[:3]
                arrivals.remove(waiting)
                count["to"] += 1

    arrivals = []
    monkeypatch.setattr(Beat, "run", audited)
    for index in range(1_200):
        make_story(index, 42)
        assert not arrivals, arrivals[0][:3]
    assert count["home"] > 60
    assert count["night"] > 100
    assert count["to"] > 300


def test_households_are_announced():
    """Whoever lives with somebody else than the parent who then appears would have two households."""
    count = 0
    for story in STORIES:
        parents = {story.text[s.begin : s.end] for s in story.slots if s.role == "parent" and s.form == "name"}
        match = re.search(r"\blived [^.]*? with ([^.]+)\.", story.text.split("\n")[0])
        if parents and match and "with" in match[0]:
            assert any(parent in match[1] for parent in parents), story.text
            count += 1
    assert count > 50


# -- who knows what


def test_speakers_know_what_they_speak_of(monkeypatch):
    """Topics (roles that `knows` is about) are told in quotes only by somebody who learned of them, or is told of them now."""
    run, count = Beat.run, 0

    def audited(beat, teller):
        nonlocal count
        begin = teller.length
        run(beat, teller)
        text = teller.text()
        quotes = [match.span() for match in re.finditer(r'"[^"]*"', text[begin:])]
        topics = {relation[2] for relation in teller.world.relations if relation[0] == "knows"}
        people = {role for _, arguments in beat.events for role in arguments if "gender" in teller.cast.get(role, ())}
        for slot in teller.slots:
            inside = any(begin + first <= slot.begin < begin + last for first, last in quotes)
            if inside and slot.role in topics:
                knowing = {role for role in people if ("knows", role, slot.role) in teller.world.relations}
                assert knowing, (teller.plot, beat.events, text[begin:])
                count += 1

    monkeypatch.setattr(Beat, "run", audited)
    for index in range(800):
        make_story(index, 43)
    assert count > 150


def test_what_is_said_needs_knowledge():
    """Events in which somebody speaks of a topic ask whether the speaker knows it."""
    from pocket_narrator.storyworld.events import EVENTS

    for name in (
        "tell",
        "tell-news",
        "explain",
        "warn",
        "tempt",
        "advise",
        "encourage",
        "confess",
        "lie",
        "answer",
        "remember",
    ):
        event = EVENTS[name]
        assert f"knows {event.roles[0]} {event.roles[1]}" in event.needs, name


def test_nobody_is_of_the_kind_of_another():
    """`the old badger` and `Freddy the badger`; children are told apart by their names."""
    for story in STORIES:
        kinds = Counter(one["kind"].split()[-1] for one in story.facts["characters"].values())
        assert all(count == 1 or kind in ("boy", "girl") for kind, count in kinds.items()), story.facts["characters"]


# -- the language

ASKING = "Where|Why|Who|What|How|Do|Does|Did|Is|Are|Can|May|Shall|Will|Could|Have|Has"


def test_questions_have_question_marks():
    """And nothing else has."""
    asks = re.compile(rf'(?:^|[.!?,] |")((?:{ASKING}) [^.!?"]*[.!?,])')
    statement = re.compile(
        r"(What an? |What (awful|a pity)|How (slow|clever|awful|\w+ you are)|Who (wins|knows\b)|Do (not|it)|Have a|How \w+!$)"
    )
    found = 0
    for story in STORIES:
        for quote in re.findall(r'"[^"]*"', story.text):
            for match in asks.finditer(quote):
                sentence = match[1]
                if statement.match(sentence):
                    continue
                assert sentence.endswith("?"), f"{sentence} in {story.text}"
                found += 1
            for sentence in re.findall(r'(?:^"|[.!?] )([^.!?"]*\?)', quote):
                assert re.search(rf"^({ASKING})|[ ,]({ASKING.lower()})", sentence), f"{sentence} in {story.text}"
    assert found > 300


# Patterns are of cloth, fur or paint; a color that shines is of things, not of food.
FITS = {
    "striped|spotted": r"coat|cap|vest|jacket|sweater|shirt|cape|bow|cloak|raincoat|belt|shawl|coats|caps|vests|shirts|kitten|frog|"
    r"mouse|owl|feathers|lizards|spiders|rats|kittens|puppies|beetles|ball|kite|drum|boat|scarf|hat|wagon|puppet|balloon|ribbon|"
    r"harp|horn|book|vase|cup|teapot|bowl|lamp|clock|plate|jug|feather",
    "crunchy|salted": r"nuts|carrots|seeds|beans|radishes|peas",
    "juicy|ripe": r"plums|pears|apples|grapes|berries|cherries|peaches|strawberries|figs|melons|cherry|plum|rose|berry",
}


@pytest.mark.parametrize("adjectives", FITS)
def test_adjectives_fit_their_nouns(adjectives):
    found = 0
    for story in STORIES:
        for match in re.finditer(rf"\b({adjectives}) ([a-z]+)", story.text):
            assert re.fullmatch(FITS[adjectives], match[2]), f"{match[0]} in {story.text}"
            found += 1
    assert found > 50


def test_flowers_have_colors_of_flowers():
    flowers = "|".join(FRAGMENTS["flower"].lines)
    for story in STORIES:
        for color in re.findall(rf"\b({COLOR}) (?:{flowers})\b", story.text):
            assert color in FRAGMENTS["flower_color"].lines, story.text


def test_food_fits_the_verb():
    """Drinks are drunk, and what is eaten is food; nothing is done to things with a meal."""
    for site, option in templates():
        text = re.sub(r"\[[^\]]*\|", "", option)
        for verb, slot in re.findall(r"\b(ate|eat|eating|drank|drink|drinking|mended|planted) \{(\w+)\}", text):
            is_drink, is_food = slot == "drink", slot in ("fruit", "bread", "meal", "harvest")
            assert not (is_food if verb.startswith("dr") else is_drink), f"{site}: {option}"
            assert not (is_food and verb in ("mended", "planted")), f"{site}: {option}"


STRUCK = {
    "felt and felt": r"\bfelt [\w ]+ and felt\b",
    "wrong number": r"\bthere was only (some|two|three|four|five|six|seven|nine|ten)\b|\bwas (two|three|four|five|six|seven|nine|ten) \w+s\b(?! old)",
    "a number of a mass": r"\bthere was (fresh|warm|sliced|sweet|tasty|crusty) \w+s\b|\bwith [\w ]+ with [\w ]+ with\b|\bwith \w+ \w+ with \w+ (milk|juice|tea)",
    "ate a drink": r"\bate (\w+ \w+, )?(\w+ \w+ and )?\w+ (milk|juice|tea|cocoa|lemonade)\b",
    "dreams in the evening": r"\b([Aa]t bedtime|[Tt]hat evening), \w+ (dreamed|woke up|could not sleep)",
    "two articles": r"\b(a|an|the|his|its) (a|an|the|some)\b",
    "a monster of another kind": r"\bthought of a (\w+) [^§]*\ba (?!\1)(monster|ghost|dragon|giant|witch|robber|goblin|troll) is often\b",
    "a noun of its adjective": r"\bspotted spots|striped stripes|golden gold|wooden wood\b",
    "night and sun": r"\b(moon|stars?) came out[^.]*\.[^\n]*\b(in the sun|sun shone)|went down[^\n]*\bin the sun\b",
    "fog and sun": r"\b(foggy|misty)\b[^\n]*\bsun\b",
    "a word again": r"\b(hurr)(y|ied)[^.]{0,20}\bhurried\b|\balone\b[^.]*\balone\b|\bsaid and\b, ",
    "two of a family": r"\b(uncle|aunt|cousin)\b and \w+ \1s?\b",
    "met no person": r"\bmet an? (\w+ )?(gate|windmill|bridge|tower|fence|door|house|flag|cart|well|barrel)\b",
}


@pytest.mark.parametrize("name", STRUCK)
def test_what_a_teacher_would_strike(name):
    never(STRUCK[name])


def test_names_stand_with_their_owners():
    """`a boy in a golden vest called Ben`, `With Henry with a brown cap`: whose name, whose cap?"""
    never(rf"\b({GARMENT}) (named|called) [A-Z]")
    never(r"\bWith [A-Z]\w+( the \w+)? with\b")


def test_what_is_looked_for_does_not_lie_where_it_was_not_found():
    looked = {
        word for name in ("looked_places", "looked_far") for line in FRAGMENTS[name].lines for word in line.split()
    }
    spots = {word for spot in places.SPOTS for word in spot.split()}
    shared = (looked & spots) - {
        "a",
        "an",
        "the",
        "of",
        "in",
        "old",
        "under",
        "behind",
        "beside",
        "between",
        "two",
        "next",
        "to",
    }
    assert not shared


def test_nothing_happens_in_minutes_that_takes_days():
    never(r"\b(few minutes|moment later|short time later|little later)[^.]*(birthday|snowed|was well again)")


def test_manners_are_told_less_often_than_not():
    """A speech has a manner now and then."""
    manners = {line.strip() for line in FRAGMENTS["softly"].lines if line != "-"}
    counts = [sum(story.text.count(f"said {manner}") for manner in manners) for story in STORIES]
    assert sum(counts) / len(counts) < 1.2


def test_no_neighbours_share_their_time_word():
    for story in STORIES:
        for first, second in pairwise(re.findall(r"(?<=[.!?] )(Suddenly|Soon|Finally|At last),", story.text)):
            assert first != second or story.text.count(f"{first},") < 4
