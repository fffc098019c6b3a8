"""Plots about truth, promises and other people's things."""

BROKEN = """
plot broken | telling the truth makes the heart light
roles parent = parent; vase = thing fragile; toy = thing round; culprit = list wind|shelf|ghost|moon
start at parent home; at vase home; holds hero toy
begin-with hero parent
pick hero honest|timid
describe hero
    {habit:hero}
like parent vase
    On the [shelf|table|window sill] stood {a:vase}, {parent}'s [favorite|dearest] thing.
    {Parent} had {a:vase}, a gift from {family}.
    {Parent}'s [best|dearest] treasure was {a:vase}.
later hero
---
go parent town; play hero
    {one_day}, {parent} went out, and {hero} [threw|kicked|bounced|rolled] {a:toy} against the wall.
    {one_day}, {parent} went out to buy {bread}, and {hero} played inside with {a:toy}.
    {one_day}, {parent} went to [town|the market|a neighbor]. {Hero} [threw|kicked|bounced|rolled] {a:toy} from room to room<, past the {furniture}>.
break hero vase; feel hero scared
    [Crash|Smash|Bang]! {The:vase} broke into {number} pieces. {He:hero} {shows:hero}.
    {suddenly}, it hit {the:vase}. [Crash|Smash|Bang]! {He:hero} {was} {feels:hero}.
    It [flew|went|jumped] too far. [Crash|Smash|Bang]! {The:vase} lay in {number} pieces, and {he:hero} {shows:hero}.
---
come parent hero; see parent broken-thing; ask parent who-did-it hero
    {soon}, {parent} came home. "[Who did this|What happened]?" {he:parent} asked{sternly}.
    {then} {parent} came in. "[Who broke my {vase}|What happened here]?" {he:parent} asked{sternly}.
    {Parent} came back and saw the pieces. "[Who did this|Who was that]?" {he:parent} asked{sternly}.
if trait hero honest
confess hero broken-thing parent; feel hero sorry
    "I did it with my {toy}," {he:hero} said{sadly} and {shows:hero}.
    "[It was me|I broke it]. I'm sorry," {he:hero} said{sadly}. {He:hero} {shows:hero}.
    {Hero} did not blame the {culprit}. "[It was me|I did it]," {he:hero} said{sadly}.
forgive parent hero; feel parent proud
    "The truth is worth more than a {vase}," said {parent}{softly} and {shows:parent}.
    {Parent} {hugs parent hero}. "[You told the truth|That was honest]," {he:parent} said{softly}.
    "[Thank you for the truth|That was brave]," said {parent}{softly}.
else
lie hero broken-thing parent; feel parent surprised
    "It was the {culprit}," {he:hero} said{sadly}. {Parent} {shows:parent}.
    {Hero} looked away. "The {culprit} did it," {he:hero} said{sadly}.
    "[Maybe|I think] it was the {culprit}," {he:hero} said{sadly}. {Parent} {shows:parent}.
lie-awake hero; feel hero ashamed
    {but} {that_night}, {hero} could not sleep. {He:hero} counted {insect} and {was} {feels:hero}.
    {that_night}, {hero} lay awake and {shows:hero}. The lie was like a stone.
    {that_night}, {hero} dreamed of {dream} and woke up. {He:hero} {was} {feels:hero}.
confess hero broken-thing parent
    {at_last}, {he:hero} went to {parent}. "It was me, not the {culprit}," {he:hero} said{sadly}.
    {next_day}, {hero} told {parent} the truth{sadly}.
    "I broke it, and I lied," {he:hero} told {parent}{sadly}.
forgive parent hero; feel hero relieved
    "It is never too late for the truth," said {parent}{softly}. {He:hero} {shows:hero}.
    {Parent} {hugs parent hero}. {He:hero} {was} {feels:hero} and {shows:hero}.
    "[I knew it|I am glad that you told me]," said {parent}{softly}. {He:hero} {shows:hero}.
end
---
mend-together hero parent vase
    With {mending}, they mended {the:vase}.
    Together they mended {the:vase} {so_long}.
    They put {the:vase} together again, piece by piece.
close hero
    {learned hero} the truth makes the heart [light|warm].
    {after_that}, {hero} played with {his:hero} {toy} [outside|in the garden|far from the house].
maybe night hero
"""

