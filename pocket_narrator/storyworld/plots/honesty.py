"""Plots about truth, promises and other people's things."""

BROKEN = """
plot broken | telling the truth makes the heart light
roles parent = parent; vase = thing fragile; toy = thing round; culprit = list wind|shelf|ghost
start at parent away; at vase home; holds hero toy
begin hero
pick hero honest|timid
describe hero
    {habit:hero}
---
like parent vase
    {Parent} had {a:vase} that [was very old|came from far away|stood by the window|was a present from an old friend].
    On the [shelf|table|window sill] stood {a:vase}. It was {parent}'s [favorite|dearest treasure|pride and joy].
    Among {parent}'s [treasures|best things] was {a:vase}, [old|thin|fine] and [beautiful|lovely|wonderful].
be-away parent; play hero
    {one_day}, {parent} was out, and {hero} played [ball|catch] inside with {a:toy}.
    {one_day}, {hero} was [alone at home|home alone] and [threw|kicked|bounced] {a:toy} against the wall.
    {one_day}, while {parent} was [outside|at the market], {hero} [threw|rolled|bounced] {a:toy} from room to room.
break hero vase; feel hero scared
    {suddenly}, there was a [loud|terrible] crash! {The:toy} had hit {the:vase}. It was [broken|in pieces]! {Hero} {was} {feels:hero}.
    [Crash|Smash|Bang]! {The:vase} fell down and broke into [two|three|a hundred|many] pieces. {Hero} {shows:hero}.
    It [flew|went] too far, and [crash|smash|bang]! {The:vase} lay on the floor in [two|three|many] pieces. {Hero} {shows:hero}.
---
come parent hero; see parent broken-thing; ask parent who-did-it hero
    {soon}, {parent} [came|got] home and saw the pieces. "[What happened here|Who did this|What is this]?" {he:parent} asked{sternly}.
    {then} the door opened. "[Oh|Oh my], my {vase}!" said {parent}. "[What happened|Who did that|How did it break]?"
    {parent} came in and [looked at the floor|stood still]. "[Who broke my {vase}|What happened to my {vase}]?" {he:parent} asked{sternly}.
if trait hero honest
confess hero broken-thing parent; feel hero sorry
    "It was me," said {hero}{sadly hero}. "I [played with my {toy} inside|was not careful]. [I am|I'm] sorry." {He:hero} {shows:hero}.
    {Hero} could have said that it was the {culprit}. {but} {he:hero} said{sadly hero}, "I did it with my {toy}. [I am|I'm] sorry."
    "I broke it with my {toy}," said {hero}{sadly hero}. "[I am so sorry|Please forgive me|I [did not|didn't] mean to]." {He:hero} {shows:hero}.
forgive parent hero; feel parent proud
    {Parent} was quiet for a moment. {then} {he:parent} {hugs parent hero}. "[You told the truth|You were honest], and that is worth more than a {vase}," {he:parent} said.
    "[A {vase} is only a {vase}|It is only a thing]," said {parent}{softly}. "[I am proud of you, because you told the truth|The truth is worth more]."
    {Parent} [smiled|grinned|beamed]. "[Thank you for the truth|It was brave to tell me]," {he:parent} said{softly}. "[I am|I'm] {feels:parent}, [not angry|and not cross]."
else
lie hero broken-thing parent; feel parent surprised
    "[It was|That was] the {culprit}," said {hero}{sadly hero} and [looked away|did not look up]. {Parent} {shows:parent}.
    {Hero} was afraid. "[The {culprit} did it|It must have been the {culprit}]," {he:hero} said{sadly hero}. {Parent} {shows:parent}.
    "I [do not know|was not there]. [Maybe it was|I think it was] the {culprit}," said {hero}{sadly hero}. {Parent} {shows:parent}.
lie-awake hero; feel hero ashamed
    {but} {that_night}, {hero} could not [sleep|eat or sleep|close {his:hero} eyes]. {He:hero} {was} {feels:hero}.
    {that_night}, {hero} [lay awake|turned from side to side|could not sleep]. {He:hero} {was} {feels:hero}, and the lie felt like a [stone|lump] in {his:hero} [tummy|belly].
    {but} {hero} {was} {feels:hero}. {that_night}, {he:hero} [could not sleep|cried into {his:hero} pillow|counted {insect} and still lay awake].
confess hero broken-thing parent
    {at_last}, {he:hero} went to {parent}. "It [was not|wasn't] the {culprit}. It was me," {he:hero} said{sadly hero}. "[I am|I'm] sorry that I lied."
    So {he:hero} got up and went to {parent}. "I broke your {vase}, and I lied," {he:hero} said{sadly hero}. "[I am|I'm] sorry."
    {next_day}, {hero} said{sadly hero}, "I broke the {vase}, not the {culprit}. [I am|I'm] sorry that I told a lie."
forgive parent hero; feel hero relieved
    "[I am glad that you told me|I knew it already|Thank you for telling me]," said {parent}{softly}. {Hero} {shows:hero}.
    {Parent} {hugs parent hero}. "[Now you can sleep|The truth always finds its way|That was brave]," {he:parent} said. {Hero} {was} {feels:hero}.
    "[That was hard to say|It is never too late for the truth]," said {parent}{softly}. {Hero} {shows:hero}.
end
---
mend-together hero parent vase; feel hero happy
    {next_day}, they [glued|put] the pieces [together|side by side], one by one. {The:vase} had [cracks|lines] now, but {hero} [liked it even more|thought it was beautiful].
    Together they [glued|mended|fixed] {the:vase} with [glue|a pot of glue] and {lots_of} patience.
    {then} they [sat|settled] down and [glued|mended|fixed] {the:vase}. [It took a long time|It took all evening], but it [held|was whole again].
close hero
    {learned hero} the truth [makes the heart light|is always best|is never too late].
    {after_that}, {hero} [played outside|only played in the garden] with {his:hero} {toy}.
    And {hero} never [told a lie|hid the truth] again.
"""

