"""Plots about making friends, losing them and finding them again."""

NEWCOMER = """
plot newcomer | everybody is a stranger until somebody says hello
roles friend = friend; place = place; present = thing treasure
start at friend place; holds hero present; owns hero present
begin hero
like hero present
    {He:hero} always [carried|kept] {a:present} in {his:hero} [pocket|bag] for luck.
    In {his:hero} bag, {hero} [kept|carried] {a:present}, {his:hero} [dearest|greatest] treasure.
    {Hero} had {a:present}, and {he:hero} [said|thought] that it brought good luck.
---
go hero place; see hero newcomer
    {one_day}, {hero} [saw|noticed|spotted] somebody new {at:place}. It was {little friend} {wearing}.
    {one_day}, {hero} {went} {to:place}. {Little friend} {wearing} [sat|stood] there [alone|all alone].
    {one_day}, {little friend} {wearing} was [sitting|standing] {at:place}. {Hero} [had never seen {him:friend} before|did not know {him:friend}].
pass-by hero
feel friend lonely; learn hero lonely
    [Nobody|No one] [spoke to|played with|looked at] {him:friend}. {He:friend} {was} {feels:friend} and {shows:friend}.
    The others [played {game}|ran past {him:friend}|did not ask {him:friend} to play]. {He:friend} {shows:friend}.
    {He:friend} was new and knew [nobody|no one]. {He:friend} {shows:friend}, [because|for|since] {he:friend} {was} {feels:friend}.
think-of hero greeting
    {Hero} thought, [what if I were new here|somebody must say hello|nobody should be alone]?
    [That made {hero} think|It made {hero} sorry to see it].
    {Hero} [waited for a moment|took a deep breath|did not wait long]. {then} {he:hero} went up to {him:friend}.
greet hero friend; explain friend name hero
    "[Hello|Hi|Good day]! [I am|I'm] {hero}," {he:hero} said{softly}. "[What is your name|Who are you]?" "[I am|I'm] {friend}," said the {kind:friend}{sadly friend}.
    "[Hello|Hi|Good day], what is your name?" asked {hero}{softly}. "{Friend}," said the new {kind:friend}{sadly friend}. "[We just moved here|I [do not|don't] know anybody|I came only yesterday]."
    {Hero} [smiled|grinned|beamed] and said, "[Hello|Hi|Good day], [I am|I'm] {hero}." "My name is {friend}," the {kind:friend} said{sadly friend}.
---
invite hero friend; agree friend hero; feel friend happy
    "[Come and play with me|Do you want to play {game}|Would you like to play {game}]?" asked {hero}{softly}. {Friend} {shows:friend} and said yes.
    "[Let us|Let's] play {game}," said {hero}{softly}. "[I will show you how|You can start|It is more fun with two]." {Friend} {was} {feels:friend}.
    "I need somebody [for a game of {game}|to play {game}]," said {hero}{softly}. "[Will you join me|Do you want to]?" "[Yes, please|Oh yes|Yes]!" said {friend}.
play-together hero friend
talk-together hero friend
eat-together hero friend
present hero present friend
    {before_leaving}, {hero} gave {friend} {his:hero} {full:present}. "It [will bring|brings] [you luck|good luck]," {he:hero} said{softly}.
    {before_leaving}, {hero} took out {the:present}. "This is for you," {he:hero} said{softly}. "It [has brought|always brings] good luck."
    {Hero} put {the:present} into {friend}'s {hands:friend}. "[Welcome|It is yours now]," {he:hero} said{softly}. "It [will bring|brings] luck."
---
maybe thank friend hero
close hero
    And it did bring luck: {friend} was never [alone|lonely] again.
    {friends_forever hero friend}
    {learned friend} [one kind word is enough|it takes only one hello] to make a friend.
"""

