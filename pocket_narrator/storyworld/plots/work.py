"""Plots about learning, making and finishing something."""

SEED = """
plot seed | good things take time
roles friend = friend; place = place; seed = list sunflower|pumpkin|melon|rose|tomato|cherry_tree|bean; elder = elder
start at elder place; holds elder seed; at friend friend-home
begin hero
carry-more hero
pick hero patient|impatient
describe hero
    {habit:hero}
---
go hero place; meet hero elder; present elder seed hero
    {one_day}, {hero} met {elder} {at:place} and got a [tiny|small|little] seed. "It will be a {seed}," said {elder}{softly}, "but [only if you can wait|give it time]."
    {one_day}, {elder} gave {hero} a [tiny|small|little] seed {at:place}. "[Plant it|Put it into the ground], water it and wait," said {elder}{softly}. "It will be a {seed}."
    {one_day}, {hero} helped {elder} {at:place} and got a [tiny|small|little] seed for it. "With water and time, it will be a {seed}," said {elder}{softly}.
pass-by hero
go hero home; plant hero seed home
    At home, {hero} [dug a hole|made a hole in the ground], put the seed in and [sang to it|covered it|patted the ground].
    {Hero} planted it [behind the house|by the door|in a {color} pot|in a sunny corner] and [gave it water|sang to it].
    {He:hero} {ran:hero} home and planted it [behind the house|by the door|in a {color} pot|in a sunny corner].
water hero seed
    [Every day|Each morning|Every morning], {he:hero} gave it [cool|fresh] water and [looked for something green|said good morning to it].
    {He:hero} watered it with a {color} can and [looked|waited]. The first day, nothing. The second day, nothing.
    [With a {color} can|From a {color} cup], {he:hero} watered it [every day|each morning].
---
if trait hero patient
wait hero; murmur hero
    Nothing happened for [a week|two weeks|days]. {but} {hero} [waited and sang|only smiled|waited without a word]. "[Sleep well, little seed|Take your time|I can wait]," {he:hero} said{softly}.
    {Hero} [waited and waited|did not give up], through [sun and rain|wind and rain]. "[Take your time|I can wait]," {he:hero} told the seed{softly}.
    The days went by. {Hero} [was not|wasn't] worried. "[Good things take time|I can wait]," {he:hero} said{softly} and watered it again.
silent murmur hero
grow seed; feel hero happy
    And one morning, there was a [green tip|tiny leaf|small green leaf]! It grew and grew, until it was a [big|beautiful|wonderful] {seed}. {Hero} {shows:hero}.
    {then} something green [came out|looked out] of the ground. It grew [taller and taller|day by day] and became a [big|beautiful|wonderful] {seed}. {Hero} {was} {feels:hero}.
    {at_last}, a [small|little|tiny] green leaf looked out. By the end of summer, it was the [finest|biggest] {seed} [of all|far and wide]. {Hero} {shows:hero}.
come friend hero; praise friend hero
    {Who:friend} came to see it. "{Wow}! [How did you do that|What a fine {seed}]!" {he:friend} said{softly}. "I only waited," said {hero}.
    "{Wow}, what a {seed}!" said {his:hero} friend {who:friend}. "[What is your secret|How did you do it]?" "[Water and time|I waited]," said {hero}{softly}.
    Even {who:friend} [came to look|stopped at the fence]. "[It is the best {seed} [I have|I've] ever seen|{Wow}]!" {he:friend} said{softly}.
eat-together hero friend
---
close hero
    {learned hero} good things [take time|come to those who wait].
    And from that {seed}, {hero} got [ten|many|a handful of] new seeds, one for every friend.
    {night_end hero}
else
dig-up hero seed; feel hero angry; murmur hero
    After [three|two|four] days, {hero} {shows:hero}. "[Why is nothing there|This takes too long|Stupid seed]!" {he:hero} said and dug it up.
    {but} {hero} [could not|couldn't] wait. "[What is it doing down there|I want to see it now]!" {he:hero} said and dug it up to look.
    {Hero} {was} {feels:hero}. "[Grow|Hurry up], you lazy seed!" {he:hero} cried. On the [third|fourth|fifth] day, {he:hero} dug it up.
feel hero sad
    The seed had [just begun to grow|one tiny white root]. Now it was [broken|dry], and it would never be a {seed}. {Hero} {was} {feels:hero}.
    It had a tiny root already! {but} now the root was [broken|torn]. {Hero} {shows:hero}.
    There was the first little root, but {hero} had [broken|torn] it. {He:hero} {shows:hero}, [because|for|since] {he:hero} {was} {feels:hero}.
go hero place; confess-to hero elder; give-seed elder hero; feel hero relieved
    {He:hero} told {elder} about it{sadly hero}. "[We all learn to wait one day|Waiting is hard]," said {elder}{softly} and [gave|handed] {him:hero} [another|a new] seed. {Hero} {shows:hero}.
    "[I could not wait|I dug it up]," {he:hero} told {elder}{sadly hero}. {Elder} [smiled|grinned|beamed] and [had|found] one more seed for {him:hero}. {Hero} {was} {feels:hero}.
    {Elder} saw {his:hero} face and knew [it|everything]. "[Here is another one|Try again]," said {elder}{softly}. "[This time, wait|Give it time]." {Hero} {shows:hero}.
go hero home; time-passes
    This time, {hero} waited. It [rained|was hot] and it [was windy|rained again], and {he:hero} waited. And one day, a [big|beautiful|wonderful] {seed} [stood|was] there!
    This time, {he:hero} watered it and waited [for weeks|until summer]. And a [big|beautiful|wonderful] {seed} grew!
    {Hero} planted it and sat on {his:hero} {hands:hero} so that they would not dig. [Weeks later|In summer], a [big|fine] {seed} [stood|was] there!
---
learn hero waiting; close hero; murmur hero
    {learned hero} good things [take time|come to those who wait].
    {after_that}, {hero} [was not|wasn't] so {trait:hero} any more.
    "[Waiting is hard|It was hard to wait]," {hero} said, "but it is worth it."
end
"""

