"""Plots about being afraid and doing it all the same."""

NIGHT_NOISE = """
plot night_noise | fear grows small when you look at it closely
roles parent = parent; noise = list kitten|branch|mouse|frog|owl|shutter; fur = detail coat_color; hue = detail color; fright = detail monster
start at parent home; knows parent noise
begin-with hero parent
adorn portrait hero
if is noise kitten
tell-news parent noise hero
    {one_day}, {parent} said{softly}, "The neighbors have lost their {fur} kitten."
    {one_day}, {hero} heard that the neighbors had lost their {fur} kitten.
    {one_day}, the neighbors looked for their {fur} kitten {looked_places}.
elif is noise branch
tell-news parent noise hero
    {one_day}, {parent} said{softly}, "That long branch will soon touch our window."
    {one_day}, {hero} {saw} that a long branch almost touched the window.
    {one_day}, {hero} sat under the long branch by the window and watched the clouds.
elif is noise mouse
tell-news parent noise hero
    {one_day}, {parent} asked, "Who ate of the cheese?"
    {one_day}, {hero} {saw} that somebody very small had bitten into the cheese.
    {one_day}, there was a tiny hole in the cheese, and {few} crumbs beside it.
elif is noise frog
tell-news parent noise hero
    {one_day}, {parent} said{softly}, "Look, a {fur} frog in our rain barrel!"
    {one_day}, {hero} {saw} a {fur} frog in the rain barrel.
    {one_day}, a {fur} frog moved into the rain barrel by the door.
elif is noise owl
tell-news parent noise hero
    {one_day}, {parent} said{softly}, "An owl has moved in under our roof."
    {one_day}, {hero} found {few} owl feathers under the roof.
    {one_day}, an owl with {fur} feathers moved in under the roof.
else
tell-news parent noise hero
    {one_day}, {parent} said{softly}, "Your {hue} shutter is loose."
    {one_day}, the wind pulled at the {hue} shutter until it was loose.
    {one_day}, {hero} {saw} that {few} nails of the {hue} shutter were gone.
end
eat-supper hero parent
    In the evening, they had {meal} and talked about {topic}.
    For supper, they had {bread}, and {parent} told a story about {topic_b}.
    For supper, they had {meal}.
later hero
---
night-falls; hear hero noise
    {that_night}, {hero} woke up. [Tap, tap|Scratch, scratch|Creak, creak|Knock, knock]! Something was at the window.
    {but} {that_night}, something went [tap, tap|scratch, scratch|creak, creak|knock, knock] at the window.
    {suddenly}, there was a sound in the dark: [tap, tap|scratch, scratch|creak, creak|knock, knock]!
feel hero scared; murmur hero
    "A {fright}!" thought {hero} and {shows:hero}.
    {He:hero} {was} {feels:hero}. "Is it a {fright}?" {he:hero} whispered.
    {He:hero} thought of a {fright} and {shows:hero}.
light hero; murmur hero
    {but} {he:hero} took a <{color} >lamp and went to the window [slowly|bravely|on soft feet|without a sound].
    {He:hero} counted to {number}, took a <{color} >lamp and looked out.
    "I want to know," {he:hero} said and opened the window.
if is noise kitten
see hero truth; feel hero relieved
    It was the {fur} kitten, [wet and cold|hungry|lost and tired]! {He:hero} {shows:hero} and gave it {drink}.
    There sat the kitten that {everybody} was looking for! {He:hero} {shows:hero}.
elif is noise branch
see hero truth; feel hero relieved
    It was only the long branch in the [wind|rain|storm]. {He:hero} {shows:hero}.
    The long branch knocked at the [glass|wall|wood], that was all! {He:hero} {shows:hero}.
elif is noise mouse
see hero truth; feel hero relieved
    It was the mouse that liked cheese, and it was more afraid than {hero}. {He:hero} {shows:hero}.
    There sat a {fur} mouse with a bit of cheese! {He:hero} {shows:hero}.
    It was only a {fur} mouse that looked for [more cheese|crumbs]. {He:hero} {shows:hero}.
elif is noise frog
see hero truth; feel hero relieved; murmur hero
    It was the frog from the rain barrel! {He:hero} {shows:hero} and gave it {fruit}.
    There sat the frog and said, "[Croak|Ribbit]." {He:hero} {shows:hero}.
elif is noise owl
see hero truth; feel hero relieved; murmur hero
    It was only the owl with its {few} babies. {He:hero} {shows:hero}.
    There sat the owl from the roof and said, "[Hoo|Hoo, hoo]." {He:hero} {shows:hero}.
else
see hero truth; feel hero relieved
    It was only the loose shutter in the [wind|rain|storm]. {He:hero} {shows:hero}.
    The shutter moved in the [wind|rain|storm], that was all! {He:hero} {shows:hero}.
end
---
tell hero truth parent; praise parent hero
    {next_morning}, {hero} told {parent} about it<, over {meal}>.
    "[My brave {kind:hero}|You were brave]!" said {parent} {next_morning}.
    {next_morning}, {parent} heard about it and {hugs parent hero}.
close hero
    {learned hero} a {fright} is often something small.
    {after_that}, {hero} [slept without a lamp|was not afraid of the dark|smiled at every sound].
    And {hero} slept until [seven|eight|nine|ten] o'clock and dreamed of {dream}.
"""

