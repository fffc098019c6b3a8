"""Episodes about what people can, like, wish for and are called, and about their animals."""

SKILLS = """
episode lesson | Something to Learn | The First Lesson | Once More
often 1.5
who hero without can
grown elder
new skill skill
go hero place/the_riverbank; come elder hero
    {Hero} had watched {elder} for a long time, down on the riverbank. "I want to be able to do that, too," {he:hero} said. "What?" "{Doing:skill}."
    "Why do you look at me so?" asked {elder} on the riverbank. "Because of the {doing:skill}," said {hero}. "How do you do it?"
practise hero skill; teach-about elder hero
    The first time it went wrong. The second time it went very wrong. "Good," said {elder}. "Now you know how not to do it."
    It looked so easy, and it was not. {Hero} tried, and tried again, and said a word that is not in this book. {Elder} looked the other way.
practise hero skill
    {Hero} went on in the evenings, when nobody was looking. In bed {he:hero} did it in the air, with both hands, and in a dream it worked at once.
    "Why do you want to learn it?" asked {elder}. "Because you can do it," said {hero}. {Elder} had not expected that answer, and was kinder after it.
---
learn-from hero skill elder; praise elder hero
    On the ninth evening it worked. {Hero} could {skill}, as well as {elder}, or nearly. "Don't forget it," {elder} said. "One day somebody will need it."
    It took two weeks and one bandage. Then {hero} could {skill}, and {elder} had nothing more to teach. They shook hands like grown people.

episode need | Who Can Help? | In Great Need | The Only One
often 2
from can hero skill elder after 3
who friend
come friend hero
    {Friend} came running without breath. "Help! {Need:skill}! Who can {skill}?" In all of {village} there was one child who could.
    There was trouble in {village} that day, for {need:skill}. "Is there nobody who can {skill}?" cried {friend}. There was somebody.
use-skill hero skill elder
    It was {hero}. {He:hero} asked for room, rolled up both sleeves, and {did:skill}, just as {elder} had taught {him:hero}.
    They fetched {hero} out of bed. {He:hero} {did:skill}, and if anybody asks who had been the teacher: it was {elder}.
tell-of hero lesson friend
    It was quiet for as long as it lasted. Then somebody began to clap, and somebody threw a hat into the air, and the hat came down on the roof.
    The people stood around with open mouths. Those who had known it said, "We knew it," and those who had not said it, too.
---
cheer friend hero
    "That was well done," said {friend}, and the whole street said so, too. {Hero} slept until noon the next day.
    In the evening there was a knock at {own:hero} door. Outside stood {friend} with half of {village}, and they had brought cake.
    {Friend} wanted to learn it, too, there and then. "It takes two weeks and one bandage," said {hero}.
"""