LEARN_SKILL = """
plot learn_skill | nobody is born a master
roles friend = friend; place = place; skill = skill
start at friend place; can friend skill
begin hero
portrait hero
want-to hero skill
    {hero} [wanted|wished|hoped] to {skill}, but {he:hero} [did not know how|could not do it].
    More than anything, {he:hero} [wanted|wished|hoped] to learn to {skill}.
    There was one thing that {he:hero} [could not|couldn't] do: {hero} could not {skill}.
---
go hero place; meet hero friend; see hero skill
    {one_day}, {hero} {saw} {who:friend} {doing:skill} {at:place}. [How easy it looked|It looked so easy]!
    {one_day}, {who:friend} was {doing:skill} {at:place} when {hero} came by.
    {one_day}, {hero} came {to:place}. There was {who:friend}, {doing:skill} [in the sun|like a master|with a smile].
pass-by hero
practise hero skill; fail hero skill; murmur hero
    {Hero} tried it too, but {he:hero} {failed:skill}. [Twice|Three times|Again and again] {he:hero} tried, and it [did not work|went wrong].
    "[Let me try|I can do that too]," said {hero}. {but} {he:hero} {failed:skill}, [once, twice, three times|again and again].
    {then} {hero} tried to {skill}. {He:hero} {failed:skill}. {He:hero} tried again, and it was [even worse|no better].
feel hero sad; murmur hero
    "[I will never learn it|I am no good at this|I give up]," {he:hero} said{sadly hero}. {He:hero} {was} {feels:hero}.
    {Hero} {shows:hero}. "[It is too hard|I [cannot|can't] do it|I will never learn it]," {he:hero} said{sadly hero}.
    {He:hero} {was} {feels:hero} and {shows:hero}. "[Why can I not do it|It is too hard]," {he:hero} said{sadly hero}.
teach friend skill hero
    "[I fell a hundred times|I could not do it at first], too," said {friend}{softly}. "[Here is a trick|Listen]: {hint:skill}."
    {Friend} [did not laugh|sat down beside {him:hero}]. "[Nobody can do it at once|It took me a whole summer]. You have to {hint:skill}," {he:friend} said{softly}.
    "[Do not give up|Try once more]," said {friend}{softly}. "[Remember|The trick is this]: {hint:skill}."
time-passes
    So {hero} practiced [every day|day after day|in sun and rain], before {fruit} in the morning and after {bread} in the evening.
    Day after day, {hero} practiced. On Monday {he:hero} {failed:skill}. On [Tuesday|Wednesday|Friday] it went a [little|bit] better.
    {Hero} went home and practiced [for a week|for two weeks|all month], [morning and evening|even in the rain].
---
master hero skill; shout hero; feel hero proud
    And then {hero} {did:skill}, [all alone|without any help|just like that]! {He:hero} {shows:hero}.
    {at_last}, {he:hero} {did:skill}! "[Look|I can do it|{Friend}, look]!" {he:hero} {cried}{loudly hero}. {He:hero} {was} {feels:hero}.
    One [morning|evening|day], it worked. {Hero} {did:skill}, [again and again|first slowly, then faster]. {He:hero} {was} {feels:hero}.
maybe praise friend hero
    "{Wow}! [I [knew|understood] that you could do it|You did it]!" {cried} {friend}. {then} both of them {did:skill} {so_long}.
    {Friend} clapped. "[You are as good as I am|Now you can teach others]," {he:friend} said{softly}.
    "{Wow}, [that is better than I can do it|you learned it]!" said {friend}{softly}. They were {doing:skill} {so_long}.
close hero; murmur hero
    {learned hero} {nobody} is born [a master|with everything]. It takes [time|practice] and a good friend.
    {after_that}, {hero} never said "I give up" again, but "not yet".
    {night_end hero}
    {friends_forever hero friend}
"""
BUILD_TOGETHER = """
plot build_together | what one cannot do, two can
roles friend = friend; place = place; project = list tree_house|raft|snug_hut|long_swing|stone_bridge|big_slide; beams = list six_long_boards|four_straight_poles|five_old_planks|three_thick_logs|some_dry_branches|eight_flat_stones; rest = list a_red_rope|a_bag_of_nails|a_rusty_wheel|an_old_barrel|some_strong_wire|a_big_sheet; feature = list red_flag|blue_flag|golden_bell|wooden_star|yellow_lamp|paper_moon|tin_rooster
start at friend friend-home
begin hero
portrait hero
wish-for hero project
    {He:hero} had one big dream: a {project} with a {feature}.
    For a long time, {he:hero} had wished for a {project} with a {feature}.
    Every night, {hero} drew a {project} with a {feature} [in the sand|on paper|on the wall].
---
go hero place; try-alone hero project; murmur hero
    {one_day}, {hero} [carried|dragged] {beams} and {rest} {to:place} and [began|started] to build. "[I can do it alone|I need no help]," {he:hero} said.
    {one_day}, {he:hero} {went} {to:place} with {beams} and {rest}. "[I will do it all alone|Nobody needs to help me]," {he:hero} said.
    {one_day}, {hero} took {beams} and {rest} {to:place}. "[I [do not|don't] need anybody|I can do this alone]!" {he:hero} [thought|said].
pass-by hero
come friend hero; offer-help friend hero; refuse hero friend
    {Who:friend} came by {wearing}. "[Can I help|Shall I help you|May I help]?" {he:friend} asked{softly}. "[No, thank you|No, it is my {project}]," said {hero}.
    "[What a good idea|A {project}]! [May I help|Can I help you]?" asked {who:friend}{softly}. "[No|No, thanks], I can do it alone," said {hero}.
    {Who:friend} [wanted|wished|hoped] to help, but {hero} shook {his:hero} head. "[It is my own {project}|I [do not|don't] need help]," {he:hero} said.
fall-down hero
    {but} the wind [blew|came], and {rest} fell on {his:hero} [foot|toes|nose]. {then} everything [fell down|came down|crashed to the ground].
    {At_once}, one thing after the other went wrong. First {hero} dropped {rest}, then {beams} [fell down|came down] with a crash.
    {He:hero} worked all day long, but the {project} [leaned to one side|shook in the wind]. {then} it [fell down|fell apart] with a crash.
maybe feel hero sad
confess-to hero friend; ask-help hero friend
    {At_last}, {hero} turned to {friend}. "[I was silly|I was too proud]. Will you [help me|build it with me]?" {he:hero} asked{sadly hero}.
    "[I [cannot|can't] do it alone|I was wrong]," {he:hero} said to {friend}{sadly hero}. "Please [help me|build it with me]."
    {Hero} [looked|gazed|stared] at {friend}. "[Two heads are better than one|I need you], please help me," {he:hero} said{sadly hero}.
---
build-together hero friend project
    "[I thought you would never ask|Gladly|Of course]!" said {friend}{softly}. Together they [took|lifted] {beams} and {rest}, and up it went, {so_long}.
    {Friend} had {tool_thing}, and {hero} had the plan. [Piece by piece|Bit by bit], the {project} grew, {so_long}.
    "[Let us start|Come on]!" said {friend}{softly}. {Friend} took {beams}, {hero} took {rest}, and they worked {so_long}.
feel hero proud; feel friend proud
    And then it [stood|was] there: a {project} with a {feature}, [strong and beautiful|just as in the dream]. {Hero} {was} {feels:hero}.
    In the evening, they put on the last thing, the {feature}. [What a {project}|It was done]! {Hero} {shows:hero}.
    {At_last}, the {project} was [ready|done]. Even the {feature} was there! {Hero} {shows:hero}, and {friend} {shows:friend}.
eat-together hero friend
close hero; murmur hero
    {learned hero} two can do what one cannot.
    "[Our {project}|It is ours]," {hero} always said after that, never "my {project}".
    {friends_forever hero friend}
"""

