"""Plots about things and ways that are lost and found."""

LOST_TOY = """
plot lost_toy | think back to where you were
roles friend = friend; toy = thing toy; place = place; spot = spot
start at friend place; holds hero toy; owns hero toy
begin hero
like hero toy
    {His:hero} [favorite|best|dearest] toy was {a:toy}.
    {Hero} had {a:toy} and [loved|liked|treasured] it very much.
    {His:hero} [grandma|uncle|aunt|cousin|grandpa] had [given|sent|made] {him:hero} {a:toy}.
later hero
---
go hero place
meet hero friend
leave-behind hero toy
    {Hero} [put|laid|left|set] {the:toy} {spot}.
    It was not safe to play with {the:toy} there, so {he:hero} [put|laid|left] it {spot}.
    First, {hero} [hid|put|tucked] {the:toy} {spot}.
play-together hero friend
miss hero toy; feel hero sad
    {but} [in the evening|after the game|at sunset], {hero} {shows:hero}. Where was {the:toy}?
    {then} {the:toy} {was:toy} [gone|lost|missing]! {He:hero} {was} {feels:hero}.
    When it was time to go, {hero} {shows:hero}. {The:toy} was [gone|lost|missing]!
---
search-together friend hero toy
    They looked {looked_places}< and {looked_far}>, but [it was not there|found only {a_find}].
    {Friend} looked {looked_places}, and {hero} looked {looked_far}. [It was not there|They found only {a_find}].
    Together they looked {looked_places}, but [there was nothing|they found only {a_find}].
ask friend toy hero; remember hero missing
    "[Where did you have it last|Where did you put it]?" asked {friend}{softly}.
    "[Think|Wait], {hero}! [Where did you leave it|Where was it when you came]?" asked {friend}.
    "[Let us think|Let us think back]," said {friend}{softly}. "Where [was it last|did you put it]?"
find hero toy; feel hero happy; shout hero
    "{Again:spot}!" {cried} {hero}. And there it was! {He:hero} {shows:hero}.
    {suddenly}, {hero} remembered. It was {again:spot}! {He:hero} {shows:hero}.
    {Hero} {ran:hero} and looked {again:spot}. There was {the:toy}! {He:hero} {was} {feels:hero}.
---
maybe thank hero friend
close hero
    {learned hero} it helps to [stop and think|think back|ask a friend].
    {after_that}, {hero} always [looked after {the:toy}|knew where {the:toy} was].
maybe night hero
"""

BLOWN_AWAY = """
plot blown_away | keep your eyes open, for little things can help you later
roles friend = friend; toy = thing flyer; place = place; tool = list long_stick|old_ladder|fishing_rod|kind_raven|little_sparrow|friendly_crow
start at friend place; holds hero toy; owns hero toy
begin hero
own hero toy
    For {his:hero} birthday, {he:hero} [got|was given] {a:toy}.
    {Hero} was [very|so|really] [fond|proud] of {his:hero} {full:toy}.
    {Hero} [never|hardly ever] left home without {his:hero} {full:toy}.
later hero
---
go hero place
meet hero friend
if is tool long_stick
notice hero tool; see friend tool; murmur hero
    On the ground lay a long stick. [They stepped over it|Nobody needed it].
    A long stick lay [in the grass|by the path], and {hero} [jumped over it|saw it].
    "[Look|See], a long stick!" {he:hero} said{softly}.
elif is tool old_ladder
notice hero tool; see friend tool; murmur hero
    Not far away stood an old ladder. [Nobody needed it|They walked around it].
    An old ladder lay [in the grass|by the path], and {hero} [stepped over it|saw it].
    "[Look|See], an old ladder!" {he:hero} said{softly}.
elif is tool fishing_rod
notice hero tool; see friend tool; murmur hero
    Somebody had left a fishing rod there. [Nobody needed it|They walked around it].
    A fishing rod lay [in the grass|by the path], and {hero} [stepped over it|saw it].
    "[Look|See], a fishing rod!" {he:hero} said{softly}.
else
notice hero tool; see friend tool; murmur hero
    {A:tool} sat there, and {hero} gave it {fruit}.
    {Hero} shared {fruit} with {a:tool} that sat there.
    "Good day!" {he:hero} said to {a:tool} and gave it {fruit}.
end
play-together hero friend
---
blow-away toy hero treetop
    {suddenly}, a [strong|wild|cold] wind blew {the:toy} into a tall tree!
    [Whoosh|Swoosh|Swish]! The wind [took|carried|blew] {the:toy} into a tall tree.
    {but} a [strong|sudden|wild] wind came, and {the:toy} flew into a tall tree.
feel hero sad; shout hero
    "{oh_no}, my {toy}!" {cried} {hero}{loudly hero}.
    {He:hero} {shows:hero}. "I can't reach it," {he:hero} said{sadly}.
    {He:hero} jumped and jumped. "{oh_no}, it's too high!" {he:hero} {cried}.
if is tool long_stick
fetch hero toy; feel hero happy; remember hero tool; shout hero
    "The stick!" {cried} {friend}. With the long stick, {hero} [pushed|poked|shook] {the:toy} down.
    {then} {hero} remembered the long stick. One [push|poke], and {the:toy} fell down!
    {Friend} {ran:friend} to get the long stick. With it, {hero} [poked|pushed] {the:toy} out of the tree.
elif is tool old_ladder
fetch hero toy; feel hero happy; remember hero tool; shout hero
    "The ladder!" {cried} {friend}. {He:friend} held it, and {hero} climbed up and [got|took] {the:toy}.
    {then} {hero} remembered the old ladder. Step by step, {he:hero} climbed up and [got|took] {the:toy}.
    {Friend} {ran:friend} to get the old ladder. {Hero} climbed up and [got|took|freed] {the:toy}.
elif is tool fishing_rod
fetch hero toy; feel hero happy; remember hero tool; shout hero
    "The fishing rod!" {cried} {friend}. With it, {hero} [caught|hooked] {the:toy} and pulled it down.
    {then} {hero} remembered the fishing rod. {He:hero} [caught|hooked] {the:toy} like a fish!
    {Friend} {ran:friend} to get the fishing rod. With it, {hero} [caught|hooked] {the:toy}.
else
fetch hero toy; feel hero happy; remember hero tool; shout hero
    "You were kind to me," said the {tool}. It flew up and [brought|gave] {him:hero} {the:toy}.
    {then} the {tool} came. It flew up, [pulled|picked] at {the:toy} and brought it down.
    {Hero} called the {tool}. Up it flew, and down it came with {the:toy}.
end
cheer friend hero
    "{wow}!" {cried} {friend}{loudly friend}. {He:hero} {shows:hero}.
    "{wow}, [well done|you did it]!" said {friend}{gladly}. {He:hero} {was} {feels:hero}.
    {He:hero} {shows:hero}. "[What a day|We did it]!" said {friend}{gladly}.
---
close hero
    {learned hero} little things can be a [big|great] help.
    {friends_forever hero friend}
maybe night hero
"""

