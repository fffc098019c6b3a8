"""What happens in chronicles beside the events of short stories: mostly what makes a fact that lasts, or ends one."""

from functools import cache

from pocket_narrator.storyworld.events import EVENTS, Event, parse_events
from pocket_narrator.storyworld.world import Statement

# name and roles | needs | makes
_LASTING = """
settle who home                 | | lives who home; at who home
take-up who trade               | | trade who trade
show-trait who trait            | | known-as who trait
fear who fear                   | not brave-now who fear | fears who fear
overcome who fear               | fears who fear | not fears who fear; brave-now who fear
learn-from who skill other      | near who other; not can who skill other | can who skill other
favor who dish                  | | favorite who dish
dream-of who dream              | | dreams who dream
get-pet who animal petname      | | pet who animal petname
call-by who nick other          | near who other | nickname who nick other
receive who thing               | loose thing; not somewhere thing | holds who thing; owns who thing
give-for-good giver thing taker | holds giver thing; owns giver thing; near giver taker | holds taker thing; not owns giver thing; owns taker thing; gave giver thing taker
lend-out giver thing taker      | holds giver thing; owns giver thing; near giver taker | holds taker thing; lent giver thing taker
give-back taker thing giver     | holds taker thing; lent giver thing taker; near giver taker | holds giver thing; not lent giver thing taker
hide who thing spot             | holds who thing; at who spot | loose thing; hidden who thing spot
unearth who thing spot          | hidden who thing spot; at who spot; near who thing; loose thing | holds who thing; not hidden who thing spot
drop who thing place            | holds who thing; at who place | loose thing; lost who thing place
bring-back finder thing who place | lost who thing place; holds finder thing; near finder who | holds who thing; not lost who thing place
vow who deed other              | near who other | promised who deed other
make-good who deed other        | promised who deed other; near who other | not promised who deed other
borrow who debt other           | near who other | owes who debt other
pay who debt other              | owes who debt other; near who other | not owes who debt other
damage who object               | | broke who object
repair who object               | broke who object | not broke who object
sow who plant place             | at who place | planted who plant place
reap who plant place            | planted who plant place; at who place | not planted who plant place
launch who boat                 | | built who boat
confide who secret other        | near who other; not told who secret other | told who secret other
use-secret who secret other     | told who secret other | not told who secret other
fall-out who matter other       | near who other | quarrel who matter other
make-up who matter other        | quarrel who matter other; near who other | not quarrel who matter other
use-skill who skill other       | can who skill other |
teach-about teacher pupil       | near teacher pupil |
tell-of who topic other         | near who other | knows other topic
night-talk who                  | |
tell-family who                 | |
miss-pet who animal petname     | pet who animal petname |
find-pet who animal petname     | pet who animal petname |
follow-pet who animal petname   | pet who animal petname |
search-for-pet who other        | near who other |
race-won who                    | |
promise-silence who other       | near who other |
forgive-all who object          | broke who object |
wave-after who other            | near who other |
get-letter who other            | not near who other |
read-letter who                 | |
leave-village who far           | | away who far
come-home who far               | away who far | not away who far
"""

ALL_EVENTS: dict[str, Event] = EVENTS | parse_events(_LASTING, speech=False)


@cache
def bound(name: str, arguments: tuple[str, ...]) -> tuple[tuple[Statement, ...], tuple[Statement, ...]]:
    """Preconditions and effects of an event about the given people, things and places."""
    return ALL_EVENTS[name].bind(arguments)