BORROWED = """
plot borrowed | take better care of a borrowed thing than of your own
roles friend = friend; thing = thing toy gift; place = place; other_place = place; spot = spot
start at friend place; holds friend thing; owns friend thing
begin hero
pick hero careful|careless
describe hero
    {habit:hero}
---
go hero place; meet hero friend
    {one_day}, {hero} met {who:friend} {at:place}. {Friend} had {a:thing}.
    {one_day}, {hero} {went} {to:place} and {saw} {who:friend} with {a:thing}.
    {one_day}, {who:friend} came {to:place} with {a:thing}, and {hero} came to look.
pass-by hero
beg hero thing friend; promise hero bring-back friend
    "[How pretty it is|What a fine {thing}|I have never seen one like it]!" said {hero}. "May I borrow it? I [promise to bring|will bring] it back tomorrow."
    "[Please lend it to me|May I borrow it|Can [I have|I've] it for a day]," said {hero}{softly}. "You will get it back tomorrow. I promise."
    {Hero} [wanted|wished] to have it for a day. "[I promise to bring it back|You will have it back] tomorrow," {he:hero} said{softly}.
lend friend thing hero
    "[All right|Yes|Of course], but [be careful with it|take good care of it|do not lose it]," said {friend}{softly} and [gave|handed] {him:hero} {the:thing}.
    {Friend} [nodded|smiled|thought for a moment]. "[Take good care of it|Please be careful]. [It was a present|I love it very much]," {he:friend} said{softly}.
    "[Yes|Of course], because you are my friend," said {friend}{softly}. "But [please be careful|take good care of it]."
---
go hero other_place; play-alone hero
    {Hero} took {the:thing} {to:other_place} and played {so_long}.
    {He:hero} {ran:hero} {to:other_place} and had {lots_of} fun with {the:thing}.
    {Hero} [showed|took] {the:thing} to {everybody} {at:other_place}.
if trait hero careful
hold hero thing; rain-starts
    {suddenly}, it [began|started] to rain. {Hero} [put {the:thing} under {his:hero} {garment}|wrapped {the:thing} in a {color} cloth|hid {the:thing} in a {color} bag] and {ran:hero} home.
    {then} dark clouds came, and it [rained|poured]. {Hero} [covered {the:thing} with a {color} cloth|held {the:thing} under {his:hero} {garment}] so that it stayed dry.
    When it began to [rain|pour], {he:hero} thought of {the:thing} first and [wrapped it in a {color} cloth|put it under {his:hero} {garment}].
go hero place; return-lost hero thing friend; feel friend happy
    {next_day}, {he:hero} [brought|carried] {the:thing} back. "[Here it is|As I promised|Thank you], {friend}," {he:hero} said{softly}. {Friend} {shows:friend}.
    {Hero} kept {his:hero} promise. {next_day}, {he:hero} gave {the:thing} back, [clean and dry|as good as new|without a scratch]. {Friend} {shows:friend}.
    {next_day}, {the:thing} was back with {friend}, [clean and dry|as good as new]. {Friend} {was} {feels:friend}.
maybe praise friend hero
    "You [kept your word|took such good care of it]," said {friend}{softly}. "[You may borrow it any time|Next time you can have it for a week]."
    "[I knew that I could trust you|I can trust you]," said {friend}{softly}. "You may borrow [anything|whatever you like]."
    "It is [as good as new|as good as before]!" said {friend}{softly}. "[You are a {good_friend}|I can trust you]."
else
leave-behind hero thing
    {then} {he:hero} was [hungry|tired] and went home for {meal}. {The:thing} [lay|stayed|was left] {spot}.
    When {he:hero} went home for {meal}, {the:thing} [was left|stayed|lay] {spot}. {Hero} had forgotten it!
    In the evening, {he:hero} went home for {meal} and forgot {the:thing}. It lay {spot}.
silent go hero home
rain-starts; get-dirty thing
    That night, it [rained|rained and rained|poured]. {The:thing} got [wet and dirty|wet, cold and muddy|covered with mud].
    In the night came a [storm|big storm|heavy rain]. {The:thing} got [wet and dirty|soaked|covered with mud].
    All night long, the rain [fell|came down] on {the:thing}, until it was [wet and dirty|covered with mud].
remember hero bring-back; go hero other_place; find hero thing; feel hero ashamed; murmur hero
    {next_day}, {hero} remembered {his:hero} promise. {He:hero} {ran:hero} and looked {again:spot}. [How dirty it was|What a sight]! {He:hero} {was} {feels:hero}.
    In the morning, {hero} remembered. {He:hero} found {the:thing} {again:spot}, full of mud, and {shows:hero}.
    "{Oh_no}!" thought {hero} in the morning. There lay {the:thing}, {again:spot}, wet and [muddy|dirty]. {He:hero} {shows:hero}.
clean hero thing
    {He:hero} washed it with [soap|warm water] and dried it in the sun, until it was [almost|nearly] as good as before.
    First {he:hero} washed it, then {he:hero} [brushed|dried|rubbed] it [for an hour|until it shone|all morning].
    With [soap|warm water] and a {color} cloth, {he:hero} [cleaned|washed] it [for an hour|until it shone|all morning].
go hero place; return-lost hero thing friend; apologize hero friend
    {then} {he:hero} took it back to {friend}. "[I am|I'm] sorry," {he:hero} said{sadly hero}. "I left it out in the rain. [I washed it|I tried to clean it]."
    {Friend} was waiting. "[I have to tell you something|I am so sorry]," said {hero}{sadly hero}. "I left it outside, and it rained."
    "Here it is," {hero} said to {friend}{sadly hero}. "I [forgot it outside|was careless], and it got wet. [Please forgive me|I am sorry]."
forgive friend hero
end
---
if trait hero careful
close hero
    {learned hero} a kept promise [makes friends|is worth more than gold].
    {friends_forever hero friend}
    And {friend} never worried about lending {hero} anything.
else
learn hero care; close hero
    {after_that}, {hero} took better care of borrowed things than of {his:hero} own.
    {learned hero} a borrowed thing needs [more|twice as much] care.
    The next time, {hero} put {friend}'s things [on the highest shelf|in a dry place|in a safe box].
end
end-day hero
"""

