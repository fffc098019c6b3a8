"""Plots about warnings, promises and rules, kept or broken."""

WARNING = """
plot warning | a warning is a gift
roles friend = friend; elder = elder; place = place; danger = list red_berries|old_bridge|wasp_nest|fast_river|steep_rock
start at elder place; at friend friend-home
begin hero
carry-more hero
pick hero careful|stubborn
describe hero
    {habit:hero}
---
if is danger fast_river
go hero place; meet hero elder; warn elder danger hero
    {one_day}, {hero} met {elder} {at:place}. "The river is [very fast|wild] today," said {elder}{softly}. "[Do not|Don't] go into the water [yet|today]."
    {one_day}, {hero} [looked|gazed|stared] at the fast river {at:place}. "[Stay out of|Do not go into] the water," said {elder}{softly}. "It is [much too fast|deep and wild]."
pass-by hero
elif is danger red_berries
go hero place; meet hero elder; warn elder danger hero
    {one_day}, {hero} met {elder} {at:place}. "[Do not|Don't] eat the red berries there," said {elder}{softly}. "They will make you [ill|very ill]."
    {one_day}, {hero} was looking at some red berries {at:place}. "[Do not eat those|Leave those alone]," said {elder}{softly}. "They are [bad for you|not good to eat]."
elif is danger old_bridge
go hero place; meet hero elder; warn elder danger hero
    {one_day}, {hero} met {elder} {at:place}. "[Do not|Don't] use the old bridge," said {elder}{softly}. "The wood is [weak|rotten|full of holes]."
    {one_day}, {hero} [wanted|wished|hoped] to cross the old bridge {at:place}. "[Better walk around|Go the long way]," said {elder}{softly}. "The wood is [weak|rotten]."
elif is danger wasp_nest
go hero place; meet hero elder; warn elder danger hero
    {one_day}, {hero} met {elder} {at:place}. "[Do not|Don't] touch that gray ball in the tree," said {elder}{softly}. "It is [a wasp nest|full of wasps]."
    {one_day}, {hero} saw a gray ball hanging from a tree {at:place}. "[Leave it alone|Do not touch it]," said {elder}{softly}. "Wasps live in it."
else
go hero place; meet hero elder; warn elder danger hero
    {one_day}, {hero} met {elder} {at:place}. "[Do not|Don't] climb the steep rock," said {elder}{softly}. "The stones are [loose|wet and loose]."
    {one_day}, {hero} looked up at the steep rock {at:place}. "[Do not climb it|Stay down here]," said {elder}{softly}. "The stones [slip|roll away]."
end
come friend hero
    {soon}, {who:friend} [came along|came by|joined {him:hero}]. They [played {game}|picked {flower}|chased {insect}] {so_long_day}.
    {then} {who:friend} [came along|came by], and they [played {game}|picked {flower}|chased {insect}] {so_long_day}.
    {Who:friend} [came too|came by], {wearing}. They [played {game}|picked {flower}|chased {insect}] {so_long_day}.
tempt friend danger hero
    "[Look|See], the {danger}!" said {friend}{softly}. "[Come on|Let us go there|It looks like fun]!"
    {then} {friend} saw the {danger}. "[Come on|Come with me|Let us try it]," {he:friend} said{softly}.
    "[Shall we try|What about] the {danger}?" asked {friend}{softly}. "[I have always wanted to|Nobody is looking]."
if trait hero careful
warn hero danger friend
    "[No, stop|Wait|Better not]!" said {hero}. "[I was warned|{Elder} knows about such things|{Elder} told me that it is not safe]. [Let us play {game} instead|There are better games]."
    {but} {hero} remembered the warning and held {friend} back. "[Stop|Wait|No]! [It is not safe|{Elder} warned me]," {he:hero} said.
    {Hero} shook {his:hero} head. "[No|Better not], {elder} said that it is [bad|not safe]. [Let us go and play {game}|Come, we will play {game}]."
else
disobey hero danger; murmur hero
    {Hero} knew the warning, but {he:hero} [only laughed|did not care]. "[What does {elder} know|It [cannot|can't] be so bad|Old folks worry too much]!" {he:hero} said.
    "[{Elder} is much too careful|Nothing will happen|I am not afraid]," said {hero} and [went ahead|went first].
    {Hero} [did not|didn't] think of the warning for [long|more than a moment]. "[Me first|I will go first|Watch me]!" {he:hero} [cried|said].
end
---
if trait hero careful
if is danger fast_river
notice hero truth; feel hero relieved
    Just then, a [big log|whole tree] shot by in the water, [as fast as an arrow|turning round and round].
    And really, {soon}, the water [tore away|carried away] a piece of the bank, right where they had stood.
elif is danger red_berries
notice hero truth; feel hero relieved
    Later, they saw a [bird|crow] that had eaten some. It lay in the grass and felt [very ill|sick].
    They met a [crow|goose] who had eaten three of them. Its [tummy|belly] hurt [terribly|very much].
elif is danger old_bridge
notice hero truth; feel hero relieved
    As they walked away, a [board|big board] broke off the bridge and fell into the water, all by itself.
    And really, {soon}, the wind blew a piece of the bridge [down|into the water].
elif is danger wasp_nest
notice hero truth; feel hero relieved
    Just then, [ten|a hundred] angry wasps came out of it. {but} the two were far away by then.
    And really, {soon}, wasps [flew in and out of it|hummed around it], more than they could count.
elif is danger steep_rock
notice hero truth; feel hero relieved
    Just then, a stone [broke off|rolled down] and hit the ground with a bang, right where they had stood.
    And really, {soon}, [three|some] {big} stones rolled down the rock, all by themselves.
end
praise friend hero; feel friend happy
    "[You saved us|How good that you listened|How lucky that you remembered], {hero}," said {friend}{softly}. {Hero} {shows:hero}.
    {Friend} {shows:friend}. "[You were right|How clever you are], {hero}," {he:friend} said{softly}.
    "{Elder} was right," said {friend}{softly}, "[and so were you|and you were clever]." {Hero} {was} {feels:hero}.
else
if is danger fast_river
slip hero; feel hero sorry; help friend hero
    The water [took|grabbed] {him:hero} [at once|like a leaf]! {Friend} [pulled|dragged] {him:hero} out with a [branch|rope|stick].
    Splash! {Hero} lost the ground under {his:hero} feet, and {friend} had to pull {him:hero} out.
elif is danger red_berries
slip hero; feel hero sorry; help friend hero
    {Hero} ate [five|a handful|some]. {Soon}, {his:hero} [tummy|belly] [hurt|burned], and {friend} had to take {him:hero} home.
    They tasted sweet at first. {but} {soon}, {hero} was [as white as snow|green in the face], and {his:hero} [tummy|belly] hurt.
elif is danger old_bridge
slip hero; feel hero sorry; help friend hero
    [Crack|Snap]! A board broke, and {hero} fell into the [cold|muddy] water. {Friend} [pulled|dragged] {him:hero} out.
    In the middle, the wood broke. Splash! {Hero} fell into the water, and {friend} had to pull {him:hero} out.
elif is danger wasp_nest
slip hero; feel hero sorry; help friend hero
    {He:hero} [poked it|hit it] with a stick. Bzzz! [Ten|A hundred] wasps came out and stung {him:hero} on the nose. {Friend} [got some mud|brought cold water] for it.
    Only one poke, and the wasps came out! {Hero} {ran:hero} away, but one stung {him:hero} on the [nose|ear]. {Friend} put cold mud on it.
elif is danger steep_rock
slip hero; feel hero sorry; help friend hero
    [Halfway up|Near the top], a stone slipped, and {hero} [fell|rolled] down into the thorns. {Friend} [pulled the thorns out|helped {him:hero} up].
    A stone rolled away under {him:hero}, and down {he:hero} came with a [bump|crash]. {Friend} had to help {him:hero} up.
end
explain hero mistake elder
    {Elder} {saw} {him:hero}, [sad and dirty|dirty and pale]. {Hero} {shows:hero}. "[You were right|I should have listened]," {he:hero} said{sadly hero}.
    "[I should have listened|You warned me]," {hero} said to {elder}{sadly hero}. {He:hero} {was} {feels:hero} and {shows:hero}.
    {Hero} {was} {feels:hero}. "[You told me|I [did not|didn't] listen], and now I know better," {he:hero} told {elder}{sadly hero}.
comfort elder hero
    {Elder} [did not|didn't] scold {him:hero}, but [made|brought] {drink} and {hugs elder hero}.
    "[It is all right|Now you know|The best lessons hurt a little]," said {elder}{softly} and [gave|handed] {him:hero} {drink}.
    {Elder} only [smiled|grinned|beamed] and [gave|handed] {him:hero} {meal}. "[Next time you will know|We all have to learn]," {he:elder} said{softly}.
end
---
if trait hero careful
close hero
    {learned hero} a warning is a [gift|present].
    {friends_forever hero friend}
    {ate_together hero friend}
else
learn hero listening; close hero
    {after_that}, {hero} [was not|wasn't] so {trait:hero} any more and listened when somebody warned {him:hero}.
    {learned hero} a warning is [a gift|worth listening to].
    The next time {elder} said something, {hero} listened [to every word|with both ears].
end
end-day hero
"""

