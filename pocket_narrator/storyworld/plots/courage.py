"""Plots about being afraid and doing it all the same."""

NIGHT_NOISE = """
plot night_noise | fear grows small when you look at it closely
roles parent = parent; noise = list kitten|branch|mouse|frog|owl|shutter
start at parent home
begin hero
portrait hero
if is noise kitten
tell-news parent hero
    {one_day}, {parent} said{softly}, "The [neighbors|people next door] have lost their [gray|white|black|little] kitten."
    {one_day}, {everybody} was looking for a [gray|white|black|little] kitten that had run away.
elif is noise branch
tell-news parent hero
    {one_day}, {parent} looked up at the tall tree by the window and said{softly}, "That branch is [much too long|growing and growing]."
    {one_day}, {hero} [sat under|played under] the old tree, whose long branch almost touched the window.
elif is noise mouse
tell-news parent hero
    {one_day}, {parent} asked{softly}, "Who [ate|took] the cheese from the shelf? There is a little hole in it."
    {one_day}, {hero} saw that somebody very [small|little|tiny] had [nibbled|bitten] a hole into the cheese.
elif is noise frog
tell-news parent hero
    {one_day}, it rained so much that the frogs [came up to|sat by|hopped past] the door.
    {one_day}, {parent} [laughed|giggled|chuckled] and said{softly}, "Look, a little green frog is sitting in our rain barrel."
elif is noise owl
tell-news parent hero
    {one_day}, {parent} said{softly}, "Look, an owl has [built its nest|moved] under our roof."
    {one_day}, {hero} found a big [brown|gray|soft] feather under the roof, an owl's feather.
else
tell-news parent hero
    {one_day}, the wind [tore|pulled] at the window, and one shutter came loose.
    {one_day}, {parent} said{softly}, "The shutter of your window is loose. [I will mend it tomorrow|It bangs in the wind]."
end
---
night-falls; hear hero noise
    That night, [{hero} lay in bed|it was dark and still|the moon was hidden by clouds]. {Suddenly}, there was a [strange|soft|low] sound: [tap, tap|scratch, scratch|creak, creak]!
    When it was dark, a [strange|soft|low] sound woke {hero}. [Tap, tap|Scratch, scratch|Creak, creak]! It came [nearer|again and again].
    In the middle of the night, {hero} heard [something|a noise]: [tap, tap|scratch, scratch|creak, creak]! What could it be?
feel hero scared; murmur hero
    {Hero} {was} {feels:hero}. "[Is it|Maybe it is] a {monster}?" {he:hero} [whispered|thought].
    "[It must be|That is] a {monster}!" {hero} [whispered|thought] and {shows:hero}.
    {He:hero} {shows:hero} and pulled the {color} blanket over {his:hero} head. "A {monster}!" {he:hero} [whispered|thought].
think-of hero look; murmur hero
    {but} {hero} [took a deep breath|counted to ten|counted to three]. "[I will look|I want to know what it is|I can be brave]," {he:hero} said{softly}.
    "[I must be brave|Brave ones look|I will just take a look]," {hero} said to {himself:hero}. [One, two, three|Step by step], {he:hero} got up.
    {Hero} thought of {parent}, who always said, "[Look first, then be afraid|Things look smaller with a light on]."
light hero
    {He:hero} [took|lit] a little lamp and [went|tiptoed|crept] to the window, [step by step|on soft feet|without a sound].
    With a {color} lamp, {he:hero} [went|tiptoed|crept] to the window and [opened it|looked out].
    [Slowly|Bravely|On soft feet], {he:hero} [went|tiptoed|crept] to the window with a [small|little|tiny] lamp.
---
if is noise kitten
see hero truth; feel hero relieved
    It was the lost kitten! It sat there, [wet and cold|hungry and small], and [said meow|scratched at the wood]. {Hero} {shows:hero}.
    There sat the little kitten that {everybody} was looking for! {Hero} {was} {feels:hero}, took it in and gave it [some milk|warm milk].
elif is noise branch
see hero truth; feel hero relieved
    It was only the long branch, and the wind [knocked it|moved it] against the glass. {Hero} {shows:hero}.
    There was no {monster}, only the branch of the old tree in the wind. {Hero} {was} {feels:hero}.
elif is noise mouse
see hero truth; feel hero relieved
    It was a tiny mouse with a [piece|bit] of cheese, and the mouse was more afraid than {hero}. {Hero} {shows:hero}.
    There sat the mouse that loved cheese! It [looked up|stopped eating] and ran away. {Hero} {was} {feels:hero}.
elif is noise frog
see hero truth; feel hero relieved; murmur hero
    It was a little frog that [jumped|hopped] up and down [in front of|before] the window. {Hero} {shows:hero}.
    There sat a wet green frog on the window sill and said, "[Croak|Ribbit]." {Hero} {was} {feels:hero}.
elif is noise owl
see hero truth; feel hero relieved
    It was the owl from the roof, and it [looked at {hero} with round eyes|fed its three babies]. {Hero} {shows:hero}.
    There sat the owl that lived under the roof, [big|old|soft] and quiet. {Hero} {was} {feels:hero}.
else
see hero truth; feel hero relieved
    It was just the loose shutter that [moved|swung] in the wind. {Hero} {shows:hero} and closed it.
    There was no {monster}, only the loose shutter in the wind. {Hero} {was} {feels:hero}.
end
tell hero truth parent; praise parent hero
    {next_day}, {hero} told {parent} all about it. "[How brave you were|You looked, and that was brave|My brave {child:hero}]," said {parent}{softly}.
    When {hero} told {parent} about it in the morning, {parent} {hugs parent hero}.
    {Parent} [laughed|smiled] when {hero} told it at breakfast over {meal}. "[You are very brave|Well done]," {he:parent} said{softly}.
close hero
    {learned hero} [a {monster} is often something small|fear gets small when you look at it].
    {after_that}, {hero} [was not|wasn't] afraid of the dark any more.
    The next time it went [tap, tap|creak, creak], {hero} only [smiled|grinned|beamed] and [slept on|turned over].
"""

