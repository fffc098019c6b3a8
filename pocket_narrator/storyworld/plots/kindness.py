"""Plots about help, gifts and wishes."""

TINY_FRIEND = """
plot tiny_friend | no kindness is too small to come back
roles place = place; other_place = place; tiny = tiny; trap = list spider_web|puddle|jar|bucket_of_water|sticky_leaf|tangle_of_string|pot_of_honey|bottle
start at tiny place
begin hero
silent get-caught tiny
go hero place
adorn see-place hero
see hero tiny
    There was {a:tiny}, caught in {a:trap}.
    {A:tiny} was caught in {a:trap} and could not get out.
    In {a:trap}, {he:hero} {saw} {a:tiny} that could not get out.
beg-help tiny hero
    "[Please|Oh, please] help me," said {tiny}{sadly}.
    "Everybody else went by," said {tiny}{sadly}. "Help me!"
    "[Help me|Save me], I have {number} children," said {tiny}{sadly}.
pull-out hero tiny
    With a [blade of grass|thin stick|long leaf], {hero} set it free.
    {Hero} took it out and put it on a [dry|green|big] leaf.
    "[Hold still|Don't be afraid]," {he:hero} said{softly} and set it free.
thank tiny hero
    "One day, I will help you," said {tiny}{softly}. {Hero} laughed.
    "You saved me," said {tiny}{softly}. "I will not forget it."
    It flew around {his:hero} head {few} times and was gone.
later hero
---
go-next hero other_place
wander-off hero fog; feel hero scared
    {suddenly}, a [thick|gray|white|cold] fog came, and {hero} lost the way. {He:hero} {shows:hero}.
    {then} there was fog everywhere, and {he:hero} {was} {feels:hero}. Where was the way?
    {Hero} walked into a [thick|gray|white|cold] fog and lost the way. {He:hero} {shows:hero}.
come tiny hero; find-way hero; go hero home; feel hero relieved; murmur hero
    {but} {a:tiny} came, and it was the same one! It flew ahead to {hero}'s door, and {he:hero} {shows:hero}.
    {soon}, something sat down on {his:hero} {garment:hero}. "Follow me!" said {tiny}. It flew ahead to {hero}'s home, and {he:hero} {shows:hero}.
    "Now I help you," said a tiny voice. It was {tiny}! It led {him:hero} home<, past {passed_plants}>. {He:hero} {shows:hero}.
---
close hero
    {learned hero} nobody is too small to [help|be a friend].
    And there was always {drink} for {tiny} by {hero}'s door.
    {after_that}, {hero} never laughed at small [friends|creatures|helpers].
maybe night hero
"""

BIRTHDAY = """
plot birthday | the best gift shows that you listened
roles friend = friend; place = place; gift = thing craft
start at friend place; knows friend gift
begin hero
go hero place
meet hero friend
explain friend gift hero
    "I have always wanted {a:gift}," said {friend}{softly}.
    "I had {a:gift} once, but I lost it," said {friend}{sadly}.
    "I dream of {a:gift}," said {friend}{softly}.
remember hero gift
    {Hero} only [nodded|smiled], but {he:hero} did not forget it.
    {Hero} wrote it [on a leaf|on a piece of paper|in a <{color} >book].
    Others forget such things, but {hero} did not.
silent go hero home
later hero
---
want hero gift; feel hero worried
    {days_later}, it was {friend}'s birthday. {Hero} had no money<, only {a_find}>. {He:hero} {shows:hero}.
    {few} days before {friend}'s birthday, {hero} had nothing to give<, only {a_find}>. {He:hero} {shows:hero}.
    {friend}'s birthday came near, and {hero} had no present. {He:hero} {was} {feels:hero}.
think-of hero making
    {then} {he:hero} took {craft_stuff} and {craft_tool} and worked {so_long_alone}.
    With {craft_stuff}, {craft_tool} and [strong|thin|old] [thread|string], {he:hero} began to work.
    In a corner lay {craft_stuff}. {Hero} found {craft_tool} and worked {so_long_alone}.
make hero gift; feel hero proud
    The first one broke, but the second one was {a:gift}! {He:hero} {shows:hero}.
    {at_last}, there was {a:gift}. {He:hero} {shows:hero}.
    After {number} hours, it was {a:gift}! {He:hero} {was} {feels:hero}.
---
go hero place; greet hero friend; present hero gift friend
    {friend} got <{color} >socks from {family}. {then} {hero} came with a <{color} >box {to:place}.
    There was a party {at:place}<, and they had {meal}>. {Hero} gave {friend} a <{color} >box.
    "Happy birthday!" {he:hero} said{gladly} {at:place} and held out a <{color} >box.
feel friend surprised; praise friend hero
    "{A:gift}!" {cried} {friend} and {shows:friend}. "You remembered!"
    {Friend} {shows:friend}. "You listened to me!" {he:friend} said{softly}.
    In it was {the:gift}. {Friend} {was} {feels:friend}. "You remembered!"
maybe thank friend hero
close hero
    {learned hero} the best gift comes from [listening|the heart].
    {friends_forever hero friend}
maybe night hero
"""