WINTER_STORE = """
plot winter_store | work today, so that you can rest tomorrow
roles hero = hero animal winter; friend = friend; place = place; food = thing fruit
start at friend place
begin hero
portrait hero
pick hero lazy|busy
describe hero
    {habit:hero}
---
if trait hero lazy
go hero place; meet hero friend
    One warm day in autumn, {hero} lay in the sun {at:place}. {Who:friend} came by with [a basket|a bag|a cart] full of {fruit}.
    In autumn, {who:friend} [carried|gathered] {fruit} all day {at:place}. {Hero} [lay in the grass|sat in the shade] and watched.
    It was autumn. {Hero} was [resting|lying in the leaves] {at:place} when {who:friend} came by with {fruit}.
pass-by hero
advise friend saving hero
    "Winter is coming," said {friend}{softly}. "[Gather some food|Fill your house with food], {hero}, or you will [be hungry|have nothing to eat]."
    "[You should gather food too|Do you have food for the winter]," said {friend}{softly}. "[The snow comes early this year|Winter is long]."
    "[Get up|Come and help me], {hero}," said {friend}{softly}. "When the snow falls, there will be nothing to eat."
refuse hero friend
    "[Tomorrow|Later|Not today]," [yawned|said] {hero} and [closed {his:hero} eyes|went on {hobby_a}|turned over].
    {but} {hero} only [laughed|yawned]. "[There is plenty of time|The sun is still warm|Work is no fun]," {he:hero} said.
    "[I would rather sleep|I have time|It is too warm for work]," said {hero} and went on {hobby_b}.
winter-comes; get-hungry hero; feel hero sorry
    {then} winter came, and [snow covered everything|the ground was hard as stone]. {Hero} had nothing but {a_find}. {He:hero} was hungry, cold and {feels:hero}.
    One night, the snow [fell and fell|came]. {Hero} looked for food {looked_places}, but there was only {a_find}. {He:hero} {shows:hero}.
    {but} the snow came [early|overnight]. {Hero} found nothing to eat, only {a_find}. {He:hero} was hungry and {feels:hero}.
silent go hero friend-home; go friend friend-home
beg-help hero friend; help friend hero; feel hero ashamed
    {He:hero} knocked at {friend}'s door. "[You were right|I should have listened]," {he:hero} said{sadly hero}. "Come in," said {friend}, and [gave|handed] {him:hero} {meal}. {Hero} {was} {feels:hero}.
    Cold and wet, {he:hero} came to {friend}'s door. {Friend} [did not|didn't] laugh, but [put {meal} on the table|gave {him:hero} {meal}]. {Hero} {shows:hero}.
    "[Please|Oh], {friend}, [I am|I'm] so hungry," said {hero} at {friend}'s door{sadly hero}. {Friend} [gave|handed] {him:hero} {meal}, and {hero} {shows:hero}.
promise hero work friend
    "In spring, I will [work for two|help you every day]," said {hero}{softly}. "[I promise|You have my word]."
    "[Thank you|I will never forget this]," said {hero}{softly}. "Next autumn, I will [work with you|carry every basket]. I promise."
    {Hero} [ate|warmed {his:hero} {hands:hero}] and said{softly}, "I promise that I will [help you|work hard] next autumn."
else
go hero place; meet hero friend; gather hero food
    In autumn, {hero} gathered {fruit} and {a:food} {at:place}. {Who:friend} lay in the [sun|grass] and [laughed|watched].
    One warm day in autumn, {hero} [carried|gathered] {a:food} {at:place}. "[Why do you work so hard|Come and play {game}]," said {who:friend}{softly}.
    It was autumn, and {hero} [filled|packed] basket after basket with {a:food} {at:place}. {Who:friend} [only played {game}|slept in the sun].
advise hero saving friend
    "Winter is coming," said {hero}{softly}. "[Then there is nothing to eat|You should gather food too], {friend}."
    "[Work first, then play|The snow comes early this year]," said {hero}{softly}. "[Do you have enough to eat|Will you help me]?"
    {Hero} [smiled|grinned|beamed]. "[You will see why|When it snows, [I will|I'll] rest]," {he:hero} said{softly} and went on.
winter-comes; go hero home; get-hungry friend; feel friend sorry
    {then} winter came, and [snow covered everything|the ground was hard as stone]. {Friend} had nothing but {a_find}. {He:friend} was hungry and {feels:friend}.
    One night, the snow [fell and fell|came]. {Friend} looked for food {looked_places}, but there was only {a_find}. {He:friend} {shows:friend}.
    {but} the snow came [early|overnight]. In {friend}'s house, there was only {a_find}. {He:friend} {shows:friend}.
come friend hero; share-kindly hero food friend; feel friend happy
    {then} there was a knock at {hero}'s door. "[I have|I've] nothing to eat," said {friend}{sadly friend}. {Hero} [put {the:food} on the table|gave {him:friend} {the:food}] and {drink}. {Friend} {shows:friend}.
    "[Please|Oh], {hero}, [I am|I'm] so hungry," said {friend} at the door{sadly friend}. "[There is enough for two|Come in and sit down]," said {hero}{softly}, and they ate {the:food}. {Friend} {was} {feels:friend}.
    {Friend} came to {hero}'s door, cold and wet. {Hero} [did not|didn't] laugh, but shared {the:food} with {him:friend}. {Friend} {shows:friend}.
promise friend work hero
    "In spring, I will [work for two|help you every day]," said {friend}{softly}. "[I promise|You have my word]."
    "[Thank you|I will never forget this]," said {friend}{softly}. "Next autumn, I will [work with you|carry every basket]. I promise."
    {Friend} [ate|warmed {his:friend} {hands:friend}] and said{softly}, "I promise that I will [help you|work hard] next autumn."
end
---
close hero
    And so it was: in the next autumn, they [worked|gathered food] [together|side by side], and the winter was [warm|merry].
    They both knew now: those who work in autumn can [rest|sleep well] in winter.
    All winter long, they sat by the fire, [played {game}|told stories about {dream}] and ate {fruit}.
"""

