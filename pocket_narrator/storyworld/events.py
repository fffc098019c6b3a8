"""Everything that can happen, as data: who takes part, what must be true before, what is true after.

Statements are explained in `world.py`. Where a role of an event is a feeling, a place or a topic, a plot
passes that word instead of a role. `speech` marks events whose telling may quote somebody: those that need
two characters in one place, and those of the second table (`shout` is heard from afar, `murmur` by nobody).
"""

from typing import NamedTuple

from pocket_narrator.storyworld.world import Statement, statements


class Event(NamedTuple):
    """One kind of event."""

    name: str
    roles: tuple[str, ...]
    needs: str
    makes: str
    speech: bool

    def bind(self, arguments: tuple[str, ...]) -> tuple[tuple[Statement, ...], tuple[Statement, ...]]:
        """Preconditions and effects about the given participants."""
        assert len(arguments) == len(self.roles), f"{self.name} is about {self.roles}, not {arguments}"
        binding = dict(zip(self.roles, arguments, strict=True))
        return statements(self.needs, binding), statements(self.makes, binding)


# name and roles | needs | makes
_QUIET = """
describe who                    | |
be-known-for who trait          | | trait who trait
feel who feeling                | | feels who feeling
own who thing                   | | holds who thing; owns who thing
know-well who other topic       | | knows who topic
know who topic                  | | knows who topic
play-alone who                  | not stuck who |
like who thing                  | | likes who thing
want who thing                  | not holds who thing | wants who thing
begin who                       | |
begin-with who parent           | near who parent |
night who                       | not stuck who | at who home; slept who
spend-day who                   | not stuck who | at who home
see-place who                   | |
portrait who                    | |
talk-together who other         | near who other | talked who other
eat-supper who other            | near who other |
eat-together who other          | near who other | not hungry who; not hungry other
close who                       | |
learn who lesson                | | knows who lesson
notice who topic                | | knows who topic
remember who topic              | knows who topic |
think-of who plan               | | knows who plan

go who place                    | not stuck who; not at who place | at who place
go-next who place               | not stuck who; not at who place | at who place
go-together who other place     | near who other; not stuck who; not stuck other; not at who place | at who place; at other place
come who other                  | not near who other; not stuck who | near who other
drop-in who other               | not near who other; not stuck who | near who other
wander-off who place            | not at who place | at who place; astray who
find-way who                    | astray who | not astray who
slip who                        | not stuck who | hurt who
fall-into who place             | not stuck who; not at who place | at who place; stuck who
get-stuck who                   | not stuck who | stuck who
get-caught who                  | not stuck who | stuck who
pull-out helper who             | near helper who; stuck who; not stuck helper | not stuck who
carry-home helper who place     | near helper who | at who place; at helper place

find who thing                  | near who thing; loose thing | holds who thing
pick-up who thing               | near who thing; loose thing | holds who thing
leave-behind who thing          | holds who thing | loose thing
lose who thing                  | holds who thing | loose thing; lost thing
blow-away thing who place       | holds who thing | loose thing; at thing place; lost thing
miss who thing                  | not holds who thing; owns who thing | knows who missing
search-together who other thing | near who other; not holds who thing; not holds other thing |
fetch who thing                 | loose thing; not stuck who | holds who thing
give giver thing taker          | holds giver thing; near giver taker | holds taker thing
lend giver thing taker          | holds giver thing; owns giver thing; near giver taker | holds taker thing; lent thing
keep who thing                  | holds who thing |
hold who thing                  | holds who thing |
use who thing                   | holds who thing |
open who thing key              | holds who key; not opened thing | opened thing
break who thing                 | near who thing; not broken thing | broken thing; knows who broken-thing
mend-together who other thing   | near who other; near who thing; broken thing | not broken thing; mended thing
clean who thing                 | near who thing; dirty thing | not dirty thing
get-dirty thing                 | not dirty thing | dirty thing
drink-up who drink              | holds who drink | drank who drink; not somewhere drink
eat-up who food                 | holds who food | ate who food; not hungry who; not somewhere food; full who
get-hungry who                  | not hungry who | hungry who
make who thing                  | not somewhere thing; loose thing | holds who thing; owns who thing; made thing
plant who thing place           | holds who thing; at who place | loose thing; planted thing
water who thing                 | near who thing; planted thing | watered thing
dig-up who thing                | near who thing; planted thing | not planted thing; holds who thing; ruined thing
grow thing                      | planted thing; watered thing | grown thing
wait who                        | |
search-for who other            | not near who other |
want-to who skill               | not can who skill | wants who skill
pass who other                  | resting other |
wake-up who                     | resting who; racing who | not resting who
winter-comes                    | | winter
fall-down who                   | |
miss-something who              | |
work who                        | |
light who                       | dark |
shine who                       | |
step-on-stage who               | |
win-prize who prize             | loose prize | holds who prize; owns who prize
save-with helper who thing      | holds helper thing; stuck who | not stuck who; near helper who
stay-away who other             | not near who other | refused who other
escape who                      | in-danger who; not stuck who | not in-danger who
try-alone who thing             | not built thing | tried who thing
build-together who other thing  | near who other; not built thing | built thing
gather who thing                | loose thing; not somewhere thing | holds who thing; stored thing
play who                        | not stuck who |
play-together who other         | near who other; not stuck who; not stuck other |
practise who skill              | not can who skill | practised who skill
fail who skill                  | not can who skill | tried who skill
master who skill                | practised who skill | can who skill
race who other                  | near who other; not stuck who; not stuck other | racing who; racing other
rest who                        | racing who | resting who
win who other                   | racing who; racing other; not resting who | not racing who; not racing other; won who
sleep who                       | not asleep who | asleep who
wake who                        | asleep who | not asleep who
lie-awake who                   | not asleep who |
rain-starts                     | not raining | raining
rain-stops                      | raining | not raining
night-falls                     | not dark | dark
time-passes                     | |
hear who topic                  | | heard who topic; knows who topic
see who topic                   | | knows who topic
obey who rule                   | knows who rule | kept who rule
disobey who rule                | knows who rule | broke who rule
keep-promise who deed           | promised who deed; not broke who deed | kept who deed
break-promise who deed          | promised who deed | broke who deed
wish-for who thing              | | wants who thing
come-true thing who             | wants who thing | holds who thing
help helper who                 | near helper who; not stuck helper | helped helper who
save helper who                 | near helper who; in-danger who | not in-danger who; helped helper who
be-in-danger who                | | in-danger who
get-ill who                     | not ill who | ill who
get-well who                    | ill who | not ill who
"""

