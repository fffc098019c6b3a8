"""How events are told when a plot has no wordings of its own. Roles are those of the event."""

TELLINGS = """
telling begin
    [Once upon a time|Long ago|Once|Many years ago|One fine day long ago], there was {little who} {wearing} {named} {who}. {He:who} lived {land} and [liked|loved|enjoyed] {hobby_a} and {hobby_b}.
    [Once upon a time|Once|A long time ago|Many years ago], {land}, there lived {little who} {named} {who}. {He:who} [liked|loved|enjoyed] {hobby_a} and {hobby_b}.
    {Who} was {little who} {wearing}. {He:who} lived {land} and [liked|loved] {hobby_a} [most of all|and {hobby_b}].
    There once was {little who} {named} {who} who lived {land}. {Who} [liked|loved|enjoyed] {hobby_a} and {hobby_b}.
    {Little who} {wearing}, {named} {who}, lived {land}. {Who} was good at {hobby_a} and {hobby_b}.
telling be-known-for
    {habit:who}
telling feel
    {Who} {was} {feels:who}.
    {He:who} felt {feels:who}.
    {Who} {shows:who}.
    {He:who} {was} {feels:who} and {shows:who}.
telling see-place
    {scenery}
telling portrait
    {He:who} lived there with {family} and {family_b}.
    {His:who} favorite food was {meal}, and {his:who} favorite color was {color}.
    In {his:who} [room|house] stood a {color} bed, a {furniture} and a {furniture_b}.
    Over {his:who} bed hung a picture of {dream}, [painted|drawn|made] by {family}.
    Every [morning|evening|Sunday], {he:who} had {meal} and [waved to|fed|counted] {passed_animals}.
    {His:who} {color} {garment} [had|came with] {number} {color} [buttons|pockets|stars|spots], and it was a gift from {family}.
telling pass-by
    On the way, {he:who} had [seen|passed|met] {passed_thing}, {passed_animals} and {passed_plants}.
    The way there led past {passed_plants}, {passed_thing} and {passed_animals}.
    {He:who} had [come|walked] past {passed_animals}, {passed_plants} and {passed_thing}.
    Behind {him:who} lay {passed_plants}, and before {him:who} [stood|was] {passed_thing} with {passed_animals}.
telling carry
    In {his:who} {color} [bag|basket], {he:who} [had|carried] {a:trinket} and {a:trinket_b}.
    {He:who} had [two things|two treasures] with {him:who}: {a:trinket} and {a:trinket_b}.
    With {him:who}, {he:who} [had|carried] {a:trinket} and {a:trinket_b} [in a {color} bag|in a {color} cloth|for luck].
telling carry-more
    In {his:who} {color} [bag|basket], {he:who} [had|carried] {a:trinket}, {a:trinket_b} and {a:trinket_c}.
    {He:who} never [left home|went out|went anywhere] without three things: {a:trinket}, {a:trinket_b} and {a:trinket_c}.
    {He:who} had three treasures [in a {color} box|in a {color} bag]: {a:trinket}, {a:trinket_b} and {a:trinket_c}.
telling talk-together
    They talked about {topic}, {topic_b} and {meal}.
    {Who} told {other} a [story|tale|joke] about {topic_b}, and {other} told {who} one about {topic}.
    First they talked about {topic}, then about {topic_b}.
    "Have you heard of {topic_b}?" {who} asked. "Tell me [more|about it]!" said {other}.
telling play-together
    {Who} and {other} played {game} {so_long}.
    They [played|laughed and played|ran around and played] {game} {so_long}.
    The two of them played {game} and {game_b} and had {lots_of} fun.
    First they played {game}, and then they played {game_b} {so_long}.
telling eat-together
    {ate_together who other}
telling thank
    "Thank you[| so much| very much| from my heart], {other}!" {who} said{softly}.
    {Who} thanked {other} [again and again|with all {his:who} heart|with a big smile|many times|at once].
    "You are [a {good_friend}|the best|very kind|so kind], {other}," said {who}{softly}. "Thank you!"
    "[Thank you|Thanks], {other}! [You are|You're] a {good_friend}," [said|cried] {who}.
telling hug
    {Who} {hugs who other}.
    {He:who} {hugs who other}.
    {then} {who} {hugs who other}.
telling apologize
    "I am [so|very|really|truly] sorry, {other}," {who} said{sadly who}.
    {Who} said{sadly who}, "[I am|I'm] sorry, {other}. [Please forgive me.|I will never do it again.|I was wrong.|I should have thought of you.]"
    "[Please forgive me|I was wrong|I [did not|didn't] mean it|I feel so bad], {other}," {who} said{sadly who}.
telling forgive
    "[It is all right|I forgive you|I am not angry any more|Do not worry about it], {other}," said {who}{softly}.
    {Who} [smiled|grinned|beamed]. "[That is all right|I forgive you|Let us forget it|I know that you are sorry], {other}."
    {Who} {hugs who other} and said, "[I forgive you|It is all right|All is well again]."
telling comfort
    "[Do not cry|Do not be sad|Do not worry|Cheer up], {other}," said {who}{softly}.
    {Who} {hugs who other} and said, "[It will be all right|Do not worry|I am here|We will find a way]."
    "[There, there|It is all right|Everything will be fine], {other}," {who} said{softly}.
telling say-goodbye
    {night_end who}
    {Who} and {other} said goodbye and [went home|walked home|went to bed] [when the sun went down|in the evening|under the first stars].
telling end-day
    {night_end who}
"""