WISHES = """
episode favorite | Second Helpings | What Is in the Pot? | The Clean Plate
who hero without favorite
who friend
new dish dish
come friend hero; favor hero dish
    There was {dish} that day, and {hero} ate until the spoon scraped. {Friend}, who was a guest, could only watch. "You like it, don't you?"
    {Friend} had been asked to supper, and on the table stood {dish}. {Hero} did not hear any question until the pot was empty.
tell-of hero more friend
    "Is there any more?" asked a small voice. There was no more. {Hero} turned the pot around and looked at it from below.
    {His:hero} mother laughed and scraped out the bowl. "This one would get up from the dead for it," she said.
---
tell-of hero dish friend
    "If I were king," said {hero}, "there would be {dish} on Mondays, and on all the other days, too."
    "Other things are food," said {hero}. "But {dish}! One could walk to the end of the world for it."
    {Hero} laid down the spoon. "When I'm old, I'll live on {dish} alone," {he:hero} said, and meant it.
close hero
    {Friend} did not forget it, for some things one can use later.
    {Friend} made a knot in {his:friend} handkerchief, so as not to forget it.

episode birthday | The Birthday | Seven Candles | A Smell from the Kitchen
often 2
from favorite hero dish after 3
who friend
come friend hero
    It was {own:hero} birthday. {Friend} had thought about it for a whole week and then had gone to see the cook at the inn.
    Everybody had a secret that week, and everybody's secret was the same: {own:hero} birthday. {Friend} had the most to do.
eat-together hero friend
    A cloth lay over the table. When it was pulled away, there stood what {he:hero} liked best of all: {dish}, a mountain of it, with candles in it.
    At noon there was a smell in the street that could not be mistaken. It was {dish}, enough for twenty people, and they all came.
---
thank hero friend
    "You remembered," said {hero}. "How could one forget," said {friend}, "after how you talked about it?"
    {Hero} could not say a word, because {his:hero} mouth was full. But {friend} understood it.
play-together hero friend
    After that they played until dark: blind man's buff, and hide-and-seek, and a game that somebody had made up and that nobody understood.
    There were four presents and nine songs, and one song was about {hero}. It had no rhyme, but it had eleven verses.

episode dream | Lying in the Grass | Clouds | Later, When I'm Big
who hero without dreams
who friend
new dream dream
go hero place/the_meadow; come friend hero
    They lay in the meadow and looked at the clouds, {hero} and {friend}. One cloud looked like a ship, one like a cow, and one like an old man with a cold.
    {Friend} had found a good place in the meadow, and {hero} had found {friend}. For a long time neither of them said anything.
dream-of hero dream; tell-of hero dream friend
    "When I'm big," said {hero}, "I'll be {dream}." It was the first time that {he:hero} had said it aloud.
    "Can you keep something to yourself?" asked {hero}. "I want to be {dream} one day. Not perhaps. I want to."
---
praise friend hero
    {Friend} looked at {him:hero} from the side. "I can see it," {he:friend} said. "Yes, I can see it."
    "Then you'll have to wash more," said {friend}. But after that {he:friend} asked many questions, and all of them were good ones.
tell-of hero first-step friend
    "And what do you do first?" "First I have to learn to get up early," said {hero}. They lay there a while longer, because that could wait until tomorrow.
    The cloud like a ship sailed on over the mill and was gone. {Hero} looked after it for a long time.

episode visitor | The Stranger at the Inn | A Visitor | One Evening at the Inn
often 2
from dreams hero dream after 3
who friend
come friend hero
    A stranger had come to the inn, and {friend} knew what he was. "He's {dream}," {friend} told everybody, "a real one." And then {he:friend} ran to fetch somebody who had to know it.
    {Friend} held the stranger's horse and asked him what he was. "I'm {dream}," said the stranger. {Friend} dropped the rope and ran to find somebody.
learn hero trade-of-dream
    All evening {hero} sat at the stranger's feet and asked, and asked, and the stranger answered. Nobody was surprised, for that was what {hero} had always wanted to be.
    The one {he:friend} had to find was {hero}. {He:hero} came as {he:hero} was, with one shoe, and stayed until the candles were down.
tell-of friend wish hero
    Once {hero} asked something, and the stranger put down his cup and said, "That's a good question. I have wondered about it for twenty years."
    The stranger drew something on the table with beer and a finger. When it had dried, {hero} still looked at the place.
---
close hero
    When the stranger rode away, he turned around once more. "In ten years," he called, "I'll need somebody!" {Hero} counted it on ten fingers.
    "It is hard work," said the stranger in the morning. "Good," said {hero}.
"""