STAGE_FRIGHT = """
plot stage_fright | courage can be as quiet as one first step
roles friend = friend; place = place; talent = list sing|dance|whistle|tell_stories; prize = list golden_cup|silver_star|big_cake|crown_of_flowers|blue_ribbon|box_of_sweets
start at friend place
begin hero
portrait hero
be-known-for hero shy
describe hero
    {but} when {he:hero} was alone, {hero} loved to {talent}, and {he:hero} did it [beautifully|very well|better than anybody].
    Nobody [knew|understood] that {hero} could {talent} so [beautifully|well]. {He:hero} did it only when {he:hero} was alone.
    At home, {hero} [often|always] liked to {talent}, but {he:hero} never did it when others were there.
---
go hero place; meet hero friend; tell-news friend hero
    {one_day}, {hero} met {his:hero} friend {who:friend} {at:place}. "There is a {big} show {tomorrow}," said {friend}{softly}. "The best one gets {a:prize}."
    {one_day}, there was a {big} show {at:place}. "The best one gets {a:prize}," said {hero}'s friend {who:friend}{softly}.
    {one_day}, {who:friend} called {hero} {to:place}. "There will be a show {tomorrow}," {he:friend} said{softly}, "and the best one gets {a:prize}."
pass-by hero
encourage friend hero; feel hero scared
    "You should {talent}, {hero}! I heard you once [through the window|behind the house], and it was [wonderful|so beautiful]." {Hero} {shows:hero}.
    "Please {talent} for us, {hero}," {friend} said{softly}. "[I know that you can|You are the best]." {Hero} {was} {feels:hero}.
    "Will you {talent}, {hero}? [I know how good you are|I heard you once]." {Hero} {shows:hero}. "[All those eyes|In front of everybody]?" {he:hero} [whispered|murmured].
advise friend trick hero
    "[Look only at me|Just look at me]," said {friend}{softly}. "Think that [we two are alone|nobody else is there]."
    "[Close your eyes|Shut your eyes] and think of {dream}," said {friend}{softly}. "[Then it is easy|That helps]."
    "I will [stand in the first row|be right beside you]," said {friend}{softly}. "[Just look at me|You will not be alone]."
---
step-on-stage hero
    When {hero} stood on the stage in {his:hero} {color} {garment}, {his:hero} knees [shook|trembled|knocked]. So many eyes!
    {then} it was {hero}'s turn. {His:hero} [heart beat|mouth was dry|knees shook], and [everybody was quiet|somebody coughed].
    {He:hero} [stood|was] there in {his:hero} {color} {garment}, and at first no [sound|word] came out. [Somebody|A voice in the back] giggled.
remember hero trick; encourage friend hero
    {but} {hero} thought of what {friend} had said. {He:hero} [took a deep breath|looked for {friend}|swallowed] and [began|started] to {talent}.
    {Hero} [saw {friend} in the first row|looked at {friend}] and took a deep breath. {then} {he:hero} [began|started] to {talent}, [softly|slowly] at first.
    "[Now|You can do it]!" called {friend}. {Hero} took a deep breath and [began|started] to {talent}.
shine hero; feel hero proud
    It was so [beautiful|lovely|good] that {nobody} [moved|spoke]. In the end, they all [clapped|stood up and clapped|cheered]. {Hero} {shows:hero}.
    [Nobody giggled any more|You could have heard a pin drop]. {then} the crowd [clapped and clapped|cheered and shouted]. {Hero} {was} {feels:hero}.
    [Even the birds were quiet|Everybody held their breath]. {then} came a great [cheer|clapping]. {Hero} {was} {feels:hero} and {shows:hero}.
win-prize hero prize; thank hero friend
    {Hero} won {the:prize}. "[Half of it is yours|I did it because of you], {friend}," {he:hero} said{softly}.
    {The:prize} was for {hero}! "[Without you, I would have run away|It is yours too], {friend}," {he:hero} said{softly}.
    And who got {the:prize}? {Hero} did! {He:hero} {hugs hero friend}. "[Thank you|I did it]!" {he:hero} said.
---
close hero
    {learned hero} courage can be very [small|quiet] and still win.
    {after_that}, {hero} [was not|wasn't] so {trait:hero} any more.
    {friends_forever hero friend}
    {night_end hero}
"""