_SPOKEN = """
murmur who                      | |
shout who                       | | shouted who
meet who other                  | near who other | met who other
confess-to who other            | near who other | apologized who
give-seed who other             | near who other | helped who other
beg-help who other              | near who other | asked who help
offer-trade who other           | near who other | asked who help
doubt who other                 | near who other |
tempt who topic other           | near who other; knows who topic | asked who topic; knows other topic
tell-news who topic other       | near who other; knows who topic | knows other topic
greet who other                 | near who other | met who other
tell teller topic listener      | near teller listener; knows teller topic | knows listener topic
explain teller topic listener   | near teller listener; knows teller topic | knows listener topic
ask who topic other             | near who other | asked who topic
answer who topic other          | near who other; asked other topic; knows who topic | knows other topic
ask-help who other              | near who other | asked who help; knows other trouble
agree who other                 | near who other | agreed who other
refuse who other                | near who other | refused who other
quarrel who other               | near who other | quarreled who other
offer-help who other            | near who other | helped who other
invite who other                | near who other | invited who other
offer who thing other           | holds who thing; near who other | offered who thing
beg who thing other             | holds other thing; near who other | asked who thing
deny who thing other            | holds who thing; near who other; asked other thing | refused who other
warn who danger other           | near who other; knows who danger | knows other danger; warned who other
promise who deed other          | near who other | promised who deed; knows who deed; knows other deed
boast who other                 | near who other | boasted who
tease who other                 | near who other; not same who other | teased who other; feels other sad
lie who topic other             | near who other; knows who topic | lied who topic
trick who topic other           | near who other | believes other topic; lied who topic
confess who topic other         | near who other; knows who topic | knows other topic; confessed who topic; apologized who
apologize who other             | near who other | apologized who
forgive who other               | near who other; apologized other | forgave who other
thank who other                 | near who other | thanked who other
comfort who other               | near who other | comforted who other
praise who other                | near who other | praised who other
advise who advice other         | near who other; knows who advice | knows other advice
teach who skill other           | near who other; can who skill | knows other skill; taught who other
challenge who other             | near who other | challenged who other
encourage who skill other       | near who other; knows who skill | encouraged who other
watch who skill other           | near who other | knows who skill; met who other
cheer who other                 | near who other | cheered who
present giver thing taker       | holds giver thing; near giver taker | holds taker thing; owns taker thing
return-lost giver thing taker   | holds giver thing; near giver taker; owns taker thing | holds taker thing; not lost thing
share-kindly giver food taker   | holds giver food; near giver taker | ate giver food; ate taker food; not hungry giver; not hungry taker; not somewhere food
"""


def parse_events(table: str, speech: bool) -> dict[str, Event]:
    """Reads a table of events by name."""
    events = {}
    for line in table.strip().splitlines():
        if not line.strip():
            continue
        head, needs, makes = (part.strip() for part in line.split("|"))
        name, *roles = head.split()
        assert name not in events, f"two events are called {name}"
        in_company = any(need.startswith("near") and not need.endswith("thing") for need in needs.split("; "))
        events[name] = Event(name, tuple(roles), needs, makes, speech or in_company)
    return events


EVENTS: dict[str, Event] = parse_events(_QUIET, speech=False) | parse_events(_SPOKEN, speech=True)
