"""Episodes about things: whose they are, who gave, lent, hid, lost, broke, planted or built them."""

GIFTS = """
episode find_of_the_year | From the Attic | A Good Day | Under the Brown Paper
often 2
upto 8 owns
who hero
new thing thing
receive hero thing
    {Own:hero} grandmother had cleared out the attic, and one thing was left over at the end. "Take it," she said. It was {a:thing}, and from now on it belonged to {hero}.
    A peddler had come through {village}, and all that {hero} had saved for a year went into his hat. For it there was {a:thing}, and the walk home had never been so short.
    A parcel had come for {hero}, with much string and no letter. Under the brown paper was {a:thing}. Nobody ever found out who had sent it.
---
like hero thing
    {He:hero} looked at it from above and from below, and at night it lay under the pillow.
    All week long the {thing} went wherever {hero} went, to school, to the pump, and to bed.
    {He:hero} showed the {thing} to everybody, to the cat as well.
tell-family hero
    "And what do you want to do with it?" they asked at home. {Hero} did not know yet. One does not always have to do something with a thing.
    At night {he:hero} woke up and felt for it in the dark. It was still there. Then {he:hero} slept until the sun was high.

episode present | A Present | For No Reason | Three Evenings' Work
upto 9 gave
who hero
who friend
new thing thing
silent receive hero thing
come friend hero
    {He:hero} had been sitting over something for three evenings, and nobody was allowed to look. On the fourth, {friend} was called in.
    It was not a birthday and not a Sunday. {He:hero} stood on tiptoe behind the door until {friend} came in.
give-for-good hero thing friend
    "Shut your eyes and hold out your hands," said {hero}. What lay in them then was {a:thing}. "It's yours. For always."
    "This is for you," said {hero}, and it was {a:thing}, wrapped in a cabbage leaf, because there had been no paper.
tell-of hero work friend
    "Did you do that all alone?" "Nearly," said {hero}. "The cat helped. You can see it here, at the corner."
    {Hero} had gone red up to both ears and talked very fast, about the wood, and the weather, and the price of string.
---
thank friend hero
    {Friend} turned the {thing} over and over. "But why?" "Because of everything," said {hero}.
    {Friend} wanted to say thank you and said something quite different, but it was understood.
    From then on, nobody saw {friend} without the {thing}.

episode whose_gift | A Fair Price | Not for Sale
often 1.5
from gave giver thing friend after 4
come giver friend
    "What will you take for the {thing}?" asked a peddler and opened his bag. He had mirrors, knives, and red candy. "Nothing," said the child who had it, and that was {friend}.
    A rich lady stopped her carriage. She had seen the {thing}, and she wanted it for her son. But it belonged to {friend}, and {friend} shook {his:friend} head.
tell-of friend thing giver
    "It's not for sale, for it's from {giver}," {friend} said. And {giver} stood right there, and heard it, and looked at the sky.
    "I could never sell that," said {friend}. "It was a present from {giver}." Behind the fence somebody coughed. It was {giver}.
---
close friend
    So nothing was sold that day. There are things that have no price, and whoever knows the world bows a little before them.
    "Then I beg your pardon," was the answer. And that was a good answer.
close friend
    That evening {friend} polished it until one could see the lamp in it, or at least something like a lamp.
    "You could have bought a whole cow for that money," said a neighbor. "A cow," said {friend}, "does not come from a friend."

episode loan | Only Until Sunday | A Loan | Take Good Care of It
often 1.5
who hero without lent
from owns hero thing after 1
who friend
come friend hero
    {Friend} had been walking around the {thing} for days. It belonged to {hero}, as everybody knew. "May I have it for a while?" {friend} asked at last.
    "I only want to look at it," said {friend} and meant the {thing}. But {hero} knew that look.
lend-out hero thing friend
    {Hero} thought of all that could happen, and then held it out all the same. "Until I ask for it. And not in the rain."
    "Then take it," said {hero}. "You don't have to say when you bring it back. But you have to bring it back."
tell-of friend care hero
    "And if something happens to it?" asked {friend}. "Then we'll both be sad," said {hero}. They agreed that nothing should happen to it.
    {He:hero} explained it three times, how to hold it, and how not to, and where it liked to lie at night.
---
thank friend hero
    {Friend} carried it home in both hands, as one carries a full bowl.
    "I'll look after it as if it were an egg," said {friend}.

episode return | A Knock at the Door | Back Again | Long Enough
often 2
from lent hero thing friend after 3
come friend hero
    There was a knock at {own:hero} door. Outside stood {friend}, and {friend} had something behind {his:friend} back.
    "I've had it for so long that I thought it was mine," said a voice at {own:hero} door. It was {friend}.
give-back friend thing hero
    It was the {thing}, clean and whole. "You lent it to me, and here it is," {friend} said.
    {He:friend} held out the {thing}. Not a scratch was on it. {Hero} had nearly forgotten what it looked like.
---
thank hero friend
    "Did it bring you luck?" asked {hero}. "It did," said {friend}, "and I didn't even need it."
    {Hero} put it back into its place. The place had been empty all that time, and had been waiting.
play-together hero friend
    Then they sat down on the floor, with the thing between them, and {friend} told where it had been all that time. It was a long story with a river in it.
    "You can have it again," said {hero}. "Later," said {friend}. "First I have to learn to be without it."
"""