PROMISE = """
plot promise | a promise is a promise
roles friend = friend; parent = parent; place = place; treat = thing baked
start at parent home; at friend place
begin hero
carry-more hero
pick hero careful|careless
describe hero
    {habit:hero}
---
promise hero home-by-dark parent
    {one_day}, {hero} [wanted|wished|hoped] to go {to:place}. "[Be home before dark|Come home before the sun goes down]," said {parent}{softly}. "[I will|I'll] make {a:treat}." "I promise," said {hero}.
    {one_day}, {parent} said{softly}, "You may go {to:place}, but [be home before dark|come back before dark]. There will be {a:treat}." {Hero} [promised it|gave {his:hero} word].
    {one_day}, as {hero} left for {place}, {parent} said{softly}, "Be home before dark, and there will be {a:treat}." "I promise," said {hero}.
go hero place; meet hero friend
    {At:place}, {he:hero} met {who:friend}. They [played {game}|picked {flower}|chased {insect}] and had {lots_of} fun.
    {Who:friend} was already [there|waiting]. They [played {game}|picked {flower}|chased {insect}] {so_long_day}.
    There {he:hero} met {who:friend} {wearing}. They [played {game}|picked {flower}|chased {insect}] {so_long_day}.
see-place hero
---
tempt friend stay hero
    The sun was going down. "[One more game|Stay a little longer|Do not go yet]," said {friend}{softly}. "[Just one|We can play {game}|It is so much fun]."
    {then} the sky turned [red|pink|orange]. "[Stay a little longer|Do not go yet|Just one more game]," {friend} begged.
    "[Do you have to go|Must you go already]?" asked {friend} when the sun was low. "[Let us play {game}|One more game]."
if trait hero careful
refuse hero friend; keep-promise hero home-by-dark
    "[I would love to|I want to stay], but I gave my word," said {hero}{softly}. "[See you tomorrow|Let us play tomorrow]." And {he:hero} {ran:hero} home.
    {Hero} [looked|gazed|stared] at the sky. "[I promised to be home|I have to keep my promise]," {he:hero} said{softly} and {ran:hero} home.
    It was hard to leave, but {hero} shook {his:hero} head. "[A promise is a promise|I promised]," {he:hero} said{softly} and {ran:hero} home.
silent go hero home; make parent treat
feel parent happy; feel hero happy; tell-news parent hero
    {Parent} stood in the door and {shows:parent}. "[Just in time|You kept your word]!" {he:parent} said. [The whole house smelled of {treat}|On the table {was:treat} {the:treat}].
    {The:treat} {was:treat} just ready. "[You kept your promise|Right on time|I knew I could trust you]!" said {parent}{softly}. {Hero} {shows:hero}.
    "[There you are|You kept your word]," said {parent}{softly}, and they ate {the:treat} [while {it:treat} {was:treat} still warm|with {drink}]. {Hero} {shows:hero}.
else
break-promise hero home-by-dark; agree hero friend
    "[All right|Oh well|Why not], one more game," said {hero}. {but} one game became [two|three|five], and {he:hero} forgot {his:hero} promise.
    {Hero} thought of {his:hero} promise for a moment. "[It is still light|I can run fast|Only one more game]," {he:hero} said and stayed.
    "[Only one|Only a little while]," said {hero}. They played [on and on|again and again], and {he:hero} forgot what {he:hero} had promised.
night-falls; feel hero scared; wander-off hero dark-path
    When {hero} [set out|went home] at last, it was [dark|pitch dark]. {He:hero} could not [find|see] the way. {He:hero} {was} {feels:hero}.
    {then} it was [dark|night], and on the way home {hero} could not [see|find] the path. {He:hero} {shows:hero}.
    {suddenly}, it was night. {Hero} {ran:hero} off, but in the dark {he:hero} [took the wrong path|lost the way]. {He:hero} {was} {feels:hero}.
shout hero
    "[Hello|Help]! [Is anybody there|Where am I]?" {he:hero} called{sadly hero}. Only an owl answered.
    Something [rustled|creaked] in the dark. "{Parent}!" {he:hero} called{loudly hero}.
    "[I should have gone home|I should have kept my promise]," {he:hero} [thought|said]{sadly hero}.
search-for parent hero; come parent hero; find-way hero; feel hero relieved; carry-home parent hero home
    {then} {he:hero} saw a light. It was {parent} with a lamp! {Hero} {shows:hero}, and they went home [together|side by side].
    Far away, a light [moved|danced] between the trees. {Parent} had come to look for {him:hero}! {Hero} {was} {feels:hero}, and {parent} took {him:hero} home.
    {at_last}, a light came nearer. "There you are!" [said|cried] {parent} and took {him:hero} home. {Hero} {was} {feels:hero}.
apologize hero parent
forgive parent hero
time-passes
    {The:treat} {was:treat} cold by then, [and only one bite was left|and the guests had eaten most of {them:treat}].
    {but} {the:treat} {was:treat} cold, and {it:treat} [did not|didn't] taste half as good.
    [Nobody felt like eating|It was too late for] {the:treat} that night.
end
---
if trait hero careful
close hero
    {learned hero} a promise is a promise.
    {after_that}, {parent} let {him:hero} go [anywhere|wherever {he:hero} liked], for {he:hero} always kept {his:hero} word.
    {night_end hero}
else
learn hero keeping-promises; close hero
    {after_that}, {hero} was home before dark [every day|every time].
    {learned hero} a promise [must|have to] be kept, even when it is hard.
    And {hero} never broke a promise again.
end
"""

