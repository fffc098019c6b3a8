"""Plots about things and ways that are lost and found."""

LOST_TOY = """
plot lost_toy | think back to where you were
roles friend = friend; toy = thing toy; place = place; spot = spot
start at friend place; holds hero toy; owns hero toy
begin hero
like hero toy
    {His:hero} [favorite|best|dearest] toy was {a:toy}, and {he:hero} took it [everywhere|wherever {he:hero} went|to bed every night].
    {Hero} had {a:toy} and [loved|liked|treasured] it [very much|more than anything|best of all|with all {his:hero} heart].
    [Of all the things {he:hero} had|Of all {his:hero} toys|Among all {his:hero} treasures], {hero} [loved|liked] {his:hero} {full:toy} the most.
    {His:hero} [grandma|uncle|aunt|cousin|grandpa] had [given|sent|made] {him:hero} {a:toy}, and {hero} never [went out|played|left home] without it.
---
go hero place; meet hero friend
    {one_day}, {hero} took {the:toy} {to:place}. {Who:friend} was [there too|already there|waiting there|playing there].
    {one_day}, {hero} {ran:hero} {to:place} with {the:toy} and [met|saw|found] {who:friend} there.
    {one_day}, {hero} and {the:toy} {went} {to:place} to [see|visit|meet|play with] {who:friend}.
pass-by hero
leave-behind hero toy
    To have both {hands:hero} free, {hero} [put|laid|left|set] {the:toy} {spot}.
    {Hero} [put|laid|hid|tucked] {the:toy} {spot} so that it would be [safe|dry|out of the way].
    First, {hero} [put|laid|left|set] {the:toy} {spot}.
play-together hero friend
talk-together hero friend
miss hero toy; feel hero sad
    [When it was time to go|When the sun went down|In the evening|After the game], {hero} [looked around|stopped]. Where was {the:toy}?
    {then} {hero} [looked for|wanted to take|wanted to hug] {the:toy}, but it was [gone|not there|nowhere to be seen].
    But [when it was time to go|when they were done|in the end|after the game], {hero} could not [find|see] {the:toy} [any more|anywhere].
---
shout hero; search hero toy
    "My {toy} is [gone|lost|missing]!" {cried} {hero}{loudly hero}. {He:hero} {was} {feels:hero} and {shows:hero}.
    {Hero} {shows:hero}. "{Oh_no}, [I have|I've] lost my {full:toy}!" {he:hero} [cried|said|wailed]{sadly hero}.
    "{Oh_no}, where is my {toy}?" {hero} [cried|asked|said]{sadly hero}. {He:hero} {was} {feels:hero}.
comfort friend hero; search-together friend hero toy
    "[Do not cry|Do not worry|Cheer up], [I will|I'll] help you," said {friend}{softly}. They looked {looked_places} and {looked_far}.
    {Friend} [wanted to|was glad to|was quick to] help. Together they [looked|searched] {looked_places} and {looked_far}, but they found [nothing|only {a_find}].
    "[Let us|Let's] look [together|for it together]," said {friend}{softly}. They [looked|searched] {looked_places}, but there was only {a_find}.
ask friend toy hero; remember hero missing
    {then} {friend} asked, "[Where did you have it last|Where were you before we played|What did you do with it when you came]?" {Hero} [thought hard|closed {his:hero} eyes and thought|thought for a moment|scratched {his:hero} head].
    "[Think back|Think|Wait], {hero}," said {friend}{softly}. "[Where did you put it|Where did you leave it|Where did you have it last]?"
    {At_last} {friend} said{softly}, "Let us [think|stop and think|think back]. [Where was the {toy} when you came|Where did you put it before we played]?"
find hero toy; feel hero happy; shout hero
    "{Again:spot}!" {hero} {cried}{loudly hero}. {He:hero} {ran:hero} to look, and there [it was|was {the:toy}]!
    {Suddenly}, {hero} remembered. {He:hero} looked {again:spot}, and there [it was|was {the:toy}]!
    [Then it came back to {hero}|Now {hero} knew]. {The:toy} was {again:spot}, [just|right] where {he:hero} had left it!
---
maybe thank hero friend
close hero
    {After_that}, {hero} always [remembered where {he:hero} put {his:hero} things|looked after {the:toy}|put {the:toy} in the same place].
    {Hero} held {the:toy} [tightly|close|with both {hands:hero}] all the way home and [felt|was] {feels:hero}.
    {Learned hero} it helps to [stop and think|think back|ask a friend] when something is lost.
    {Night_end hero}
"""

