"""Plots about making friends, losing them and finding them again."""

NEWCOMER = """
plot newcomer | everybody is a stranger until somebody says hello
roles friend = friend; place = place; present = thing treasure
start at friend place; holds hero present; owns hero present; knows friend name
begin hero
like hero present
    {Hero} had {a:present} that brought good luck.
    For luck, {he:hero} [always|often] carried {a:present} [about|along].
    {His:hero} [dearest|greatest|best] treasure was {a:present}.
later hero
---
go hero place
adorn see-place hero
see hero newcomer
    {Little friend}<, wearing {a_clothes:friend},> sat there all alone.
    There [sat|stood] {little friend}< in {a_clothes:friend}> that {hero} had never seen.
    Somebody new was there: {little friend}<, wearing {a_clothes:friend}>.
feel friend lonely; learn hero lonely
    {nobody} [spoke to|played with|looked at] {new:friend}, who {was} {feels:friend}.
    The others played {game} without {new:friend}, who {shows:friend}.
    {New:friend} {shows:friend} and {was} {feels:friend}.
greet hero friend; explain friend name hero
    "[Hello|Hi|Good day], I'm {hero}!" "I'm {friend}," said {new:friend}{sadly}.
    "[Hello|Hi|Good day], who are you?" asked {hero}. "{friend}," said {new:friend}{sadly}.
    {Hero} said{softly}, "[Hello|Hi|Good day], what is your name?" "It's {friend}," said {new:friend}{sadly}.
invite hero friend; feel friend happy
    "Let's play {game}!" {he:hero} said{softly}. {Friend} {shows:friend}.
    "Do you want to play {game}?" asked {hero}. {Friend} {was} {feels:friend} and said yes.
    "I need somebody for {game}," {he:hero} said{softly}. {Friend} {shows:friend}.
---
play-together hero friend
adorn talk-together hero friend
present hero present friend
    {before_leaving}, {hero} gave {friend} {the:present}. "[For luck|It brings luck]," {he:hero} said{softly}.
    "This is for you," {he:hero} said{softly} and gave {him:friend} {the:present}.
    {Hero} gave {the:present} to {friend}. "[Welcome|For luck]!" {he:hero} said{softly}.
close hero
    And it did bring luck: {friend} was never lonely again.
    {friends_forever hero friend}
    {learned friend} one [kind word|hello|smile] is enough to make a friend.
"""

SICK_FRIEND = """
plot sick_friend | a friend remembers what you love
roles friend = friend; place = place; other_place = place; loved = list sunflowers|walnuts|strawberries|pine_cones|wild_cherries|white_stones|red_roses|hazelnuts|wild_berries|bluebells|chestnuts|blue_feathers
start at friend friend-home; at loved other_place
begin hero
know-well hero friend loved
    {His:hero} {good_friend} {who:friend} [loved|liked] {loved} more than anything.
    {He:hero} had a {good_friend}, {who:friend}, who [loved|liked] {loved}.
    {Who:friend} was {his:hero} {good_friend} and [loved|liked] {loved} best of all.
later hero
---
go hero place
get-ill friend
    {but} {friend} did not come. {He:friend} [was ill|had a fever|had a bad cold] and lay in bed.
    There {he:hero} heard that {friend} [was ill|had a fever|had a bad cold].
    {Hero} waited for {friend}, but {he:friend} lay in bed with [a fever|a bad cold|a sore throat].
feel hero sad
think-of hero cure
    What could {hero} do? {suddenly}, {he:hero} knew!
    [How could {hero} help|What would help]? {Hero} thought of {drink}, of {bread} and then of {loved}.
    {Hero} wanted to [help|cheer {friend} up], and {he:hero} knew how.
go hero other_place; fetch hero loved
    {He:hero} {ran:hero} {to:other_place} and filled a <{color} >bag with {loved}.
    {At:other_place}, {he:hero} found {loved}, {number} of the [best|biggest|finest].
    {Hero} {ran:hero} {to:other_place}<, past {passed_animals},> to get some {loved}.
---
go hero friend-home; give hero loved friend; feel friend happy
    {Friend} lay under a <{color} >blanket. "For you!" {he:hero} said{softly}. {Friend} saw the {loved} and {shows:friend}.
    "I brought you {loved}," {he:hero} said{softly} at {friend}'s bed. {Friend} {shows:friend}.
    {Friend} was in bed< with {drink}>. {He:friend} saw the {loved} and {shows:friend}.
maybe thank friend hero
comfort hero friend
    {Hero} told {him:friend} stories about {dream_b} and {topic}.
    {Hero} stayed and told {him:friend} about {topic_b}.
    "Listen," {he:hero} said{softly} and told {friend} about {dream}.
get-well friend
    {next_day}, {friend} was well again and could get up.
    {days_later}, {friend} was well again, and they played {game} {so_long}.
    {few} days later, {friend} was well and [could dance|ran about|laughed again].
close hero
    {learned hero} a [visit|kind friend|little surprise] is good medicine.
    {friends_forever hero friend}
maybe night hero
"""

