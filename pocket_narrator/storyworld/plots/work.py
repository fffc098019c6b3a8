"""Plots about learning, making and finishing something."""

SEED = """
plot seed | good things take time
roles elder = elder; place = place; seed = list sunflower|pumpkin|melon|rose_bush|tomato|cherry_tree|bean|cabbage|walnut_tree|lemon_tree
start at elder place; holds elder seed; owns elder seed
begin hero
adorn portrait hero
pick hero patient|impatient
describe hero
    {habit:hero}
---
go hero place
meet hero elder; present elder seed hero
    There {elder} gave {him:hero} a tiny seed. "It will be {a:seed}," {elder} said{softly}.
    "This seed will be {a:seed}, if you wait," said {elder}{softly}.
    {hero} helped {elder} and got a seed for it. "{A:seed}," said {elder}{softly}.
silent go hero home
plant hero seed home
    At home, {hero} planted it [behind the house|by the door|under the window|by the fence].
    {hero} put it into the earth behind the house and sang about {topic}.
    Beside the house, in a bed full of {flower}, {hero} planted it.
water hero seed
    {everybody} saw {him:hero} with a <{color} >can, watering it [every day|each morning].
    With a <{color} >can, {he:hero} watered it [every day|each morning|every evening].
    Every day, {he:hero} gave it water< and told it about {topic}>.
later hero
---
if trait hero patient
wait hero; murmur hero
    {number} days went by. "I can wait," {he:hero} said{softly}.
    Nothing came but {insect}. "Take your time," {hero} said{softly}.
    For {number} weeks, {hero} waited through [sun and rain|wind and rain].
grow seed; feel hero happy
    And one day, there was a [big|fine|beautiful|wonderful] {seed}! {He:hero} {shows:hero}.
    {at_last}, it came up and became a [big|fine|beautiful|wonderful] {seed}. {He:hero} {was} {feels:hero}.
    {suddenly}, a green leaf came out! It became a [big|fine|beautiful|wonderful] {seed}, and {he:hero} {shows:hero}.
close hero
    {learned hero} good things take time.
    And the {seed} gave {hero} {number} new seeds<, and some were for {family}>.
    {after_that}, {hero} was even more {trait:hero}.
maybe night hero
else
dig-up hero seed; feel hero angry; murmur hero
    After {number} days, {hero} {shows:hero}. "Too slow!" {he:hero} said and dug it up.
    {but} {hero} {was} {feels:hero}. "Stupid seed!" {he:hero} said and dug it up.
    "Grow!" {cried} {hero} and {shows:hero}. {then} {he:hero} dug it up.
feel hero sad
    It had {number} tiny roots, but now they were broken. {He:hero} {shows:hero}.
    There was a little root, and {hero} had broken it. {He:hero} {was} {feels:hero}.
    Now it would never be {a:seed}. {He:hero} {shows:hero}.
go hero place; confess-to hero elder; give-seed elder hero; feel hero relieved
    "I dug it up," {hero} told {elder}{sadly} and got another seed. {He:hero} {shows:hero}.
    {Elder} gave {him:hero} a new seed< and {drink}>. {He:hero} {shows:hero}.
    "Try again," said {elder}{softly} and gave {him:hero} a new seed. {He:hero} {shows:hero}.
time-passes
    This time, {hero} waited {number} weeks, and there was a [big|fine|beautiful|wonderful] {seed}!
    {Hero} waited through [sun and rain|wind and rain], and a [big|fine|beautiful|wonderful] {seed} grew.
    {number} weeks later, there was a [big|fine|beautiful|wonderful] {seed} beside the house.
learn hero waiting; close hero
    {learned hero} good things take time.
    {after_that}, {hero} was not so {trait:hero} any more.
    {hero} never dug up a seed again.
maybe night hero
end
"""

