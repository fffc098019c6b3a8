"""Episodes about what people owe each other: promises, debts, secrets, quarrels, farewells; quiet days; endings."""

PROMISES = """
episode vow | A Promise | Hand on It | Word of Honor
often 1.5
who hero without promised
who friend
new deed deed
come hero friend
    {Friend} had a sore foot and could do nothing but sit. {Hero} came with bread, sat down on the bed, and heard of all that was left undone.
    "You look as if you wanted something," said {hero}. "I do," said {friend}, "but it's much to ask."
vow hero deed friend
    "I'll {deed}," said {hero}. "I promise. Not today, but I will." They shook hands on it.
    {Hero} laid one hand on {his:hero} heart. "I will {deed} for you. Upon my word."
tell-of friend thanks hero
    "You don't have to," said {friend}. "I know," said {hero}. "That is why it counts." Outside it struck five.
    "When?" asked {friend}. "When I can," said {hero}. "But I will. You can write it on the wall." And they wrote it on the wall, very small.
---
thank friend hero
    "I can wait," said {friend}. It was a good thing that {he:friend} said so.
    A promise is quickly made. But {friend} knew with whom {he:friend} had to do.

episode kept | A Word Is a Word | Done at Last | Better Late Than Never
often 2
from promised hero deed friend after 3
think-of hero promise
    {Hero} woke up in the middle of the night and sat up straight in bed. There was still a promise to be kept!
    "What was it?" thought {hero}, all through breakfast. "I gave my word for something." And then it came back.
silent come hero friend
make-good hero deed friend
    It took {him:hero} the whole day. {He:hero} {did:deed}, as {he:hero} had promised, and it was for {friend}.
    Before noon {he:hero} had begun, and by dusk it was done. {He:hero} {did:deed}. And who stood there and could not believe it? It was {friend}.
---
thank friend hero
    "I had stopped waiting for it," said {friend}. "I hadn't," said {hero}.
    {Friend} laughed. "A word is a word with you," {he:friend} said.
talk-together hero friend
    Afterwards they sat on the wall and ate what was in {own:friend} bag. There was a cross to be made on a certain wall, too, and they made it.
    "Was it hard?" asked {friend}. "The doing, no," said {hero}. "Only the beginning."

episode borrow | Something Is Missing | Until Next Time | The List on the Door
who hero without owes
grown elder
new debt debt
come hero elder
    At home they were out of everything, and the shop was shut. {Hero} went to see {elder}, with an empty basket and a red face.
    "Could you help us out?" asked {hero} at {own:elder} door. {He:hero} did not like to ask.
borrow hero debt elder
    {Elder} gave {him:hero} {debt} and wrote it with chalk on the door. "Pay me when you can."
    "Here," said {elder}. It was {debt}. "You owe it to me, and I have a good memory."
---
thank hero elder
    {Hero} said thank you twice, once at the door and once from the street.
    {Hero} thought of it every time {he:hero} walked by.
close hero
    At home they ate in silence, and everybody thought the same: that it must be given back. But that would take a while.
    "Is that all right?" {he:hero} had asked at the door. "Neighbors," was the answer, "are there so that one does not have to count."

episode pay | The Debt | The Chalk on the Door | Paid
often 2
from owes hero debt elder after 3
come hero elder
    {Hero} had a debt, and it had pressed on {him:hero} like a stone in a shoe. On this day {he:hero} put on a clean shirt and went to pay it.
    "Now we are even at last," thought {hero}, who had saved and swapped and saved again. {He:hero} took the basket and set out.
pay hero debt elder
    {They:debt} lay in the basket, under a cloth, and {he:hero} carried {his:hero} basket straight to {elder}.
    {He:hero} knocked. The one who came to the door was {elder}. "I've come because of {they:debt}," said {hero}.
---
praise elder hero
    {Elder} took a wet sponge and wiped the chalk from the door. "You're an honest child," {he:elder} said.
    "I would have given it to you as a present," said {elder}. "I know," said {hero}.
talk-together hero elder
    Then they sat on the bench in front of the house, and {elder} told what things had cost when {he:elder} was young.
    {Hero} went home with an empty basket and with nothing on {his:hero} mind, and jumped over every puddle.
"""

