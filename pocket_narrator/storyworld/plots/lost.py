"""Plots about things and ways that are lost and found."""

LOST_TOY = """
plot lost_toy | think back to where you were
roles friend = friend; toy = thing toy; place = place; spot = spot
start at friend place; holds hero toy; owns hero toy
begin hero
like hero toy
    {His:hero} [favorite|best] toy was {a:toy}, and {he:hero} took it [everywhere|wherever {he:hero} went].
    {Hero} had {a:toy} and [loved|liked] it [very much|more than anything|best of all].
    [Of all the things {he:hero} had|Of all {his:hero} toys], {hero} [loved|liked] {his:hero} {full:toy} the most.
---
go hero place; meet hero friend
    {one_day}, {hero} took {the:toy} {to:place}. {Who:friend} was [there too|already there|waiting there].
    {one_day}, {hero} {ran:hero} {to:place} with {the:toy} and met {who:friend}.
    {one_day}, {hero} and {the:toy} went {to:place} to [see|visit|meet] {who:friend}.
leave-behind hero toy
    To have both {hands:hero} free, {hero} [put|laid|left] {the:toy} {spot}.
    {Hero} [put|laid|hid] {the:toy} {spot} so that it would be safe.
    First, {hero} [put|laid|left] {the:toy} {spot}.
play-together hero friend
miss hero toy; feel hero sad
    [When it was time to go|When the sun went down|In the evening], {hero} looked around. Where was {the:toy}?
    Then {hero} [looked for|wanted to take] {the:toy}, but it was [gone|nowhere to be seen].
    But [when it was time to go|when they were done|in the end], {hero} could not find {the:toy} [any more|anywhere].
---
shout hero; search hero toy
    "My {toy} is [gone|lost|missing]!" [cried|shouted|called] {hero}. {He:hero} was {feels:hero} and {shows:hero}.
    {Hero} {shows:hero}. "I have lost my {full:toy}!" {he:hero} [cried|said|wailed].
    "[Oh no|Oh dear], where is my {toy}?" {hero} [cried|asked|said]. {He:hero} was {feels:hero}.
comfort friend hero; search-together friend hero toy
    "[Do not cry|Do not worry], I will help you," said {friend}. They looked [here and there|everywhere|high and low].
    {Friend} [wanted|was quick] to help. Together they looked [in the grass|behind every tree|up and down the path].
    "Let us look [together|for it together]," said {friend}. They [looked and looked|searched for a long time].
ask friend toy hero; remember hero missing
    Then {friend} asked, "[Where did you have it last|Where were you before we played|What did you do with it when you came]?" {Hero} [thought hard|closed {his:hero} eyes and thought|thought for a moment].
    "[Think back|Think], {hero}," said {friend}. "[Where did you put it|Where did you leave it]?"
    At last {friend} said, "[Let us think|Let us stop and think]. [Where was the {toy} when you came|Where did you put it before we played]?"
find hero toy; feel hero happy; shout hero
    "{Again:spot}!" {hero} [cried|shouted]. {He:hero} {ran:hero} to look, and there [it was|was {the:toy}]!
    [Suddenly|Now|All at once], {hero} remembered. {He:hero} looked {again:spot}, and there it was!
    [Then it came back to {hero}|Now {hero} knew]. {The:toy} was {again:spot}, just where {he:hero} had left it!
---
thank hero friend
close hero
    [From then on|After that day], {hero} always [remembered where {he:hero} put {his:hero} things|looked after {the:toy}|put {the:toy} in the same place].
    {Hero} held {the:toy} [tightly|close] all the way home and [felt|was] {feels:hero}.
    {He:hero} learned that it helps to [stop and think|think back|ask a friend] when something is lost.
"""