HIDING = """
episode hide | A Safe Place | Nobody Must See It | The Hiding Place
often 1.5
who hero without hidden
from owns hero thing after 1
new spot spot
want hero safe-place
    The {thing} was not safe any more, {hero} thought. There were too many cousins in the house, and all of them had fingers.
    {Hero} was afraid for the {thing}. Twice it had been moved, and nobody would say by whom.
    "Where would a thief not look?" thought {hero}. It was about the {thing}. In a house there are only places where thieves look.
silent go hero spot
hide hero thing spot
    When the moon was up, {he:hero} went out with it under {his:hero} coat and hid it {spot}. Nobody had seen it, but for an owl.
    So {he:hero} got up before the cocks did, and hid it well, {spot}, and swept away {his:hero} own footprints.
---
close hero
    Then {he:hero} went to bed and slept like a log. A thing that is well hidden needs no guard but a good memory.
    "Now I must only not forget it," thought {hero}.
    {He:hero} told nobody. {He:hero} did not write it down either.
wait hero
    Days went by. Once {he:hero} walked past the place, whistled, and did not even turn {his:hero} head. That was the hardest of all.
    The cousins looked into every drawer and asked with sweet voices. {Hero} gave them apples, and told them nothing.

episode unearth | Still There? | Where Was It? | By Lantern Light
often 2
from hidden hero thing spot after 3
who friend
come friend hero
    "What has become of your {thing}?" {friend} asked one evening, and {hero} smiled. "Come with me, and bring a lantern."
    {Friend} came and said that the cousins had all gone home. "Then it can come back," said {hero}, and meant the {thing}.
silent go-together hero friend spot
unearth hero thing spot
    {He:hero} had not forgotten the place. They looked {spot}, and {hero} reached in up to the shoulder. There it was.
    Without one wrong step, {hero} went ahead and stopped. It was {spot}, where it had been all the time.
---
cheer friend hero
    "I must have passed here a hundred times," said {friend}.
    {Friend} blew off the dust. "And I would have looked in the attic," {he:friend} said.
talk-together hero friend
    On the way home they took turns in carrying it. It had become a little cold and smelled of earth, and it was more beautiful than before.
    "Why did you show me the place?" asked {friend}. "Because now I need a new one," said {hero}.

episode lose | The Hole in the Pocket | Gone | What Was That Sound?
who hero without lost
from owns hero thing after 1
new place place
silent go hero place
drop hero thing place
    It had been a fine day, and {hero} had played {at:place} until dusk. At home {he:hero} reached into {his:hero} pocket. The {thing} was not there. There was only a hole.
    {Hero} came home from a long walk. {He:hero} had sat for a while {at:place}, that was certain. And after that {he:hero} had no longer had the {thing}.
---
feel hero sad
    {He:hero} went all the way back with a candle, and could not find it. Then the rain came.
    For three days {he:hero} searched and asked. "It will turn up," people said, as people do.
    {He:hero} did not cry. But {he:hero} walked with {his:hero} eyes on the ground for a long time after.
wait hero
    At night {he:hero} thought that it was lying out there alone, and that it was raining on it. It's foolish to think so of a thing. But {hero} did.
    "It's only a thing," somebody said. {Hero} nodded. There are many sentences that are true and do not help.

episode found | Something in the Grass | Whose Is It? | After the Rain
often 2
from lost hero thing place after 3
who friend
silent go friend place
find friend thing
    {At:place}, something was sticking out of the ground. {Friend} scratched away the earth, and it was {a:thing}.
    {Friend} had stepped on something hard {at:place}. It was {a:thing}, with a bit of moss on it.
think-of friend owner
    {He:friend} did not have to ask whose it was. {He:friend} wiped it clean and ran, straight to {hero}.
    "But I know that one!" thought {friend}. "Somebody has been looking for it for a long time. It's {own:hero}."
---
silent come friend hero
bring-back friend thing hero place
    {Hero} opened the door, saw it, and for once had no words at all.
    "Look what I've got," said {friend}. {Hero} looked, and looked again, and then hugged first the {thing} and then {friend}.
talk-together hero friend
    "Where was it?" asked {hero}. "Where you had lost it," said {friend}. "I would like to know why nobody ever looks there."
    It was washed and dried, and it was set on the window sill, in the sun. It had a scratch more, and a story.
"""