EARLY_NIGHT = """
plot early_night | what you do tonight decides tomorrow
roles parent = parent; friend = friend; event = list parade|big_picnic|spring_fair|summer_feast|puppet_show|lantern_feast; pastime = list reading|counting_stars|building_towers|drawing|playing_cards|dancing
start at parent home; at friend event; knows hero bedtime; knows friend event
begin hero
portrait hero
pick hero patient|stubborn
describe hero
    {habit:hero}
---
tell-news parent hero; feel hero excited
    One evening, {parent} said{softly}, "Tomorrow is the {event}! [Sleep early tonight|Go to bed early], so that you are not tired." {Hero} {shows:hero}.
    "Tomorrow we go to the {event}," said {parent}{softly} one evening. "[So off to bed early|Please go to sleep early tonight]." {Hero} {was} {feels:hero}.
    The {event} was only one night away. "[Go to sleep now|Off to bed], or you will be tired," said {parent}{softly}. {Hero} {shows:hero}.
like hero event
    {He:hero} had waited for it for [weeks|months|a whole year]. There would be {meal} and {lots_of} games.
    There would be music, {meal} and {game}. {Hero} had dreamed of it [for weeks|all year|since spring].
    {Hero} and {his:hero} friend {who:friend} had talked about nothing else [for weeks|for days|all summer].
if trait hero patient
obey hero bedtime; sleep hero
    {Hero} [wanted|wished|hoped] to go on {pastime}, but {he:hero} [put out the light|closed {his:hero} eyes]. {Soon}, {he:hero} was asleep.
    It was hard to stop {pastime}, but {hero} [went to bed|put out the light] and dreamed of {dream}.
    {Hero} would have liked {pastime} more than sleep. {but} {he:hero} closed {his:hero} eyes and [dreamed of {dream}|slept like a stone].
wake hero; go-together hero parent event; feel hero happy
    {Next_morning}, {he:hero} [woke up|jumped out of bed] as fresh as the morning. At the {event}, {he:hero} saw [everything|more than anybody]: {sight} and {sight_two}! {He:hero} {shows:hero}.
    When the sun came up, {he:hero} was [wide awake|full of life]. At the {event}, there was so much to see: {sight} and {sight_two}. {He:hero} {was} {feels:hero}.
    In the morning, {hero} [sang|whistled] all the way to the {event}. There {he:hero} saw {sight} and {shows:hero}.
play-together hero friend
    With {friend}, {he:hero} [danced|laughed|played {game}] {so_long}.
    {Friend} was there too, {wearing}. They [danced|laughed|played {game}] and had {meal}.
    {He:hero} met {friend} there. They had {meal} and played {game} {so_long}.
talk-together hero friend
---
close hero; murmur hero
    {learned hero} a good day begins [the night before|with a good night].
    "[How good that you slept|What a day]," said {parent} on the way home, and {hero} [smiled|nodded].
    {night_end hero}
else
disobey hero bedtime; murmur hero
    {but} {hero} [was not|wasn't] tired at all. {He:hero} kept on {pastime} under the blanket until [midnight|very late|the moon went down].
    "[I am not tired|Sleep is boring]," thought {hero}. {He:hero} lit a [small|little|tiny] lamp and kept on {pastime} until [midnight|very late].
    {Hero} only pretended to sleep. When the house was quiet, {he:hero} kept on {pastime} for [hours|half the night].
go-together hero parent event; feel hero tired
    In the morning, {he:hero} could hardly [open {his:hero} eyes|get up]. At the {event}, {he:hero} {was} {feels:hero} and {shows:hero}.
    When they came to the {event}, {hero} {shows:hero}. {He:hero} {was} {feels:hero} and saw [almost nothing|everything through a fog].
    {Next_morning}, {hero} {shows:hero} all the way to the {event}. {He:hero} {was} {feels:hero}.
sleep hero; murmur hero
    "Look, {sight}!" {cried} {friend}. {but} {hero} had [fallen asleep|closed {his:hero} eyes] on a bench.
    {Friend} saw {sight} and {sight_two}. And {hero}? {He:hero} had fallen asleep [under a tree|on a bench|on {parent}'s arm].
    There was so much to see, even {sight}. {but} {hero} lay [on a bench|in the grass] and slept.
wake hero; feel hero sad; murmur hero
    When {he:hero} woke up, [it was over|everybody was going home]. {He:hero} {shows:hero}. "[Oh no, I missed it|I missed everything]," {he:hero} said{sadly hero}.
    {at_last}, {hero} woke up, but [the music had stopped|it was all over]. {He:hero} {was} {feels:hero}.
    It was [evening|over] when {he:hero} opened {his:hero} eyes. {He:hero} {was} {feels:hero} and {shows:hero}.
comfort parent hero; tell friend event hero
    "[There will be another one|Next year we come again|Do not cry]," said {parent}{softly}. And {friend} told {him:hero} [everything|all about it].
    {Friend} told {him:hero} [everything|all about it], and {parent} said{softly}, "[Next year you will see it|There is always a next time]."
    {Parent} {hugs parent hero}, and {friend} [gave|handed] {him:hero} {fruit} [that {he:friend} had saved|to cheer {him:hero} up].
---
learn hero sleep; close hero
    {after_that}, {hero} went to bed [early|on time], above all before a {big} day.
    {learned hero} a good day begins [the night before|with a good night].
    The next time, {hero} was asleep before [the moon was up|the stars came out].
end
"""

PLOTS: tuple[str, ...] = (WARNING, PROMISE, EARLY_NIGHT)
