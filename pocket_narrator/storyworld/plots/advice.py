"""Plots about warnings, promises and rules, kept or broken."""

WARNING = """
plot warning | a warning is a gift
roles friend = friend; elder = elder; place = place; danger = list red_berries|old_bridge|wasp_nest|fast_river|steep_rock
start at elder place; at friend friend-home; knows elder danger; knows friend danger
begin hero
pick hero careful|stubborn
describe hero
    {habit:hero}
later hero
---
go hero place
adorn see-place hero
meet hero elder; warn elder danger hero
    There [sat|stood] {elder}< with {drink}>. "Stay away from the {danger}," {elder} said{sternly}.
    "The {danger} is not safe," said {elder}{sternly}< and gave {him:hero} {fruit}>.
    {Elder} was there<, {calm_doing}>. "Keep away from the {danger}!" {elder} said.
drop-in friend hero
tempt friend danger hero
    "[Look|See], the {danger}!" said {friend}{gladly}. "[Come on|Let's go there]!"
    "Let's go to the {danger}," said {friend}{softly}. "{nobody} is looking."
    {then} {friend} {saw} the {danger}. "[Come on|Come with me]!" {he:friend} said.
if trait hero careful
warn hero danger friend
    "No! {Elder} warned me," {he:hero} said.
    {Hero} [remembered|thought of] the warning. "[Stop|Wait]!" {he:hero} said. "It's not safe."
    {but} {hero} held {friend} back and told {him:friend} about the warning.
else
disobey hero danger; murmur hero
    "{Elder} worries too much," {he:hero} said and went [ahead|first].
    {Hero} only laughed at the warning. "[Watch me|Me first]!" {he:hero} {cried}.
    "[I'm not afraid|Nothing will happen]," {he:hero} said and went [ahead|first].
end
---
if is danger red_berries
if trait hero careful
see hero danger; feel hero relieved
    {soon}, they {saw} a [crow|goose|goat] with a tummy ache from the red berries. {He:hero} {shows:hero}.
    There lay a [crow|goose|goat] that had eaten {number} of them and felt ill. {He:hero} {shows:hero}.
else
slip hero; feel hero sorry; help friend hero
    {He:hero} ate {number} of them, and {soon} {his:hero} tummy hurt. {He:hero} {shows:hero}.
    They were sweet, but {soon} {hero} was [green|white|yellow] in the face and {shows:hero}.
end
elif is danger old_bridge
if trait hero careful
see hero danger; feel hero relieved
    {suddenly}, {number} boards fell from the bridge all by themselves. {He:hero} {shows:hero}.
    {then} a [goat|bird|dog] stepped on the bridge, and crack, it broke! {He:hero} {shows:hero}.
else
slip hero; feel hero sorry; help friend hero
    Crack! {number} boards broke, and {friend} had to pull {him:hero} out of the water. {He:hero} {shows:hero}.
    [Splash|Crack]! {Hero} lay in the [cold|muddy] water and {shows:hero}.
end
elif is danger wasp_nest
if trait hero careful
see hero danger; feel hero relieved
    {suddenly}, {number} angry wasps came out of it, but they were far away. {He:hero} {shows:hero}.
    {then} a [goat|bird|dog] came too near. How the wasps flew! {He:hero} {shows:hero}.
else
slip hero; feel hero sorry; help friend hero
    Bzzz! {number} wasps came out, and one stung {his:hero} [nose|ear|foot]. {He:hero} {shows:hero}.
    {Hero} poked it once, and the wasps stung {him:hero} {number} times. {He:hero} {shows:hero}.
end
elif is danger fast_river
if trait hero careful
see hero danger; feel hero relieved
    {suddenly}, a [log|tree|barrel] shot by in the water like an arrow. {He:hero} {shows:hero}.
    {then} the river took a piece of the bank and {number} trees. {He:hero} {shows:hero}.
else
slip hero; feel hero sorry; help friend hero
    The water took {him:hero} like a leaf, and {friend} pulled {him:hero} out with a [branch|rope|stick]. {He:hero} {shows:hero}.
    Splash! {Hero} fell in and almost went under. {He:hero} {shows:hero}.
end
else
if trait hero careful
see hero danger; feel hero relieved
    {suddenly}, {number} stones rolled down the rock with a bang. {He:hero} {shows:hero}.
    {then} a [goat|dog|bird] on the rock made {number} stones fall. {He:hero} {shows:hero}.
else
slip hero; feel hero sorry; help friend hero
    Halfway up, {hero} slipped and fell into the [thorns|nettles|mud]. {He:hero} {shows:hero}.
    A stone rolled away, and down {he:hero} came with {number} scratches. {He:hero} {shows:hero}.
end
end
if trait hero careful
praise friend hero
    "[You were right|How clever you are]," said {friend}{softly}.
    "You saved me," said {friend}{softly} and {hugs friend hero}.
    {Friend} gave {him:hero} {fruit}. "[You were right|That was clever]," {he:friend} said{softly}.
close hero
    {learned hero} a warning is a [gift|present].
    {friends_forever hero friend}
maybe night hero
else
confess hero danger elder; comfort elder hero
    "You warned me," {hero} told {elder}{sadly}. {Elder} [only nodded|only smiled|brought {drink}].
    {Elder} did not scold {him:hero}, but brought {meal}.
    "I should have listened," {hero} told {elder}{sadly}.
learn hero listening; close hero
    {after_that}, {hero} was not so {trait:hero} any more.
    {learned hero} a warning is a [gift|present].
    The next time, {hero} listened [with both ears|to every word].
end
"""