LEARN_SKILL = """
plot learn_skill | nobody is born a master
roles friend = friend; place = place; skill = skill
start at friend place; can friend skill
begin hero
adorn portrait hero
want-to hero skill
    {hero} wanted to {skill}, but {he:hero} could not.
    More than anything, {he:hero} wanted to {skill}.
    {hero} dreamed of {doing:skill}.
later hero
---
go hero place; meet hero friend
    {one_day}, {hero} {saw} {who:friend} {doing:skill} {at:place}.
    {one_day}, {who:friend}<, wearing {a_clothes:friend},> was {doing:skill} {at:place}, and {hero} saw it.
    {one_day}, {hero} came {to:place}. There was {who:friend}<, in {a_clothes:friend}>, {doing:skill}.
practise hero skill; fail hero skill
    {Hero} tried it {few} times, but {he:hero} {failed:skill}.
    {Hero} tried it too, but {he:hero} {failed:skill}.
    {but} when {hero} tried, {he:hero} {failed:skill}.
feel hero sad; murmur hero
    "I will never learn it," {he:hero} said{sadly}.
    {He:hero} {was} {feels:hero} and {shows:hero}.
    {He:hero} {shows:hero}. "It's too hard," {he:hero} said{sadly}.
teach friend skill hero
    "Here is a trick: {hint:skill}," said {friend}{softly}.
    "You have to {hint:skill}," said {friend}{softly}.
    "I {failed:skill} too," said {friend}{softly}. "Now {hint:skill}."
time-passes
    For {number} [days|weeks], {hero} practiced {doing:skill}.
    {hero} practiced every day<, watched by {passed_animals}>.
    Day after day, {hero} practiced {so_long}.
---
master hero skill; shout hero; feel hero proud
    {at_last}, {he:hero} {did:skill}! {He:hero} {shows:hero}.
    {suddenly}, it worked. {Hero} {did:skill} and {shows:hero}.
    "Look!" {cried} {hero}, {did:skill} and {shows:hero}.
praise friend hero
    "{wow}!" {cried} {friend}, and both of them {did:skill} {so_long}.
    "{wow}, you did it!" said {friend}{gladly} and gave {him:hero} {fruit}.
    {Friend} {hugs friend hero}. "[Well done|You did it]!" {he:friend} said{softly}.
adorn eat-together hero friend
close hero
    {learned hero} nobody is born a master.
    {after_that}, {hero} never gave up so [soon|fast].
    {friends_forever hero friend}
maybe night hero
"""

BUILD_TOGETHER = """
plot build_together | what one cannot do, two can
roles friend = friend; place = place; project = list tree_house|raft|snug_hut|wooden_tower|little_bridge|big_slide|puppet_stage|play_house; beams = list six_long_boards|four_straight_poles|five_old_planks|three_thick_logs|seven_dry_branches|nine_short_boards; rest = list a_red_rope|a_bag_of_nails|a_rusty_wheel|an_old_barrel|strong_wire|a_big_sheet; feature = list red_flag|blue_flag|golden_bell|wooden_star|yellow_lamp|paper_moon|tin_rooster|green_door
start at friend friend-home
begin hero
wish-for hero project
    {hero} dreamed of a {project} with a {feature}.
    {hero} often drew a {project} with a {feature}.
    More than anything, {hero} wanted a {project} with a {feature}.
later hero
---
go hero place
try-alone hero project; murmur hero
    With {beams} and {rest}, {he:hero} began to build. "I can do it alone," {he:hero} said.
    {He:hero} had brought {beams} and {rest} and wanted to build all alone.
    There were {beams} and {rest}. "I need {nobody}," {he:hero} said and began.
drop-in friend hero
refuse hero friend
    "May I help?" asked {friend}. "No," {he:hero} said and [went on|turned away].
    {Friend} wanted to help, but {hero} shook {his:hero} head.
    "Shall I help?" asked {friend}. "It's my {project}," {he:hero} said.
fall-down hero; feel hero sad
    {but} {suddenly} everything fell down with a [crash|bang]. {He:hero} {shows:hero}.
    {Hero} worked {so_long}, but it all fell down. {He:hero} {shows:hero}.
    Then {the:rest} slipped, and it all came down. {He:hero} {was} {feels:hero}.
---
ask-help hero friend
    "Please help me," {he:hero} said to {friend}{sadly}.
    {At_last}, {hero} asked {friend} for help{sadly}.
    "I can't do it alone," {he:hero} told {friend}{sadly}.
build-together hero friend project
    {Friend} took {the:beams}, {hero} took {the:rest}, and they worked {so_long}.
    {Friend} had {tool_thing}, and they built {so_long}.
    Together they lifted {the:beams} and {the:rest} and sang about {topic}.
feel hero proud; feel friend proud
    {at_last}, there was the {project} with its {feature}! {He:hero} {shows:hero}.
    The {feature} came last. [What a {project}|It was done]! {He:hero} {shows:hero}.
    {days_later}, the {project} stood there with its {feature}, and {he:hero} {shows:hero}.
eat-together hero friend
close hero
    {learned hero} two can do what one cannot.
    {friends_forever hero friend}
    {after_that}, {hero} always said [our|not my but our] {project}.
"""