SICK_FRIEND = """
plot sick_friend | a friend remembers what you love
roles friend = friend; place = place; other_place = place; loved = list yellow_sunflowers|tomato_soup|strawberries|paper_birds|funny_pictures|puzzles|honey_cakes|red_roses
start at friend friend-home; at loved other_place
begin hero
portrait hero
know-well hero friend loved
    {His:hero} best friend was {who:friend}. {Friend} [loved|liked|enjoyed] {loved} more than anything else.
    {He:hero} had a {good_friend}, {who:friend}, who [loved|liked|enjoyed] {loved} more than anything.
    {Who:friend} was {his:hero} [best|dearest|closest] friend, and what {friend} [loved|liked] most was {loved}.
---
get-ill friend; go hero place
    {one_day}, {hero} waited {at:place}, but {friend} [did not|didn't] come. {Friend} was [ill|sick] and [had to stay|lay] in bed.
    {one_day}, {hero} heard {at:place} that {friend} [had a fever|had a bad cold|felt hot and weak] and lay in bed.
    {one_day}, {hero} {went} {to:place} alone, [because|for|since] {friend} [had a cold|had a sore throat|had a fever] and was in bed.
maybe feel hero sad
think-of hero cure; murmur hero
    "How can I help?" {hero} [thought|asked {himself:hero}|wondered]. [Then {he:hero} knew what to do|Then {he:hero} had an idea].
    "I [must|have to] cheer {him:friend} up," {hero} [thought|said to {himself:hero}]. [Then {he:hero} knew how|Then {he:hero} had a plan].
    "[Poor {friend}|My poor friend]!" {hero} [thought|said]. "[What can I bring|What would make {him:friend} smile]?"
go hero other_place; fetch hero loved
    {He:hero} {ran:hero} {to:other_place} [{at_once}|as fast as {he:hero} could]. There {he:hero} [got|found] a [basket|bag] full of {loved}.
    {He:hero} {went} {to:other_place} and [looked|asked] around until {he:hero} had a [basket|bag] full of {loved}.
    [Nobody had|No one at home had] {loved}, so {hero} [walked|went] all the way {to:other_place} to get some.
---
go hero friend-home; greet hero friend; give hero loved friend; feel friend happy
    {then} {he:hero} [knocked on|came to] {friend}'s door. "[Look what I have|This is for you|Close your eyes]!" {he:hero} said{softly}. {Friend} saw the {loved} and {shows:friend}.
    {Friend} lay in bed under a {color} blanket. {Hero} came in and put the {loved} beside {him:friend}. "[For you|These are for you|All for you]!" {he:hero} said{softly}.
    "[Hello|Surprise], {friend}!" said {hero}{softly}. "I brought you {loved}." {Friend} sat up in bed and {shows:friend}.
maybe thank friend hero
comfort hero friend
    {Hero} sat by the bed and [told {him:friend} about|sang {him:friend} a song about|read {him:friend} a story about] {dream} and {dream_b}.
    {Hero} stayed [all afternoon|until the evening|for hours]. They talked about {dream} and {dream_b}.
    "[Tell me a story|Tell me something], {hero}," said {friend}{sadly friend}. So {hero} told {him:friend} about {dream} and {dream_b}.
get-well friend
    {next_day}, {friend} felt [better|much better|a little better], and {soon} {he:friend} was well again.
    {soon}, {friend} was well again. They went out and played {game} {so_long}.
    Three days later, {friend} was [well|strong] again and could [play {game}|run and jump|dance] as before.
murmur friend
    "[It was the {loved}|It was you]," {friend} said later. "That made me well."
    {learned hero} a [visit|kind friend|little surprise] is the best medicine.
    {friends_forever hero friend}
"""

