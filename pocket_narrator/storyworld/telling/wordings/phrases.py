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
    orange
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
    singing songs
    telling jokes
    picking flowers
    counting the stars
    watching the clouds
    jumping over puddles
    rolling down hills
    listening to stories
    collecting leaves
    making mud pies
    asking questions
    dancing in the rain
fragment hobby_b
    building towers
    solving riddles
    playing hide-and-seek
    drawing in the sand
    watching the birds
    looking for treasure
    making new friends
    eating sweet things
    sleeping late
    running races
    exploring
    catching snowflakes

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
    One {sunny} [day|morning|afternoon]
    One [day|morning|afternoon]
    One day in [spring|summer|autumn]
    On a {sunny} [day|morning|afternoon]
fragment next_day
    The next day
    The next morning
    A few days later
    The following day
    Two days later
    The very next day
fragment soon
    Soon
    Before long
    A little later
    After a while
    A short time later
    Not long after that
fragment suddenly
    Suddenly
    All at once
    Just then
    All of a sudden
    At that moment
    Then
fragment at_last
    At last
    In the end
    Finally
    At long last
fragment at_once
    at once
    right away
    without delay
    without a word
    as fast as possible
fragment after_that
    From that day on
    After that
    From then on
    Ever since that day
fragment softly
    -
     softly
     kindly
     gently
     quietly
     with a smile
     in a warm voice
     with a nod
fragment sadly who
    -
     sadly
     in a small voice
     with a sigh
     very quietly
     in a shaky voice
     with tears in {his:who} eyes
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
    Wow
    Hooray
    Hurray
    Yippee
    Yes
    Oh my
fragment oh_no
    Oh no
    Oh dear
    Oh my
    No, no
    How awful
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
fragment lots_of
    a lot of
    so much
    great
    lots of
fragment looked_places
    under the bench
    behind the trees
    in the tall grass
    behind every stone
    under the leaves
    in every corner
    up and down the path
    behind the fence
    near the water
    between the roots
    inside the old barrel
    around the well
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
fragment scenery
    {Color} {flower} grew [all around|along the path|in the sun|here and there|everywhere], and [two|three|some|many] {insect} [flew|danced|hummed] over them.
    The [sky|air] was [clear|blue|warm|fresh|mild], and the [birds|crickets|bees|frogs] sang [their songs|loudly|softly|all together].
    A [soft|warm|gentle|light|cool] wind [blew|played|moved] in the [leaves|trees|grass|branches], and it smelled of [{flower}|rain|honey|hay|wild herbs].
    [Two|Three|Some|Many] {color} {insect} [flew|danced|hummed] [around the {flower}|in the air|in the sun|over the grass].
    The sun [shone|was bright|was warm|stood high], and [small|white|fluffy|round] clouds [drifted|sailed|floated|moved] [across the sky|over the hills|by|above the trees].
fragment bread
    warm bread
    apple pie
    hot soup
    cheese pie
    nut cake
    corn cakes
    pancakes
    potato soup
fragment fruit
    sweet plums
    ripe pears
    red apples
    juicy grapes
    fresh berries
    yellow cherries
    soft peaches
    crunchy nuts
fragment drink
    cold milk
    apple juice
    mint tea
    hot cocoa
    cool water
    berry juice
    lemonade
    warm milk
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
    a ship with {color} sails
    a {color} bird
    a flying {garment}
    a talking fish
    a castle of clouds
    a mountain of pancakes
    a dancing moon
    a garden of {color} {flower}
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
