"""Phrases that many sentences use: times, manners, actions between two characters, first and last sentences.

Large sets of small choices live here and in `details.py` on purpose: they are most of the entropy of a story,
and since all plots share them, each of them is frequent enough to be learned.
"""

PHRASES = """
fragment was
    was
    felt
    was now
    suddenly felt
fragment big
    big
    large
    great
    huge
fragment went
    went
    walked
    wandered
    strolled
fragment then
    then
    and then
    now
fragment but
    but
    yet
fragment cried
    cried
    shouted
    called
    yelled
fragment saw
    saw
    noticed
    discovered
fragment everybody
    everybody
    everyone
fragment nobody
    nobody
    no one
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
    a pretty {kind:who}
    a funny {kind:who}
    a quick {kind:who}
    a sweet {kind:who}
    a noisy {kind:who}
    a tidy {kind:who}
    a jolly {kind:who}
    a dreamy {kind:who}
fragment named
    named
    called
fragment sunny
    sunny
    bright
    warm
    fine
    lovely
    fresh
    golden
    clear
    busy
    happy
    mild
    calm
fragment one_day
    one {sunny} [day|morning|afternoon]
    one [day|morning|afternoon]
    one day in [March|April|May|June|July|August|September]
    on a {sunny} [day|morning|afternoon]
    one [Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday]
    one {sunny} [day|morning] in [spring|summer|autumn]
fragment next_day
    the next day
    the next morning
    a few days later
    the following day
    two days later
    the very next day
    three days later
    the day after that
    the next [Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday]
fragment soon
    soon
    before long
    a little later
    after a while
    a short time later
    not long after that
    a moment later
    after a few minutes
fragment days_later
    soon
    a few days later
    a week later
    two weeks later
fragment suddenly
    suddenly
    all at once
    just then
    all of a sudden
    at that moment
    without warning
fragment at_last
    at last
    in the end
    finally
    at long last
    after a long time
fragment after_that
    from that day on
    after that
    from then on
    ever since that day
    after this adventure
    from that moment on
fragment tomorrow
    tomorrow
    in a week
    on Sunday
    in three days
    on Saturday
    next Friday
fragment that_night
    that night
    in the night
    late that night
    in the middle of the night
fragment before_leaving
    before they parted
    when it was time to go
    in the evening
    at the end of the day
    before dinner
fragment next_morning
    the next morning
    when morning came
    early in the morning
    at sunrise
fragment at_once
    at once
    right away
    without delay
    without a word
    as fast as possible
    straight away
decoration softly
    -
     softly
     kindly
     gently
     quietly
     warmly
     with a smile
     in a warm voice
     with a nod
     in a friendly way
decoration gladly
    -
     happily
     with a laugh
     with bright eyes
     proudly
decoration sadly
    -
     sadly
     in a small voice
     with a sigh
     very quietly
     in a shaky voice
     with wet eyes
     with a sob
     in a low voice
     with a long face
     without looking up
decoration sternly
    -
     sternly
     in a serious voice
     with a frown
decoration sadly_elder
    -
     sadly
     in a low voice
     with a sigh
     very quietly
     with a shake of the head
     in a tired voice
     with sad eyes
decoration loudly who
    -
     loudly
     at the top of {his:who} voice
     again and again
     as loudly as {he:who} could
     with all {his:who} might
     three times
     into the wind
fragment good_friend
    good friend
    kind friend
    dear friend
    true friend
    great friend
    wonderful friend
    loyal friend
    real friend
    fine friend
    faithful friend
fragment big_hug
    big hug
    warm hug
    tight hug
    long hug
    soft hug
    strong hug
fragment hugs a b
    gave {b} a {big_hug}
    hugged {b} [tightly|for a long time|warmly|gently]
    put an arm around {b}
    [gave {b} a kiss|smiled at {b}|patted {b} on the back]
fragment wow
    wow
    hooray
    hurray
    yippee
    yes
    oh my
    goodness
    hey
fragment oh_no
    oh no
    oh dear
    oh my
    no, no
    how awful
    what a pity
    goodness
    dear me
fragment so_long
    all afternoon
    for a long time
    for hours
    without a break
    hour after hour
    until they were tired
    again and again
    for half the day
fragment so_long_alone
    all afternoon
    for a long time
    for hours
    until it was dark
fragment so_long_day
    for a while
    for an hour or two
    in the sun
    for a long time
    for two whole hours
    without a break
    all morning
fragment lots_of
    a lot of
    so much
    great
    lots of
fragment friends_forever a b
    {After_that}, {a} and {b} were [best|good|close|the best of] friends.
    {A} and {b} [became|were] [the best of friends|friends for life|as close as two friends can be].
    {After_that}, {a} and {b} [played {game}|talked about {topic}|went for walks] [every day|together|every Sunday].
    And so {a} and {b} [became|were] friends [forever|for life|for good].
fragment learned who
    {He:who} had learned that
    {After_that}, {he:who} knew that
    {He:who} never forgot that
    That day, {he:who} learned that
    Now {he:who} knew that
    So {who} found out that
"""
