"""Plots about help, gifts and wishes."""

TINY_FRIEND = """
plot tiny_friend | no kindness is too small to come back
roles place = place; other_place = place; tiny = tiny winged; trap = list spider_web|puddle|jar|bucket_of_water|sticky_leaf|tangle_of_string
start at tiny place
begin hero
carry-more hero
silent get-caught tiny
go hero place; see hero tiny
    {one_day}, {hero} {saw} {a:tiny} {at:place}. It was caught in {a:trap} and [could not|couldn't] get out.
    {one_day}, {a:tiny} was caught in {a:trap} {at:place}. {Hero} heard a [tiny|small|thin] voice and [looked down|stopped].
    {one_day}, {hero} was {at:place} when {he:hero} heard a [tiny|small|thin] voice. {A:tiny} was caught in {a:trap}!
pass-by hero
beg-help tiny hero
    "[Help|Please help me|Save me]," [cried|said|whispered] {tiny}. "[I am so small|My wings are wet|I have three children], and {nobody} [stops|sees me|hears me]."
    "[Please|Oh please], get me out," [cried|said|whispered] {tiny}. "[One day [I will|I'll] help you too|I will never forget it]."
    "[Nobody looks at one so small|All the others went by]," [cried|said|whispered] {tiny}. "[Please stop|Please help me]."
pull-out hero tiny
    With [a blade of grass|a thin stick|a long leaf], {hero} [gently|carefully|slowly] set it free. "[There you go|Fly away|Now you are free]," {he:hero} said{softly}.
    {Hero} [gently|carefully|slowly] took it out and put it on a {flower_color} flower. "[There you go|Rest a little|Now you are free]," {he:hero} said{softly}.
    "[Hold still|Do not be afraid]," said {hero}{softly}. {He:hero} [gently|carefully] opened {the:trap} with a [twig|stick|stem], and it was free.
thank tiny hero
    "[Thank you|You are kind]! [I will help you|One day [I will|I'll] help you] too," said {tiny}. {Hero} [smiled|laughed]. How could it ever help {him:hero}?
    {Tiny} flew around {his:hero} head [three times|twice]. "Thank you! [If you need me, call me|I will not forget it]!"
    "[Thank you, thank you|You saved my life]!" said {tiny}. "[If you need me, call|I will pay you back]." {Hero} [smiled|laughed]: it was so small!
---
go hero other_place
    {next_day}, {hero} was [picking {flower}|playing {game}|looking for {fruit}] {at:other_place}.
    {next_day}, {hero} {went} {to:other_place} [to play {game}|to pick {flower}|to look for {insect}].
    {next_day}, {hero} {ran:hero} {to:other_place} and played {game} there.
see-place hero
wander-off hero fog; feel hero scared
    {suddenly}, a [thick|gray|white] fog came. {Hero} [could not|couldn't] see [the way|{his:hero} own feet]. {He:hero} {was} {feels:hero} and {shows:hero}.
    {Hero} stayed too long, and it got so dark that {he:hero} [lost|could not find] the way. {He:hero} {shows:hero}, [because|for|since] {he:hero} {was} {feels:hero}.
    {then} clouds hid the sun, and {hero} [lost the way|did not know where to go]. {He:hero} {shows:hero}. Every [tree|path|bush] looked the same.
shout hero
    "[Help|Hello]! [Is anybody there|Where am I]?" {he:hero} called{sadly hero}. There was no answer.
    "[I want to go home|I will never get home]," {he:hero} said{sadly hero}. Nobody heard {him:hero}, or so {he:hero} thought.
    "[Mother|Hello, hello]!" {he:hero} called{loudly hero}. Only the wind answered.
come tiny hero; tell-news tiny hero
    But then {a:tiny} [sat down on {his:hero} {garment}|landed on {his:hero} nose]. "[You helped me|Do you remember me]? Now [I will|I'll] help you," it said. "[I know every path|Follow me]!"
    {then} there was a [tiny|small|thin] voice. "[Follow me|This way], {hero}!" It was {tiny} from {place}! "[You saved me|You were kind], and now it is my turn."
    {Suddenly}, something [hummed|moved] by {his:hero} ear. It was {tiny}! "[I told you that I would help|Now it is my turn]. [Follow me|This way]!"
silent find-way hero; go hero home
feel hero relieved
    It flew ahead, [left and right|up and down], past {flower} and {flower_b}, until {hero} saw {his:hero} own door. {Hero} {was} {feels:hero}.
    Step by step, {hero} followed it, past {flower} and {flower_b}. And there was home! {Hero} {shows:hero}.
    [Through|Out of] the dark it led {him:hero}, past {flower} and {flower_b}, all the way home. {Hero} {shows:hero}.
---
close hero
    {learned hero} {nobody} is too [small|little|tiny] to [help|be a friend].
    {after_that}, {hero} always looked where {he:hero} walked and never [laughed|giggled|chuckled] at small [friends|creatures].
    And there was always [a drop of honey|a little honey|a spoon of honey] on {hero}'s window sill, for {tiny}.
"""

