"""Small things of the world that nothing depends on: colors, food, games, flowers, sights, dreams.

What is told of them twice is a role of the plot (`drink = detail drink`), so that it is the same both times."""

DETAILS = """
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
    golden
    silver
    dark blue
    bright red
fragment cloth_color
    {color}
    [striped|spotted]
fragment coat_color
    [white|black|gray|brown|golden|spotted|striped]
fragment shine_color
    [red|blue|green|yellow|golden|silver|white]
fragment flower_color
    red
    blue
    yellow
    white
    purple
    pink
    pale
    golden
fragment number
    two
    three
    four
    five
    six
    seven
    nine
    ten
fragment few
    two
    three
    four
    five
fragment hobby_a
    singing [loud|funny|old|sad] songs
    telling [jokes|stories|riddles|secrets]
    picking {flower}
    counting the [stars|clouds|birds|days]
    watching the [clouds|birds|rain|moon]
    jumping over [puddles|stones|logs|shadows]
    rolling down hills
    listening to [stories|music|the wind|the rain]
    collecting [leaves|feathers|stones|shells]
    making [mud pies|paper boats|flower chains]
    asking questions
    dancing in the [rain|wind|sun]
    climbing over [fences|rocks|walls]
    whistling
    baking {bread}
    talking about {topic}
fragment hobby_b
    building [towers|castles|bridges|dams]
    solving [riddles|puzzles]
    playing {game}
    drawing [in the sand|{insect}|{flower}|faces]
    chasing {insect}
    looking for [treasure|berries|mushrooms|footprints]
    making new friends
    eating {fruit}
    sleeping late
    running races
    exploring
    catching [fireflies|raindrops|falling leaves]
    drinking {drink}
    reading about {topic}
    riding on a swing
    painting {insect}
fragment doing
    singing [a loud|an old|a funny|a sad] song
    telling jokes to {passed_animals}
    picking {flower_color} {flower}
    counting {insect}
    watching {passed_animals}
    jumping over [puddles|stones|logs|shadows]
    chasing {insects}
    drawing {flower} [in the sand|on a stone|in a book]
    looking for [berries|mushrooms|footprints|feathers]
    eating {fruit}
    drinking {drink}
    whistling
    dancing [in the sun|in a circle|all alone]
    building a [tower|castle|wall|house] of [stones|mud|leaves|sticks]
    reading a book about {topic}
    talking to {passed_animals}
fragment idling
    counting [clouds|{insect}]
    watching {insect}
    lying in the [grass|leaves|clover]
    whistling
    [sleeping|dozing] under a tree
    playing {game}
fragment calm_doing
    feeding {passed_animals}
    watching {passed_animals}
    picking {flower_color} {flower}
    drinking {drink}
    eating {fruit}
    reading a book about {topic}
    humming [a sad|an old|a quiet] song
    resting [in the shade|on a bench|on a log]
fragment family
    a [young|funny|clever|quiet|busy|tall|kind] [aunt|uncle|grandmother|grandfather|cousin]
    a [shy|strict|jolly|wise|cheerful|proud|very old] [aunt|uncle|grandmother|grandfather|cousin]
fragment family_b
    {few} [brothers|sisters]
    a [big|small|baby|noisy] [brother|sister]
    {few} [brothers and a sister|sisters and a brother]
fragment furniture
    [wooden|soft|tall|little|round|narrow|heavy|painted] [chair|table|shelf|chest|stool|bench|desk]
fragment furniture_b
    [big|broken|ticking|shiny|dusty|tiny|crooked|beautiful] [clock|mirror|lamp|drum|globe|vase|candle]
fragment game
    tag
    catch
    hide-and-seek
    follow the leader
    pirates
    kings and queens
    a guessing game
    leapfrog
    explorers
    cat and mouse
    blind man's buff
    doctors
    circus
    farmers
    sailors
    knights
fragment game_b
    ball
    school
    robbers
    treasure hunt
    statues
    marbles
    house
    bears and bees
    hopscotch
    post office
fragment looked_places
    under the steps
    behind the shed
    among the nettles
    under the wagon
    behind the hedge
    in the sand
    beside the ladder
    under the cart
    behind the beehive
    in the straw
    behind the gate
    in the mud
    among the thistles
    around the pump
    behind the wall
    in the clover
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
    in the ditch
    in the bird's nest
    behind the haystack
    on both sides of the brook
    at the foot of the hill
    in every hole
fragment hiding_place
    in the tall grass
    near the water
    beside the road
    in the old shed
    under the bridge
    at the foot of the hill
    behind the haystack
    on the other side of the hill
fragment a_find
    [an old|a wet|a torn|a big] [shoe|boot|sock|glove|hat]
    a {color} [button|feather|ribbon|marble]
    {number} [sleepy|fat|tiny] [snails|worms|beetles]
    a [broken|bent|rusty|dirty] [cup|spoon|nail|can|plate|comb]
    some empty [shells|bags|jars]
fragment no_food
    [an old|a wet|a torn|a big] [shoe|boot|sock|glove|hat]
    a [broken|bent|rusty|dirty] [cup|spoon|nail|can|plate|comb]
    some empty [shells|bags|jars]
fragment a_find_b
    a [short|blue|red] pencil
    a bent nail
    a torn map
    a dry leaf
    a [thin|white|short] candle
    a [broken|wooden] comb
    a [round|flat|shiny] stone
fragment flower
    daisies
    roses
    tulips
    poppies
    lilies
    violets
    sunflowers
    bluebells
    pansies
    dandelions
    cornflowers
    irises
fragment flower_b
    tall grass
    mushrooms
    thistles
    clover
    little pines
    wild berries
    round stones
    old stumps
    nettles
    mossy rocks
    ivy
    ferns
fragment insect
    bees
    butterflies
    dragonflies
    ladybugs
    beetles
    moths
    ants
    grasshoppers
    bumblebees
    fireflies
fragment insects
    [tiny|busy|quick|black|brown|golden|shiny] {insect}
fragment scenery
    {Flower_color} {flower} grew [all around|along the path|in the sun|here and there|everywhere|in a ring], and {number} {insects} [crawled on|sat on|slept on|climbed up] them.
    The [sky was clear|sky was blue|air was warm|air was fresh|air was mild], and the [birds|crickets|larks|frogs|doves] sang [their songs|loudly|softly|all together|in the distance].
    A [soft|warm|gentle|light|cool|fresh] wind [blew|played|moved|whispered] in the [leaves|trees|branches|bushes], and it smelled of [{flower}|honey|hay|wild herbs|grass|{bread}].
    {Number} {insects} [sat|slept|danced|crawled] [around the {flower}|in the sun|under a leaf|in the grass].
    The sun [shone|was bright|was warm|stood high], and [small|white|fluffy|round|thin] clouds [drifted|sailed|floated|moved] [across the sky|over the hills|by|above the trees].
    There was a smell of {flower} and {bread}, and somewhere [a bell rang|a cock crowed|a dog barked|a child laughed|a door creaked].
fragment bread
    [warm|fresh|crusty|soft|sliced] [bread|rolls|corn bread|toast]
    [hot|creamy|thick|tasty|spicy] [tomato|potato|carrot|onion|bean|pea|mushroom] soup
    [sweet|warm|fresh|tasty] [pancakes|waffles|oatmeal|rice|noodles|dumplings]
    [apple|cherry|cheese|plum|onion|pumpkin] [pie|cake]
    [honey|nut|butter|carrot|raisin] [cakes|cookies|muffins]
fragment fruit
    [sweet|ripe|juicy|fresh|big] [plums|pears|apples|grapes|berries|cherries|peaches|strawberries|figs|melons]
    [crunchy|fresh|salted|tasty] [nuts|carrots|seeds|beans|radishes|peas]
fragment harvest
    [ripe|big|sweet|fresh] [plums|pears|apples|grapes|berries]
    [dry|brown|good|big] [nuts|seeds|acorns|beans|carrots]
fragment bread_stuff
    [wheat|corn|rye|oats|barley]
    [dry|fine|wild] [mushrooms|herbs|roots|rice|honey]
fragment drink
    [cold|warm|fresh|sweet] milk
    [apple|berry|grape|carrot|cherry|pear] juice
    [mint|rose|apple|ginger|lemon] tea
    [hot|sweet|dark] cocoa
    [cool|sweet|pink] lemonade
fragment meal
    {bread} and {fruit}
    {bread} with {drink}
    {bread}, {fruit} and {drink}
    {fruit} with {drink}
fragment ate_together a b
    Then {a} and {b} [had|shared] {meal} [together|under a tree|on a blanket|side by side].
    Later, they [had|shared|enjoyed] {meal} [in the shade|on a blanket|on the grass].
    For [both of them|the two friends], it was time for {meal}.
fragment dream
    a [ship|boat|sledge|train|wagon] with {color} [sails|flags|lamps|bells|wheels]
    a [talking|dancing|singing|flying|laughing|sleeping] [fish|moon|cloud|snowman|teapot|shoe]
    a [castle|tower|mountain|river|bridge] of [clouds|pancakes|gold|flowers|glass|sugar]
    a {color} [bird|horse|dragon|whale|snake] with {color} [wings|eyes|stripes|feet|ears]
    a [king|queen|giant|wizard|princess] with a {color} [coat|cloak|crown|hat]
fragment dream_b
    a king without a crown
    the wide sea
    a sleepy giant
    a lost star
    the first snow
    a clever mouse
    an island far away
    a very old tree
    a house without doors
    the end of the rainbow
    a bear on a bike
    a city under the sea
fragment topic
    the moon
    the sea
    old kings
    far lands
    funny hats
    the weather
    ghosts
    summer
    winter
    music
    lost treasure
    pirates
    cooking
    the stars
    bad dreams
    good jokes
    big cakes
    long journeys
    school
    wild horses
    birthdays
    clever thieves
    magic rings
    the north wind
fragment topic_b
    a dragon with {color} teeth
    a [king|queen|giant|witch|wizard] who ate only {fruit}
    {insect} as big as [cows|houses|horses|ships]
    a [ship|house|bridge|tower|hat] made of [glass|sugar|paper|gold|ice]
    the day when it rained [soup|milk|frogs|flowers|money]
    a [snail|mouse|crow|worm|fish] that could [sing|count|dance|read|cook]
fragment sight
    {number} jugglers in {cloth_color} [coats|caps|vests|shirts]
    a [brass|drum|flute|trumpet] band
    a [clown|dancer|singer|wizard] in a {cloth_color} [coat|cape|cloak|jacket]
    [big|small|funny|old] {color} puppets
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
fragment monster
    monster
    ghost
    dragon
    giant
    witch
    robber
    goblin
    troll
fragment passed_thing
    a {color} [gate|windmill|bridge|tower|fence|door|house|flag]
    a [tired|young|tall|busy|cheerful|thin] [farmer|painter|baker|fisherman|soldier|cook|postman|tailor]
    a [small|narrow|lonely|leaky|creaky|crooked] [cart|well|barrel|nest|boat|hut|bench|ladder]
fragment passed_animals
    {number} [white|brown|black|gray|fat|noisy|sleepy|skinny] [crows|sheep|snails|ants|worms|doves|hens|cows]
    {number} [spotted|striped|tiny|lazy|quick|clean] [lizards|spiders|rats|kittens|puppies|beetles]
fragment passed_plants
    [ripe|wild|thorny|blooming] [cherry|plum|rose|berry] bushes
    a field of [{flower_color} {flower}|wheat|corn|clover|beans|cabbage]
    a row of [young|old|crooked|tall] [pine|apple|willow|birch|chestnut|maple] trees
    a garden full of [{flower_color} {flower}|weeds|herbs|onions]
fragment craft_stuff
    [some|a little] [wood|wool|paper|clay|cloth|leather]
    [old|thin|soft] [wood|wool|paper|clay|cloth|leather]
    {number} pieces of [wood|tin|cloth|leather|wire]
fragment craft_tool
    [sharp|small|old] scissors
    a [thin|long|new] needle
    [strong|fresh|white] glue
    a [little|light|good] hammer
fragment mending
    [strong|fresh|white|a little|a lot of] glue
    [glue|paste|wet clay] and [patience|care|string]
    a [pot|bowl|tube|drop] of [glue|paste]
fragment tool_thing
    a [good|sharp|new] [saw|hammer|knife]
    a [pot|can|bucket] of {color} paint
    [strong|fresh|white] glue
    a [tall|short|safe] ladder
"""