SHARE_TREAT = """
plot share_treat | what you share tastes twice as good
roles friend = friend; food = thing treat; place = place
start at friend place; hungry friend
begin hero
pick hero kind|greedy
describe hero
    {habit:hero}
---
own hero food
    {one_day}, {hero} got {a:food} [from {his:hero} grandma|from {his:hero} aunt|at the market|as a present].
    {one_day}, there {was:food} {a:food} for {hero} [on the table|at home|in the kitchen].
    {one_day}, {his:hero} [grandma|aunt|uncle|neighbor] [gave|handed] {him:hero} {a:food}.
go hero place; meet hero friend
    {He:hero} took {them:food} {to:place}. There [sat|was|stood] {who:friend}.
    With {the:food} in a {color} [bag|basket], {he:hero} {ran:hero} {to:place}, where {who:friend} was [resting|playing|sitting].
    On the way {to:place}, {he:hero} [sang|hummed] a song. {Who:friend} was already there.
pass-by hero
beg friend food hero
    "[Mm|Oh], {this:food} {food} {smell:food} so good," said {friend}{softly}. "[I have|I've] not eaten [today|since yesterday]. [May [I have|I've] some|Can [I have|I've] a bite]?"
    "[I am|I'm] so hungry," said {friend}{sadly friend}. "[May I have|Can I have|Could I have] some of your {food}?"
    {Friend} [looked|gazed|stared] at {the:food}. "[I have had nothing to eat|My tummy is empty]," {he:friend} said{sadly friend}. "[May [I have|I've] some|Can I try some]?"
if trait hero kind
share-kindly hero food friend; feel friend happy; feel hero happy
    "[Of course|Yes, of course|Sure]! [Half is for you|Take half|There is enough for two]," said {hero}{softly}. They [sat|settled] down and [ate|shared] {the:food}.
    {Hero} [smiled|grinned|beamed]. "[Here you are|Help yourself|Take some]," {he:hero} said{softly}. They ate {the:food} [together|side by side|to the last crumb].
    "[Sit down with me|Come here|Let us share]," said {hero}{softly}. [Bite by bite|Together], they ate {the:food}.
maybe thank friend hero
---
silent go friend friend-home
time-passes
    {next_day}, it was {hero} who [had nothing to eat|had forgotten {his:hero} lunch|had an empty bag].
    {but} {next_day}, {hero} [lost {his:hero} lunch|dropped {his:hero} lunch in the mud|forgot {his:hero} lunch].
    And what happened {next_day}? {Hero} [had nothing to eat|forgot {his:hero} lunch].
get-hungry hero; come friend hero; offer-help friend hero; feel hero happy
    {then} {friend} came with {meal}. "You shared with me, so I share with you," {he:friend} said{softly}. {Hero} {shows:hero}.
    "[Now it is my turn|Today it is my turn]," said {friend}{softly} and [gave|handed] {him:hero} {meal}. {Hero} {was} {feels:hero}.
    {Friend} [saw it|knew it {at_once}] and [brought|carried] {him:hero} {meal}. {Hero} {was} {feels:hero}. How good it tasted!
else
deny hero food friend; feel friend sad
    "[No|No, no|Never]! [They are all mine|It is all mine|I want it all]," said {hero} and [turned away|held on to {the:food}]. {Friend} {shows:friend}.
    {Hero} shook {his:hero} head. "[I will not share|Get your own|I want all of it]," {he:hero} said. {Friend} {was} {feels:friend}.
    "[Go away|Leave me alone]," said {hero}. "[I [do not|don't] share|This is only for me]." {Friend} {shows:friend}.
eat-up hero food; feel hero sorry
    So {hero} ate {the:food} alone, [every bit|to the last crumb|much too fast]. {Soon}, {his:hero} [tummy|belly] [hurt|ached|was as round as a ball]. {He:hero} {was} {feels:hero}.
    {then} {he:hero} [ate and ate|ate it all]. [Oh, how {his:hero} tummy hurt|What a tummy ache {he:hero} got]! {He:hero} {shows:hero}.
    {Hero} ate [everything|all of it] and got a [bad|terrible] [tummy|belly] ache. {He:hero} {shows:hero}, for {he:hero} {was} {feels:hero}.
---
help friend hero; comfort friend hero
    {Friend} [did not|didn't] laugh at {him:hero}. "[Lie down|Rest a little|Drink this]," {he:friend} said{softly} and [brought {drink}|stayed with {him:hero}|held {his:hero} head].
    "[Poor {hero}|Oh, {hero}]," said {friend}{softly} and [brought {him:hero} {drink}|sat down beside {him:hero}].
    {but} {friend} came back with {drink}. "[This will help|Drink this]," {he:friend} said{softly}.
apologize hero friend
forgive friend hero
end
---
if trait hero kind
close hero
    {learned hero} [kindness comes back|what you give comes back to you|sharing makes friends].
    {friends_forever hero friend}
    And the two of them went on sharing everything.
else
learn hero sharing; close hero
    {learned hero} [food tastes better|everything is better] when you share it.
    {after_that}, {hero} always shared [everything|with {friend}|the biggest piece].
    The next time, {hero} gave {friend} the [first|biggest|best] piece.
end
"""