BIRTHDAY = """
plot birthday | the best gift shows that you listened
roles friend = friend; place = place; gift = thing craft
start at friend place
begin hero
portrait hero
---
go hero place; meet hero friend; explain friend wish hero
    {one_day}, {hero} and {who:friend} were {at:place}. "Once I had {a:gift}," said {friend}{softly}. "But I lost it, and I still [miss it|think of it]."
    {one_day}, {hero} met {who:friend} {at:place}. They [looked|gazed|stared] at {flower} and talked. "[I have always wanted|I dream of] {a:gift}," said {friend}{softly}.
    {one_day}, {who:friend} told {hero} {at:place}, "[If I could have one thing|If I had one wish], it would be {a:gift}."
pass-by hero
remember hero wish
    {Hero} [said nothing|only nodded|just smiled], but {he:hero} [did not|didn't] forget it.
    [Others would have forgotten it|Many would not have listened], but {hero} [listened|remembered it|kept it in mind].
    {He:hero} kept it in {his:hero} heart [and said nothing|like a secret|for later].
go hero home; want hero present; feel hero worried
    {then} {friend}'s birthday came near. {Hero} had no money, only {a_find} and [a short pencil|a bent nail|a torn map|a dry leaf|a candle]. {He:hero} {was} {feels:hero} and {shows:hero}.
    {soon}, it was almost {friend}'s birthday. {but} {hero} had only {a_find} and [a short pencil|a bent nail|a torn map|a dry leaf|a candle], and no money. {He:hero} {shows:hero}.
    A week before {friend}'s birthday, {hero} looked into {his:hero} box: {a_find} and [a short pencil|a bent nail|a torn map|a dry leaf|a candle], but not one coin. {He:hero} {shows:hero}.
think-of hero make; murmur hero
    "Then [I will|I'll] make it!" {he:hero} [said|thought]. {He:hero} took {craft_stuff}, {color} [paint|thread|string] and {craft_tool} and worked [all night long|all week|day and night].
    "[I have two good {hands:hero}|I can make one]!" {he:hero} [said|thought]. With {craft_stuff}, {color} [paint|thread|string] and {craft_tool}, {he:hero} [began|started] to work.
    {but} in a corner lay {craft_stuff} and {color} [paint|thread|string]. {Hero} had an idea. [Night after night|Evening after evening], {he:hero} worked in secret.
make hero gift; feel hero proud
    The first one [broke|fell apart]. The second one was [crooked|too small]. {but} the third was good: {a:gift}! {Hero} {was} {feels:hero}.
    It was not [easy|quick]. {but} {at_last}, there it was: {a:gift}, made [with love|by {hero}]. {Hero} {shows:hero}.
    And on the evening before the birthday, it was done: {a:gift}, [shiny and new|as good as bought]. {Hero} {shows:hero}.
---
go hero place; greet hero friend; present hero gift friend
    At the party {at:place}, there was {meal}. {Friend} got [{color} socks|{color} pencils|a big book] and [a puzzle|a {color} lamp]. {then} {he:friend} opened {hero}'s box.
    Many guests came {to:place}, with {meal} and [{color} balloons|{color} flags]. "[This is for you|Happy birthday]," said {hero}{softly} and held out a box.
    "Happy birthday, {friend}!" said {hero} {at:place} and [gave|handed] {him:friend} a box with a {color} [ribbon|bow]. {Friend} [shook it|opened it slowly].
feel friend surprised; tell-news friend hero
    "{A:gift}!" {cried} {friend} and {shows:friend}. "[You remembered|You listened to me|You [did not|didn't] forget]!"
    {Friend} {shows:friend}. "[How did you know|You remembered]! [It is|It's] just like the one [I wanted|in my dreams]," {he:friend} said{softly}.
    Inside lay {the:gift}. {Friend} {was} {feels:friend}. "[You made this for me|You remembered what I said]!" {he:friend} said{softly}.
maybe thank friend hero
close hero
    {learned hero} the best gift comes from [listening|the heart].
    And of all the presents, {friend} liked {the:gift} [best|the most].
    {friends_forever hero friend}
    {ate_together hero friend}
"""