STAGE_FRIGHT = """
plot stage_fright | courage can be as quiet as one first step
roles friend = friend; place = place; talent = list sing|dance|whistle|tell_stories|juggle|do_magic_tricks; prize = list golden_cup|silver_star|big_cake|crown_of_flowers|blue_ribbon|box_of_sweets|music_box|red_bike
start at friend place; knows friend trick; knows friend prize
begin hero
be-known-for hero shy
describe hero
    {but} when {he:hero} was alone, {hero} could {talent} [beautifully|very well|like nobody else].
    {nobody} knew how [well|beautifully] {hero} could {talent}.
    At home, {he:hero} loved to {talent}, but {nobody} knew it.
later hero
---
go hero place
watch friend talent hero
    There {who:friend} [saw|watched] {him:hero} {talent} when {nobody} else was near.
    {He:hero} thought that {nobody} was there and began to {talent}, but {who:friend} [saw|noticed] it.
    It was quiet there, and so {he:hero} began to {talent}. {who:friend}, [behind a tree|on a bench], saw it.
tell-news friend prize hero
    "There is a show {tomorrow}," said {friend}{softly}. "The best one gets {a:prize}."
    "Who wins the show {tomorrow} gets {a:prize}," said {friend}{softly}.
    {Friend} told {him:hero} about the show {tomorrow}. The prize was {a:prize}.
encourage friend talent hero; feel hero scared
    "You should {talent}, {hero}!" {He:hero} {shows:hero}.
    "Please {talent} for us," {friend} said{softly}. {He:hero} {was} {feels:hero}.
    "I saw you {talent} just now. Do it again there!" {He:hero} {shows:hero}.
advise friend trick hero
    "[Look only at me|I will be in the first row]," said {friend}{softly}.
    "Close your eyes and think of {dream}," said {friend}{softly}.
    "Think of {topic_b}," said {friend}{softly}. "That helps."
---
step-on-stage hero
    On the day of the show, {hero} stood on the stage in {his:hero} {clothes:hero}, and {his:hero} knees [shook|knocked|trembled].
    The show began. {then} it was {hero}'s turn. {He:hero} could not [move|speak|breathe].
    The day of the show came. All eyes were on {hero} in {his:hero} {clothes:hero}, and {his:hero} knees [shook|knocked|trembled].
remember hero trick; shine hero; feel hero proud
    {but} {he:hero} thought of {friend} and began to {talent}. {everybody} [clapped|cheered|stood up]!
    {He:hero} remembered what {friend} had said and began to {talent}. How they [clapped|cheered]!
    {then} {hero} began to {talent}, [softly|slowly] at first. In the end, {everybody} [clapped|cheered|threw {flower}].
win-prize hero prize; murmur hero
    {Hero} won {the:prize} and {shows:hero}. "[Half of it is yours|We did it], {friend}!"
    {The:prize} was for {hero}! {He:hero} {shows:hero}.
    And who got {the:prize}? {He:hero} {shows:hero}.
maybe thank hero friend
---
close hero
    {learned hero} courage can be very [small|quiet] and still win.
    {after_that}, {hero} was not so {trait:hero} any more.
    {friends_forever hero friend}
maybe night hero
"""