RESCUE = """
plot rescue | a thing picked up today may save somebody tomorrow
roles friend = friend; place = place; other_place = place; spot = spot; tool = list rope|long_pole|fishing_net|wooden_plank|leather_belt|long_branch; trap = list deep_hole|muddy_ditch|old_pit|swamp|deep_ditch|dry_well
start at friend other_place; at tool place
begin hero
carry-more hero
go hero place; find hero tool
    {one_day}, {hero} [found|discovered] {a:tool} {at:place}. It lay {spot}.
    {one_day}, {hero} {went} {to:place} to pick {flower}. There {he:hero} [found|discovered] {a:tool} {spot}.
    {one_day}, {a:tool} lay {spot} {at:place}. {Hero} [saw it|almost fell over it|stopped].
pass-by hero
keep hero tool; murmur hero
    "[Who knows what it is good for|This may be useful|I can use this one day]," {he:hero} [thought|said to {himself:hero}] and took it along.
    Others would have left it there, but {hero} [took it along|carried it away|took it home].
    "[Shall I take it|What is it good for]?" {he:hero} [thought|wondered]. {At_last}, {he:hero} took it along.
see-place hero
---
fall-into friend trap; hear hero help; feel friend scared; murmur hero
    {next_day}, {who:friend} was picking {flower} {at:other_place} and fell into {a:trap}. "Help!" {he:friend} [cried|called|shouted]{loudly friend}.
    {next_day}, there was a cry from {other_place}. {Who:friend} had fallen into {a:trap}! "Help!" {he:friend} [cried|called|shouted]{loudly friend}.
    {next_day}, {who:friend} was chasing {insect} {at:other_place} and [did not|didn't] see {a:trap}. Down {he:friend} went! "Help!" {he:friend} {cried}.
hurry hero
    {Hero} heard it and {ran:hero} {to:other_place} {at_once}. There was {friend}, [deep down|full of mud], and {he:friend} {shows:friend}.
    {At_once}, {hero} {ran:hero} {to:other_place}. {Friend} was [deep down|full of mud] and {shows:friend}.
    {Hero} [came|{ran:hero}] {to:other_place} {at_once} and [looked down|saw {him:friend}]. {Friend} {was} {feels:friend}.
shout friend
    "[I [cannot|can't] get out|It is too deep|I am stuck]!" said {friend}{sadly friend}. {Hero} [could not|couldn't] reach {him:friend} with {his:hero} {hands:hero}.
    "[Please [do not|don't] leave me|Get me out]!" said {friend}{sadly friend}. {but} {hero} was not [strong|big|tall] enough alone.
    {Friend} tried to climb, but [slipped|fell] back [again and again|every time]. "[I [cannot|can't] do it|It is no use]," {he:friend} said{sadly friend}.
use hero tool; shout hero
    {then} {hero} thought of the {tool}. "[Wait|Hold on]! I [know what to do|have something]," {he:hero} called and {ran:hero} to get it.
    "[The {tool}|I know! The {tool}]!" {cried} {hero}. {He:hero} {ran:hero} [home|away] and came back with it {at_once}.
    What could help? [The {tool}|That {tool}]! {Hero} {ran:hero} to get it [as fast as {he:hero} could|without a word].
save-with hero friend tool; feel friend relieved; murmur hero
    {He:hero} let the {tool} down. "[Hold on tight|Take it]!" {he:hero} called. [Bit by bit|Slowly], {he:hero} [pulled|dragged] {friend} out. {Friend} {shows:friend}.
    With the {tool}, {hero} [pulled and pulled|pulled with all {his:hero} might], until {friend} was out. {Friend} {was} {feels:friend}.
    {Friend} held on to the {tool}, and {hero} pulled. [One, two, three|Up, up, up], and {he:friend} was out! {Friend} {shows:friend}.
---
thank friend hero
    "[You saved me|You pulled me out], {hero}!" said {friend}{softly}. "[And I always laughed at old things|How good that you had the {tool}]."
    "Thank you, {hero}! [Where did you get|How lucky that you had] the {tool}?" said {friend}{softly}.
    {Friend} {hugs friend hero}. "[You are my hero|You saved me]!" {he:friend} said.
eat-together hero friend
close hero
    {learned hero} a thing that you [pick up|find] today may help [you|somebody] tomorrow.
    The {tool} got a place of honor [over the door|on the wall|by the bed].
    {friends_forever hero friend}
"""