BORROWED = """
plot borrowed | take better care of a borrowed thing than of your own
roles friend = friend; thing = thing toy gift; place = place; other_place = place; spot = spot
start at friend place; holds friend thing; owns friend thing
begin hero
pick hero careful|careless
describe hero
    {habit:hero}
later hero
---
go hero place
meet hero friend
beg hero thing friend; promise hero bring-back friend
    {Friend} had {a:thing}. "May I borrow it until tomorrow?" asked {hero}. "I promise to bring it back."
    "What {a:thing} you have!" {he:hero} said. "[Lend|Please lend] it to me until tomorrow. I promise to bring it back."
    {Friend} had {a:thing}, and {hero} wanted to borrow it. "Back tomorrow, I promise," {he:hero} said{softly}.
lend friend thing hero
    "[Be careful with it|Take good care of it|Don't lose it]," said {friend}{softly} and gave it to {him:hero}.
    "[Yes|Of course|All right], but be careful," said {friend}{softly}.
    {Friend} gave it to {him:hero}. "[It was a present|I love it very much]," {he:friend} said{softly}.
---
silent go hero other_place
play-alone hero
    {Hero} took {the:thing} {to:other_place} and played {so_long}.
    {He:hero} played with {the:thing} {at:other_place}.
    With {the:thing}, {he:hero} {ran:hero} {to:other_place}<, past {passed_plants}>.
if trait hero careful
rain-starts; hold hero thing
    {suddenly}, it began to [rain|pour]. {Hero} put {the:thing} under a dry [bush|tree|roof] and waited.
    {then} it [rained|poured], but {hero} wrapped {the:thing} in a <{color} >cloth.
    When it began to [rain|pour], {hero} hid {the:thing} in a <{color} >bag.
silent rain-stops; go hero place
return-lost hero thing friend; feel friend happy
    {next_day}, {friend} got {the:thing} back, [clean and dry|as good as new], and {shows:friend}.
    {next_day}, {hero} kept {his:hero} promise and gave it back. {Friend} {shows:friend}.
    "Here it is," {he:hero} said{softly} {next_day}. {Friend} {was} {feels:friend}.
adorn talk-together hero friend
---
close hero
    {learned hero} a kept promise is worth more than gold.
    {friends_forever hero friend}
    {after_that}, {friend} lent {him:hero} [everything|whatever {he:hero} wanted].
else
leave-behind hero thing; go hero home
    {then} {he:hero} went home< for {meal}> and left {the:thing} {spot}.
    {but} {he:hero} forgot {the:thing} {spot} and went home< for {meal}>.
    {at_last}, {he:hero} went home< for {meal}>. {The:thing} stayed {spot}.
rain-starts; get-dirty thing
    {that_night}, it [rained|poured], and {the:thing} got [wet and dirty|full of mud].
    {but} {that_night}, a storm came. {The:thing} got [wet and dirty|full of mud].
    {that_night}, the rain fell on {the:thing} until it was [wet and dirty|full of mud].
silent rain-stops
remember hero bring-back; go hero other_place; find hero thing; feel hero ashamed
    {next_day}, {hero} found it {again:spot}. {He:hero} {shows:hero}.
    In the morning, {hero} remembered {his:hero} promise and {shows:hero}. There it lay, {again:spot}!
    {next_day}, {hero} looked {again:spot}. {oh_no}! {He:hero} {was} {feels:hero}.
clean hero thing
    {He:hero} washed it with [soap|warm water] and a <{color} >cloth.
    With a <{color} >cloth, {he:hero} [washed|rubbed|dried] it until it was clean.
    {He:hero} cleaned it for [an hour|a long time], until it was almost like new.
silent go hero place
return-lost hero thing friend; apologize hero friend
    {then} {friend} got it back. "I forgot it in the rain. I'm sorry," {he:hero} said{sadly}.
    "I left it in the rain," {hero} told {friend}{sadly}. "[Forgive me|I'm so sorry]."
    "Here it is, but it got wet," {hero} said to {friend}{sadly}. "I'm sorry."
forgive friend hero
---
learn hero care; close hero
    {learned hero} borrowed things need twice as much care.
    {after_that}, {hero} put {friend}'s things [on the highest shelf|in a dry place|in a <{color} >box].
maybe night hero
end
"""