LOST_WAY = """
plot lost_way | good advice helps you when you are in trouble
roles parent = parent; place = place; advice = list stream|bell|song|smoke; lure = list blue_butterfly|white_butterfly|green_dragonfly|yellow_bird|red_balloon|little_lizard|furry_caterpillar|shiny_beetle
start at parent home; knows parent advice
begin-with hero parent
adorn portrait hero
if is advice stream
advise parent advice hero
    "If you are [ever|really] lost, follow the stream," {parent} [always|often] said{softly}.
    {Parent} [always|often] told {him:hero} to follow the stream if {he:hero} got lost.
    "The stream [leads|runs] home," {parent} [always|often] said{softly}.
elif is advice bell
advise parent advice hero
    "If you are [ever|really] lost, listen for our bell," {parent} [always|often] said{softly}.
    {Parent} [always|often] told {him:hero} to listen for the bell if {he:hero} got lost.
    "The bell [calls|brings] you home," {parent} [always|often] said{softly}.
elif is advice song
advise parent advice hero
    "If you are [ever|really] lost, stay there and sing," {parent} [always|often] said{softly}.
    {Parent} [always|often] told {him:hero} to stay and sing if {he:hero} got lost.
    "Sing, and I will find you," {parent} [always|often] said{softly}.
else
advise parent advice hero
    "If you are [ever|really] lost, look for our smoke," {parent} [always|often] said{softly}.
    {Parent} [always|often] told {him:hero} to look for the smoke if {he:hero} got lost.
    "The smoke [shows|is] the way home," {parent} [always|often] said{softly}.
end
later hero
---
go hero place
see hero lure
    There {he:hero} {saw} {a:lure}, and it was [beautiful|so pretty|lovely].
    {A:lure} [danced|came] by, and {hero} [laughed|stopped|forgot everything].
    {He:hero} had [never|not often] seen such {a:lure}.
wander-off hero far-away
    {He:hero} followed it [on and on|farther and farther]<, past {flower} and {flower_b}>.
    It led {him:hero} [far away|deeper and deeper]<, past {flower_b} and {passed_thing}>.
    {Hero} went after it [for a long time|and forgot the time]<, past {passed_plants}>.
feel hero scared
    {suddenly}, {he:hero} was lost! {He:hero} {shows:hero}.
    {then} {hero} did not know the way. {He:hero} {was} {feels:hero}.
    Where was home? {He:hero} {shows:hero}, for {he:hero} {was} {feels:hero}.
---
if is advice stream
remember hero advice; find-way hero; go hero home; feel hero relieved; murmur hero
    {then} {he:hero} remembered the stream. It led {him:hero} home, and {he:hero} {shows:hero}.
    "Follow the stream," {he:hero} thought. {soon}, {he:hero} was home and {shows:hero}.
    {but} there was the stream! {Hero} followed it home and {shows:hero}.
elif is advice bell
remember hero advice; find-way hero; go hero home; feel hero relieved; murmur hero
    {then} {he:hero} remembered the bell. [Ding|Dong], it went, and it led {him:hero} home. {He:hero} {shows:hero}.
    "Listen," {he:hero} thought. [Ding|Dong]! The bell! {soon}, {he:hero} was home and {shows:hero}.
    {but} there was the bell! {Hero} followed its sound home and {shows:hero}.
elif is advice song
remember hero advice; come parent hero; find-way hero; carry-home parent hero home; feel hero relieved
    {then} {he:hero} remembered. {He:hero} sang about {topic}, and {soon} {parent} came and took {him:hero} home. {He:hero} {shows:hero}.
    "Stay and sing," {he:hero} thought. {He:hero} sang about {topic} until {parent} came. {He:hero} {shows:hero}.
    {but} {he:hero} sat down and sang about {topic}. {Parent} heard it and took {him:hero} home. {He:hero} {shows:hero}.
else
remember hero advice; find-way hero; go hero home; feel hero relieved; murmur hero
    {then} {he:hero} remembered the smoke. It [rose|curled] over the trees, and {soon} {he:hero} was home and {shows:hero}.
    "Look for the smoke," {he:hero} thought. There it was! {soon}, {he:hero} was home and {shows:hero}.
    {but} there was the smoke! {Hero} {ran:hero} home and {shows:hero}.
end
praise parent hero
    "You remembered what I said," said {parent}{softly}, and they had {meal}.
    {Parent} {hugs parent hero}. "[Well done|How clever of you]," {he:parent} said{softly}.
    "[Well done|How clever of you], {hero}," said {parent}{softly} and brought {drink}.
close hero
    {learned hero} good advice [can bring you home|is worth more than gold].
    {after_that}, {hero} [never went so far alone|always listened to {parent}].
maybe night hero
"""

