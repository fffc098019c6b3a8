"""The values that are drawn once and last; see `values.py`. First line: list, kind of question: forms."""

TABLES: tuple[str, ...] = (
    """
village where: name
Willowbrook
Applefield
Millbridge
Stonehill
Larkdale
Foxhollow
Briarwood
Cloverton
""",
    """
trade trade: name
the baker
the teacher
the smith
the miller
the fisher
the shepherd
""",
    """
trait trait: name
brave
careful
generous
curious
proud
patient
""",
    """
home where: name | at
the mill house          | in the mill house
the yellow house        | in the yellow house by the church
the cottage             | in the cottage with the crooked chimney
the house on the hill   | in the house on the hill
the old toll house      | in the old toll house
the house by the bridge | in the house by the bridge
the farm                | on the farm behind the orchard
the forge house         | in the narrow house beside the forge
the ferry house         | in the ferry house
the blue house          | in the blue house on the square
the tower house         | in the house with the little tower
the last house          | in the last house before the woods
the inn                 | above the inn
the stone house         | in the stone house by the well
""",
    """
place where: name | at
the mill       | by the mill
the bridge     | on the bridge
the pond       | by the pond
the orchard    | in the orchard
the market     | on the market square
the hill       | on the hill
the meadow     | in the meadow
the well       | by the well
the churchyard | behind the church
the barn       | in front of the barn
the riverbank  | on the riverbank
the wood       | at the edge of the wood
""",
    """
thing what: name | a
tin whistle     | a tin whistle
red kite        | a red kite
glass marble    | a glass marble
silver bell     | a silver bell
wooden horse    | a wooden horse
brass compass   | a brass compass
pocket mirror   | a pocket mirror
blue ribbon     | a blue ribbon
paint box       | a paint box
music box       | a music box
leather ball    | a leather ball
straw doll      | a straw doll
green lantern   | a green lantern
copper coin     | a copper coin
white shell     | a white shell
old map         | an old map
small drum      | a small drum
rag bear        | a rag bear
iron key        | an iron key
picture book    | a picture book
feather cap     | a feather cap
bone flute      | a bone flute
spinning top    | a spinning top
amber ring      | an amber ring
toy boat        | a toy boat
magnifying glass | a magnifying glass
little telescope | a little telescope
penknife        | a penknife
woolen scarf    | a woolen scarf
clay bird       | a clay bird
star chart      | a star chart
tin soldier     | a tin soldier
""",
    """
spot where: name
under the roots of the old oak
behind the loose brick in the well
inside the hollow willow
under the third step of the mill
in the nest box by the school
beneath the stone bench
behind the church clock
in the bottom of the rain barrel
under the hay in the barn
between two roof tiles
inside the scarecrow
under the upturned boat
in the crack of the bridge
behind the beehives
in the old bread oven
under the doormat of the inn
""",
    """
fear fears: name | comes
thunder      | thunder rolled over the roofs
the dark     | it became as dark as in a sack
geese        | three geese came hissing along the path
spiders      | a fat spider let itself down from above
bees         | a bee hummed around their heads
snakes       | a snake slid through the grass
mice         | a mouse ran over their feet
bats         | bats shot out of a hole in a tree
wolves       | something howled like a wolf
owls         | an owl called, quite near
ghosts       | something white moved behind the bushes
bulls        | a bull put its head through the bushes
rats         | a rat sat up and looked at them
echoes       | an echo answered every word
""",
    """
skill can: name | did | need | doing
swim            | swam out and brought it back                     | a basket with a kitten in it was floating down the river | swimming
whistle         | whistled until every goat had come down          | the goats had run up the hill and nobody could call them back | whistling
climb ropes     | climbed up hand over hand and set it free        | the rope of the church bell was caught high up in the tower | climbing ropes
row a boat      | rowed across and fetched them                    | the letters lay on the other bank and the river was high | rowing a boat
play the fiddle | played the fiddle until it slept                 | a baby at the inn cried and cried and would not stop | playing the fiddle
sew             | sewed it up with a hundred small stitches        | the sail of the mill had a long tear | sewing
bake bread      | baked forty loaves before noon                   | there was not one loaf of bread left in the village | baking bread
ride            | rode there on the gray mare                      | the doctor had to be fetched from the next village | riding
catch fish      | caught nine fat fish                             | guests had come and there was nothing for supper | catching fish
make a fire     | made a good fire out of wet wood                 | everybody was cold and wet and the wood was wet, too | making a fire
tie knots       | tied it so well that it held                     | the boat had come loose and pulled at its last rope | tying knots
read old writing | read every word of it aloud                     | a letter had been found that was a hundred years old | reading old writing
walk on stilts  | walked through the water on stilts and knocked   | the street was under water and old Martha had to be told | walking on stilts
milk goats      | milked all thirty goats                          | the goats cried because nobody had milked them | milking goats
""",
    """
deed promised: name | did
mend the garden gate     | mended the garden gate
paint the bench          | painted the bench
carve a spoon            | carved a spoon
bake a plum cake         | baked a plum cake
weave a basket           | wove a basket
write a poem             | wrote a poem
build a birdhouse        | built a birdhouse
chop the firewood        | chopped the firewood
pick the cherries        | picked the cherries
sweep the chimney        | swept the chimney
dig up the potatoes      | dug up the potatoes
wash the windows         | washed the windows
learn a song by heart    | learned a song by heart
find a four-leaf clover  | found a four-leaf clover
""",
    """
debt owes: name | they
three eggs        | the three eggs
a jar of honey    | the jar of honey
two candles       | the two candles
a sack of flour   | the sack of flour
five pennies      | the five pennies
a pot of jam      | the pot of jam
a ball of yarn    | the ball of yarn
a bag of nuts     | the bag of nuts
a pound of butter | the pound of butter
six nails         | the six nails
a bundle of straw | the bundle of straw
a slice of ham    | the slice of ham
""",
    """
dish likes: name
plum cake
pea soup
pancakes
baked apples
cherry pie
potato pie
nut bread
honey cake
rice pudding
onion soup
dumplings
gingerbread
pear tart
roast chestnuts
""",
    """
dream dreams: name
a sailor
a doctor
a clockmaker
a painter
a juggler
a gardener
a captain
a singer
a printer
a shoemaker
a lighthouse keeper
a carpenter
""",
    """
animal animal: name | a
kitten   | a kitten
rabbit   | a rabbit
goat     | a goat
lamb     | a lamb
duckling | a duckling
hedgehog | a hedgehog
raven    | a raven
tortoise | a tortoise
pony     | a pony
piglet   | a piglet
hen      | a hen
donkey   | a donkey
""",
    """
petname animal-name: name
Button
Pepper
Biscuit
Clover
Whisper
Thimble
Acorn
Pebble
Snowflake
Marble
Tumble
Nutmeg
Cricket
Feather
Pickle
Bramble
""",
    """
nick nickname: name
Captain
Sparrow
Grasshopper
Professor
Lightning
Teaspoon
Hurricane
Moonbeam
Sleepyhead
Mushroom
Corporal
Dragonfly
Treetop
Whirlwind
""",
    """
far where-gone: name | in
the city         | in the city
the seaside      | at the seaside
the mountains    | in the mountains
the island       | on the island
the great forest | in the great forest
the lake country | in the lake country
the harbor town  | in the harbor town
the castle       | at the castle
the vineyards    | in the vineyards
the salt mines   | at the salt mines
the lighthouse   | at the lighthouse
the monastery    | at the monastery
""",
    """
object broken: name
the mill window
the school bench
the church lantern
the well bucket
the inn sign
the wagon wheel
the bridge rail
the weather vane
the big drum
the barn door
the ferry bell
the beehive
""",
    """
plant planted: name | seed | a
pumpkin     | a pumpkin seed      | a pumpkin
sunflower   | a sunflower seed    | a sunflower
apple tree  | an apple seed       | an apple tree
walnut tree | a walnut            | a walnut tree
bean vine   | one speckled bean   | a bean vine
rosebush    | a thorny twig       | a rosebush
plum tree   | a plum stone        | a plum tree
melon       | a melon seed        | a melon
grapevine   | a dry brown stick   | a grapevine
oak         | an acorn            | an oak
cherry tree | a cherry stone      | a cherry tree
lily        | a round bulb        | a lily
""",
    """
boat built: name
Swallow
Silver Fish
Morning Star
Brave Duck
North Wind
Lucky Penny
Water Lily
Old Thunder
Paper Moon
Golden Frog
Wild Goose
Sea Mouse
""",
    """
secret knows: name
where the owl has its nest
how the back door of the mill opens
what is written under the bridge
where the best mushrooms grow
how to tame the gray mare
which stone in the wall is loose
what the old bell is called
where the spring begins
how the clock can be stopped
which path through the wood is the short one
where the key of the tower hangs
what makes the deer come near
""",
    """
matter quarreled-about: name
a broken pencil
the last piece of cake
whose turn it was
a lost ball
a wrong word
the best seat on the wall
a spilled pot of paint
who had won the race
a torn page
a place in the play
a joke about ears
an apple core
""",
)