SECRETS = """
episode confide | Behind the Hedge | Ear to Mouth | Just Between Us
often 1.5
who hero without told
who friend
new secret secret
go hero place/the_orchard; come friend hero
    In the orchard {hero} took {friend} by the sleeve and drew {him:friend} behind the hedge. "I have found out something."
    "Can you be silent?" asked {hero} in the orchard. "Like a fish," said {friend}.
confide hero secret friend
    Then {hero} told it. Nobody in {village} knew {secret}, but {hero} did, and now {friend} did, too.
    {Hero} knew {secret}, and after three whispered sentences {friend} knew it, too. Nobody else in the world did.
tell-of friend question hero
    "Are you sure?" "As sure as I stand here." {Friend} thought about it. "Then we are two now," {he:friend} said.
    "Say it again," said {friend}. {Hero} said it again, more slowly, and looked around in the middle of it, because a twig had snapped.
---
promise-silence friend hero
    They both spat on the ground, and that made it hold.
    "Not even my grandmother will hear it," said {friend}. And that was hard, because {his:friend} grandmother heard everything.

episode needed_secret | Somebody Knows | The Question | Who Can Say?
often 2
from told hero secret friend after 3
grown elder
come elder hero
    "It's a pity," said {elder} in front of all the people, "but nobody knows {secret}." There was a silence. Then one of the children raised a hand.
    One day it became important to know {secret}, so important that {elder} went from door to door to ask. At one door {he:elder} was lucky.
come friend hero; use-secret hero secret friend
    It was {hero}. "I know it. And I'm not the only one. I told {friend}." Then the two of them had to show the way, in front of everybody.
    The child that stood there was {hero}. "Only two of us know," {hero} said and looked at {friend}, who nodded. And so the secret came out.
---
thank elder hero
    "How long have you known it?" asked {elder}. They thought about it, and could not say.
    It was no secret any more, and they felt a little poorer. But {elder} was glad.
close hero
    That evening they both got an extra plate of soup, and in return they had to tell where they had it from. That, at least, they did not tell.
    "We'll find a new one," said one of them on the way home. They began to look at once.
"""

QUARRELS = """
episode fall_out | A Bad Word | Not Speaking | Cold Soup
upto 2 quarrel
least 5
who hero without quarrel
who friend
new matter matter
go hero place/the_pond; come friend hero
    It began small, down by the pond. It was about {matter}.
    Nobody could say later how it had begun. There was {matter}, and there were two at the pond who both were right.
fall-out hero matter friend
    {Hero} said something, and {friend} said something worse. Then {hero} went home on the left side of the road and {friend} on the right.
    "Then go!" cried {hero}. "I'm going!" cried {friend}. And both of them went, and neither of them looked around.
---
feel hero sad
    The next morning, when they met, each of them looked at the church tower.
    Supper tasted of nothing that evening, in both of the houses.
close hero
    At school they sat at the two ends of the bench, and the teacher looked from the one to the other and said nothing.
    {Hero} kicked a stone all the way to the bridge, and there it fell in. It did not help as much as {he:hero} had thought.

episode make_up | Two on a Bench | Enough of It | Who Begins?
often 2
from quarrel hero matter friend after 2
go hero place/the_churchyard
    {Hero} sat on the bench behind the church. It had been going on for much too long, this quarrel, and one of them had to begin.
    There was somebody with whom {hero} had not spoken for a long time. It is tiring not to speak. {He:hero} sat on the bench behind the church and was tired of it.
come friend hero; make-up hero matter friend
    Somebody sat down at the other end, and it was {friend}. "All that because of {matter}," said {friend}. Then they both had to laugh.
    And along came {friend} and stopped. "What was it about, really?" "About {matter}," said {hero}, and it sounded so small.
---
play-together hero friend
    When it got dark, they were still sitting there. There was so much to tell.
    They went home on the same side of the road.
close hero
    On the next day everybody saw the two of them together, and nobody asked. In {village} one knows when not to ask.
    "Let's never do that again," said one. "Or not so long," said the other.
"""