BLOWN_AWAY = """
plot blown_away | keep your eyes open, for little things can help you later
roles friend = friend; toy = thing flyer; place = place; tool = list long_stick|old_ladder|friendly_sparrow
start at friend home; holds hero toy; owns hero toy
begin hero
own hero toy
    For {his:hero} birthday, {he:hero} [got|was given] {a:toy}.
    {Hero} had {a:toy} that [was very dear to {him:hero}|{he:hero} loved very much|was brand new].
    {Hero} was [very|so] [fond|proud] of {his:hero} {full:toy}.
---
go-together hero friend place
    {one_day}, {he:hero} and {his:hero} friend {friend} went {to:place}.
    {one_day}, {hero} and {who:friend} [went|walked] {to:place} to [play|have fun].
    {one_day}, {hero} asked {who:friend} to come along {to:place}.
if is tool long_stick
notice hero tool; see friend tool; murmur hero
    On the way, {hero} saw [a long stick on the ground|a very long stick] and [stepped over it|walked around it].
    [A long stick lay across the path|On the path lay a long stick], and {hero} [jumped over it|almost fell over it].
    "[Look, what a long stick|See how long this stick is]!" said {hero} as they [walked|went] along.
elif is tool old_ladder
notice hero tool; see friend tool; murmur hero
    On the way, {hero} saw an old ladder [by the fence|lying in the grass|behind a wall].
    [An old ladder lay by the path|By the path stood an old ladder], and {hero} [stepped around it|stopped to look at it].
    "[Look, somebody left a ladder|See, an old ladder]!" said {hero} as they [walked|went] along.
else
notice hero tool; see friend tool; murmur hero
    On the way, {hero} saw a friendly sparrow and [gave it some crumbs|fed it a few seeds|wished it a good day].
    [A friendly sparrow sat by the path|By the path sat a friendly sparrow], and {hero} [gave it some seeds|shared some bread with it].
    "Good [morning|day], little sparrow!" said {hero} and gave it [a few crumbs|some seeds].
end
blow-away toy hero treetop
    [All at once|Suddenly|Then], a strong wind [came|blew]. It [took|blew|carried] {the:toy} [up, up, up|high up] into a tall tree!
    [Whoosh|Swoosh]! The wind [took|grabbed|pulled] {the:toy} and [blew|carried] it to the top of a tall tree.
    But a [strong|sudden|wild] wind blew {the:toy} away, and it got caught in a [tall|very high] tree.
feel hero sad; shout hero
    "[Oh no|Oh dear], my {toy}!" [cried|said|called] {hero}. {He:hero} was {feels:hero}.
    {Hero} {shows:hero}. "[I will never get it back|It is much too high|I cannot reach it]!" {he:hero} said.
    {He:hero} jumped [and jumped|as high as {he:hero} could], but {he:hero} could not reach it. {He:hero} {shows:hero}.
---
if is tool long_stick
remember hero tool; ask-help hero friend; go friend path
    Then {hero} had an idea. "The long stick!" {he:hero} said. {Friend} {ran:friend} back to get it.
    "[Wait|I know]! We saw a long stick," said {hero}. {Friend} {ran:friend} down the path to get it.
    But {hero} thought of the stick on the path. "[Please get it|Can you bring it], {friend}!" {he:hero} said, and {friend} [went|{ran:friend}] {at_once}.
come friend hero; fetch hero toy; feel hero happy
    Soon {friend} was back. {Hero} [pushed|poked] {the:toy} with the long stick until it [came down|fell down|dropped into the grass].
    When {friend} came back, they [held up|lifted] the stick together. [One push|One more push], and {the:toy} [fell down|came down]!
    {Friend} [brought|dragged] the stick to the tree. {Hero} [gave {the:toy} a push with it|reached up with it], and down came {the:toy}.
elif is tool old_ladder
remember hero tool; ask-help hero friend; go friend path
    Then {hero} had an idea. "The old ladder!" {he:hero} said. {Friend} {ran:friend} back to get it.
    "[Wait|I know]! We saw a ladder," said {hero}. {Friend} {ran:friend} down the path to get it.
    But {hero} thought of the ladder. "[Please get it|Can you bring it], {friend}!" {he:hero} said, and {friend} [went|{ran:friend}] {at_once}.
come friend hero; fetch hero toy; feel hero happy
    Soon {friend} was back. {He:friend} held the ladder while {hero} went up, step by step, and [got|took] {the:toy}.
    When {friend} came back, they [put|leaned] the ladder against the tree. {Hero} went up and [got|reached] {the:toy}.
    {Friend} [brought|dragged] the ladder to the tree. {Hero} [climbed|went] up [slowly|carefully] and came down with {the:toy}.
else
remember hero tool; ask-help hero friend
    Then {hero} had an idea. "The sparrow!" {he:hero} said. {He:hero} [called|whistled], and the little bird came at once.
    "[Wait|I know]! The sparrow can help," said {hero}. {Friend} and {he:hero} called the little bird.
    But {hero} thought of the sparrow. "Little bird, [please help us|can you help us]!" {he:hero} and {friend} called.
fetch hero toy; feel hero happy; murmur tool
    The sparrow flew up, [pulled|picked] at {the:toy}, and dropped it into {hero}'s {hands:hero}.
    "You were kind to me," [sang|said] the sparrow. It flew up and [brought|gave] {hero} {the:toy}.
    [Up|Away] flew the sparrow. It [came back with|brought down] {the:toy} and gave it to {hero}.
end
---
cheer friend hero
    "[Hooray|Hurray|Well done]!" {friend} [shouted|cheered|called]. {Hero} {shows:hero}.
    {Hero} was {feels:hero}. "[Hooray|Hurray]!" they both [shouted|cheered].
    "You [have a good memory|think of everything|are so clever], {hero}," said {friend}. {Hero} was {feels:hero}.
close hero
    [All the way home|After that], {hero} held {the:toy} very tightly.
    {The:toy} was safe, [because|all because] {hero} had kept {his:hero} eyes open.
    Little things can be a big help, and {hero} [never forgot it|knew it now].
"""