SHARE_TREAT = """
plot share_treat | what you share tastes twice as good
roles friend = friend; food = thing treat; place = place
start at friend place; hungry friend
begin hero
pick hero kind|greedy
describe hero
    {habit:hero}
later hero
own hero food
    One day, {his:hero} [grandma|aunt|uncle|neighbor] gave {him:hero} {a:food}.
    One day, {he:hero} had {a:food} in a <{color} >basket.
    One day, {he:hero} got {a:food} [as a present|from {family}|for helping].
---
go hero place
meet hero friend
beg friend food hero
    "{this:food} {food} {smell:food} so good," said {friend}{softly}. "[May|Can] I have some?"
    "I'm so hungry," said {friend}{sadly}. "[May|Can] I have some?"
    {Friend} looked at {the:food}. "I have had nothing to eat," {he:friend} said{sadly}.
if trait hero kind
share-kindly hero food friend; feel friend happy; feel hero happy
    "[Of course|Sure|Yes]!" {he:hero} said{softly}. They ate {the:food} together, and {friend} {shows:friend}.
    "[Take half|Help yourself]," {he:hero} said{softly}. {Friend} {shows:friend}.
    {Hero} shared {the:food}, [bite by bite|half and half], and {friend} {was} {feels:friend}.
adorn talk-together hero friend
---
silent go friend friend-home
time-passes
    {next_day}, {hero} [lost|forgot] {his:hero} lunch.
    {but} {next_day}, {hero} was the one who had nothing to eat.
    {next_day}, {hero}'s lunch fell into the [mud|water|sand].
get-hungry hero; come friend hero; offer-help friend hero; feel hero happy
    {then} {friend} brought {meal}. "Now I share with you," {he:friend} said{softly}. {He:hero} {shows:hero}.
    "Today it's my turn," said {friend}{softly} and brought {meal}. {He:hero} {was} {feels:hero}.
    {Friend} came by and gave {him:hero} {meal}. {He:hero} {shows:hero}.
close hero
    {learned hero} [kindness comes back|sharing makes friends].
    {friends_forever hero friend}
maybe night hero
else
deny hero food friend; feel friend sad
    "No, [it's all mine|I don't share|go away]!" {he:hero} said. {Friend} {shows:friend}.
    {Hero} shook {his:hero} head. "[Never|It's mine]!" {he:hero} said. {Friend} {was} {feels:friend}.
    "[Go away|Get your own]," {he:hero} said. {Friend} {shows:friend}.
eat-up hero food; feel hero sorry
    {Hero} ate {the:food} alone, and {soon} {his:hero} tummy [hurt|ached]. {He:hero} {shows:hero}.
    {He:hero} ate it all, much too fast. [Oh, that tummy ache|How {his:hero} tummy hurt]! {He:hero} {shows:hero}.
    {then} {hero} ate everything and got a [bad|terrible] tummy ache. {He:hero} {was} {feels:hero}.
---
help friend hero; comfort friend hero
    {but} {friend} brought {him:hero} {drink}. "[Drink this|Rest a little]," {he:friend} said{softly}.
    "Poor {hero}," said {friend}{softly} and came with {drink}.
    {Friend} did not laugh, but brought {drink}.
apologize hero friend
forgive friend hero
learn hero sharing; close hero
    {learned hero} food tastes better when you share it.
    {after_that}, {hero} gave {friend} the [first|biggest|best] piece of everything.
    {friends_forever hero friend}
end
"""