DAMAGE = """
episode accident | Crash! | Nobody Meant It | A Bad Moment
who hero without broke
new object object
who friend
come friend hero; damage hero object
    It went quickly. {Hero} had only wanted to show {friend} something. There was a crash, and {object} was broken.
    {Friend} had said, "Don't." But {hero} did, and then there was a loud noise, and there was {object}, in two parts.
feel hero ashamed
    Nobody else had seen it. They stood there for a while. "I'll put it right," said {hero}. "I only don't know how."
    {Hero} could have run away. {He:hero} went from house to house instead and said at every door, "It was me."
comfort friend hero
    {Friend} could have said, "I told you so." {Friend} opened {his:friend} mouth, and shut it again, and stayed.
    "How much does such a thing cost?" asked {hero}. {Friend} counted. It was more than they would have in three years.
---
forgive-all hero object
    "It can be mended," people said. "Some day." And so it stayed as it was for the time being.
    There was some scolding, and then there was soup. But {object} stayed as it was, for the money was not there.

episode repair | Hammer and Nails | Put Right | A Debt to the Village
often 2
from broke hero object after 3
who friend
grown elder
come elder hero
    For all this time, {object} had been broken, and everybody had got used to it. One child had not: {hero}. {He:hero} knocked at {own:elder} door and asked for tools.
    "It can't stay like that," said {elder} about {object}. "It can't," said a voice from behind. There stood the one who had broken it, {hero}, with a hammer.
come friend hero; repair hero object
    {Friend} held, {elder} sawed, and {hero} drove in the nails. By evening it was better than before.
    They needed a whole day, {hero} and {elder}, and {friend} brought the bread. When it was done, one could hardly see where the crack had been.
---
praise elder hero
    "There," said {elder}. "Now you can walk past it again." And {hero} did, four times.
    {Elder} gave {hero} the last nail, to keep.
close hero
    On Sunday, after church, all the people came to look at it. They knocked on it, and they shook it, and nothing fell off.
    {Hero} slept well that night, for the first time in a long while. A bad conscience is a hard pillow.
"""