LOST_WAY = """
plot lost_way | good advice helps you when you are in trouble
roles parent = parent; place = place; advice = list stream|bell|stay; lure = list blue_butterfly|white_butterfly|green_dragonfly|yellow_bird|red_balloon|little_lizard
start at parent home
begin hero
if is advice stream
advise parent advice hero
    "If you [ever get|are ever] lost, [look for|find|listen for] the stream and follow it down," {parent} [always|often] told {him:hero}. "It [leads|runs] past our home."
    {Parent} [always|often] said, "[When|If] you are lost, follow the stream. It will [lead|bring|take] you home."
elif is advice bell
advise parent advice hero
    "If you [ever get|are ever] lost, listen for the bell," {parent} [always|often] told {him:hero}. "I will ring it [for you|until you come]."
    {Parent} [always|often] said, "[When|If] you are lost, be quiet and listen. I will ring the bell [for you|at home]."
else
advise parent advice hero
    "If you [ever get|are ever] lost, stay where you are and [sing|sing a song]," {parent} [always|often] told {him:hero}. "I will [find|come and find] you."
    {Parent} [always|often] said, "[When|If] you are lost, do not run. [Stay|Sit down] and sing, and I will find you."
end
---
go hero place
    {one_day}, {hero} went {to:place} [alone|to play|to pick flowers]. There {he:hero} [saw|spotted] {a:lure}.
    {one_day}, {hero} was playing {at:place} when {he:hero} saw {a:lure}.
    {one_day}, {hero} {ran:hero} {to:place}, and there {he:hero} [saw|noticed|found] {a:lure}.
wander-off hero far-away
    {He:hero} [followed it|went after it], farther and farther, [and did not look back|until {he:hero} did not know the way any more].
    [How pretty it was|It was so beautiful]! {Hero} followed it [on and on|for a long, long time] and forgot [the time|the way].
    {Hero} wanted to see [more|it from near] and went on and on, [past bushes and stones|up and down|left and right].
feel hero scared
    [Suddenly|Then|After a while], everything looked [strange|new|different]. {Hero} was lost! {He:hero} was {feels:hero} and {shows:hero}.
    When {hero} stopped, nothing looked [right|the same]. {He:hero} was lost, and {he:hero} was {feels:hero}.
    Where was home? {Hero} [did not know|had no idea]. {He:hero} {shows:hero}, because {he:hero} was {feels:hero}.
---
if is advice stream
remember hero advice; murmur hero; find-way hero
    Then {hero} remembered: the stream! {He:hero} [listened|kept still], heard [the water|water] and [walked|went] along it, step by step.
    "[Follow the stream|I must find the stream]," {hero} said to {himself:hero}. {He:hero} [found it|saw it] behind [a hill|some trees] and went where the water went.
    But {hero} thought of {parent} and the stream. [Soon {he:hero} found it|There it was, behind the trees], and {he:hero} walked beside it.
go hero home; feel hero relieved
    The stream led {him:hero} [straight|safely|all the way] home. {Parent} was [at the door|waiting]!
    [At last|Before dark], {he:hero} saw {his:hero} home, [right by the water|near the water], and {parent} [in the door|waving].
elif is advice bell
remember hero advice; murmur hero; find-way hero
    Then {hero} remembered: the bell! {He:hero} [stood still|kept very still] and listened. Ding, dong! [There it was|It came from far away].
    "[Be quiet and listen|I must listen]," {hero} said to {himself:hero}. And then, very softly, {he:hero} heard the bell: ding, dong!
    But {hero} thought of {parent} and the bell. {He:hero} listened [hard|with both ears]. Ding, dong! [There|That] was the bell!
go hero home; feel hero relieved
    {Hero} followed the sound [step by step|over hills and stones] until {he:hero} was home, [where|and there] {parent} stood with the bell.
    [Louder and louder|Nearer and nearer] it rang, and [at last|soon] {hero} was home with {parent}.
else
remember hero advice; murmur hero; stop hero
    Then {hero} remembered: stay and sing! {He:hero} sat down on [a stone|a log] and sang {his:hero} [favorite|best] song.
    "[Do not run|I must stay here]," {hero} said to {himself:hero}. {He:hero} sat down [under a tree|on a stone] and began to sing.
    But {hero} thought of what {parent} had said. {He:hero} [did not run|stayed there] and sang as loudly as {he:hero} could.
come parent hero; find-way hero; carry-home parent hero home; feel hero relieved
    [Soon|Before long|Before the song was over], {parent} [came|heard {him:hero} and came]. Then they went home together.
    {Parent} heard the song from far away, came [running|quickly], and [took|brought] {him:hero} home.
end
hug parent hero
---
praise parent hero
    "You [remembered|did not forget] what I told you," said {parent}. "[Well done|I am proud of you]!" {Hero} was {feels:hero}.
    "[How clever of you|Well done], {hero}," said {parent}. "You [did|remembered] just what I said." {Hero} {shows:hero}.
    {Parent} said, "You were [so clever|very brave]. [You listened to me|You did what I said]." {Hero} {shows:hero}.
close hero
    And {hero} never went so far [alone|away] again.
    [That night|In bed], {hero} [slept very well|dreamed of {the:lure}].
    Good advice [is like a light in the dark|can bring you home].
"""

PLOTS: tuple[str, ...] = (LOST_TOY, BLOWN_AWAY, LOST_WAY)