QUARREL = """
plot quarrel | taking turns is better than winning a quarrel
roles friend = friend; toy = thing toy; place = place; spot = spot
start at friend home; at toy place
begin hero
portrait hero
be-near hero friend
    {His:hero} best friend was {who:friend}, and they [never quarreled|did everything together|shared every secret].
    {He:hero} had a {good_friend}, {who:friend}. They [saw each other every day|did everything together|had never had a quarrel].
    {Who:friend} was {his:hero} {good_friend}. They [played every day|always stood by each other].
---
go-together hero friend place; see hero toy; see friend toy
    {one_day}, the two friends [found|discovered] {a:toy} {at:place}. It lay {spot}, and [it belonged to nobody|nobody had lost it].
    {one_day}, they {went} {to:place}. There lay {a:toy}, {spot}!
    {one_day}, {at:place}, they [found|saw|spotted] {a:toy} {spot}.
pick-up hero toy; boast hero friend
    "[I saw it first|It is mine|I found it]!" {cried} {hero} and [grabbed it|picked it up|held it tightly].
    {Hero} [picked it up|grabbed it|took it]. "[Mine|I saw it first|It belongs to me now]!" {he:hero} {cried}.
    Quick as the wind, {hero} [grabbed it|took it]. "[It is mine now|I found it first]!" {he:hero} said.
feel friend angry; quarrel friend hero; feel hero angry
    "[No, I saw it first|That is not fair|No, it is mine]!" [shouted|cried] {friend}{loudly friend}. {He:friend} {was} {feels:friend}.
    {Friend} {shows:friend}. "[You always take everything|That is not fair|I saw it before you]!" {he:friend} [said|cried].
    "[Give it to me|Let me have it|That is mean]!" said {friend}{loudly friend}. {He:friend} {shows:friend}.
go friend away; play-alone hero
    {Friend} [went|walked] away, and {hero} played alone with {the:toy}. [But it was no fun|But it was not fun at all].
    [Without a word|With tears in {his:friend} eyes], {friend} went away. {Hero} tried to play alone, but [it was no fun|something was missing].
    {then} {friend} {ran:friend} off. {Hero} had {the:toy} all to {himself:hero}, but [it was boring|it was no fun alone].
feel hero lonely
    {hero} {was} {feels:hero}.
    {he:hero} {shows:hero}, [because|for|since] {he:hero} {was} {feels:hero}.
    {He:hero} thought of {game} with {friend} and {shows:hero}.
---
come hero friend; apologize hero friend
    So {he:hero} went to {friend} and said{sadly hero}, "[I am|I'm] sorry. [A friend is worth more than a toy|I [do not|don't] want to quarrel with you|I miss you]."
    [After a while|An hour later], {hero} [found|went to] {friend}. "[I am|I'm] sorry," {he:hero} said{sadly hero}. "[I should have shared|You are more to me than any toy]."
    {Hero} {ran:hero} after {friend}. "I was [wrong|selfish|silly]," {he:hero} said{sadly hero}. "[Please come back|Let us share it]."
apologize friend hero; forgive friend hero; feel friend happy; feel hero happy
    "[I am|I'm] sorry too," said {friend}{softly}. "[Let us take turns|You play first, then I|We can share it]." {Hero} {was} {feels:hero}.
    {Friend} {hugs friend hero}. "[I am sorry that I shouted|I am sorry too]. [Let us take turns|We can share it]," {he:friend} said.
    "[I was wrong too|I should not have shouted]," said {friend}{softly}. "[We can take turns|Let us play together]." {Hero} {shows:hero}.
---
play-together hero friend
    They took turns with {the:toy} {so_long}.
    First {hero} had {the:toy}, then {friend}, and both had {lots_of} fun.
    They played {game} with {the:toy} {so_long}.
talk-together hero friend
close hero
    {learned hero} [sharing is better than winning|taking turns is fair|a friend is better than any toy].
    {friends_forever hero friend}
    {After_that}, they shared {the:toy}: one day for {hero}, one day for {friend}.
    {ate_together hero friend}
"""

