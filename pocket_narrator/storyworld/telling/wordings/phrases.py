"""Phrases that many sentences use: times, manners, places to look, games, food, weather, last sentences.

Large sets of small choices live here on purpose: they are most of the entropy of a story, and since all
plots share them, each of them is frequent enough to be learned.
"""

PHRASES = """
fragment little who
    a little {kind:who}
    a young {kind:who}
    a small {kind:who}
    a friendly {kind:who}
    a playful {kind:who}
    a cheerful {kind:who}
    a lively {kind:who}
    a gentle {kind:who}
    a polite {kind:who}
    a merry {kind:who}
fragment color
    red
    blue
    green
    yellow
    purple
    black
    white
    brown
    pink
    gray
fragment garment
    coat
    cap
    vest
    jacket
    sweater
    bag
    belt
    shirt
fragment wearing
    with a {color} {garment}
    in a {color} {garment}
fragment named
    named
    called
fragment hobby_a
    singing [loud|funny|old] songs
    telling [jokes|stories|riddles]
    picking {flower}
    counting the [stars|clouds|birds]
    watching the [clouds|birds|rain|moon]
    jumping over [puddles|stones|logs]
    rolling down hills
    listening to [stories|music|the wind]
    collecting [leaves|feathers|stones|shells]
    making mud pies
    asking questions
    dancing in the [rain|wind|sun]
fragment hobby_b
    building [towers|castles|bridges]
    solving [riddles|puzzles]
    playing {game}
    drawing in the sand
    chasing {insect}
    looking for [treasure|berries|mushrooms]
    making new friends
    eating {fruit}
    sleeping late
    running races
    exploring
    catching [fireflies|raindrops|falling leaves]
fragment sunny
    sunny
    bright
    warm
    fine
    lovely
    quiet
    windy
    cool
    busy
    fresh
fragment one_day
    one {sunny} [day|morning|afternoon]
    one [day|morning|afternoon]
    one day in [spring|summer|autumn]
    on a {sunny} [day|morning|afternoon]
fragment next_day
    the next day
    the next morning
    a few days later
    the following day
    two days later
    the very next day
fragment soon
    soon
    before long
    a little later
    after a while
    a short time later
    not long after that
fragment suddenly
    suddenly
    all at once
    just then
    all of a sudden
    at that moment
    then
fragment at_last
    at last
    in the end
    finally
    at long last
fragment tomorrow
    tomorrow
    in a week
    on Sunday
    in three days
    on Saturday
fragment monster
    monster
    ghost
    dragon
    giant
    witch
    robber
fragment that_night
    that night
    in the night
    that evening
    at bedtime
fragment before_leaving
    before they parted
    when it was time to go
    in the evening
    at the end of the day
fragment at_once
    at once
    right away
    without delay
    without a word
    as fast as possible
fragment after_that
    from that day on
    after that
    from then on
    ever since that day
fragment softly
    -
     softly
     kindly
     gently
     quietly
     with a smile
     in a warm voice
     with a nod
     after a moment
     with bright eyes
fragment sadly who
    -
     sadly
     in a small voice
     with a sigh
     very quietly
     in a shaky voice
     with tears in {his:who} eyes
fragment sadly_elder
    -
     sadly
     in a low voice
     with a sigh
     very quietly
     with a shake of the head
fragment loudly who
    -
     loudly
     at the top of {his:who} voice
     again and again
     as loudly as {he:who} could
     with all {his:who} might
fragment good_friend
    good friend
    kind friend
    dear friend
    true friend
    great friend
    wonderful friend
    loyal friend
    real friend
fragment big_hug
    big hug
    warm hug
    tight hug
    long hug
    soft hug
fragment hugs a b
    gave {b} a {big_hug}
    hugged {b} [tightly|for a long time|with all {his:a} might|gently]
    put an arm around {b}
    [gave {b} a kiss|smiled at {b}|took {b} by the hand]
fragment wow
    wow
    hooray
    hurray
    yippee
    yes
    oh my
fragment oh_no
    oh no
    oh dear
    oh my
    no, no
    how awful
fragment game
    tag
    catch
    hide-and-seek
    follow the leader
    pirates
    kings and queens
    all kinds of games
    a guessing game
    leapfrog
    explorers
fragment game_b
    ball
    school
    robbers
    treasure hunt
    statues
    marbles
    house
    bears and bees
fragment so_long
    all day long
    all afternoon
    until the sun went down
    until dinner
    for a long time
    until they were tired
    for hours
fragment tool_thing
    a [good|sharp|new] [saw|hammer]
    a [pot|can] of {color} paint
    [strong|fresh|white] glue
    a [tall|short|safe] ladder
fragment so_long_day
    for a while
    for an hour or two
    in the sun
    for a long time
    side by side
    for two whole hours
fragment next_morning
    the next morning
    when morning came
    early in the morning
    at sunrise
fragment lots_of
    a lot of
    so much
    great
    lots of
fragment looked_places
    under the bench
    behind the trees
    behind every stone
    under the leaves
    behind the fence
    between the roots
    inside the old barrel
    under every bush
    in the mud
    behind the wheelbarrow
fragment looked_far
    in the tall grass
    in every corner
    up and down the path
    near the water
    around the well
    on the other side of the hill
    beside the road
    in the old shed
    under the bridge
    along the wall
fragment a_find
    an old shoe
    a {color} button
    two sleepy snails
    a broken cup
    a bent spoon
    a lost sock
    some empty shells
    a {color} feather
    an old nail
    a rusty can
fragment flower_b
    tall grass
    mushrooms
    thistles
    clover
    little pines
    wild berries
    round stones
    old stumps
fragment flower_color
    red
    blue
    yellow
    white
    purple
    pink
fragment flower
    daisies
    roses
    tulips
    poppies
    lilies
    violets
    sunflowers
    bluebells
fragment insect
    bees
    butterflies
    dragonflies
    ladybugs
    beetles
    moths
fragment scenery
    {Flower_color} {flower} grew [all around|along the path|in the sun|here and there|everywhere], and [two|three|some|many] {insect} [flew|danced|hummed] over them.
    The [sky|air] was [clear|blue|warm|fresh|mild], and the [birds|crickets|bees|frogs] sang [their songs|loudly|softly|all together].
    A [soft|warm|gentle|light|cool] wind [blew|played|moved] in the [leaves|trees|grass|branches], and it smelled of [{flower}|rain|honey|hay|wild herbs].
    [Two|Three|Some|Many] {color} {insect} [flew|danced|hummed] [around the {flower}|in the air|in the sun|over the grass].
    The sun [shone|was bright|was warm|stood high], and [small|white|fluffy|round] clouds [drifted|sailed|floated|moved] [across the sky|over the hills|by|above the trees].
fragment bread
    [warm|fresh|crusty|soft] [bread|rolls|corn bread]
    [hot|creamy|thick|tasty] [tomato|potato|carrot|onion|bean] soup
    [sweet|warm|fresh|tasty] [pancakes|waffles|oatmeal|rice]
    [apple|cherry|cheese|plum] [pie|cake]
    [honey|nut|butter|carrot] [cakes|cookies]
fragment fruit
    [sweet|ripe|juicy|fresh|big] [plums|pears|apples|grapes|berries|cherries|peaches|strawberries]
    [crunchy|fresh|salted|tasty] [nuts|carrots|seeds|beans]
fragment drink
    [cold|warm|fresh|sweet] milk
    [apple|berry|grape|carrot] juice
    [mint|rose|apple|ginger] tea
    [hot|sweet] cocoa
    [cool|sweet] lemonade
fragment meal
    {bread} and {fruit}
    {bread} with {drink}
    {bread}, {fruit} and {drink}
    {fruit} with {drink}
fragment ate_together a b
    Then {a} and {b} [had|ate|shared] {meal} [together|under a tree|in the sun|on a blanket|side by side].
    Later, they [had|ate|shared|enjoyed] {meal} [in the sun|in the shade|on a blanket|on the grass].
    There was {meal} for [both of them|{a} and {b}|the two friends].
fragment dream
    a [ship|boat|sledge|train] with {color} [sails|flags|lamps|roses]
    a [talking|dancing|singing|flying] [fish|moon|cloud|snowman]
    a [castle|tower|mountain|river] of [clouds|pancakes|gold|flowers]
    a {color} [bird|horse|dragon|whale] with {color} [wings|eyes|spots|stripes]
    a [king|queen|giant|wizard] with a {color} {garment}
fragment sight
    [two|three|five] jugglers in {color} [coats|caps|vests]
    a [brass|drum|flute] band
    a [clown|dancer|singer|wizard] in a {color} {garment}
    [big|small|funny] {color} puppets
    a hundred {color} [balloons|flags|lanterns|kites]
    a [tall|round|strong] man on {color} stilts
    a tower of {color} [hats|boxes|cakes]
    [tiny|huge|shiny] {color} [drums|wheels|boats]
fragment sight_two
    a [dancing|talking|singing] parrot
    the [biggest|funniest|longest] {color} snake of paper
    [fire|water|smoke] in all colors
    a [mountain|wall|row] of [cakes|cookies|pies]
    a [merry-go-round|swing|slide] with {color} seats
    the [queen|king] of the feast
fragment dream_b
    a king without a crown
    the wide sea
    a sleepy giant
    a lost star
    the first snow
    a clever mouse
    an island far away
    a very old tree
fragment night_end who
    That night, {who} [dreamed of {dream}|slept like a stone|slept well|fell asleep with a smile].
    In bed that night, {who} [thought about it|smiled|counted {color} {insect}|dreamed of {dream}].
    When the [moon|stars|first stars] came out, {who} [went home|was fast asleep|fell asleep|lay in bed and smiled].
    Then {who} went home [to tell everybody|for dinner|with a light heart|humming a song] and had {meal}.
fragment friends_forever a b
    {After_that}, {a} and {b} were [best|good|close|the best of] friends.
    {A} and {b} [became|were] [the best of friends|friends for life|as close as two friends can be].
    {After_that}, {a} and {b} [played together every day|did everything together|were always together|shared everything].
    And so {a} and {b} [became|were] friends [forever|for life|for good].
fragment learned who
    {Who} had learned that
    {After_that}, {who} knew that
    {Who} never forgot that
    That day, {who} learned that
    Now {who} knew that
"""