MAGIC_WISH = """
plot magic_wish | wish for others, and you will have enough
roles friend = friend; place = place; spot = spot; source = list old_lamp|golden_fish|star_stone|magic_shell|blue_feather|silver_bell|talking_apple|glass_ball; greedy_wish = list pancakes|marbles|balloons|apples|coins|pillows|cookies|toys; glow = detail shine_color
start at friend friend-home; ill friend; at source place
begin hero
pick hero kind|greedy
describe hero
    {habit:hero}
know-well hero friend leg
    {His:hero} {good_friend} {who:friend} had a [bad|broken|hurt] leg and lay in bed.
    {He:hero} had a {good_friend}, {who:friend}, whose leg was [bad|broken|hurt].
    {Who:friend}, {his:hero} {good_friend}, could not walk for {few} weeks.
later hero
---
go hero place
adorn see-place hero
find hero source; murmur hero
    {spot}, {he:hero} found {a:source}. "You have one wish," it said.
    There lay {a:source} {spot}. "Make a wish, just one," it said.
    {A:source} lay {spot} and shone {glow}. "One wish is yours," it said.
feel hero surprised; think-of hero wishes
    {He:hero} {shows:hero} and thought of {dream}< and of {meal}>.
    One wish! {He:hero} {shows:hero}. {Dream}? Or {dream_b}?
    {He:hero} {was} {feels:hero} and thought of {dream_b}.
if trait hero kind
get-well friend; murmur hero
    But then {he:hero} thought of {friend}. "Make {friend}'s leg well," {he:hero} said{softly}.
    "I wish that {friend} could [dance|run|walk] again," {he:hero} said{softly}.
    "I need nothing," {he:hero} said{softly}. "Make {friend}'s leg well!"
---
come friend hero; feel friend happy; feel hero happy; murmur hero
    {soon}, {friend}<, wearing {a_clothes:friend},> came running and {shows:friend}. {He:hero} {shows:hero}.
    {suddenly}, {friend} came down the path<, {doing}>! {He:hero} {shows:hero}.
    "Look, my leg!" {cried} {friend} and {shows:friend}. {He:hero} {was} {feels:hero}.
play-together hero friend
adorn eat-together hero friend
close hero
    {learned hero} a wish for others makes two happy.
    {friends_forever hero friend}
    And the {source}? It shone {glow} once more and was gone.
else
wish-for hero greedy_wish; murmur hero
    "{Greedy_wish}!" {cried} {hero}. "A thousand {greedy_wish}, just for me!"
    "I want {greedy_wish}, a whole mountain of them!" {he:hero} {cried}.
    {He:hero} did not think of {friend}. "{Greedy_wish}, more than anybody has!" {he:hero} {cried}.
get-stuck hero; feel hero scared
    {Greedy_wish} fell from the sky, up to {his:hero} [neck|nose|ears]. {He:hero} {shows:hero}.
    It rained {greedy_wish}! {Hero} could not move and {shows:hero}.
    {Greedy_wish} came from all sides< and over the {flower}>, and {hero} was stuck. {He:hero} {was} {feels:hero}.
---
come friend hero; pull-out friend hero; feel hero ashamed
    {Friend} heard it, came on one leg and pulled {him:hero} out. {He:hero} {shows:hero}.
    {soon}, {friend} came on one leg< past {passed_thing}> and pulled {him:hero} out. {He:hero} {shows:hero}.
    With a [long|strong|bent] stick, {friend} came all the way and pulled {him:hero} out. {He:hero} {was} {feels:hero}.
apologize hero friend
    "I should have wished for your leg," {he:hero} said{sadly}. "I'm sorry."
    "I thought only of myself," {he:hero} said{sadly}. "I'm sorry, {friend}."
    "I was greedy," {he:hero} said{sadly}. "I'm sorry."
forgive friend hero
learn hero sharing; close hero
    {learned hero} those who want everything get too much.
    {after_that}, {hero} visited {friend} every day< with {bread}>.
    They gave the {greedy_wish} to {everybody}.
end
"""