TEASED = """
plot teased | what makes you different can make you a hero
roles friend = friend; place = place; feature = list loud_voice|big_ears|big_eyes|small_size
start at friend place; holds friend ring; owns friend ring
begin hero
portrait hero
if is feature loud_voice
describe hero
    {but} {hero} had a very loud voice. Even a whisper [was like thunder|made the windows shake|could be heard far away].
    {His:hero} voice was so loud that [birds flew up|windows shook|leaves fell from the trees] when {he:hero} spoke.
    There was one thing about {hero}: {his:hero} voice was [louder than a trumpet|as loud as a drum|like thunder].
elif is feature big_ears
describe hero
    {but} {hero} had very {big} ears. They [stuck out|moved in the wind|were as big as plates].
    {His:hero} ears were so big that [they moved in the wind|no hat fit {him:hero}|they got cold first].
    There was one thing about {hero}: {his:hero} ears were [bigger than anybody else's|as big as leaves].
elif is feature big_eyes
describe hero
    {but} {hero} was always looking around, and {his:hero} eyes were [very big|round as coins|as round as the moon].
    {His:hero} eyes were {big} and round, and [they saw everything|nothing was too small for them].
    There was one thing about {hero}: {his:hero} eyes were [bigger than anybody else's|as big as apples].
else
describe hero
    {but} {hero} was very, very small. {He:hero} could [hide in a bucket|sleep in a hat|stand under a chair].
    {He:hero} was so [small|little|tiny] that {he:hero} could [hide in a bucket|sleep in a hat|get lost in the grass].
    There was one thing about {hero}: {he:hero} was [smaller than anybody else|so small that {nobody} {saw} {him:hero}].
end
---
if is feature loud_voice
go hero place; tease friend hero; feel hero hurt
    {one_day}, {hero} [wanted|wished|hoped] to play {game} {at:place}. "[Go away|Not you], you are too loud!" said {who:friend}. {Hero} {shows:hero}.
    {one_day}, {who:friend} put {his:friend} {hands:friend} over {his:friend} ears {at:place}. "[Here comes the thunder|Be quiet], {hero}!" {he:friend} [laughed|giggled|chuckled]. {Hero} {was} {feels:hero}.
pass-by hero
elif is feature big_ears
go hero place; tease friend hero; feel hero hurt
    {one_day}, {hero} [wanted|wished|hoped] to play {game} {at:place}. "[Go away|Not you], Big Ears!" said {who:friend}. {Hero} {shows:hero}.
    {one_day}, {who:friend} pointed at {hero} {at:place}. "[Can you fly with those ears|Are those ears or sails]?" {he:friend} [laughed|giggled|chuckled]. {Hero} {was} {feels:hero}.
elif is feature big_eyes
go hero place; tease friend hero; feel hero hurt
    {one_day}, {hero} [wanted|wished|hoped] to play {game} {at:place}. "[Do not stare at me|Look away], Owl Eyes!" said {who:friend}. {Hero} {shows:hero}.
    {one_day}, {who:friend} made round eyes {at:place}. "[Look, [I am|I'm] {hero}|Who am I]!" {he:friend} [laughed|giggled|chuckled]. {Hero} {was} {feels:hero}.
else
go hero place; tease friend hero; feel hero hurt
    {one_day}, {hero} [wanted|wished|hoped] to play {game} {at:place}. "[Go away|Not you], you are too small!" said {who:friend}. {Hero} {shows:hero}.
    {one_day}, {who:friend} looked over {hero}'s head {at:place}. "[Where is {hero}? I [cannot|can't] see anybody|Did I hear a flea]!" {he:friend} [laughed|giggled|chuckled]. {Hero} {was} {feels:hero}.
end
see-place hero
if is feature loud_voice
be-in-danger friend; shout hero; save hero friend; feel friend relieved
    {suddenly}, a [big branch|heavy branch] above {friend} [began|started] to break. "LOOK OUT!" {cried} {hero}, [so loudly that the ground shook|like ten trumpets]. {Friend} jumped away just in time and {shows:friend}.
    {then} a [wild bull|runaway cart] came from behind, and {friend} [did not|didn't] see it. "LOOK OUT!" {hero} cried like thunder. {Friend} jumped away just in time and {shows:friend}.
elif is feature big_ears
be-in-danger friend; hear hero danger; shout hero; save hero friend; feel friend relieved
    {suddenly}, {hero} heard something that {nobody} else heard: a [wild bull|big storm|runaway cart], [far away|far off]. "[Quick, come with me|Follow me]!" {he:hero} cried and [pulled|dragged] {friend} behind a wall, just in time. {Friend} {shows:friend}.
    {then} {hero} lifted {his:hero} ears. A branch above {friend} [creaked|cracked] very softly. "[Jump|Look out]!" {he:hero} cried, and {friend} jumped, just in time. {Friend} {shows:friend}.
elif is feature big_eyes
be-in-danger friend; see hero danger; shout hero; save hero friend; feel friend relieved
    {suddenly}, {hero} saw [a snake in the grass|a thin crack in the ground] [in front of|before] {friend}. "[Stop|Do not move]!" {he:hero} cried, and {friend} stopped just in time. {Friend} {shows:friend}.
    {then} {hero} saw a [wasp|hornet] on {friend}'s [apple|pear|cake|bread]. "[Stop|Do not bite]!" {he:hero} cried, just in time. {Friend} {shows:friend}.
else
lose friend ring; feel friend sad; find hero ring; give hero ring friend; feel friend relieved
    {suddenly}, {friend}'s {color} ring fell into a [narrow|deep] hole. Nobody could get in, {nobody} but {hero}! {He:hero} [crept in|slipped in] and [brought|carried] it back. {Friend} {shows:friend}.
    {then} {friend}'s {color} ring rolled under a heavy rock. {Hero} was the only one who [fit under it|could crawl in], and {he:hero} [brought|carried] it back. {Friend} {shows:friend}.
end
---
maybe thank friend hero
apologize friend hero
    "[I am|I'm] sorry that I [laughed|giggled|chuckled] at you," {friend} said{sadly friend}. "[I like you just as you are|I like your {feature}|Never change]."
    {Friend} {hugs friend hero}. "[I was mean|I was so silly], and [I am|I'm] sorry," {he:friend} said{sadly friend}. "[I wish I had your {feature}|You have a gift]."
    "[I will never laugh at you again|I was wrong about you]," said {friend}{sadly friend}. "[I am|I'm] sorry, {hero}. [Will you play {game} with me|Do you want to play {game}]?"
maybe feel hero proud
close hero
    {learned hero} what makes you different can [make you strong|be a gift].
    {after_that}, {nobody} [laughed|giggled|chuckled] at {hero} any more.
    {friends_forever hero friend}
"""

PLOTS: tuple[str, ...] = (NEWCOMER, SICK_FRIEND, SHARE_TREAT, QUARREL, TEASED)