FALSE_ALARM = """
plot false_alarm | nobody believes a liar, even when the liar tells the truth
roles friend = friend; place = place; danger = list wolf|snake|crocodile|swarm_of_wasps|wild_bull|goblin
start at friend friend-home
begin hero
feel hero bored
    {but} {one_day}, {he:hero} {was} {feels:hero} and {shows:hero}.
    {but} {one_day}, there was [nothing to do|nobody to play with|nothing new to see]. {Hero} {was} {feels:hero}.
    {one_day}, {hero} had [nothing to do|no idea what to do] and {shows:hero}.
go hero place; think-of hero trick
    {He:hero} {went} {to:place}, and there {he:hero} had a [silly|bad|naughty] idea.
    So {he:hero} {went} {to:place} to play a [trick|joke] on [{his:hero} friend |]{who:friend}.
    On the way {to:place}, {he:hero} thought of a [trick|joke] and [giggled|grinned|laughed to {himself:hero}].
pass-by hero
---
shout hero
    "Help! [Help me|Come quickly]! There is {a:danger}!" {he:hero} {cried}{loudly hero}.
    "{A:danger}, {a:danger}! Help!" {he:hero} {cried}{loudly hero}.
    "[Oh, help|Please help]! I see {a:danger}!" {he:hero} {cried}{loudly hero}.
come friend hero; feel friend scared
    {Who:friend} heard it, left {his:friend} {meal} and {ran:friend} {to:place}. {He:friend} {was} {feels:friend}.
    {Who:friend} was just eating {meal}, but {he:friend} {ran:friend} {to:place} {at_once}. {He:friend} {shows:friend}.
    {At_once}, {who:friend} left {his:friend} {meal} and {ran:friend} {to:place}. {He:friend} {was} {feels:friend}.
trick hero danger friend; feel friend angry
    "[Ha, ha|Hee, hee|Got you]! There is no {danger}," [laughed|giggled] {hero}. {Friend} {was} {feels:friend}. "[That is not funny|Do not do that again]," {he:friend} said.
    {but} there was no {danger}. "[Ha, ha|Hee, hee], it was [only a joke|a trick]!" said {hero}. {Friend} {shows:friend} and went [home|away].
    {Hero} [laughed|giggled]. "[It was just a joke|You should see your face]!" {he:hero} said. {Friend} {shows:friend} and went [home|away].
silent go friend friend-home
---
be-in-danger hero; feel hero scared
    {next_day}, {hero} was {at:place} again. {Suddenly}, there was a real {danger}! {Hero} {was} {feels:hero}.
    {but} {next_day}, something moved {at:place}. It was {a:danger}, a real one! {Hero} {shows:hero}.
    {next_day}, {hero} heard a strange sound {at:place}. There really was {a:danger}! {Hero} {was} {feels:hero}.
shout hero; hear friend shout; stay-away friend hero
    "Help! {A:danger}!" {he:hero} {cried}{loudly hero}. {but} {friend} only [shook {his:friend} head|kept eating {meal}|thought, not again].
    "Help, help! This time it is true!" {he:hero} {cried}{loudly hero}. {Friend} heard it. "[Another trick|Not again|I know that joke]," {he:friend} said and stayed at home.
    {He:hero} {cried} for help{loudly hero}. {but} {friend} thought that it was [a joke|a trick|a game] and [did not|didn't] come.
escape hero; go hero friend-home
    So {hero} {ran:hero} and {ran:hero} [through mud and thorns|over stones and roots|without looking back], all the way to {friend}'s door.
    {Hero} had to [run|get away] alone, [through mud and thorns|over stones and roots]. {At_last}, {he:hero} stood at {friend}'s door, [wet and dirty|tired and pale].
    There was only one thing to do: {hero} {ran:hero} [as never before|like the wind] until {he:hero} was at {friend}'s door.
---
ask hero belief friend
    "[Why did you not come|Did you not hear me]?" {he:hero} asked{sadly hero}. "[Because you tricked me|Because I thought it was a joke]," said {friend}{softly}.
    "It was true! [You [did not|didn't] come|Why did you not help me]?" said {hero}{sadly hero}. "[How could I know|You tricked me before]," {friend} said{softly}.
    "[I called and called|I was in danger]!" said {hero}{sadly hero}. "[You called yesterday too|And yesterday]?" asked {friend}{softly}.
feel hero ashamed; apologize hero friend
    {Hero} {was} {feels:hero}. "[I am|I'm] sorry," {he:hero} said{sadly hero}. "[I will never trick you again|I will not do it again]."
    {Hero} {shows:hero}. "[I was wrong|It was a bad joke]. [I am|I'm] sorry," {he:hero} said{sadly hero}.
    "[You are right|It is my own fault]," {he:hero} said{sadly hero}. "[I am|I'm] sorry." {He:hero} {shows:hero}.
forgive friend hero
close hero
    {after_that}, {hero} only called for help when {he:hero} needed it.
    {learned hero} {nobody} believes [a liar|those who lie], even when they tell the truth.
    And when {hero} told jokes, they were [good|funny] ones that hurt {nobody}.
"""