WINTER_STORE = """
plot winter_store | work today, so that you can rest tomorrow
roles hero = hero animal winter; friend = friend; place = place; food = thing fruit; pastime = detail idling
start at friend place
begin hero
pick hero lazy|busy
describe hero
    {habit:hero}
later hero
---
if trait hero lazy
go hero place; meet hero friend; think-of friend saving
    In autumn, {who:friend} gathered {harvest}< and {bread_stuff}> {at:place}. {Hero} was there too, {pastime}.
    One day in autumn, {hero} was {at:place}, {pastime}. {Who:friend} came by with {harvest}< and {bread_stuff}>.
    It was autumn. {Hero} was {at:place}, {pastime}. {Who:friend} gathered {harvest}.
advise friend saving hero
    "Winter is coming," said {friend}{sternly}. "Gather some food!"
    "[Help me|Fill your house], the snow comes soon," said {friend}{sternly}.
    "Soon there is nothing to eat," said {friend}{sternly}. "Fill your baskets."
refuse hero friend
    "[Tomorrow|Later|Not today]," {he:hero} said and went on {pastime}.
    {but} {hero} only wanted to go on {pastime}.
    {Hero} laughed and went on {pastime}.
---
winter-comes; get-hungry hero; feel hero sorry
    {then} the snow came, and {hero} had nothing to eat. {He:hero} {shows:hero}.
    In winter, {hero} looked for food {looked_places}< and {looked_far}> and {shows:hero}.
    {but} {days_later} it snowed. In {hero}'s house was no food<, only {no_food}>. {He:hero} {shows:hero}.
silent go hero friend-home; go friend friend-home
beg-help hero friend; help friend hero; feel hero ashamed
    {He:hero} knocked at {friend}'s door{sadly}. {Friend} gave {him:hero} {meal}, and {he:hero} {shows:hero}.
    "I'm so hungry," {he:hero} told {friend}{sadly} and got {meal}.
    {Friend} saw {him:hero} in the snow and gave {him:hero} {meal}. {He:hero} {shows:hero}.
promise hero work friend
    "In spring, I will [work for two|help you every day]," {he:hero} said{softly}.
    "[Next time I will help|I promise to help you]," {he:hero} said{softly}.
    {Hero} promised to gather {harvest} next autumn.
else
go hero place; meet hero friend; gather hero food; think-of hero saving
    In autumn, {hero} gathered {a:food} {at:place}. {Who:friend} was there too, {pastime}.
    It was autumn, and {hero} filled a basket with {full:food} {at:place}. {Who:friend} was near, {pastime}.
    One day in autumn, {who:friend} was {at:place}, {pastime}. {Hero} gathered {a:food}.
advise hero saving friend
    "Winter is coming," {he:hero} said{sternly}. "Gather some food, {friend}!"
    "[Help me|Fill your house], the snow comes soon," {he:hero} said{sternly}.
    "Soon there is nothing to eat," {he:hero} said{sternly}. {Friend} went on {pastime}.
---
winter-comes; go hero home; get-hungry friend; feel friend sorry
    {then} the snow came, and {friend} had nothing to eat. {He:friend} {shows:friend}.
    In winter, {friend} looked for food {looked_places}< and {looked_far}> and {shows:friend}.
    {but} {days_later} it snowed. In {friend}'s house was no food<, only {no_food}>. {He:friend} {shows:friend}.
come friend hero; share-kindly hero food friend; feel friend happy
    {He:friend} knocked at {hero}'s door{sadly}. {Hero} gave {him:friend} some of {the:food}, and {friend} {shows:friend}.
    "I'm so hungry," {he:friend} told {hero}{sadly}. They shared {the:food}, and {friend} {shows:friend}.
    {Hero} saw {him:friend} in the snow and shared {the:food}. {Friend} {shows:friend}.
promise friend work hero
    "In spring, I will [work for two|help you every day]," said {friend}{softly}.
    "[Next time I will help|I promise to help you]," said {friend}{softly}.
    {Friend} promised to gather {harvest} next autumn.
end
---
talk-together hero friend
close hero
    And so it was: next autumn, they gathered {harvest}< and {bread_stuff}> together.
    They both knew now: work first, and then you can rest.
    All winter long, they sat by the fire, [played {game}|talked about {topic}]< and had {drink}>.
"""