GROWING = """
episode sow | A Little Hole | Something Is Planted | Earth on Both Knees
seasons spring summer
often 1.5
upto 5 planted
who hero without planted
new plant plant
new place place
go hero place
    {He:hero} had found a spot that belonged to nobody, and carried water there, and pulled out the weeds.
    With a spoon, {hero} dug a hole and picked out the stones.
sow hero plant place
    Into the earth went {seed:plant}, right {at:place}, and {hero} pressed it down with both hands.
    It was {seed:plant} that {he:hero} laid into the ground {at:place}, as gently as if it were asleep.
---
wait hero
    "How long will it take?" {he:hero} asked an old neighbor. "Longer than you like," was the answer.
    There was nothing to be seen the next day. {Hero} had thought so, but {he:hero} went and looked all the same.
close hero
    Then {he:hero} put a stick beside it, so that nobody should step on it, and tied a red thread to the stick.
    A bird sat down close by and looked on with its head to one side. "Don't you dare," said {hero}.

episode grown | What Has Come of It | Look What Grows There | Green
seasons summer autumn
often 2.5
from planted hero plant place after 4
who friend
silent go hero place
come friend hero
    "What's that?" {friend} asked and stopped {at:place}. Something stood there that had not been there before.
    {Friend} had come past {at:place}, and there, in the sun, was something new and green.
reap hero plant place
    It was {a:plant}, and a fine one. And whose work was it? {Hero} had once put it into the ground, and now {he:hero} walked around it without a word.
    "That's {a:plant}," said {friend}. And then {friend} saw who was sitting under it. It was {hero}, who had planted it.
---
praise friend hero
    They brought the whole school there to look at it.
    "I thought it was dead," said {friend}. "So did I," said {hero}, "every day."
talk-together hero friend
    They sat down in front of it as one sits in front of a stage. A beetle came, and then a bee, and they clapped for both of them.
    "And it was so small," said {hero}, and showed it between two fingers. "So were you," said an old woman who went by.

episode boat | Boards and Tar | The Launch | It Floats
seasons spring summer autumn
upto 4 built
who hero without built
who friend
new boat boat
go hero place/the_riverbank; come friend hero
    For weeks there had been hammering on the riverbank. {Hero} built, and {friend} handed up the nails.
    Out of nine boards, one door and a pot of tar, {hero} had made something. {Friend} said that it was a boat.
launch hero boat
    On its bow stood, in white paint, {boat}. That was the name {hero} had chosen. They pushed, and it floated.
    "What's it called?" asked {friend}. {Hero} had thought about it for weeks. "{Boat}," {he:hero} said. It slid into the water and did not sink.
---
cheer friend hero
    They sat in it until it was dark, though it was tied up.
    {Friend} was allowed to steer first.
close hero
    All the children wanted to go along, and so they had to draw straws. The shortest went first, and the ducks went with them.
    In the evening {hero} wrote it into a notebook, with the date and the weather. A captain has to do such things.

episode boat_trip | On the River | A Day on the Water | Cast Off!
seasons spring summer autumn
often 2
from built hero boat after 3
who friend
go hero place/the_riverbank; come friend hero
    "To the boat!" cried {hero}, and {friend} was already running. The {boat} was pulling at its rope as if it had heard.
    {Hero} baled out the water and {friend} brought the bread. Then the {boat} went down the river, slowly at first.
play-together hero friend
    They saw a heron, two otters, and a man asleep with his feet in the water.
    At the third bend they ran on a sandbank and had to get out and push, up to their knees.
    It rained, and the sun came out, and it rained again. Neither of them minded.
talk-together hero friend
    "We could go on like this," said {friend}, "until we are at the sea." They thought about it. But there would be pancakes at home.
    They shared the bread and let their feet hang in the water. A fish looked at their toes and thought better of it.
---
close hero
    In the evening {hero} patted the wood. "Good old {boat}," {he:hero} said.
    It was long dark when the {boat} was tied up again.
"""
