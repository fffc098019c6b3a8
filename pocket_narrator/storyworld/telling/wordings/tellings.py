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
    {Who} was {feels:who}.
    {He:who} felt {feels:who}.
    {Who} {shows:who}.
    {He:who} was {feels:who} and {shows:who}.
telling see-place
    {scenery}
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
    "[Thank you|Thanks], {other}! You are a {good_friend}," [said|cried] {who}.
telling hug
    {Who} {hugs who other}.
    {He:who} {hugs who other}.
    Then {who} {hugs who other}.
telling apologize
    "I am [so|very|really|truly] sorry, {other}," {who} said{sadly who}.
    {Who} said{sadly who}, "I am sorry, {other}. [Please forgive me.|I will never do it again.|I was wrong.|I should have thought of you.]"
    "[Please forgive me|I was wrong|I did not mean it|I feel so bad], {other}," {who} said{sadly who}.
telling forgive
    "[It is all right|I forgive you|I am not angry any more|Do not worry about it], {other}," said {who}{softly}.
    {Who} smiled. "[That is all right|I forgive you|Let us forget it|I know that you are sorry], {other}."
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