NAMES_AND_ANIMALS = """
episode new_pet | Something Small | Four Feet | It Followed Me Home
who hero without pet
who friend
new animal animal
new petname petname
go hero place/the_orchard
    In the orchard, between the roots, sat {a:animal}, all wet and very small. {Hero} looked for its mother until dusk. Then {he:hero} put it under {his:hero} coat.
    Somebody had left a basket in the orchard, and in it was {a:animal}. It looked at {hero} as if they had been expecting each other.
get-pet hero animal petname; come friend hero
    "What will you call it?" asked {friend}, who had come to see it. "{Petname}," said {hero}, and the {animal} lifted its head. So it was {petname}.
    "It needs a name," said {friend}, "or it will not know when it is meant." They tried nine names. At {petname} the {animal} came.
---
close hero
    It slept in a drawer, with the drawer open. In the morning it was on {own:hero} pillow.
    From then on they were seen together, and whoever met only one of them asked for the other.
play hero
    The first days were hard. It ate a slipper, half a hymn book, and the flowers on the sill. Then it was sorry, or looked so, and {hero} forgave it.
    At home there was a long talk about it. "Where is it to sleep, and who is going to feed it?" they asked. "With me," said {hero}, "and I."

episode pet_gone | The Empty Basket | Gone | A Call in the Night
often 1.5
from pet hero animal petname after 3
who friend
miss-pet hero animal petname
    {Own:hero} basket by the stove was empty, and the window was open. {He:hero} ran out into the street without shoes.
    In the morning something was missing in {own:hero} house. Nothing scratched at the door, and nothing wanted breakfast.
come friend hero; search-for-pet hero friend
    "{Petname}!" called {hero}. "{Petname}, where are you?" {Friend} woke up from it and helped to look, with a lantern, for a {animal} is not big in the dark.
    They went through all the gardens. "{Petname}!" called {hero} on the left side of the road. "{Petname}!" called {friend} on the right. What they found was a hat, a spoon, and no {animal}.
---
find-pet hero animal petname
    At last it answered from the roof of the church. How it had got up there, nobody could say. It came down by itself when there was talk of food.
    It was sitting in the baker's window among the rolls and was round as a roll itself. It had been a good night for some.
    When they came home, tired and sad, it lay in its basket and looked at them as if they were late.
close hero
    Since that night the window was kept shut, and {hero} slept with one hand in the basket.
    {Hero} scolded it, but very softly, and only because it had to be. Then they both ate breakfast, though it was still night.

episode pet_helps | A Clever Animal | The Smallest Helper | What It Dug Up
from pet hero animal petname after 4
who friend
go hero place/the_wood; come friend hero
    {Hero} and {friend} had walked too far. The wood looked the same on all sides, and it was getting dark. But there were three of them: the {animal} had come, too.
    Nobody had wanted to take the {animal} along into the wood, but {hero} had insisted. It was a good thing, for when the fog came, {friend} no longer knew the way.
follow-pet hero animal petname
    "{Petname}, where is home?" asked {hero}. And {petname} set off, without stopping once, and they went after it.
    {Petname} sniffed, sneezed, turned around, and walked ahead. Behind {petname} went {hero}, and behind {hero} went {friend}.
---
praise friend hero
    An hour later they saw the lamps. "It can have half of my supper," said {friend}. It took the whole.
    "I take back everything that I ever said about it," said {friend}. It was accepted.
close hero
    It has never been found out how it knew the way. {Hero} asked it, and it scratched itself behind the ear.
    After that nobody laughed any more when {hero} spoke with it as one speaks with people.

episode nickname | A New Name | How It Came About | The Name That Stayed
who hero without nickname
who friend
new nick nick
go hero place/the_hill; come friend hero
    It was on the hill, and all the children were there. {Hero} had just done something that I will not repeat, and {friend} laughed too hard to stand.
    Some names are given at the church, and some on the hill, among friends. {Hero} stumbled, jumped, and landed on both feet. {Friend} had seen it all.
call-by hero nick friend
    "From now on you are {nick}!" cried {friend}. And so it was. By the evening, even the small ones called {him:hero} {nick}.
    "Well done, {nick}!" shouted {friend}. Nobody knew where the word had come from. But it fit, and it stuck.
---
close hero
    {He:hero} was angry for one day, and after that quite proud.
    {His:hero} mother did not like it at all. By Sunday she used it herself.
tell-of hero joke friend
    "Couldn't it have been something better?" {he:hero} asked {friend}. "It could," said {friend}, "but then it would not have been you."
    Even in school it slipped out once, in the middle of a lesson. Then the whole class laughed, and {hero} laughed, too.

episode nickname_called | Come Quickly! | The Race | Who Is Meant?
often 1.5
from nickname hero nick giver after 3
go giver place/the_meadow; come hero giver
    There was a race over the meadow, once around the pond and back. "Go, {nick}, go!" the children shouted at the end, and who came first around the bend?
    A voice called over the meadow. "{Nick}! Where is {nick}? We're one short!" And who put down the rake and came running?
race-won hero
    It was {hero}, of course, for whom that name had been made. And who had made it? {Giver} had, and {giver} shouted it the loudest.
    {Hero} did. One day {giver} had thought of that name, and since then it had been {his:hero} second one. {Giver} waved with both arms.
---
cheer giver hero
    "Did I choose it well?" asked {giver}. "You did," said {hero}.
    They drank cold water from one cup, and {giver} had to pour it over {his:giver} own head as well.
close hero
    They played until they could no longer see the ball, and then they played a while by ear.
    "That is a name for calling," said an old man who had watched. "One hears it as far as the mill."
"""
