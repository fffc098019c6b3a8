"""The texts of chronicles, in a notation like that of plots.

    episode NAME | Title | Another title
    seasons spring summer            when it can be told
    least 5                          where so many children are here
    upto 4 hidden                    while there are fewer facts of a kind
    often 2                          its weight
    who hero without fears           a child who is here, with no fact `fears` in the first place
    grown elder                      a grown-up who is here
    newcomer hero child              the next child (or grown-up) that nobody has met
    from owns hero thing after 3     an old fact, some chapters old at least, and its roles
    new fear fear                    a value drawn from a list (`tables.py`)
    event args; event args           events, and a choice of wordings, one a line, as in plots
        {Hero} hid {the:thing} ...
    silent event args                events that the sentences beside them tell
    by trait                         blocks by the value of a role
    when brave|proud
    ...
    end
    remember                         some old facts, in passing
    ---                              a new paragraph

Whoever or whatever is told first of a fact that a chapter is from must say which fact is meant; all else of it follows for a
reader who remembers, and is put on record as a recall.
"""

from pocket_narrator.storyworld.chronicle.wordings import abilities, belongings, bonds, callbacks, people, phrases

CALLBACKS, CLAUSES, PHRASES = callbacks.CALLBACKS, callbacks.CLAUSES, phrases.PHRASES
EPISODES: tuple[str, ...] = (
    people.BEGINNINGS,
    people.TRAITS,
    people.FEARS,
    abilities.SKILLS,
    abilities.WISHES,
    abilities.NAMES_AND_ANIMALS,
    belongings.GIFTS,
    belongings.HIDING,
    belongings.DAMAGE,
    belongings.GROWING,
    bonds.PROMISES,
    bonds.SECRETS,
    bonds.QUARRELS,
    bonds.FAREWELLS,
    bonds.DAYS,
    bonds.ENDINGS,
)