RESCUE = """
plot rescue | a thing picked up today may save somebody tomorrow
roles friend = friend; place = place; other_place = place; spot = spot; tool = list rope|long_pole|fishing_net|wooden_plank|leather_belt|long_branch|garden_hose|old_chain; trap = list deep_hole|muddy_ditch|old_pit|swamp|deep_ditch|dry_well|big_barrel
start at friend other_place; at tool place
begin hero
go hero place
find hero tool
    {spot}, {he:hero} found {a:tool}.
    There lay {a:tool} {spot}.
    {Hero} almost fell over {a:tool} that lay {spot}.
keep hero tool; go hero home
    Others would have left it, but {hero} [took it along|took it home|kept it].
    It was [heavy|dirty|old|wet], but {hero} [took it along|took it home|kept it].
    {He:hero} took it home<, together with {no_food}>.
later hero
---
fall-into friend trap; hear hero help; feel friend scared; murmur hero
    {next_day}, {who:friend} fell into {a:trap} {at:other_place}. "Help!" {he:friend} {cried}{loudly friend}.
    {next_day}, a cry came from {other_place}. {Who:friend} had fallen into {a:trap}!
    {next_day}, {who:friend} was [chasing {insect}|picking {flower}|looking for berries] {at:other_place} and fell into {a:trap}.
go hero other_place
    {Hero} {ran:hero} there {at_once}<, past {passed_plants}>. {Friend} {shows:friend}.
    {at_once}, {hero} {ran:hero} there. {Friend} {was} {feels:friend} and {shows:friend}.
    {Hero} left {his:hero} [supper|breakfast|bread|work] and {ran:hero} there. {Friend} {shows:friend}.
shout friend
    "I can't get out!" {he:friend} {cried}{loudly friend}.
    "It's too deep," said {friend}{sadly}. {Hero} could not reach so far.
    {Friend} tried to climb, but slipped back {few} times.
save-with hero friend tool; use hero tool; feel friend relieved; murmur hero
    {then} {hero} thought of the {tool} and got it. [Up, up, up|One, two, three], and {friend} was out! {He:friend} {shows:friend}.
    "The {tool}!" {cried} {hero}. With it, {he:hero} pulled {friend} out. {Friend} {shows:friend}.
    With the {tool}, {hero} pulled and pulled until {friend} was out. {He:friend} {shows:friend}.
---
maybe thank friend hero
eat-together hero friend
close hero
    {learned hero} a thing found today may help tomorrow.
    The {tool} got a place [over the door|on the wall|by the bed|over the {furniture}].
    {friends_forever hero friend}
"""

STORM = """
plot storm | it is easier to be brave when somebody needs you
roles friend = friend; place = place; shelter = list cave|barn|hollow_tree|old_hut|tent|empty_shed|big_barrel|mill; song = list moon|stars|sea|morning|mountains|rainbow|river|snow
start at friend place
begin hero
pick hero brave|timid
describe hero
    {habit:hero}
know hero song
    {His:hero} [grandma|mother|aunt|uncle] had taught {him:hero} a song about the {song}.
    {He:hero} knew a song about the {song} that made everything better.
    At night, {family} sang {him:hero} a song about the {song}.
later hero
---
go hero place
adorn see-place hero
meet hero friend
rain-starts
    {suddenly}, the sky turned [black|dark|gray|purple]. [Boom|Crash|Bang]! It was a storm.
    {then} a storm came. [Boom|Crash|Bang], went the thunder, and it [rained|poured].
    [Boom|Crash|Bang]! Thunder rolled over the [fields|hills|houses|trees], and it [rained|poured].
go-together hero friend shelter; feel friend scared
    They ran into {a:shelter}. {Friend} {shows:friend}.
    There was {a:shelter}, and they crept in. {Friend} {was} {feels:friend}.
    In {a:shelter}, it was dry, but {friend} {shows:friend}.
if trait hero timid
feel hero scared; think-of hero help
    {He:hero} {was} {feels:hero} too, but {friend} needed {him:hero}.
    {He:hero} {shows:hero} too. {but} somebody had to be brave now.
    {He:hero} {was} {feels:hero}, yet {he:hero} thought of {friend}.
else
think-of hero help
    To {hero}, the thunder was like [a big drum|music], but {he:hero} saw {friend}.
    {Hero} was not afraid, but {he:hero} did not laugh.
    {Hero} liked storms, but now {he:hero} thought of {friend}.
end
---
comfort hero friend
    {He:hero} sang the song about the {song}, louder than the thunder.
    {Hero} {hugs hero friend} and sang about the {song}.
    "Sing with me," {he:hero} said{softly}, and they sang about the {song}.
rain-stops; feel friend happy; feel hero proud
    {at_last}, the storm was over. {Friend} {shows:friend}, and {he:hero} {shows:hero}.
    {soon}, the sun came out<, over {flower} and {flower_b}>. {Friend} {shows:friend}.
    When the song was over, the rain had stopped. {He:hero} {shows:hero}.
maybe thank friend hero
close hero
    {learned hero} it is easier to be brave when a friend needs you.
    {after_that}, they sang that song in every storm.
    {friends_forever hero friend}
maybe night hero
"""

PLOTS: tuple[str, ...] = (NIGHT_NOISE, STAGE_FRIGHT, RESCUE, STORM)