FAREWELLS = """
episode leave | The Packed Trunk | Goodbye for Now | The Coach
upto 2 away
least 4
who hero
who friend
who third
new far far
come friend hero; come third hero
    A trunk stood in front of {own:hero} door. {Friend} sat on it, and {third} held the lid, and nobody wanted to say the word first.
    The coach was late, and {friend} and {third} were glad about every minute. But then it came around the corner, and {hero} had to get in.
leave-village hero far
    {Hero} was to go to {far}, to an aunt who was ill and needed help. "I'll come back," {he:hero} said. "I don't know when."
    "It's only {far}," said {hero}. "It's not the moon." {His:hero} uncle there had a shop and wanted help for a while.
---
wave-after friend third
    They waved until there was no more dust to be seen. "Now there is one less of us," said {third}.
    {Friend} ran beside the wheels as far as the last house. {Third} had something in the eye.
talk-together friend third
    They went home by the longest way. At the corner where there had always been three of them, they did not know where to stand.
    "How far is it, anyway?" asked {friend}. {Third} knew it exactly. "Two days, and then a little."

episode letter | A Letter | The Postman's Bag | News from Far Away
often 2
from away hero far after 1
who friend
get-letter friend hero
    The postman had a letter, with a stamp on it from {far}. {Friend} knew only one who was there, and tore it open. It was from {hero}.
    "From {far}!" cried the postman. {Friend} pulled the letter out of his hand. Only one of them had gone there, and that was {hero}.
---
read-letter friend
    There were four pages about the food. On the last one was written, "Don't grow too much while I'm gone."
    {Friend} read it aloud at the pump, and had to read it three times.
    It said, "I'm well. I miss the sound of the brook." There was a pressed flower in it.
work friend
    {Friend} answered on the same evening: who had a new tooth, who had fallen into the brook, and that the chair was still there. It filled three sheets.
    The letter was passed on from house to house, and when it came back, it had a spot of soup on it and was quite soft.

episode back | The Coach Stops | Home Again | A Brown Face
often 2.5
from away hero far after 2
who friend
come-home hero far
    The coach stopped, and {hero} jumped out, half a head taller. All that time {he:hero} had been {in:far}, and now {he:hero} talked like the people there.
    "Look who is there!" cried the children. {Hero} had come back from {far}, with a new coat and an old trunk.
silent come friend hero
greet friend hero
    {Friend} looked at {him:hero} and did not know what to say. So they walked to the river, as they had always done.
    "You have grown," said {friend}. "You haven't," said {hero}, and that was good.
talk-together hero friend
    "Is everything as it was?" asked {hero}. "Nearly," said {friend}. "The hen died, and the bridge squeaks." Then they had a lot to tell.
    {Hero} wanted to know everything at once, and {friend} began at the end, because that was the newest.
---
close hero
    At home everything was smaller than before, but it was all there.
    That night {he:hero} lay awake and listened to the brook.
"""