PROMISE = """
plot promise | a promise is a promise
roles friend = friend; parent = parent; place = place; treat = thing baked
start at parent home; at friend place
begin-with hero parent
pick hero careful|careless
describe hero
    {habit:hero}
later hero
---
promise hero home-by-dark parent
    {one_day}, {parent} said{softly}, "Be home before dark. There will be {a:treat}." "I promise!" {he:hero} said.
    {one_day}, {hero} went out and promised {parent} to be home before dark. There would be {a:treat}.
    {one_day}, {parent} promised {a:treat}, and {hero} promised to be home before dark.
silent go hero place
meet hero friend
    {At:place}, {he:hero} met {who:friend}<, who wore {a_clothes:friend} and was {doing}>.
    {Who:friend}<, wearing {a_clothes:friend},> was {at:place}< and {doing}>.
    {He:hero} {ran:hero} {to:place}<, past {passed_animals}>. There was {who:friend}<, {doing}>.
play-together hero friend
    They played {game} and {game_b} {so_long_day}.
    {Friend} wanted to play {game}, and they did so {so_long_day}.
    First they played {game}, and then they talked about {topic}.
invite friend hero
    The sun went down. "[One more game|Stay a little longer]," said {friend}{softly}.
    {then} the sky turned [red|pink|orange|purple]. "Don't go yet," said {friend}{softly}.
    "Stay for one more game," said {friend}{softly} when the sun was low.
---
if trait hero careful
refuse hero friend; keep-promise hero home-by-dark; go hero home
    "A promise is a promise," {he:hero} said{sternly} and {ran:hero} home.
    {Hero} wanted to stay, but {he:hero} [shook {his:hero} head|said goodbye] and {ran:hero} home.
    "I gave my word," {he:hero} said{softly}. Past {passed_plants}, {he:hero} {ran:hero} home.
silent make parent treat
feel parent happy; feel hero happy; murmur hero
    {Parent} stood in the door and {shows:parent}. They ate {the:treat}< with {drink}>.
    "You kept your word," said {parent}{softly}, and they ate {the:treat}. {He:hero} {shows:hero}.
    {The:treat} {was:treat} still warm<, and there was {drink}, too>. {He:hero} {shows:hero}.
close hero
    {learned hero} a promise is a promise.
    {after_that}, {hero} could go wherever {he:hero} liked.
    {Parent} knew now that {hero} kept every promise.
maybe night hero
else
break-promise hero home-by-dark; agree hero friend
    "Only one more," {he:hero} said and forgot {his:hero} promise.
    {Hero} stayed and forgot the time [over {game}|and {his:hero} promise].
    "I can run fast," {he:hero} said and [stayed|did not go home yet].
night-falls; wander-off hero dark-path; feel hero scared
    {suddenly}, it was night. {Hero} lost the way and {shows:hero}.
    On the way home, it was so dark that {hero} could see nothing<, not even {passed_thing}>. {He:hero} {shows:hero}.
    In the dark, {hero} heard {number} [owls|wolves|dogs] and {was} {feels:hero}.
search-for parent hero; come parent hero; find-way hero; feel hero relieved; carry-home parent hero home
    {at_last}, {parent} came with a <{color} >lamp and took {him:hero} home. {He:hero} {shows:hero}.
    {then} there was a light. It was {parent} with a <{color} >lamp! {He:hero} {shows:hero}.
    {soon}, {parent} found {hero} {hiding_place} and took {him:hero} home. {He:hero} {shows:hero}.
apologize hero parent
time-passes
    {but} {the:treat} {was:treat} cold<, and there was only {drink}>.
    {The:treat} {was:treat} cold by then, and {hero} went to bed.
    It was too late for {the:treat}<. {Hero} had only {drink}>.
learn hero keeping-promises; close hero
    {learned hero} a promise is a promise.
    {after_that}, {hero} was home before dark every day.
    And {hero} never broke a promise again.
end
"""