FALSE_ALARM = """
plot false_alarm | nobody believes a liar, even when the liar tells the truth
roles friend = friend; place = place; danger = list wolf|snake|crocodile|swarm_of_wasps|wild_bull|goblin|robber|big_spider
start at friend friend-home
begin hero
go hero place
feel hero bored; think-of hero trick
    {He:hero} {was} {feels:hero} and wanted to trick {who:friend}.
    {He:hero} {shows:hero}. It was time to trick {who:friend}!
    There was nothing to do, and {he:hero} {shows:hero}. [Maybe|What about] a trick on {who:friend}?
shout hero
    "Help! {A:danger}!" {he:hero} {cried}{loudly hero}.
    "{A:danger}, {a:danger}! Help!" {cried} {hero}{loudly hero}.
    "[Come quickly|Save me]! {A:danger}!" {he:hero} {cried}{loudly hero}.
come friend hero; feel friend scared
    {Friend} left {his:friend} [supper|breakfast|bread|work] and {ran:friend} there. {He:friend} {shows:friend}.
    {Friend}<, wearing {a_clothes:friend},> dropped everything and {ran:friend} there. {He:friend} {was} {feels:friend}.
    {at_once}, {friend} {ran:friend} there<, past {passed_plants}>. {He:friend} {shows:friend}.
trick hero danger friend; feel friend angry; go friend friend-home
    "[Ha, ha|Hee, hee|Got you]!" laughed {hero}. {Friend} {shows:friend} and went home.
    {but} there was no {danger}. "[Just a joke|Got you]!" {he:hero} said. {Friend} {was} {feels:friend} and went home.
    {Hero} laughed and laughed. {Friend} {shows:friend} and went home.
silent go hero home
later hero
---
go hero place; be-in-danger hero; feel hero scared
    {next_day}, {hero} was {at:place} again, and there really was {a:danger}! {He:hero} {shows:hero}.
    {next_day}, {at:place}, a real {danger} came [nearer and nearer|out of the bushes]. {He:hero} {was} {feels:hero}.
    {but} when {hero} came {to:place} {next_day}, there was {a:danger}, a real one! {He:hero} {shows:hero}.
shout hero; hear friend shout; stay-away friend hero
    "Help!" {he:hero} {cried}{loudly hero}. {Friend} heard it. "Not again," {he:friend} said and [ate on|sat down again|yawned].
    {He:hero} called{loudly hero}, but {friend} only [laughed|shrugged|smiled] and did not come.
    "Help! It's true!" {cried} {hero}{loudly hero}. {but} {friend} thought that it was a trick.
escape hero; go hero friend-home
    {Hero} had to run all the way to {friend}'s door<, past {passed_plants} and {passed_thing}>.
    {at_last}, {hero} got away and stood at {friend}'s door, [covered in mud|out of breath|full of scratches].
    Through [mud|thorns|water|nettles]< and past {passed_animals}>, {hero} {ran:hero} to {friend}'s door.
---
ask hero belief friend; feel hero ashamed
    "Why didn't you come?" asked {hero}. "Because you tricked me," said {friend}{sternly}. {He:hero} {shows:hero}.
    "It was true!" {he:hero} said{sadly}. "How could I know?" said {friend}{sternly}. {He:hero} {was} {feels:hero}.
    "You didn't come!" {he:hero} said{sadly}. "Because of your trick," said {friend}{sternly}. {He:hero} {shows:hero}.
apologize hero friend
forgive friend hero
close hero
    {learned hero} {nobody} believes a liar.
    {after_that}, {hero} only called for help when it was true.
    {hero} never [tricked anybody|called for help as a joke] again.
maybe night hero
"""