KEY_AND_BOX = """
plot key_and_box | what looks useless today may open a door tomorrow
roles friend = friend; place = place; other_place = place; spot = spot; string = detail color; inside = list letters|marbles|flower_seeds|pencils|old_coins|silver_bells|wooden_animals|picture_cards|glass_beads|toy_soldiers|candles|tiny_cups
start at friend other_place; at key place; holds friend box
begin hero
go hero place
find hero key
    {spot}, {he:hero} found a [small|rusty|golden|silver|strange|heavy] key.
    There {he:hero} {saw} a [small|rusty|golden|silver|strange|heavy] key {spot}.
    A [small|rusty|golden|silver|strange|heavy] key lay {spot}, and {he:hero} took it.
keep hero key; feel hero curious; murmur hero
    "[What does it open|What is it for]?" {he:hero} thought and hung it on a {string} string.
    It fit no door [that {he:hero} knew|anywhere], but {hero} hung it on a {string} string and {shows:hero}.
    {He:hero} {shows:hero}. {nobody} knew what it was for.
later hero
---
go-next hero other_place
meet hero friend
hold friend box; feel friend sad; murmur hero
    {He:friend} had a <{color} >box, but it was locked. {He:friend} {shows:friend}.
    {Friend} {shows:friend} and held up a <{color} >box. "It's locked," {he:friend} said{sadly}.
    "I can't open this <{color} >box," said {friend}{sadly}. "There is no key."
open hero box key; offer hero key friend; feel friend excited
    "Wait," {he:hero} said{softly}. The key fit! [Click|Clack|Snap]! The box was full of {inside}!
    {Hero} took out the key. [Click|Clack|Snap]! Inside were {inside}, and {friend} {shows:friend}.
    "[Try|Take] this one," {he:hero} said{softly}. [Click|Clack|Snap]! There were {inside} in it!
cheer friend hero
    "{wow}!" {cried} {friend}. "[Half of them are|We will share them, half are] yours."
    "{wow}, {inside}!" said {friend}{gladly}. "[Let us share|Half for you, half for me]."
    {Friend} {shows:friend}. "[Take half of them|Half are yours]," {he:friend} said{softly}.
---
play-together hero friend
adorn eat-together hero friend
close hero
    {learned hero} a little thing can open a {big} door.
    And the key? {Hero} [always|often] wore it on a {string} string.
    {friends_forever hero friend}
"""

PLOTS: tuple[str, ...] = (LOST_TOY, BLOWN_AWAY, LOST_WAY, KEY_AND_BOX)