DAYS = """
episode trade_help | A Helping Hand | Early in the Morning | Learning by Looking
often 1.5
from trade elder trade after 3
who hero
come hero elder
    {Trade} had a bad back that day and needed a pair of young hands. So {hero} was sent there. "Are you strong?" asked {elder}.
    "Run to {trade} and see if there is work for you," they said to {hero} at home. {Elder} was standing in the door already.
help hero elder
    {Hero} carried, swept and held things, from six in the morning until the bells rang.
    There was so much to do that the sun went down before {hero} had once sat down. {Elder} never sat down at all.
praise elder hero
    At noon they shared bread and onions. "You'll do," said {elder} with a full mouth, and {hero} sat up very straight.
    Twice {hero} did something wrong, and twice {elder} showed how it is done right, without a word and without a sigh.
---
tell-of elder patience hero
    "Slowly is also a way of being quick," said {elder}. {Hero} thought about that on the way home.
    "You have asked me forty questions today," said {elder}, "and two of them were good."

episode rain | A Day of Rain | Drip, Drip, Drip | Indoors
who hero
who friend
come friend hero
    The rain ran down the windows, and there was nothing to do. {Hero} and {friend} sat at the table and built a tower of cards.
    It was raining so hard that the ducks stayed at home. {Friend} came running to {hero} with a sack over {his:friend} head.
play-together hero friend
    They drew a map of {village}, with every house in it, and wrote into each house who lived there.
    They told each other everything that had happened so far, from the beginning, and it took until supper.
    They caught the drops from the ceiling in pots, and every pot had its own note.
tell-of friend idea hero
    "What if it never stops?" asked {friend}. "Then we'll learn to be fish," said {hero}. They practiced it for a while.
    Somebody had found a bag of dried apples, and that helped. Outside a bucket floated down the street, all by itself.
---
close hero
    In the night the sky cleared, and nobody saw it but the cats.
    "Let's hope that it rains tomorrow, too," said {friend}.

episode market | Market Day | Noise and Onions | A Penny Each
who hero
who friend
go hero place/the_market; come friend hero
    {Hero} had a penny, {friend} had a penny, and the market was full of things that cost two.
    On market day one could not hear oneself speak. {Hero} pulled {friend} along from stall to stall.
play-together hero friend
    They saw a man who swallowed a sword, and a woman who guessed what the man had had for breakfast.
    A hen got loose and ran over all the cheeses. It was the best moment of the day.
    They bought half a sausage and shared it in the shade under a cart.
talk-together hero friend
    "If I had a hundred pennies," said {friend}, "I would buy it all." "And where would you put it?" asked {hero}. They looked at it instead.
    At one stall there was a parrot that could say the price of cabbage. At the next there was a man who had forgotten it.
---
close hero
    When the stalls were taken down, they found a button, a plum, and a perfectly good string.
    They went home tired, with both pennies.

episode stars | The Clear Night | Counting | On the Hill at Night
who hero
who friend
go hero place/the_hill; come friend hero
    {Friend} had been told that a star would fall that night, and so {friend} and {hero} sat on the hill in three blankets.
    It was so clear that one could see every star, and {hero} and {friend} had the hill for themselves.
talk-together hero friend
    They counted up to four hundred and then began to quarrel a little about whether that one was new.
    "Do you think that somebody is sitting up there and looking at us?" asked {friend}. "Two," said {hero}, "in three blankets."
tell-of friend thought hero
    "How old is it, what we see there?" asked {friend}. "Older than the mill," said {hero}. They could not think of anything older.
    It was cold, and they moved closer together. Far below a dog barked, and another one answered from the next village.
---
close hero
    The star fell when both of them were asleep.
    It was late when they came down, and the grass was wet.
"""

ENDINGS = """
episode ending_feast | The Long Table | All Together
who hero
who friend
who third
go hero place/the_market; come friend hero; come third hero
    At the end of that year a long table was set up on the market square, and everybody in {village} brought a chair. {Hero} sat between {friend} and {third}.
    There was to be a feast, for no other reason than that it was time for one. {Hero}, {friend} and {third} had hung lanterns in the trees.
talk-together hero friend
    They talked of everything that had been, the good and the bad, and of some of it they talked twice.
    "Do you remember?" they said, again and again, and each of them remembered something else.
play-together hero friend
    There was music, and the long table bent under all the bowls. Those who had quarreled sat side by side, because there were no other chairs.
    Everybody had to tell one thing that had made the year a good one. It took half the night, and nobody told the same.
remember
---
close hero
    And when the last lantern had gone out, {hero} looked once more over the square. "So something did happen," {he:hero} said. This was the end of one year and the beginning of the next.
    Then they danced, the old and the young, until the moon went down behind the mill. And that is the end of this story, but not of {village}.

episode ending_night | The Last Page | Good Night, Everybody
who hero
who friend
go hero place/the_hill; come friend hero
    On the last evening, {hero} and {friend} climbed the hill and looked down at {village}. In every window there was a light, and they knew who sat behind each of them.
    {Friend} had a blanket, {hero} had a pot of tea, and below them lay all of {village}, from the first house to the last.
talk-together hero friend
    "Do you remember how it began?" asked {friend}. They thought back, from one thing to the next.
    They tried to say what had been the best of it, and could not agree.
remember
talk-together hero friend
    They counted the lights, and with each of them they thought of something, and for each of them they wished for something.
    "It was a great year after all," said {hero}. "I told you so," said {friend}, who had not told anybody so.
---
close hero
    One light after another went out. "Good night," said {hero}, to all of them. And so say I.
    "I wonder what will come next," said {hero}. But that would be another book.
"""