EARLY_NIGHT = """
plot early_night | what you do tonight decides tomorrow
roles parent = parent; friend = friend; event = list parade|big_picnic|spring_fair|summer_feast|puppet_show|lantern_feast|flower_market|boat_race; pastime = list reading|counting_stars|building_towers|drawing|playing_cards|dancing|singing|sewing; show = detail sight; wonder = detail sight_two
start at parent home; at friend event; knows hero bedtime; knows parent event; knows friend show; knows friend wonder; knows friend event
begin-with hero parent
adorn portrait hero
pick hero patient|stubborn
describe hero
    {habit:hero}
later hero
---
tell-news parent event hero; feel hero excited
    One evening, {parent} said{softly}, "Tomorrow is the {event}! Go to sleep early." {He:hero} {shows:hero}.
    "Tomorrow is the {event}, so go to sleep now," said {parent}{softly}. {He:hero} {was} {feels:hero}.
    The {event} was only one night away. "Off to bed," said {parent}{softly}. {He:hero} {shows:hero}.
hear hero show
    {everybody} said that there would be {show}.
    There would be {show}<, and {meal}, too>.
    {Who:friend} had told {him:hero} that there would be {show}.
if trait hero patient
obey hero bedtime; sleep hero
    {Hero} stopped {pastime}, went to bed and dreamed of {dream}.
    {Hero} stopped {pastime}. {Soon}, {he:hero} was asleep.
    {Hero} went to bed early, without {pastime}, and dreamed of {dream}.
wake hero; go-together hero parent event; feel hero happy
    {next_morning}, {he:hero} jumped out of bed and {shows:hero}.
    {next_morning}, {hero} sang all the way there<, past {passed_animals}>. {He:hero} {was} {feels:hero}.
    {next_morning}, {he:hero} was wide awake<, had {meal}> and {shows:hero}.
---
see hero show; see hero wonder
    At the {event}, {he:hero} {saw} {show} and {wonder}.
    There they were: {show} and {wonder}.
    {Hero} {saw} {show} first, and then {wonder}.
play-together hero friend
    With {who:friend}<, who wore {a_clothes:friend}>, {hero} [danced|laughed|sang|played {game}] {so_long}.
    {Who:friend}<, wearing {a_clothes:friend},> was there too, and they [danced|laughed|sang] {so_long}.
    There {he:hero} met {who:friend}, and they played {game} {so_long}.
close hero; murmur hero
    {learned hero} a good day begins the night before.
    "What a day," said {parent}{gladly}.
    How good it was to have slept [well|enough]!
maybe night hero
else
disobey hero bedtime
    {but} {hero} kept on {pastime} until [midnight|two o'clock|three o'clock|the moon went down].
    {Hero} lit a <{color} >lamp and kept on {pastime} for {number} hours.
    Under the <{color} >blanket, {he:hero} kept on {pastime} until midnight.
go-together hero parent event; feel hero tired
    {next_morning}, {he:hero} {was} {feels:hero} and {shows:hero}.
    At the {event}, {hero} {shows:hero}, for {he:hero} {was} {feels:hero}.
    In the morning, {hero} {shows:hero}, again and again.
---
sleep hero; murmur hero
    "Look, {show}!" {cried} {who:friend}. {but} {hero} was asleep.
    There they were: {show} and {wonder}. {but} {hero} slept on a bench.
    {Who:friend} {saw} {show}. And {hero}? {He:hero} slept under a tree.
wake hero; feel hero sad
    {at_last}, {hero} woke up. It was over! {He:hero} {shows:hero}.
    When {he:hero} woke up, {everybody} was going home. {He:hero} {shows:hero}.
    {Hero} woke up too late and {was} {feels:hero}.
comfort parent hero; tell friend wonder hero
    {Parent} {hugs parent hero}, and {who:friend} told {him:hero} about {wonder}.
    "Next year," said {parent}{softly}, and {who:friend} told {him:hero} about {wonder}.
    {Who:friend} told {him:hero} about {wonder}.
learn hero sleep; close hero
    {learned hero} a good day begins the night before.
    {after_that}, {hero} went to bed [early|on time] before every big day.
maybe night hero
end
"""

PLOTS: tuple[str, ...] = (WARNING, PROMISE, EARLY_NIGHT)