BLOWN_AWAY = """
plot blown_away | keep your eyes open, for little things can help you later
roles friend = friend; toy = thing flyer; place = place; tool = list long_stick|old_ladder|friendly_sparrow
start at friend home; holds hero toy; owns hero toy
begin hero
own hero toy
    For {his:hero} birthday, {he:hero} [got|was given] {a:toy}.
    {Hero} had {a:toy} that [was very dear to {him:hero}|{he:hero} loved very much|was brand new|had come from far away].
    {Hero} was [very|so|really] [fond|proud] of {his:hero} {full:toy}.
---
go-together hero friend place
    {one_day}, {he:hero} and {his:hero} friend {who:friend} [went|walked] {to:place}.
    {one_day}, {hero} and {who:friend} [went|walked] {to:place} to [play|have fun|look for {flower}].
    {one_day}, {hero} asked {who:friend} to come along {to:place}.
see-place hero
if is tool long_stick
notice hero tool; see friend tool; murmur hero
    On the way, {hero} saw [a long stick on the ground|a very long stick|a long, straight stick] and [stepped over it|walked around it].
    [A long stick lay across the path|On the path lay a long stick], and {hero} [jumped over it|almost fell over it].
    "[Look, what a long stick|See how long this stick is|I have never seen such a long stick]!" said {hero} as they [walked|went] along.
elif is tool old_ladder
notice hero tool; see friend tool; murmur hero
    On the way, {hero} saw an old ladder [by the fence|lying in the grass|behind a wall].
    [An old ladder lay by the path|By the path stood an old ladder], and {hero} [stepped around it|stopped to look at it].
    "[Look, somebody left a ladder|See, an old ladder|There is an old ladder]!" said {hero} as they [walked|went] along.
else
notice hero tool; see friend tool; murmur hero
    On the way, {hero} saw a friendly sparrow and [gave it some crumbs|fed it a few seeds|wished it a good day].
    [A friendly sparrow sat by the path|By the path sat a friendly sparrow], and {hero} [gave it some seeds|shared some bread with it].
    "Good [morning|day], little sparrow!" said {hero} and gave it [a few crumbs|some seeds|a bit of bread].
end
blow-away toy hero treetop
    {Suddenly}, a [strong|wild|cold] wind [came|blew]. It [took|blew|carried|lifted] {the:toy} [up, up, up|high up] into a tall tree!
    [Whoosh|Swoosh|Swish]! The wind [took|grabbed|pulled] {the:toy} and [blew|carried] it to the top of a tall tree.
    {but} a [strong|sudden|wild] wind blew {the:toy} away, and it got caught in a [tall|very high|big] tree.
feel hero sad; shout hero
    "{Oh_no}, my {toy}!" [cried|said|called] {hero}{sadly hero}. {He:hero} {was} {feels:hero}.
    {Hero} {shows:hero}. "[I will never get it back|It is much too high|I [cannot|can't] reach it]!" {he:hero} said{sadly hero}.
    {He:hero} jumped [and jumped|as high as {he:hero} could|up and down], but {he:hero} [could not|couldn't] reach it. {He:hero} {shows:hero}.
---
if is tool long_stick
remember hero tool; ask-help hero friend; go friend path
    {then} {hero} had an idea. "The long stick!" {he:hero} [said|cried|called]. {Friend} {ran:friend} back to get it.
    "[Wait|I know|Listen]! We saw a long stick," said {hero}. {Friend} {ran:friend} down the path to get it.
    {but} {hero} thought of the stick on the path. "[Please get it|Can you bring it], {friend}!" {he:hero} said, and {friend} [went|{ran:friend}] {at_once}.
come friend hero; fetch hero toy; feel hero happy
    {Soon}, {friend} was back. {Hero} [pushed|poked|shook] {the:toy} with the stick until it [came down|fell down|dropped into the grass].
    When {friend} came back, they [held up|lifted] the stick [together|side by side]. [One push|One more push|Two pushes], and {the:toy} [fell down|came down]!
    {Friend} [brought|dragged] the stick to the tree. {Hero} [gave {the:toy} a push with it|reached up with it], and down came {the:toy}.
elif is tool old_ladder
remember hero tool; ask-help hero friend; go friend path
    {then} {hero} had an idea. "The old ladder!" {he:hero} [said|cried|called]. {Friend} {ran:friend} back to get it.
    "[Wait|I know|Listen]! We saw a ladder," said {hero}. {Friend} {ran:friend} down the path to get it.
    {but} {hero} thought of the ladder. "[Please get it|Can you bring it], {friend}!" {he:hero} said, and {friend} [went|{ran:friend}] {at_once}.
come friend hero; fetch hero toy; feel hero happy
    {Soon}, {friend} was back. {He:friend} held the ladder while {hero} went up, step by step, and [got|took|freed] {the:toy}.
    When {friend} came back, they [put|leaned] the ladder against the tree. {Hero} went up and [got|reached] {the:toy}.
    {Friend} [brought|dragged] the ladder to the tree. {Hero} [climbed|went] up [slowly|carefully|quickly] and came down with {the:toy}.
else
remember hero tool; ask-help hero friend
    {then} {hero} had an idea. "The sparrow!" {he:hero} [said|cried]. {He:hero} [called|whistled], and the little bird came {at_once}.
    "[Wait|I know|Listen]! The sparrow can help," said {hero}. {Friend} and {he:hero} called the little bird.
    {but} {hero} thought of the sparrow. "Little bird, [please help us|we need you]!" {he:hero} and {friend} called.
fetch hero toy; feel hero happy; murmur sparrow
    The sparrow flew up, [pulled|picked|tugged] at {the:toy}, and dropped it [at {hero}'s feet|into the grass in front of {hero}].
    "You were kind to me," [sang|said|chirped] the sparrow. It flew up and [brought|gave] {hero} {the:toy}.
    [Up|Away] flew the sparrow. It [came back with|brought down] {the:toy} and gave it to {hero}.
end
---
maybe cheer friend hero
    "{Wow}! [Well done|You did it|There it is]!" {friend} [shouted|cheered|called]{loudly friend}. {Hero} {shows:hero}.
    {Hero} {was} {feels:hero}. "{Wow}!" they both [shouted|cheered|called].
    "You [have a good memory|think of everything|are so clever], {hero}," said {friend}{softly}. {Hero} {was} {feels:hero}.
close hero
    [All the way home|After that|For the rest of the day], {hero} held {the:toy} very tightly.
    {The:toy} was safe, [because|all because] {hero} had kept {his:hero} eyes open.
    {Learned hero} little things can be a [big|great] help.
"""