MAGIC_WISH = """
plot magic_wish | wish for others, and you will have enough
roles friend = friend; place = place; spot = spot; source = list old_lamp|golden_fish|star_stone|magic_shell|blue_feather|silver_bell; greedy_wish = list pancakes|marbles|balloons|apples|coins|pillows
start at friend friend-home; ill friend; at source place
begin hero
carry-more hero
pick hero kind|greedy
describe hero
    {habit:hero}
know-well hero friend leg
    {His:hero} friend {who:friend} had a [bad|broken|hurt] leg and had not [danced|run|walked] for [weeks|months|a long time].
    {He:hero} had a {good_friend}, {who:friend}. {but} {friend} had a [bad|broken|hurt] leg and [could not play outside|sat at the window all day].
    {His:hero} friend {who:friend} [could not walk|had to lie in bed], for {his:friend} leg was [bad|broken|hurt].
---
go hero place; find hero source; murmur hero
    {one_day}, {hero} [found|discovered] {a:source} {at:place}. It lay {spot} and said, "[I am magic|I am full of magic]. You have one wish."
    {one_day}, {hero} {went} {to:place} to look for {flower}. There lay {a:source}, {spot}. "[One wish is yours|Make a wish, just one]," it [whispered|said].
    {one_day}, {a:source} lay {spot} {at:place}. When {hero} touched it, it [spoke|began to glow]. "[You have one wish|Make one wish]," it said.
pass-by hero
feel hero surprised; think-of hero wishes
    {Hero} {shows:hero}. One wish! {He:hero} thought of {dream}, of {dream_b} and of {meal}.
    {Hero} {was} {feels:hero}. [What should it be|So many things to choose from]? {Dream}, or {dream_b}?
    A wish! {Hero} {shows:hero}. In {his:hero} head, there were {dream}, {dream_b} and {bread}.
if trait hero kind
get-well friend; murmur hero
    {then} {he:hero} thought of {friend}. "I wish that {friend}'s leg were well again," {he:hero} said{softly}. The {source} [shone|glowed] {color}, and the wish flew away.
    {but} all that was nothing without {friend}. "[Please make|I wish you would make] {friend}'s leg well," {he:hero} said{softly}. There was a {color} light, and [it was done|all was still].
    "[I have enough|I need nothing]," {he:hero} said{softly}. "I wish that {friend} could [dance|run|walk] again." The {source} [shone|glowed] {color}.
come friend hero; feel friend happy; feel hero happy; murmur hero
    {Soon}, somebody came running. It was {friend}! {He:friend} {shows:friend}. "[Look|See], my leg is well!" {he:friend} cried. {Hero} {shows:hero}.
    And who came down the path? {Friend}, on two good legs! "[I can run|I can jump|I can dance]!" {he:friend} cried. {Hero} {was} {feels:hero}.
    "{Hero}, [I can run|I can dance|I can walk]!" cried a voice. It was {friend}, and {he:friend} {shows:friend}. {Hero} {shows:hero}.
play-together hero friend
talk-together hero friend
---
close hero
    {learned hero} a wish for others makes [two happy|everybody richer].
    {friends_forever hero friend}
    And the {source}? It [winked|shone once more] and was gone.
else
wish-for hero greedy_wish; murmur hero
    "I want {greedy_wish}, [more than anybody has|a whole mountain of them|as many as there are stars]!" {he:hero} cried. The {source} [shone|glowed] {color}.
    "{Greedy_wish}!" {he:hero} cried. "[All the {greedy_wish} in the world|So many that I [cannot|can't] count them]!" And the {source} [shone|glowed] {color}.
    {He:hero} [did not|didn't] think of {friend}. "[A house full of {greedy_wish}|A thousand {greedy_wish}], just for me!" {he:hero} cried. There was a {color} light.
get-stuck hero; feel hero scared
    {Greedy_wish} fell from the sky, [ten, a hundred, a thousand|more and more], until {hero} was [buried|covered] up to {his:hero} neck. {He:hero} {was} {feels:hero}.
    It rained {greedy_wish}! They [piled up|came down] higher and higher, and {hero} [could not|couldn't] move. {He:hero} {shows:hero}.
    {then} {greedy_wish} came [from all sides|out of the air], on and on, until only {his:hero} head looked out. {He:hero} {shows:hero}.
shout hero; hear friend shout
    "[Stop|Enough]! [Help me|Help]!" {he:hero} called{loudly hero}. {Friend} heard it in {his:friend} bed.
    "[Help|Please, help], I [cannot|can't] get out!" {he:hero} called{loudly hero}, so that even {friend} heard it.
    "[Too many|No more]! Help!" {he:hero} called{loudly hero}. Far away, {friend} heard it.
come friend hero; pull-out friend hero; feel hero ashamed
    And {friend} came, on one leg and a stick, and [dug|pulled] {him:hero} out. {Hero} {shows:hero}. {He:hero} could have wished for a good leg!
    [Slowly|Step by step], with {his:friend} bad leg, {friend} came and [dug|pulled] {him:hero} out. {Hero} {was} {feels:hero}.
    With a stick in one hand, {friend} came all the way and [dug|pulled] {him:hero} out. {Hero} {shows:hero} when {he:hero} saw the bad leg.
apologize hero friend
    "[I had one wish|I could have wished for your leg], and I thought only of myself," {he:hero} said{sadly hero}. "[I am|I'm] sorry."
    "[I am|I'm] sorry, {friend}," {he:hero} said{sadly hero}. "[I wanted too much|I was greedy]. I should have wished for your leg."
    "[I wasted the wish|I was so greedy]," {he:hero} said{sadly hero}. "[I am|I'm] sorry. It could have made you well."
forgive friend hero
---
learn hero sharing; close hero
    {after_that}, {hero} visited {friend} [every|each] day, until the leg was well, even without [magic|a wish].
    {learned hero} those who want everything may get too much.
    They gave the {greedy_wish} to [all their neighbors|everybody they met], and {hero} carried {friend}'s [bag|basket|things] all summer.
end
"""