STORM = """
plot storm | it is easier to be brave when somebody needs you
roles friend = friend; place = place; shelter = list cave|barn|hollow_tree|old_hut|tent|empty_shed; song = list moon|stars|sea|summer|mountains|rainbow
start at friend place
begin hero
pick hero brave|timid
describe hero
    {habit:hero}
know-well hero friend song
    {His:hero} [grandma|mother|aunt] had taught {him:hero} a song about the {song}, [for dark hours|for bad days|to sing when things go wrong].
    The song that {hero} liked best was about the {song}. It [made everything seem better|always made {him:hero} feel warm].
    At night, {his:hero} [grandma|mother|aunt] always sang {him:hero} a song about the {song}.
---
go hero place; meet hero friend
    {one_day}, {hero} and {who:friend} were picking {flower} {at:place}.
    {one_day}, {hero} met {who:friend} {at:place}. They played {game} and [did not|didn't] see the dark clouds.
    {one_day}, {hero} and {his:hero} friend {who:friend} played {game} {at:place}.
pass-by hero
rain-starts
    {suddenly}, the sky turned [black|dark|gray]. [Boom|Crash|Bang]! Thunder rolled, and the rain [poured|came] down.
    {then} a storm came up. [Boom|Crash|Bang]! The thunder was [loud|very near], and it [rained|poured].
    Black clouds [came|rolled] over the hills. Lightning flashed, and [boom|crash|bang] went the thunder!
go-together hero friend shelter
    They {ran:hero} into {a:shelter} and [sat close together|sat down in a corner|held each other's {hands:hero}].
    {Friend} {saw} {a:shelter}, and they [crept|hurried] inside, [wet|cold and wet|out of breath].
    There was {a:shelter} [near by|not far away]. They [crept|hurried] in, [wet|cold and wet|out of breath].
feel friend scared; murmur hero
    {Friend} {shows:friend}. "[I am|I'm] afraid of the thunder," {he:friend} said{sadly friend}.
    "[I want to go home|Will it hit us|Is it coming nearer]?" asked {friend}{sadly friend}. {He:friend} {was} {feels:friend}.
    Another [boom|crash|bang]! {Friend} {was} {feels:friend} and {shows:friend}.
if trait hero timid
feel hero scared; think-of hero help
    {Hero} {was} {feels:hero} [too|as well]. {but} when {he:hero} {saw} {friend} shake, {he:hero} [forgot about it|thought only of {him:friend}].
    {Hero} {shows:hero} [too|as well]. {but} somebody had to be brave, and so {he:hero} [took a deep breath|sat up].
    Inside, {hero} {was} {feels:hero} as well. {but} {friend} needed {him:hero} now.
else
think-of hero help
    {Hero} [was not|wasn't] afraid, but {he:hero} [did not|didn't] laugh at {friend}.
    To {hero}, the thunder was like [a big drum|music]. {but} {he:hero} saw that {friend} needed help.
    {Hero} liked storms, but now {he:hero} thought only of {friend}.
end
comfort hero friend
    "[Come close|Listen to me|Sing with me]," said {hero}{softly}. And {he:hero} sang the song about the {song}, [again and again|louder than the thunder|line by line].
    {Hero} put an arm around {him:friend} and [sang|began to sing] the song about the {song}, until {friend} sang along.
    {then} {he:hero} remembered the song about the {song}. {He:hero} sang it [softly|loudly], and {friend} [listened|hummed along].
rain-stops; feel friend happy; feel hero proud; murmur hero
    {at_last}, the storm was over. {Friend} {shows:friend}. "[I was not afraid at all in the end|Your song was stronger than the thunder]," {he:friend} said{softly}.
    When the song was over, the rain had [stopped|stood still]. "[You are so brave|Thank you for the song]," said {friend}{softly}. {Hero} {was} {feels:hero}.
    {soon}, the sun came out, with a [rainbow|big rainbow] over the hills. {Friend} {shows:friend}, and {hero} {was} {feels:hero}.
---
if trait hero timid
close hero
    {learned hero} it is easier to be brave when [a friend|somebody] needs you.
    And {hero}, who had been so {trait:hero}, was never afraid of thunder again.
    {after_that}, {nobody} called {hero} {trait:hero} any more.
else
close hero
    {learned hero} being brave means [helping|looking after] those who are afraid.
    {after_that}, they sang that song [in every storm|whenever one of them was afraid].
    {friends_forever hero friend}
end
end-day hero
"""

PLOTS: tuple[str, ...] = (NIGHT_NOISE, STAGE_FRIGHT, RESCUE, STORM)
