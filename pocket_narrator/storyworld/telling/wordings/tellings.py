"""How events are told when a plot has no wordings of its own. Roles are those of the event."""

TELLINGS = """
telling begin
    [Once upon a time|Long ago|Once|Many years ago], there was {little who} {named} {who}<, who always wore {a_clothes:who}>. {He:who} lived {land}< and [liked|loved|enjoyed] {hobby_a}>.
    [Once upon a time|Once|A long time ago|Many years ago], {land}, there lived {little who} {named} {who}.< {He:who} [liked|loved|enjoyed] {hobby_a} and {hobby_b}.>
    Do you know {who}? {He:who} was {little who} who lived {land}<, wore {a_clothes:who} and [liked|loved] {hobby_b} [most of all|best]>.
    There once was {little who} {named} {who} who lived {land} with {family}< and {family_b}>.
    {Little who} {named} {who} lived {land}.< {He:who} was good at {hobby_a} and {hobby_b}.>
telling begin-with
    [Once upon a time|Long ago|Once|Many years ago], there was {little who} {named} {who}<, who always wore {a_clothes:who}>. {He:who} lived {land} with {parent}< and [liked|loved|enjoyed] {hobby_a}>.
    [Once upon a time|Once|A long time ago|Many years ago], {land}, there lived {little who} {named} {who}.< {He:who} [liked|loved|enjoyed] {hobby_a} and {hobby_b}.>
    Do you know {who}? {He:who} was {little who} who lived {land}<, wore {a_clothes:who} and [liked|loved] {hobby_b} [most of all|best]>.
    There once was {little who} {named} {who} who lived {land} with {parent}< and {family_b}>.
    {Little who} {named} {who} lived {land} with {parent}.< {He:who} was good at {hobby_a} and {hobby_b}.>
telling be-known-for
    {habit:who}
telling portrait
    {His:who} favorite food was {meal}, and {his:who} favorite color was [red|blue|green|yellow|purple|pink|white].
    In {his:who} [room|house] stood a {color} bed, a {furniture} and a {furniture_b}.
    Over {his:who} bed hung a picture of {dream}, [painted|drawn|made] by {family}.
    Every [morning|evening|Sunday], {he:who} had {meal} and [waved to|counted|watched] {passed_animals}.
    {His:who} {clothes:who} was a gift from {family} and had {number} {color} [buttons|pockets|stars].
telling go
    {one_day}, {who} {ran:who} {to:place}<, past {passed_animals} and {passed_plants}>.
    {one_day}, {who} {went} {to:place}<. The way led past {passed_thing} and {passed_animals}>.
    {one_day}, {who} came {to:place}< and [looked at|counted|greeted|sat down beside] {passed_animals}>.
    {one_day}, {who} {ran:who} all the way {to:place}<, past {passed_plants}>.
telling go-next
    {next_day}, {who} {ran:who} {to:place}<, past {passed_thing} and {passed_animals}>.
    {next_day}, {who} {went} {to:place}<. The way led past {passed_plants} and {passed_thing}>.
    {next_day}, {who} was {at:place}< and [looked at|counted|greeted|watched] {passed_animals}>.
telling meet
    There {he:who} met {who:other}<, who wore {a_clothes:other} and was {doing}>.
    There was {who:other}<, {doing}>.
    {Who:other} was there too<, {doing}>.
    {Who:other}<, wearing {a_clothes:other},> was already there<, {doing}>.
telling drop-in
    {soon}, {who:who} came along<, wearing {a_clothes:who}>.
    {suddenly}, {who:who} came by<, {doing}>.
    {Who:who}<, wearing {a_clothes:who},> came [by|along|past]<, {doing}>.
telling see-place
    {scenery}
telling talk-together
    They talked about {topic}, {topic_b} and {meal}.
    {Who} told {other} a [story|tale|joke] about {topic_b}, and then one about {topic}.
    First they talked about {topic}, then about {topic_b}.
    "Have you heard of {topic_b}?" {who} asked. "Tell me [more|about it]!" said {other}.
telling play-together
    {Who} and {other} played {game}< and {game_b}> {so_long}.
    They [laughed and played|ran around and played] {game} {so_long}.
    The two of them played {game}< and {game_b}> and had {lots_of} fun.
    First they played {game}, and then {game_b}< {so_long}>.
telling eat-together
    {ate_together who other}
telling feel
    {Who} was {feels:who}.
    {He:who} felt {feels:who}.
    {He:who} {shows:who}.
    {He:who} was {feels:who} and {shows:who}.
telling thank
    "Thank you[| so much| very much| from my heart], {other}!" {who} said{softly}.
    {Who} thanked {other} [again and again|from the heart|with a big smile|many times|{number} times].
    {Who} gave {other} {fruit} and {a_find_b} to say thank you.
    "You are [a {good_friend}|the best|very kind|so kind], {other}," said {who}{softly}.
    "[Thank you|Thanks], {other}! You are a {good_friend}," {cried} {who}.
telling apologize
    "I am [so|very|really|truly] sorry, {other}," {who} said{sadly}.
    "[Please forgive me|I was wrong|I did not mean it|I feel so bad], {other}," {who} said{sadly}.
    {Who} said{sadly}, "I am sorry, {other}. [Please forgive me|I was wrong|I will never do it again]."
    {Who} gave {other} {flower_color} {flower} and said{sadly}, "I'm sorry."
telling forgive
    "[It is all right|I forgive you|I am not angry any more|Let us forget it], {other}," said {who}{softly}.
    {Who} {hugs who other} and said, "[I forgive you|It is all right|All is well again]."
    {Who} only [smiled|nodded|laughed] and gave {other} {fruit}.
    They [made peace|became friends again] over {meal}.
    {Who} [smiled|nodded|laughed] and spoke of {topic} instead.
telling comfort
    "[Do not cry|Do not be sad|Do not worry|Cheer up], {other}," said {who}{softly}.
    {Who} {hugs who other} and said, "[It will be all right|Do not worry|I am here|We will find a way]."
    "[There, there|It is all right|Everything will be fine], {other}," {who} said{softly}.
telling night
    That night, {he:who} [dreamed of {dream}|slept like a stone|slept well|fell asleep with a smile].
    In bed that night, {he:who} [thought about it|counted {insect}|dreamed of {dream}].
    When the [moon|stars|first stars] came out, {he:who} [was fast asleep|fell asleep|lay in bed and dreamed of {dream}].
    In the evening, over {meal}, {he:who} told {everybody} at home about it.
telling spend-day
    One [Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday], {he:who} stayed at home and [played {game}|read about {topic}|drew {flower}|slept late].
    One day, there was nothing to do, and {he:who} [sat by the window|hummed a tune|talked about {topic}] {so_long_alone}.
    Another day, there was [much|a lot] to do at home. {He:who} [swept the floor|peeled carrots|washed the cups|carried wood] {so_long_alone}.
    On [Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday], [{family}|a neighbor] came for {meal}, and {he:who} [listened|laughed|told jokes] {so_long_alone}.
"""