RAINY_PICNIC = """
plot rainy_picnic | a bad beginning can become a good day
roles friend = friend; place = place; food = thing treat; cover = list umbrella|green_blanket|small_tent|big_coat|old_raincoat|table_cloth
start at friend home; holds hero food; holds hero cover
begin hero
portrait hero
invite hero friend
    {one_day}, {hero} said to {who:friend}{softly}, "[Let us|Let's] have a picnic {at:place}." They packed {a:food}, {fruit} and {drink}.
    {one_day}, {hero} and {who:friend} [wanted|wished|hoped] to have a picnic {at:place}. They packed {a:food}, {fruit} and {drink}.
    It was just the day for a picnic {at:place}. {Hero} and {who:friend} packed {a:food}, {fruit} and {drink}.
keep hero cover; doubt friend hero
    {Hero} took {a:cover} along as well. "[What is that for|Why do you need that]?" [laughed|giggled|chuckled] {friend}. "The sky is blue!"
    "[Why do you carry|What do you want with] {a:cover}?" asked {friend}{softly}. "[Who knows|You never know]," said {hero} and took it along.
    At the door, {hero} took {a:cover}, [too|as well]. {Friend} [smiled|laughed] at it. "[It is so heavy|We will not need it]," {he:friend} said.
---
go-together hero friend place
    They [walked|sang all the way|told jokes all the way] {to:place} and put {the:food} on the [grass|ground].
    {then} they [walked|sang all the way|told jokes all the way] {to:place} and [sat|settled] down between {flower} and {flower_b}.
    {At:place}, they found a [nice|quiet|soft] spot between {flower} and {flower_b}.
see-place hero
rain-starts; feel friend sad; murmur hero
    {but} {soon}, [one drop fell|a cloud came], then another, and then it [rained|poured]! "{Oh_no}, our picnic!" {cried} {friend}. {He:friend} {was} {feels:friend}.
    {Suddenly}, it began to [rain|pour]. {Friend} {shows:friend}. "[The picnic is over|Everything will get wet|What a bad day]," {he:friend} said{sadly friend}.
    Just as they took the first bite, it [rained|poured]. "{Oh_no}," said {friend}{sadly friend}. "[We have to go home|Our {food} will get wet]." {He:friend} {shows:friend}.
use hero cover; invite hero friend
    {but} {hero} had {the:cover}! "[Come under here|Quick, come in]," {he:hero} said{softly}. They [sat close together|crept under it] and stayed dry.
    "[Now you know|This is] what {the:cover} is for," said {hero}{softly}. {He:hero} [held it|put it] over both of them and over {the:food}.
    {Hero} only [smiled|grinned|beamed] and took out {the:cover}. There was room for two under it, and for {the:food} as well.
share-kindly hero food friend; feel friend happy; feel hero happy
    The rain [drummed|danced|played music] above them while they ate {the:food} and {fruit}. {Friend} {shows:friend}.
    They ate {the:food}, listened to the rain and told stories about {dream} and {dream_b}. {Hero} {was} {feels:hero}.
    There they ate {the:food}, [counted the drops|sang rain songs] and [made boats of leaves|played a guessing game]. {Friend} {was} {feels:friend}.
rain-stops
    {then} the sun came out, with a [big|bright|double] rainbow. They jumped over puddles {so_long}.
    When it [stopped|stood still], there were {color} [snails|frogs|worms] everywhere, and a [big|bright|double] rainbow over the hills.
    {At_last}, it [stopped|stood still]. They [jumped over puddles|looked at the rainbow|built a dam] {so_long}.
---
maybe praise friend hero
    "[That was the best picnic ever|What a lucky day]," said {friend}{softly}, "[thanks to|all because of] your {cover}."
    "[I will|I'll] never laugh at your {cover} again," said {friend}{softly}. "[What a picnic|That was fun]!"
    "[You think of everything|How clever you are], {hero}," said {friend}{softly}. "[Next time [I will|I'll] carry the {cover}|Let us do that again]!"
close hero
    {learned hero} a bad beginning can become a good day.
    {after_that}, they never went out without {the:cover}.
    {friends_forever hero friend}
"""

PLOTS: tuple[str, ...] = (TINY_FRIEND, BIRTHDAY, MAGIC_WISH, RAINY_PICNIC)