QUARREL = """
plot quarrel | taking turns is better than winning a quarrel
roles friend = friend; toy = thing toy; place = place; spot = spot
start at friend place; at toy place
begin hero
go hero place
meet hero friend
see hero toy; see friend toy
    {spot}, they {saw} {a:toy} that belonged to nobody.
    {then} they found {a:toy} {spot}.
    There was also {a:toy}, {spot}.
pick-up hero toy; boast hero friend
    "[I saw it first|It is mine|I found it]!" {cried} {hero} and took it.
    {Hero} took it. "[Mine|It is mine now|I saw it first]!" {he:hero} {cried}.
    Quick as the wind, {hero} [grabbed it|took it]. "Mine!" {he:hero} {cried}{loudly hero}.
feel friend angry; quarrel friend hero
    "[That is not fair|No, it is mine|You always take everything]!" {cried} {friend}{loudly friend}.
    {Friend} {shows:friend}. "[Give it to me|That is mean]!" {he:friend} {cried}.
    {Friend} {was} {feels:friend}. "[Not fair|I want it too]!" {he:friend} {cried}{loudly friend}.
go friend away; feel hero lonely
    {then} {friend} {ran:friend} away, and {hero} was alone with {the:toy}. {He:hero} {shows:hero}.
    {Friend} went away<, past {passed_animals}>. {Hero} stayed behind and {was} {feels:hero}.
    {soon}, {friend} was gone. {Hero} kept {the:toy}, but {he:hero} {was} {feels:hero}.
---
come hero friend; apologize hero friend
    {Hero} {ran:hero} after {friend}. "I'm sorry," {he:hero} said{sadly}.
    {at_last}, {hero} found {friend} {hiding_place}. "I was wrong," {he:hero} said{sadly}.
    "A friend is worth more than a {toy}. I'm sorry," {hero} told {friend}{sadly}.
apologize friend hero; forgive friend hero; feel friend happy; feel hero happy
    "I'm sorry too," said {friend}{softly}. "[Let's take turns|Let's share it]." {He:hero} {shows:hero}.
    {Friend} {hugs friend hero}. "[Let's take turns|Let's share it]," {he:friend} said{softly}.
    "[I was wrong too|I shouted, and I'm sorry]," said {friend}{softly}. {He:hero} {shows:hero}.
play-together hero friend
adorn eat-together hero friend
---
close hero
    {learned hero} [sharing|taking turns|a friend] is better than winning.
    {friends_forever hero friend}
    {after_that}, {the:toy} was {hero}'s on [Mondays|Fridays] and {friend}'s on [Sundays|Tuesdays].
"""