RACE = """
plot race | slow and steady beats fast and proud
roles hero = hero animal fast; friend = friend slow; place = place; other_place = place; judge = tiny; prize = list golden_cup|silver_star|big_cake|crown_of_flowers|basket_of_apples|blue_ribbon
start at friend place
begin hero
carry-more hero
be-known-for hero proud
describe hero
    No one could run as fast as {hero}, and {he:hero} [told everybody|never stopped talking about it].
    {Hero} was the fastest of all, and [everybody had to hear it|{he:hero} said so ten times a day].
    When {hero} ran, [the dust flew|the wind was left behind]. {but} {he:hero} was also very {trait:hero}.
---
go hero place; meet hero friend; boast hero friend; tease hero friend
    {one_day}, {he:hero} met {who:friend} {at:place}. "[How slow you are|You are as slow as a stone|Even a snail is faster], {friend}!" {he:hero} [laughed|giggled|chuckled].
    {one_day}, {who:friend} came along {at:place}, step by step. "[Are you walking or sleeping|Do you ever arrive anywhere]?" [laughed|asked] {hero}.
    {one_day}, {hero} [ran three times around|jumped over] {who:friend} {at:place}. "[Catch me if you can|You are too slow]!" {he:hero} [laughed|giggled|chuckled].
pass-by hero
maybe feel friend hurt
challenge friend hero
    "[I may be slow|Laugh if you like], but I never [stop|give up]," said {friend}{softly}. "[Let us|Let's] race {to:other_place}. The winner gets {a:prize}."
    {but} {friend} looked up. "[Let us race|I want to race you] {to:other_place}," {he:friend} said{softly}. "For {a:prize}!"
    "[Shall we race|Why not race], you and I?" asked {friend}{softly}. "From here {to:other_place}, for {a:prize}."
---
race hero friend
    [One, two, three|Ready, steady], go! {Hero} was gone like [an arrow|the wind|lightning]. {Friend} just set out, step by step.
    {A:judge} gave the sign, and off they went. {Hero} shot ahead, and {soon} {friend} was [far behind|only a dot].
    [One, two, three|Ready, steady], go! After a minute, {hero} [could not|couldn't] even see {friend} any more.
rest hero; feel hero bored; murmur hero
    Halfway there, {hero} {shows:hero}. "[I have time|I have already won]," {he:hero} thought, ate {fruit} and fell asleep.
    {Soon}, {hero} {was} {feels:hero}. "[{Friend} will need hours|There is no hurry]," {he:hero} thought. {He:hero} ate {fruit} and lay down to sleep.
    "[This is too easy|I could win asleep]," thought {hero}. {He:hero} {shows:hero}, ate {fruit} and [fell asleep|began to dream].
pass friend hero
    {but} {friend} went on and on, past {flower} and {flower_b}, past {insect} and [puddles|fences], and past the sleeping {kind:hero}.
    And {friend}? {He:friend} went on, step by step, past {flower} and {flower_b}, and [did not|didn't] stop [once|for anything].
    Step by step, {friend} came nearer. {He:friend} saw {hero} asleep, [smiled|said nothing] and went on, past {flower} and {flower_b}.
wake-up hero; win friend hero; go friend other_place; go hero other_place; feel friend happy
    When {hero} [woke up|opened {his:hero} eyes], {he:hero} ran as never before. Too late! {Friend} was {at:other_place} and [held|lifted] up {the:prize}. {He:friend} {shows:friend}.
    A [cheer|shout] woke {hero}. {He:hero} raced {to:other_place}, but there stood {friend} with {the:prize}. {He:friend} {was} {feels:friend}.
    {At_last}, {hero} woke up and dashed {to:other_place}. {but} {friend} had [won|been faster]! With {the:prize} [in front of|before] {him:friend}, {he:friend} {shows:friend}.
---
feel hero ashamed; apologize hero friend
    {Hero} {shows:hero}. "[I am sorry that I laughed at you|You won, and [I am|I'm] sorry], {friend}," {he:hero} said{sadly hero}.
    {Hero} {was} {feels:hero}. "[You are better than I thought|You won fair and square]. [I am|I'm] sorry," {he:hero} said{sadly hero}.
    "I was [so proud|a fool]," said {hero}{sadly hero}. "[Please forgive me|I am sorry that I teased you]." {He:hero} {shows:hero}.
forgive friend hero
close hero
    {after_that}, {hero} [was not|wasn't] so {trait:hero} any more.
    {learned hero} slow and steady beats [fast and lazy|quick and proud].
    {friends_forever hero friend}
    {ate_together hero friend}
"""