LOST_WAY = """
plot lost_way | good advice helps you when you are in trouble
roles parent = parent; place = place; advice = list stream|bell|song; lure = list blue_butterfly|white_butterfly|green_dragonfly|yellow_bird|red_balloon|little_lizard|furry_caterpillar|shiny_beetle
start at parent home
begin hero
portrait hero
if is advice stream
advise parent advice hero
    "If you [ever get|are ever] lost, [look for|find|listen for] the stream and follow it," {parent} [always|often] told {him:hero}. "It [leads|runs|flows] past our home."
    {Parent} [always|often] said{softly}, "[When|If] you are lost, follow the stream. It will [lead|bring|take] you home."
elif is advice bell
advise parent advice hero
    "If you [ever get|are ever] lost, listen for the bell," {parent} [always|often] told {him:hero}. "[I will|I'll] ring it [for you|until you come|loudly]."
    {Parent} [always|often] said{softly}, "[When|If] you are lost, be quiet and listen. [I will|I'll] ring the bell [for you|at home]."
else
advise parent advice hero
    "If you [ever get|are ever] lost, stay where you are and [sing|sing a song]," {parent} [always|often] told {him:hero}. "I will [find|come and find|hear] you."
    {Parent} [always|often] said{softly}, "[When|If] you are lost, [do not|don't] run. [Stay|Sit down] and sing, and [I will|I'll] find you."
end
---
go hero place
    {one_day}, {hero} {went} {to:place} [alone|to play|to pick {flower}]. There {he:hero} [saw|spotted|found] {a:lure}.
    {one_day}, {hero} was [playing|picking {flower}|resting] {at:place} when {he:hero} {saw} {a:lure}.
    {one_day}, {hero} {ran:hero} {to:place}, and there {he:hero} [saw|noticed|found] {a:lure}.
pass-by hero
wander-off hero far-away
    {He:hero} [followed it|went after it], farther and farther, [past {flower} and {flower_b}|and did not look back|until {he:hero} did not know the way any more].
    [How pretty it was|It was so beautiful|It was lovely to see]! {Hero} followed it [on and on|for a long, long time|past {flower} and stones] and forgot [the time|the way|everything else].
    {Hero} [wanted|wished|hoped] to see [more|it from near] and went on and on, past [bushes|rocks|{flower}] and [fences|stones|tall trees].
feel hero scared
    {Suddenly}, everything looked [strange|new|different]. {Hero} was lost! {He:hero} {was} {feels:hero} and {shows:hero}.
    When {hero} [stopped|stood still], nothing looked [right|the same]. {He:hero} was lost, and {he:hero} {was} {feels:hero}.
    Where was home? {Hero} [did not know|had no idea|could not tell]. {He:hero} {shows:hero}, [because|for|since] {he:hero} {was} {feels:hero}.
---
if is advice stream
remember hero advice; find-way hero; murmur hero
    {then} {hero} remembered: the stream! {He:hero} [listened|kept still], heard [the water|water] and [walked|went] along it, [step by step|past {flower} and stones].
    "[Follow the stream|I must find the stream]," {hero} said to {himself:hero}{softly}. {He:hero} [found it|saw it] behind [a hill|some trees|some bushes] and went where the water went.
    {but} {hero} thought of {parent} and the stream. [Soon {he:hero} found it|There it was, behind the trees], and {he:hero} walked beside it.
go hero home; feel hero relieved
    The stream led {him:hero} [straight|safely|all the way] home. {Parent} was [at the door|waiting|outside]!
    {At_last}, {he:hero} saw {his:hero} home, [right by the water|near the water], and {parent} [in the door|waving].
elif is advice bell
remember hero advice; find-way hero; murmur hero
    {then} {hero} remembered: the bell! {He:hero} [stood still|kept very still] and listened. [Ding, dong|Dong, dong|Ding, ding]! [There it was|It came from far away].
    "[Be quiet and listen|I must listen]," {hero} said to {himself:hero}{softly}. And then, very [softly|far away], {he:hero} heard the bell: [ding, dong|ding, ding]!
    {but} {hero} thought of {parent} and the bell. {He:hero} listened [hard|with both ears|and listened]. [Ding, dong|Dong, dong]! [There|That] was the bell!
go hero home; feel hero relieved
    {Hero} followed the sound [step by step|over hills and stones|past {flower} and trees] until {he:hero} was home, [where|and there] {parent} stood with the bell.
    [Louder and louder|Nearer and nearer] it rang, until {hero} was home with {parent}.
else
remember hero advice; stop hero; murmur hero
    {then} {hero} remembered: stay and sing! {He:hero} [sat|settled] down on [a stone|a log|the grass] and sang [a song about {insect}|a song about the moon|{his:hero} favorite song].
    "[Do not run|I must stay here]," {hero} said to {himself:hero}{softly}. {He:hero} [sat|settled] down [under a tree|on a stone|in the grass] and [began|started] to sing.
    {but} {hero} thought of what {parent} had said. {He:hero} [did not run|stayed there] and sang [as loudly as {he:hero} could|every song {he:hero} knew].
come parent hero; find-way hero; carry-home parent hero home; feel hero relieved
    {Soon}, {parent} [came|heard {him:hero} and came]. {then} they went home [together|side by side].
    {Parent} heard the song from [far away|far off], came [running|quickly|{at_once}], and [took|brought|carried] {him:hero} home.
end
maybe hug parent hero
---
maybe praise parent hero
    "You [remembered|did not forget] what I told you," said {parent}{softly}. "[Well done|I am proud of you|How clever of you]!" {Hero} {was} {feels:hero}.
    "[How clever of you|Well done|Good], {hero}," said {parent}{softly}. "You [did|remembered] just what I said." {Hero} {shows:hero}.
    {Parent} said{softly}, "You were [so clever|very brave|very good]. [You listened to me|You did what I said]." {Hero} {shows:hero}.
close hero
    And {hero} never went so far [alone|away] again.
    That night, {hero} [slept very well|dreamed of {the:lure}|had {meal} and went to bed early].
    {Learned hero} good advice [is like a light in the dark|can bring you home|is worth more than gold].
"""