RACE = """
plot race | slow and steady beats fast and proud
roles hero = hero animal fast; friend = friend slow; place = place; other_place = place; prize = list golden_cup|silver_star|big_cake|crown_of_flowers|basket_of_apples|blue_ribbon|red_drum|pot_of_honey
start at friend place
begin hero
be-known-for hero proud
describe hero
    {nobody} was as fast as {hero}, and {he:hero} was {trait:hero} about it.
    {hero} was the fastest of all and told {everybody} so every day.
    When {hero} ran, [the dust flew|the wind stayed behind|leaves danced]. {He:hero} was {trait:hero}, too.
later hero
---
go hero place
meet hero friend
boast hero friend; tease hero friend; feel friend hurt
    "[How slow you are|A snail is faster], {friend}!" laughed {hero}. {Friend} {shows:friend}.
    "Are you [walking or sleeping|a stone|asleep]?" {hero} asked and laughed. {Friend} {shows:friend}.
    {Hero} ran around {friend} {few} times and laughed. {Friend} {was} {feels:friend}.
challenge friend hero
    "Let's race {to:other_place} for {a:prize}," said {friend}{softly}.
    "I never stop," said {friend}{softly}. "A race {to:other_place}, for {a:prize}!"
    {Friend} wanted to race {to:other_place} for {a:prize}.
---
race hero friend; rest hero; feel hero bored
    {Hero} was soon far ahead. {He:hero} {shows:hero}<, ate {fruit}> and fell asleep.
    Off they went! {soon}, {hero} was far ahead and {was} {feels:hero}. {He:hero} lay down and fell asleep.
    One, two, three, go! {Hero} flew ahead<, past {passed_animals}>, {shows:hero} and lay down to sleep.
pass friend hero
    {but} {friend} went on<, past {flower} and {flower_b}>, and passed the sleeping {kind:hero}.
    And {friend}? {He:friend} walked on< past {passed_thing}> and passed the sleeping {kind:hero}.
    Step by step, {friend} passed <{passed_plants} and >the sleeping {kind:hero}.
wake-up hero; win friend hero; win-prize friend prize; go friend other_place; go hero other_place; feel friend happy
    {at_last}, {hero} woke up and ran. Too late! {Friend} had {the:prize} and {shows:friend}.
    A cheer woke {hero}. {Friend} had won {the:prize} and {shows:friend}.
    When {hero} woke up, it was too late. {Friend} had {the:prize} and {shows:friend}.
---
feel hero ashamed; apologize hero friend
    {He:hero} {shows:hero}. "I'm sorry that I laughed," {he:hero} said{sadly}.
    "You won," {he:hero} said{sadly}. "I'm sorry." {He:hero} {shows:hero}.
    {He:hero} {was} {feels:hero}. "Forgive me," {he:hero} said{sadly}.
forgive friend hero
close hero
    {learned hero} slow and steady beats fast and {trait:hero}.
    {after_that}, {hero} was not so {trait:hero} any more.
    {friends_forever hero friend}
"""