FOUND_TREASURE = """
plot found_treasure | what you find is not always yours
roles elder = elder; treasure = thing treasure; place = place; other_place = place; spot = spot; wish = thing toy
start at elder other_place; owns elder treasure; at treasure place; knows elder memory; knows elder loss
begin hero
pick hero honest|greedy
describe hero
    {habit:hero}
want hero wish
    {His:hero} greatest wish was {a:wish}.
    More than anything, {hero} wanted {a:wish}.
    {Hero} often dreamed of {a:wish}.
later hero
---
go hero place
adorn see-place hero
find hero treasure
    {spot}, {he:hero} found {a:treasure}.
    There {he:hero} {saw} {a:treasure} {spot} and took it.
    Something shone {spot}. It was {a:treasure}!
go hero other_place; meet hero elder; hear hero loss
    {soon}, {he:hero} met {elder} {at:other_place}. "My {treasure} is gone," said {elder}{sadly_elder}.
    {At:other_place} was {elder}, looking {looked_places}< and {looked_far}>. "My {treasure} is gone!"
    {then} {elder} came along {at:other_place}. "Have you seen my {treasure}?" asked {elder}{sadly_elder}.
if trait hero honest
return-lost hero treasure elder; feel elder happy
    "[Here it is|I found it|Look]," {he:hero} said{softly}. {Elder} {shows:elder}.
    {at_once}, {hero} gave it back. {Elder} {was} {feels:elder} and {shows:elder}.
    "It lay {spot}," {he:hero} said{softly} and gave it back. {Elder} {shows:elder}.
maybe thank elder hero
---
offer-help elder hero; come-true wish hero; feel hero happy
    {next_day}, a <{color} >box stood at {hero}'s door. In it was {a:wish}, from {elder}! {He:hero} {shows:hero}.
    {next_day}, {elder} brought {him:hero} {a:wish}. {He:hero} {shows:hero}.
    "This is for you," said {elder}{softly} {next_day}. It was {a:wish}! {He:hero} {was} {feels:hero}.
close hero
    {learned hero} honesty is [the best treasure|worth more than gold].
    And {elder} and {hero} [had {meal}|talked about {topic}] every Sunday.
maybe night hero
else
keep hero treasure; lie hero loss elder
    {Hero} thought of {the:wish} that it could buy. "No," {he:hero} said{sadly}.
    "I have seen nothing," {he:hero} said{sadly}. {He:hero} wanted to buy {the:wish}.
    {Hero} hid it behind {his:hero} back. "[No|I saw nothing]," {he:hero} said{sadly}.
explain elder memory hero; feel hero ashamed
    "It was from my [mother|father|best friend]," said {elder}{sadly_elder}. {He:hero} {shows:hero}.
    "I have had it for {number} years," said {elder}{sadly_elder}. {He:hero} {was} {feels:hero}.
    {Elder} wiped away a tear. "It came from {family}." {He:hero} {shows:hero}.
confess hero loss elder; return-lost hero treasure elder; feel elder happy
    "[Wait|Stop], I lied. Here it is," {he:hero} said{sadly}. {Elder} {shows:elder}.
    {then} {hero} gave it back. "I lied, and I'm sorry," {he:hero} said{sadly}. {Elder} {was} {feels:elder}.
    "I wanted to keep it. I'm sorry," {he:hero} said{sadly} and gave it back. {Elder} {shows:elder}.
---
offer-help elder hero; feel hero relieved
    "[You did the right thing|Now your heart is light]," said {elder}{softly}.
    {Elder} gave {him:hero} {fruit} all the same. {He:hero} {shows:hero}.
    "[Everybody makes mistakes|It's all right now]," said {elder}{softly}. {He:hero} {was} {feels:hero}.
close hero
    {He:hero} had no {wish}, but {he:hero} had a [light heart|new friend].
    {learned hero} a light heart is better than {a:wish}.
maybe night hero
end
"""

PLOTS: tuple[str, ...] = (BROKEN, BORROWED, FALSE_ALARM, FOUND_TREASURE)