TEASED = """
plot teased | what makes you different can make you a hero
roles friend = friend; place = place; feature = list loud_voice|big_ears|round_eyes|small_size
start at friend place; holds friend ring; owns friend ring
begin hero
adorn portrait hero
if is feature loud_voice
describe hero
    {but} {his:hero} voice was as loud as [thunder|ten trumpets|a drum|a lion].
    {His:hero} loud voice made the [windows|walls|trees|cups] shake.
    When {he:hero} spoke with {his:hero} loud voice, [leaves fell down|birds flew up|cups broke].
elif is feature big_ears
describe hero
    {but} {his:hero} ears were as big as [plates|leaves|sails|pillows].
    {His:hero} big ears [moved in the wind|stuck out|got cold first].
    {nobody} had such big ears, and no [hat|hood] fit over them.
elif is feature round_eyes
describe hero
    {but} {his:hero} eyes were as round as [coins|the moon|plums|wheels].
    {His:hero} round eyes saw [everything|every ant|the smallest things].
    {nobody} had such round eyes, and [they never closed|they were always open].
else
describe hero
    {but} {he:hero} was so small that {he:hero} could sleep in a [hat|shoe|cup|bag].
    {Hero} was smaller than [anybody else|a bucket|a broom].
    {He:hero} was so small that {he:hero} got lost in the [grass|leaves|snow].
end
later hero
---
go hero place
meet hero friend
if is feature loud_voice
tease friend hero; feel hero hurt
    "[Here comes the thunder|My poor ears|Not so loud]!" laughed {friend}. {He:hero} {shows:hero}.
    {Friend} held {his:friend} ears and laughed. {He:hero} {shows:hero}.
    "[Go and shout at the moon|You are too loud]," said {friend}. {He:hero} {was} {feels:hero}.
elif is feature big_ears
tease friend hero; feel hero hurt
    "[Can you fly with those|Are those ears or sails]?" laughed {friend}. {He:hero} {shows:hero}.
    {Friend} pointed at {his:hero} ears and laughed. {He:hero} {shows:hero}.
    "[Go away, Big Ears|Hello, Big Ears]," said {friend}. {He:hero} {was} {feels:hero}.
elif is feature round_eyes
tease friend hero; feel hero hurt
    "[Why do you stare at me|Are you an owl]?" laughed {friend}. {He:hero} {shows:hero}.
    {Friend} made round eyes and laughed. {He:hero} {shows:hero}.
    "[Go away, Owl Eyes|Hello, Owl Eyes]," said {friend}. {He:hero} {was} {feels:hero}.
else
tease friend hero; feel hero hurt
    "[Where is {hero}|Did I hear a flea]?" laughed {friend}. {He:hero} {shows:hero}.
    {Friend} looked over {his:hero} head and laughed. {He:hero} {shows:hero}.
    "[You are too small|Come back when you are big]," said {friend}. {He:hero} {was} {feels:hero}.
end
---
if is feature loud_voice
be-in-danger friend; save hero friend; shout hero; feel friend relieved
    {suddenly}, a [branch|stone|bull] came at {friend} from behind. "LOOK OUT!" {cried} {hero}. {Friend} jumped away and {shows:friend}.
    {then} a [cart|branch|bull] came, and {friend} did not see it. "LOOK OUT!" {cried} {hero}, like thunder. {Friend} {shows:friend}.
elif is feature big_ears
be-in-danger friend; hear hero danger; save hero friend; shout hero; feel friend relieved
    {suddenly}, {hero} heard a [branch|wall|rock] crack above {friend}. "Jump!" {he:hero} {cried}. {Friend} jumped and {shows:friend}.
    {then} {hero} heard a [bull|storm|cart], far away. "Quick!" {he:hero} {cried} and pulled {friend} behind a wall. {Friend} {shows:friend}.
elif is feature round_eyes
be-in-danger friend; see hero danger; save hero friend; shout hero; feel friend relieved
    {suddenly}, {hero} {saw} a [wasp|thorn|bee] on {friend}'s {garment:friend}. "Don't move!" {he:hero} {cried} and took it away. {Friend} {shows:friend}.
    {then} {hero} {saw} a [snake|hole|crack] before {friend}'s feet. "Stop!" {he:hero} {cried}. {Friend} stopped and {shows:friend}.
else
lose friend ring; find hero ring; give hero ring friend; feel friend relieved
    {suddenly}, {friend}'s <{color} >ring fell into a [narrow|deep] hole. Only {hero} could get in and bring it back. {Friend} {shows:friend}.
    {then} {friend}'s <{color} >ring rolled under a [rock|log|wall]. Only {hero} fit under it and got it. {Friend} {shows:friend}.
end
apologize friend hero
    "I'm sorry that I laughed," said {friend}{sadly}. "[Never change|I like you as you are]."
    "[I was mean|I was so silly], and I'm sorry," said {friend}{sadly}.
    {Friend} {hugs friend hero}. "I'm sorry, {hero}," {he:friend} said{sadly}.
adorn eat-together hero friend
close hero
    {learned hero} what makes you different can make you strong.
    {friends_forever hero friend}
    {after_that}, {nobody} laughed at {hero} any more.
"""

PLOTS: tuple[str, ...] = (NEWCOMER, SICK_FRIEND, SHARE_TREAT, QUARREL, TEASED)
