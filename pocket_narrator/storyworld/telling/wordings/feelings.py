"""Words for feelings (`feels_*`, after `was` or `felt`), signs of them (`shows_*`), traits and habits."""

FEELINGS = """
fragment feels_happy
    [|very |so |really |quite ]happy
    [|very |so |really |quite ]glad
    [|very |so |really |quite ]cheerful
    [|very |so |really |quite ]pleased
    full of joy
    happy as a lark
fragment feels_sad
    [|very |so |really |quite ]sad
    [|very |so |really |quite ]unhappy
    [|very |so |really |quite ]upset
    close to tears
    full of sorrow
fragment feels_angry
    [|very |so |really |quite ]angry
    [|very |so |really |quite ]cross
    [|very |so |really |quite ]upset
    [|very |so |really |quite ]mad
    full of anger
fragment feels_scared
    [|very |so |really |quite ]scared
    [|very |so |really |quite ]afraid
    [|very |so |really |quite ]frightened
    full of fear
    scared to death
fragment feels_proud
    [|very |so |really |quite ]proud
    [|very |so |really |quite ]pleased
    proud as a king
    full of pride
fragment feels_sorry
    [|very |so |really |quite ]sorry
    [|very |so |really |quite ]sad
    full of regret
    sorry from the heart
fragment feels_lonely
    [|very |so |really |quite ]lonely
    [|very |so |really |quite ]sad
    [|very |so |really |quite ]alone
    sad and lonely
    all alone
fragment feels_worried
    [|very |so |really |quite ]worried
    [|very |so |really |quite ]nervous
    [|very |so |really |quite ]uneasy
    full of worry
fragment feels_excited
    [|very |so |really |quite ]excited
    [|very |so |really |quite ]eager
    full of excitement
    too excited to sit still
fragment feels_tired
    [|very |so |really |quite ]tired
    [|very |so |really |quite ]sleepy
    [|very |so |really |quite ]weary
    worn out
    ready for bed
fragment feels_surprised
    [|very |so |really |quite ]surprised
    amazed
    astonished
    full of wonder
fragment feels_bored
    [|very |so |really |quite ]bored
    [|very |so |really |quite ]restless
    tired of it
    bored to tears
fragment feels_ashamed
    [|very |so |really |quite ]ashamed
    [|very |so |really |quite ]embarrassed
    [|very |so |really |quite ]uncomfortable
    full of shame
fragment feels_relieved
    [|very |so |really |quite ]relieved
    [|very |so |really |quite ]glad
    [|very |so |really |quite ]happy
    calm again
    full of relief
fragment feels_hurt
    [|very |so |really |quite ]hurt
    [|very |so |really |quite ]sad
    [|very |so |really |quite ]upset
    sad and hurt
    close to tears
fragment feels_curious
    [|very |so |really |quite ]curious
    [|very |so |really |quite ]interested
    full of questions
    eager to know more

fragment shows_happy who
    sang a little song
    spun in a circle
    clapped
    laughed until {his:who} tummy hurt
    smiled a big smile
    laughed out loud
    jumped for joy
    danced around
    beamed
    smiled from ear to ear
    hummed a tune
    clapped and laughed
fragment shows_sad who
    swallowed a few tears
    looked at nothing
    almost cried
    turned away and cried
    began to cry
    looked down at the ground
    wiped away a tear
    sighed
    sniffed
    hung {his:who} head
    sat down and cried
    could not smile any more
fragment shows_angry who
    growled
    kicked a stone
    shook {his:who} head
    bit {his:who} lip
    frowned
    stamped {his:who} foot
    turned red
    grumbled
    scowled
    turned away
    clenched {his:who} teeth
    made an angry face
fragment shows_scared who
    turned cold all over
    stood as still as a stone
    closed {his:who} eyes
    could not say a word
    began to shake
    held {his:who} breath
    did not dare to move
    trembled all over
    shivered
    looked around with big eyes
    listened to {his:who} heart beat
    wanted to run away
fragment shows_proud who
    danced a little
    glowed
    sang out loud
    grew an inch taller
    stood up tall
    lifted {his:who} head high
    grinned
    beamed with pride
    smiled a big smile
    turned red with joy
    could not stop smiling
    laughed
fragment shows_sorry who
    turned red
    bit {his:who} lip
    shook {his:who} head
    almost cried
    hung {his:who} head
    looked at the ground
    had tears in {his:who} eyes
    swallowed hard
    sighed
    could not look up
    began to cry
    sniffed
fragment shows_lonely who
    hummed a sad song
    counted the clouds
    drew in the dust
    said nothing
    sat down without a word
    sighed
    looked around for somebody
    wiped away a tear
    looked at the ground
    watched the clouds go by
    talked to the wind
    had wet eyes
fragment shows_worried who
    frowned
    scratched {his:who} head
    let out a sigh
    turned pale
    looked around
    walked up and down
    bit {his:who} lip
    had a knot in {his:who} tummy
    sighed
    shook {his:who} head
    could not sit still
    held {his:who} breath
fragment shows_excited who
    laughed out loud
    danced around
    squeaked
    threw {his:who} head back and cheered
    jumped up and down
    could not stand still
    clapped and cheered
    could hardly wait
    hopped from one foot to the other
    laughed
    ran in a circle
    smiled from ear to ear
fragment shows_tired who
    leaned back
    almost fell over
    nodded off for a moment
    could not keep {his:who} eyes open
    yawned
    rubbed {his:who} eyes
    sat down to rest
    stretched
    could hardly walk
    blinked
    closed {his:who} eyes for a moment
    let out a long yawn
fragment shows_surprised who
    jumped up
    forgot to breathe
    laughed in wonder
    scratched {his:who} head
    opened {his:who} eyes wide
    gasped
    could not believe it
    blinked
    stared
    said nothing for a moment
    stood very still
    rubbed {his:who} eyes
fragment shows_bored who
    scratched {his:who} ear
    counted to a hundred
    hummed
    drew lines in the dust
    sighed
    yawned
    looked out at the clouds
    kicked a small stone
    groaned
    counted backwards
    stared at the sky
    walked in circles
fragment shows_ashamed who
    bit {his:who} lip
    went pale
    sniffed
    did not know where to look
    turned red
    hung {his:who} head
    looked at the ground
    wanted to hide
    swallowed hard
    could not look up
    sighed
    had hot cheeks
fragment shows_relieved who
    sat down and smiled
    laughed and cried at once
    danced a little
    smiled a big smile
    let out a long breath
    smiled at last
    laughed softly
    was calm again
    could breathe again
    sighed with joy
    smiled
    knew that all was well
fragment shows_hurt who
    bit {his:who} lip
    swallowed a few tears
    blinked
    let out a small sigh
    made a sad face
    had tears in {his:who} eyes
    looked at the ground
    said nothing
    swallowed hard
    looked away
    sniffed
    hung {his:who} head
fragment shows_curious who
    looked at it again and again
    scratched {his:who} head
    whistled
    held {his:who} breath
    looked closely
    asked many questions
    turned it around
    held it up
    opened {his:who} eyes wide
    wondered about it
    could not wait to know
    tilted {his:who} head

fragment trait_brave
    brave
    bold
    fearless
    daring
fragment trait_shy
    shy
    quiet
    bashful
    timid
fragment trait_kind
    kind
    generous
    good-hearted
    helpful
fragment trait_greedy
    greedy
    selfish
    stingy
    grabby
fragment trait_careful
    careful
    sensible
    cautious
    wise
fragment trait_careless
    careless
    forgetful
    dreamy
    messy
fragment trait_stubborn
    stubborn
    headstrong
    willful
    wild
fragment trait_patient
    patient
    calm
    steady
    peaceful
fragment trait_impatient
    impatient
    hasty
    restless
    hurried
fragment trait_honest
    honest
    truthful
    fair
    open
fragment trait_timid
    timid
    nervous
    fearful
    anxious
fragment trait_lazy
    lazy
    sleepy
    idle
    slow
fragment trait_busy
    hard-working
    busy
    eager
    tireless
fragment trait_proud
    proud
    boastful
    vain
    conceited
fragment habit_brave who
    {He:who} was afraid of [nothing|nobody]<, not even of [the dark|ghosts|thunder|spiders]>.
    {He:who} was always the first to [jump|climb|try something new|go into the dark].
    Nothing could frighten {who}<, [no {monster}|no storm|no shadow|no noise]>.
    {everybody} [knew|said|thought|agreed] that {who} was [very|quite|really|rather] {trait:who}.
fragment habit_shy who
    {He:who} was so shy that {he:who} hid from [{everybody}|the postman|the neighbors|guests].
    {He:who} was shy and blushed [at every word|all day long|like a tomato].
    Talking to [others|strangers|neighbors|anybody] made {who} very shy.
    {everybody} [knew|said|thought|agreed] that {who} was [very|quite|really|rather] {trait:who}.
fragment habit_kind who
    {He:who} liked to share [everything|{his:who} toys|every bite|the best things].
    {He:who} had a [kind|warm|soft|good] heart and [never forgot others|gave away the best].
    Nothing made {who} happier than [helping others|giving|sharing {fruit}].
    {everybody} [knew|said|thought|agreed] that {who} was [very|quite|really|rather] {trait:who}.
fragment habit_greedy who
    {He:who} always wanted [more than others|the biggest piece|everything].
    {He:who} hardly ever shared [anything|{his:who} toys|one bite|a crumb].
    Nothing was ever [enough|big enough|good enough] for {who}.
    {everybody} [knew|said|thought|agreed] that {who} was [very|quite|really|rather] {trait:who}.
fragment habit_careful who
    {He:who} always looked [twice|left and right|ahead] before [every step|a jump|crossing a road].
    {He:who} was careful and listened to [good advice|older people|{everybody}].
    Good advice was never [lost on|wasted on|boring to] {who}.
    {everybody} [knew|said|thought|agreed] that {who} was [very|quite|really|rather] {trait:who}.
fragment habit_careless who
    {He:who} often forgot [what {he:who} was told|the time|where {he:who} was going|everything].
    {He:who} was careless and left {his:who} things [everywhere|on the floor|in the rain].
    Rules went in one ear of {who} and out of the other.
    {everybody} [knew|said|thought|agreed] that {who} was [very|quite|really|rather] {trait:who}.
fragment habit_stubborn who
    {He:who} never listened to [anybody|rules|advice].
    {He:who} was stubborn and always did as {he:who} [pleased|liked|wanted].
    Good advice did not [matter|sound good|mean much] to {who}.
    {everybody} [knew|said|thought|agreed] that {who} was [very|quite|really|rather] {trait:who}.
fragment habit_patient who
    {He:who} could wait for [hours|a long time|days] without [a word|a sigh|getting cross].
    {He:who} was patient and never in a hurry.
    Waiting was [easy|fun|no trouble] for {who}<, with {drink} at hand>.
    {everybody} [knew|said|thought|agreed] that {who} was [very|quite|really|rather] {trait:who}.
fragment habit_impatient who
    {He:who} wanted [everything|{fruit}|all things] right now.
    {He:who} was impatient and always in a hurry.
    Waiting was [very hard|terrible|no fun] for {who}<, even for {drink}>.
    {everybody} [knew|said|thought|agreed] that {who} was [very|quite|really|rather] {trait:who}.
fragment habit_honest who
    {He:who} always told the truth<, even about {topic}>.
    {He:who} was honest, even when it was [hard|no fun|late|dangerous].
    Not one lie had ever come from {who}, not even [a small one|a white one].
    {everybody} [knew|said|thought|agreed] that {who} was [very|quite|really|rather] {trait:who}.
fragment habit_timid who
    {He:who} was afraid of [getting into trouble|angry words|thunder|the dark].
    {He:who} was timid and worried about [everything|{topic}|loud voices].
    Trouble was the one thing that {who} [feared|hated] most.
    {everybody} [knew|said|thought|agreed] that {who} was [very|quite|really|rather] {trait:who}.
fragment habit_lazy who
    {He:who} liked to [lie in the sun|sleep|do nothing] [all day|until noon|for hours].
    {He:who} was lazy and put [everything|all work|every task] off.
    Work was not for {who}<, but {drink} was>.
    {everybody} [knew|said|thought|agreed] that {who} was [very|quite|really|rather] {trait:who}.
fragment habit_busy who
    {He:who} never sat still for [long|more than a minute].
    {He:who} was busy from [morning to night|dawn to dusk|Monday to Sunday].
    No task was too [much|hard|heavy|dull] for {who}.
    {everybody} [knew|said|thought|agreed] that {who} was [very|quite|really|rather] {trait:who}.
fragment habit_proud who
    {He:who} liked to boast about [everything|running|winning].
    {He:who} thought that {nobody} was [better|faster|smarter].
    Losing was not [easy|good|nice] for {who}.
    {everybody} [knew|said|thought|agreed] that {who} was [very|quite|really|rather] {trait:who}.
"""