MISSING_FLOUR = """
plot missing_flour | a good turn comes back
roles parent = parent; elder = elder; place = place; cake = thing baked; missing = list flour|sugar|butter|honey|milk|cream; chore = list carry_wood|sweep_the_yard|feed_the_hens|pull_weeds|wash_the_windows|stack_the_boxes
start at parent away; at elder place; holds elder missing
begin hero
portrait hero
think-of hero surprise
    {one_day}, it was {parent}'s birthday. {Hero} [wanted|wished|hoped] to make {a:cake} [all alone|as a surprise].
    {one_day}, {hero} [woke up early|got up before the sun]. It was {parent}'s birthday, and {he:hero} [wanted|wished|hoped] to make {a:cake}.
    {one_day}, while {parent} was out, {hero} [began|started] to make {a:cake} for {parent}'s birthday.
miss-something hero
    {He:hero} put [a {color} bowl and a spoon|{color} cups and spoons|a {color} bowl and {fruit}] on the table. {but} there was no {missing}!
    {but} when {he:hero} looked into the {color} [box|jar|can], there was no {missing}, only {a_find}!
    {He:hero} put on a {color} apron and took out a {color} [bowl|pan|dish]. {but} there was no {missing} [in the house|left]!
feel hero worried; murmur hero
    "{Oh_no}!" {hero} said{sadly hero} and {shows:hero}. "[Without {missing}, I [cannot|can't] make it|How sad]."
    {Hero} {was} {feels:hero}. "[I must find some {missing}|Where can I get {missing}]," {he:hero} said{sadly hero}.
    {He:hero} {shows:hero}. "[I must get some {missing}|No {missing}, no {cake}]," {he:hero} said{sadly hero}.
---
go hero place; beg hero missing elder
    So {he:hero} {ran:hero} {to:place}, where {elder} lived. "[Do you have|Could you give me] some {missing}?" {he:hero} asked{softly}.
    {then} {hero} thought of {elder} and {ran:hero} {to:place}. "Please, [do you have|can I have] some {missing}?" {he:hero} asked{softly}.
    {Elder} lived {at:place}. "[Good day|Hello]! [Could you lend me|Can you give me] some {missing}?" asked {hero}{softly}.
pass-by hero
answer elder missing hero; offer-trade elder hero
    "[Gladly|Of course], but first [help me a little|I need your help]," said {elder}{softly}. "[Will you|Can you] {chore} for me?"
    "[Yes|Yes, I do]," said {elder}{softly}. "[But my back hurts|But [I am|I'm] old]. Could you {chore} [first|for me]?"
    {Elder} nodded. "[I will give you some if you|You can have it if you] {chore}," {he:elder} said{softly}.
work hero
    {Hero} did not [wait|complain]. {He:hero} [began|started] to {chore} {at_once}, [and sang as {he:hero} worked|with all {his:hero} might|until everything was done].
    {At_once}, {hero} [began|started] to {chore}. [It was hard work|It took an hour], but {he:hero} [sang|whistled|smiled] all the time.
    So {hero} went to {chore}, [singing|humming a song|without a break], until {his:hero} {garment} was [dusty|wet|dirty].
give elder missing hero; thank hero elder
    "[Well done|That was good work]! Here is the {missing}," said {elder}{softly}, "and {fruit} [as well|for the way]."
    {Elder} [gave|handed] {him:hero} the {missing} and {fruit}. "[You earned it|Well done]," {he:elder} said{softly}.
    {then} {he:hero} got the {missing}, and {fruit} [too|as well]. "[You are a great help|Come again soon]," said {elder}{softly}.
---
silent go hero home; make hero cake; come parent hero
give hero cake parent; feel parent happy
    {Hero} {ran:hero} home, [mixed|stirred] everything and [baked|waited by the oven]. When {parent} came, {the:cake} {was:cake} on the table. {Parent} {shows:parent}.
    In the evening, {parent} [opened the door|came home]. On the table {was:cake} {the:cake}, with [candles|a candle|{flower}]. {Parent} {was} {feels:parent}.
    At home, {he:hero} [mixed|stirred] and baked. "[Happy birthday|Surprise]!" {he:hero} cried when {parent} came in. {Parent} {shows:parent}.
praise parent hero; feel hero proud
    "{Wow}! [The best [I have|I've] ever had|How good {it:cake} {smell:cake}|Did you make {them:cake} alone]!" said {parent}{softly}. {Hero} {was} {feels:hero}.
    {Parent} [ate two pieces|ate the first bite|tasted it] and {hugs parent hero}. {Hero} {was} {feels:hero}.
    "[You made {them:cake}|How wonderful]," said {parent}{softly} and {hugs parent hero}. {Hero} {shows:hero}.
close hero
    {learned hero} [those who help get help|a good turn comes back].
    And the last piece? {Hero} [brought|carried] it to {elder}, with {flower} [in a {color} cup|on a plate].
    {after_that}, {hero} {went} {to:place} every [week|Sunday] to {chore}.
"""

PLOTS: tuple[str, ...] = (SEED, LEARN_SKILL, BUILD_TOGETHER, WINTER_STORE, RACE, MISSING_FLOUR)
