"""Topics as groups of words: a story is about each group that it has a word of. Whole words, so that a cat is not in education."""

from collections.abc import Set

_WORDS = {
    "animals": "animal animals dog dogs puppy cat cats kitten bird birds bear bears rabbit bunny fox mouse mice horse pony cow "
    "pig sheep lion tiger elephant monkey frog fish duck ducks bee bees butterfly squirrel owl wolf snake turtle otter deer hen",
    "family": "mom mommy mama mother dad daddy papa father parents brother brothers sister sisters grandma grandpa "
    "grandmother grandfather aunt uncle baby family son daughter twins",
    "friendship": "friend friends friendly friendship share shared sharing together play played playing help helped helping hug "
    "hugged neighbor neighbors",
    "magic": "magic magical wizard witch fairy fairies spell wand dragon dragons unicorn giant elf castle king queen prince "
    "princess enchanted wish wishes potion",
    "school": "school teacher teachers class classroom student students lesson lessons learn learned homework read book books "
    "write letters numbers",
    "adventure": "adventure adventures explore explored treasure map cave island pirate pirates quest hidden secret discover "
    "discovered brave danger dangerous",
    "moral": "moral sorry honest honesty lie lied truth promise promised kind kindness fair forgive forgave greedy selfish "
    "patience patient careful lesson proud ashamed",
    "travel": "travel traveled trip journey car train bus boat ship plane airplane road walk walked ride rode fly flew bike sail",
    "food": "food eat ate eating cake cakes cookie cookies bread apple apples soup fruit banana milk honey candy lunch dinner "
    "breakfast hungry cook cooked bake baked",
    "nature": "tree trees forest wood woods flower flowers garden river lake sea beach mountain hill grass sky sun moon star "
    "stars rain snow wind storm cloud clouds",
    "feelings": "happy sad angry mad scared afraid excited surprised lonely worried love loved smile smiled cry cried laugh "
    "laughed joy fear",
}
TOPICS: dict[str, frozenset[str]] = {topic: frozenset(words.split()) for topic, words in _WORDS.items()}


def topics_of(words: Set[str]) -> list[str]:
    """The topics that a story with these lower-case words touches."""
    return [topic for topic, group in TOPICS.items() if not group.isdisjoint(words)]