KEY_AND_BOX = """
plot key_and_box | what looks useless today may open a door tomorrow
roles friend = friend; place = place; other_place = place; spot = spot; inside = list letters|marbles|flower_seeds|colored_pencils|old_coins|silver_bells|wooden_animals|picture_cards
start at friend other_place; at key place; holds friend box
begin hero
portrait hero
go hero place; find hero key
    {one_day}, {hero} [found|saw|noticed] a [small|rusty|little golden|silver|strange] key {at:place}. It lay {spot}.
    {one_day}, {hero} was {at:place} and [looked|reached|peeked] {spot}. There was a [small|rusty|little silver|golden|strange] key!
    {one_day}, something [shone|lay|gleamed] {spot} {at:place}. It was a [small|rusty|little golden|silver|strange] key, and {hero} [picked it up|took it].
pass-by hero
keep hero key; feel hero curious; murmur hero
    "[What does it open|What can it be for|Which door does it fit]?" [thought|wondered|asked] {hero}. {He:hero} {was} {feels:hero} and [kept|hid] the key in a {color} bag.
    {He:hero} tried it on [every door|the door at home|three doors], but it [did not|didn't] fit. {Hero} kept it [anyway|all the same|in a {color} bag].
    [Nobody knew what it was for|Nobody had lost it], so {hero} hung it around {his:hero} neck on a {color} string.
---
go hero other_place; meet hero friend
    {next_day}, {hero} [met|saw|visited] {who:friend} {at:other_place}.
    {next_day}, {hero} {ran:hero} {to:other_place}, where {who:friend} [sat|was waiting|was playing].
    {next_day}, {who:friend} [called|waved to] {hero} from [far away|far off]. {Hero} came {to:other_place} {at_once}.
feel friend sad; hold friend box
    {Friend} had an old [wooden|iron|painted] box with a {color} lid, but it was [locked|shut tight]. {He:friend} {was} {feels:friend}.
    {Friend} was [looking at|holding] an old box with a {color} lid. It was locked, and {friend} {shows:friend}.
    {Friend} {shows:friend} and [held|lifted] up an old box. It had a {color} lid and a lock, but no key.
explain friend locked hero
    "[It was my grandmother's|I found it at home|I got it from my uncle]," said {friend}{sadly friend}. "I have [pulled and pushed|tried everything|shaken it], but it will not open."
    "I [would love|want so much] to see what is in it," said {friend}{sadly friend}. "But I [have no key|cannot open it|lost the key]."
    "It [has not been open|has been locked] for [many years|a hundred years|a long time]," {friend} said{sadly friend}. "[Nobody can open it|There is no key]."
remember hero locked; offer hero key friend
    {Hero} thought of the key. "[May I try|Let me try|I have an idea|Wait]!" {he:hero} said{softly}.
    "[Wait|Look], [I have|I've] a key," said {hero}{softly}. "[Maybe it fits|Let us try it|I found it not long ago]."
    [The key|That key]! {Hero} took it out. "[Maybe this one fits|Let us try this one|Try this]," {he:hero} said{softly}.
open hero box key; feel hero excited; feel friend excited
    The key went in. It turned. [Click|Clack|Snap]! The lid [sprang|flew|popped] open, and inside [lay|were] {inside}, [more than they could count|a whole heap of them]!
    It [turned|fit] [at once|perfectly|like magic]. [Click|Clack|Snap]! The box was full of {inside}!
    [Slowly|Carefully], {he:hero} turned it. [Click|Clack|Snap]! They [looked|peeked] inside and saw {inside}, [old and beautiful|shiny and new|big and small].
cheer friend hero; agree friend hero
    "{Wow}!" {cried} {friend}{loudly friend}. "[Half of them are yours|We will share them|Take as many as you like], because you [opened it|had the key]."
    {Friend} {shows:friend}. "[Without you, it would still be shut|You did it]! [Half of the {inside} are yours|Let us share the {inside}]," {he:friend} said.
    "{Wow}, look at the {inside}!" said {friend}. "[Let us share them|Half of them are for you], {hero}."
---
play-together hero friend
    They played with the {inside} {so_long}.
    {Hero} and {friend} [looked at|counted|sorted] the {inside} {so_long}.
    The {inside} kept them busy {so_long}, and they had {lots_of} fun.
talk-together hero friend
close hero
    {learned hero} a little thing can open [a big surprise|something great|a door].
    And the key? {Hero} [kept|wore] it [always|for luck|all {his:hero} life].
    {friends_forever hero friend}
    {night_end hero}
"""

PLOTS: tuple[str, ...] = (LOST_TOY, BLOWN_AWAY, LOST_WAY, KEY_AND_BOX)