RAINY_PICNIC = """
plot rainy_picnic | a bad beginning can become a good day
roles friend = friend; place = place; food = thing treat; flask = detail drink; cover = list umbrella|green_blanket|small_tent|big_coat|old_raincoat|table_cloth|red_sail|wooden_cart
start at friend home; holds hero food; holds hero flask; holds hero cover
begin hero
invite hero friend
    {one_day}, {hero} and {who:friend} packed {a:food} and {flask} for a picnic.
    "Let's have a picnic," {he:hero} said to {who:friend}{softly}. They packed {a:food} and {flask}.
    {one_day}, {who:friend}<, wearing {a_clothes:friend},> came for a picnic. {Hero} took {a:food} and {flask}.
keep hero cover; doubt friend hero
    {Hero} took {a:cover} as well. "What is that for?" laughed {friend}.
    "Why do you carry {a:cover}?" asked {friend}. "Who knows," {he:hero} said{softly}.
    {Friend} laughed, because {hero} also took {a:cover}.
---
go-together hero friend place
    They went {to:place}<, past {passed_animals} and {passed_plants}>.
    {At:place}, they sat down< between {flower} and {flower_b}> and talked about {topic}.
    They {went} {to:place} together and talked about {topic}.
rain-starts; feel friend sad; murmur hero
    {but} {suddenly} it [rained|poured]! {Friend} {shows:friend}.
    [One drop|A cloud] came, and then it [rained|poured]. "{oh_no}, our picnic!" {cried} {friend}.
    {then} it began to [rain|pour]. {Friend} {was} {feels:friend} and {shows:friend}.
use hero cover; invite hero friend
    {but} {hero} had {the:cover}! "Come under it," {he:hero} said{softly}.
    "This is what the {cover} is for," {he:hero} said{softly}. It was dry under it.
    {Hero} put {the:cover} over both of them and over {the:food}.
share-kindly hero food friend; drink-up hero flask; feel friend happy; feel hero happy
    They ate {the:food} and talked about {topic_b}. {Friend} {shows:friend}.
    The rain drummed, and they had {the:food} with the {flask}. {He:hero} {was} {feels:hero}.
    They shared {the:food} and sang about {topic}. {Friend} {was} {feels:friend}.
rain-stops
    {at_last}, it stopped<, and there were {number} [brown|tiny|fat|happy] [snails|toads|worms] in the grass>.
    When the sun came out, they played {game} {so_long}.
    {soon}, there was a rainbow< over {flower} and {flower_b}>.
---
praise friend hero
    "I will never laugh at your {cover} again," said {friend}{softly}.
    "What a [picnic|day]," said {friend}{gladly}, "thanks to your {cover}!"
    "{wow}, I like your {cover}!" said {friend} and {hugs friend hero}.
close hero
    {learned hero} a bad beginning can become a good day.
    {after_that}, they never went out without the {cover}.
    {friends_forever hero friend}
maybe night hero
"""

PLOTS: tuple[str, ...] = (TINY_FRIEND, BIRTHDAY, MAGIC_WISH, RAINY_PICNIC)