MISSING_FLOUR = """
plot missing_flour | a good turn comes back
roles parent = parent; elder = elder; place = place; cake = thing baked; missing = list flour|sugar|butter|honey|milk|cream|salt|yeast; chore = list carry_wood|sweep_the_yard|feed_the_hens|pull_weeds|wash_the_windows|stack_the_boxes|clean_the_shed|pick_the_beans
start at parent home; at elder place; holds elder missing; knows elder missing
begin-with hero parent
think-of hero surprise; go parent town
    {one_day}, it was {parent}'s birthday. When {parent} went out, {hero} wanted to make {a:cake}.
    {one_day}, {parent} went out, and {hero} began to make {a:cake} for {parent}'s birthday.
    When {parent} went to work on {his:parent} birthday, {hero} wanted to make {a:cake}.
miss-something hero; feel hero worried
    {He:hero} took out a <{color} >bowl, but there was no {missing}! {He:hero} {shows:hero}.
    {but} in the jar was no {missing}<, only an old spoon>! {He:hero} {shows:hero}.
    There were eggs, but no {missing}! {He:hero} {was} {feels:hero}.
later hero
---
go hero place
    {He:hero} {ran:hero} {to:place}, where {elder} lived<, past {passed_animals}>.
    {then} {hero} thought of {elder} and {ran:hero} {to:place}.
    {Elder} lived {at:place}<, behind {passed_plants}>. {Hero} {ran:hero} there.
beg hero missing elder
    "Please, can I have some {missing}?" {he:hero} asked {elder}{softly}.
    {Elder} was there<, {calm_doing}>. "Do you have {missing}?" asked {hero}.
    {He:hero} asked {elder} for some {missing}{softly}.
answer elder missing hero; offer-trade elder hero
    "Yes, if you {chore}," said {elder}{softly}.
    "First please {chore}," said {elder}{softly}. "I am tired."
    "Can you {chore} for me?" asked {elder}. "My back hurts."
work hero
    {Hero} began to {chore} and sang about {topic} {so_long_day}.
    {at_once}, {hero} went to {chore} until {his:hero} {clothes:hero} was [dusty|wet|dirty].
    So {hero} began to {chore}<, watched by {passed_animals}>.
give elder missing hero; thank hero elder
    "Well done," said {elder}{softly} and gave {him:hero} the {missing}.
    {then} {he:hero} got the {missing}<, and {drink} as well>.
    {Elder} gave {him:hero} the {missing} in a <{color} >[bag|cup|jar]. "Come again," {elder} said{softly}.
---
silent go hero home; make hero cake; come parent hero
give hero cake parent; feel parent happy
    {Hero} stirred and baked {so_long_alone}. {Parent} came, {saw} {the:cake} and {shows:parent}.
    "Surprise!" {cried} {hero} when {parent} came. There {was:cake} {the:cake} between <{color} >candles! {Parent} {shows:parent}.
    In the evening, {the:cake} {was:cake} on the table with {flower_color} {flower}. {Parent} {shows:parent}.
close hero
    {learned hero} a good turn comes back.
    And the last piece? {Hero} took it to {elder}< with {flower}>.
    {after_that}, {hero} went to {chore} for {elder} every Sunday.
"""

PLOTS: tuple[str, ...] = (SEED, LEARN_SKILL, BUILD_TOGETHER, WINTER_STORE, RACE, MISSING_FLOUR)