FOUND_TREASURE = """
plot found_treasure | what you find is not always yours
roles elder = elder; treasure = thing treasure; place = place; other_place = place; spot = spot; wish = thing toy
start at elder other_place; owns elder treasure; at treasure place
begin hero
pick hero honest|greedy
describe hero
    {habit:hero}
want hero wish
    {His:hero} greatest wish was {a:wish}, but [it cost too much|{he:hero} had no money].
    More than anything, {hero} [wanted|wished for] {a:wish}.
    Every night, {hero} dreamed of {a:wish} of {his:hero} own.
---
go hero place; find hero treasure
    {one_day}, {hero} [found|discovered] {a:treasure} {at:place}. It lay {spot}.
    {one_day}, {hero} {went} {to:place} and [looked|peeked] {spot}. There lay {a:treasure}!
    {one_day}, something [shone|gleamed|sparkled] {spot} {at:place}. It was {a:treasure}.
pass-by hero
go hero other_place; meet hero elder; hear hero loss
    {then} {hero} met {elder} {at:other_place}. "[I have|I've] lost my {treasure}," said {elder}{sadly_elder}. "[I have|I've] looked {looked_places} and {looked_far}."
    Later, {hero} {saw} {elder} {at:other_place}. "[Have you seen|Has anybody seen] my {treasure}?" asked {elder}{sadly_elder}. "[I have|I've] looked {looked_places}."
    On the way home, {hero} came {to:other_place}. There [was|sat] {elder}, looking {looked_places}. "My {treasure} is gone," {elder} said{sadly_elder}.
if trait hero honest
return-lost hero treasure elder; feel elder happy
    {Hero} did not [wait|think] long. "[Is this yours? I found it|Look, I found it|Here it is]," {he:hero} said{softly}. {Elder} {was} {feels:elder}.
    "[I found it|I have it]," said {hero}{softly}. "It lay {spot}. [Here it is|It is yours]." {Elder} {was} {feels:elder}.
    {At_once}, {hero} held out {the:treasure}. "[I found it|Look|Here it is]," {he:hero} said{softly}. {Elder} {was} {feels:elder}.
else
keep hero treasure; lie hero loss elder
    "[No|I have seen nothing|I [do not|don't] know where it is]," said {hero}{sadly hero} and [hid {the:treasure}|put {the:treasure} in {his:hero} bag].
    {Hero} [wanted|wished|hoped] to sell it and buy {a:wish}. "[I have not seen it|I saw nothing]," {he:hero} said{sadly hero}.
    {Hero} thought of {the:wish} that {he:hero} could buy for it. "[I have not seen it|I saw nothing]," {he:hero} said{sadly hero}.
explain elder memory hero; feel hero ashamed
    "It was a [present|gift] from my [mother|best friend|father]," said {elder}{sadly_elder}, "[the only thing [I have|I've] left|and it means the world to me]." {Hero} {shows:hero}.
    "[I have had it all my life|It came from my mother]," said {elder}{sadly_elder}. "[Nothing is dearer to me|I would give anything to have it back]." {Hero} {was} {feels:hero}.
    "[What a pity|It is not the gold]," said {elder}{sadly_elder}. "My [mother|father|best friend] gave it to me long ago." {Hero} {was} {feels:hero}.
confess hero loss elder; return-lost hero treasure elder; feel elder happy
    "Wait," said {hero}{sadly hero}. "I did find it. [I wanted to keep it|I told a lie]. [I am|I'm] sorry." And {he:hero} gave it back.
    {Hero} [could not|couldn't] keep it now. "Here it is. [I am|I'm] sorry that I [lied|wanted to keep it]," {he:hero} said{sadly hero}.
    {then} {hero} held out {the:treasure}. "[It is|It's] yours. I [lied|was greedy], and [I am|I'm] sorry," {he:hero} said{sadly hero}.
end
---
maybe thank elder hero
if trait hero honest
offer-help elder hero; come-true wish hero; feel hero happy
    {next_day}, {elder} came to {hero}'s door with a [box|parcel]. In it was {a:wish}, just what {he:hero} had always wanted! {Hero} {shows:hero}.
    "Honest [hands|hearts] should not be empty," said {elder}{softly} and [gave|handed] {him:hero} [the one thing {he:hero} wanted most|a present]: {a:wish}! {Hero} {was} {feels:hero}.
    {next_day}, a [box|parcel] stood at {hero}'s door. In it was {a:wish}, with love from {elder}. {Hero} {shows:hero}.
close hero
    {learned hero} honesty [is the best treasure|pays in the end|is worth more than gold].
    And whenever {hero} played with {the:wish}, {he:hero} thought of {elder}.
    {night_end hero}
else
offer-help elder hero; feel hero relieved
    {Elder} [smiled|grinned|beamed]. "[You did the right thing in the end|It was hard, but you did it]. [Come and have {meal} with me|Come in for {meal}]." {Hero} {shows:hero}.
    "[It takes courage to give back|Now your heart is light again]," said {elder}{softly}. They had {meal} [together|side by side], and {hero} {was} {feels:hero}.
    "[Everybody makes mistakes|You made it right again]," said {elder}{softly} and shared {meal} with {him:hero}. {Hero} {was} {feels:hero}.
close hero
    {He:hero} [did not|didn't] get {the:wish}, but {he:hero} slept [well|like a stone] that night.
    {learned hero} a light heart is better than {a:wish}.
    {Hero} had no {wish}, but {he:hero} had a new friend.
end
"""

PLOTS: tuple[str, ...] = (BROKEN, BORROWED, FALSE_ALARM, FOUND_TREASURE)
