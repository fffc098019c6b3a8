"""Episodes about who people are: the beginning, newcomers, traits, fears, skills, dreams, names, animals."""

BEGINNINGS = """
episode beginning | How It Begins | The Village | Two Doors
newcomer hero child
new home home
newcomer friend child
new house home
settle hero home
    This is the story of {village} and of the people who lived there. Nobody in it was rich, and nobody was famous. One of them was {hero}, who lived {at:home}.
    Between the hills and the river lay {village}, and in {village} everybody knew everybody. There was {hero}, for example, who lived {at:home}.
    If you walk along the river for a day, you come to {village}. When this story begins, a child named {hero} lived there, {at:home}.
settle friend house
    And there was {friend}, who lived {at:house}. From one door to the other it was a hundred and ten steps, for they had counted them.
    {Own:hero} best friend was called {friend} and lived {at:house}. If one of them whistled, the other could hear it.
---
go hero house
    On the first day of spring, {hero} knocked at {friend}'s door. "Get up," {he:hero} called. "Something is going to happen this year. I can feel it."
    One morning, {hero} stood at {friend}'s door and knocked three times. "I woke up and knew that it will be a great year," {he:hero} said.
murmur friend
    "What will happen?" asked {friend} and yawned. Neither of them knew. So they sat down on the step, shared a crust of bread, and waited for it to begin.
    "Great years begin with breakfast," said {friend} and cut the bread. They ate it on the step and looked down the road, to see if anything was coming.
play-together hero friend
    By noon they had been at the mill, at the market and on top of the hill, and had seen a dog, a peddler, and a cloud like a boot. None of it was great yet, but it was a beginning.
    Nothing came down the road that day but a hen, and after the hen an angry man. "It's a start," said {hero}.

episode new_child | New People | A Cart Full of Chairs | Who Is That?
often 9
newcomer hero child
new home home
who friend
settle hero home
    A cart full of chairs and pots came down the road, and on top of it sat a child. New people had come to live {at:home}. The child was called {hero}.
    A lamp was burning in a window that had been dark for years. Somebody lived {at:home} again. It was a family with one child, and the child's name was {hero}.
    Somebody new had come to {village}. The name was {hero}, and the new home was {at:home}.
go friend home
    {Friend} was the first who went there to have a look. {He:hero} was sitting on a box and did not look up.
    "I'll go and say hello," said {friend}, and went. {He:hero} was carrying a chair that was much too big.
    {Friend} hung over the fence for half an hour before anybody noticed. Then {hero} came out with a broom.
    It was {friend} who dared to ring the bell. A window opened, and there was {hero}, with feathers from a pillow all over.
    All the children stood around, but only {friend} said something. It was "Good day." {Hero} said it, too.
---
greet friend hero
    "I'm {friend}. Do you like it here?" "I don't know yet," said {hero}. "Where I come from, the river was wider."
    "My name is {friend}," said {friend} and took one end of the heavy box. {Hero} took the other, and so they met.
    {Friend} had brought a warm roll. {Hero} broke it in two and gave back the bigger half. After that, nothing more had to be said.
    "What have you got in that box?" asked {friend}. "Stones," said {hero}, "one from every place where I have lived." There were six of them.
    "Can you climb?" asked {friend}. {Hero} could, and showed it, and came down with a hole in one stocking and a friend.
go-together friend hero place/the_bridge
    Then they walked through {village}, and {friend} showed {him:hero} the bridge, the fountain, and the dog that never barked.
    {Friend} showed {him:hero} which apples could be picked over the wall, and which wall had a dog behind it.
    They went as far as the bridge and spat into the water, for that is how one gets to know a river.
    {Hero} wanted to see everything, and so {friend} showed everything: the pump, the smithy, the place where the goose had bitten the mayor.
tell-of hero thoughts friend
    "And what does one do here in the evening?" asked {hero}. "One goes home," said {friend}, "and looks forward to the morning."
    When it got dark, {friend} pointed out the windows, one by one, and said who lived behind them. {Hero} learned them like a poem.
    In the evening somebody played the harmonica behind the new curtains. {Friend} listened from the other side of the road.
    That night {hero} lay awake in the strange room. But there was somebody now who would knock in the morning.
    "Tomorrow at seven," said {friend}. At six {hero} was standing at the door, with both shoes tied.

episode new_grown | A New Sign | The Open Door | Smoke from the Chimney
often 4
newcomer elder grown
who hero
take-up elder trade
    For a long time the house had stood empty. Now there was smoke from its chimney and a fresh sign over its door: {elder} had come, and {elder} was {trade} of {village} from that day on.
    "Have you heard?" people said to each other. "We have a new neighbor." It was {elder}, and {elder} was to be {trade}.
go hero place/the_market; come elder hero
    {Hero} watched from the market square until {elder} came out and held up a hand. "You there! Can you hold a ladder?"
    {Elder} came across the market square and stopped in front of {hero}. "You look as if you knew where one can buy nails," {he:elder} said.
    On the market square {elder} put down a trunk and looked around. "Is there nobody in this place who has time?" {Hero} had time.
---
help hero elder
    They worked until noon, and hardly a word was spoken. "Good," said {elder} at last, and that was much, as everybody learned later.
    So {hero} helped until the evening and got a penny and a handshake for it. "You can come again," said {elder}.
    {Hero} helped with everything and talked the whole time. {Elder} only nodded, but {he:elder} nodded at the right places.
close hero
    At supper {hero} told them everything: the boxes, the voice, the shoes. "And is the new neighbor kind?" they asked. "I think so," said {hero}. "One has to look twice."
    On the next morning there was a fresh loaf of bread and a jar on the new doorstep, from nobody. That is how one says welcome in {village}.
"""

TRAITS = """
episode trait | What Kind of Child | A Small Thing | The Neighbors Agree
who hero without known-as
new trait trait
go hero place/the_market
    On market day {hero} stood in the middle of the crowd when a small thing happened, and all the neighbors saw it.
    It was only a small thing, and it happened on the market square, and {hero} was there.
by trait
when brave
show-trait hero trait
    A horse had torn loose and came straight through the crowd. Everybody jumped aside, but {hero} took hold of its rope and held it. "That is a brave child," the neighbors said.
when careful
show-trait hero trait
    A boy came running with a tower of eggs, and only {hero} had seen the wet stone, had put a board over it, and had tried it with one foot first. "That is a careful child," the neighbors said.
when generous
show-trait hero trait
    {Hero} had saved for a bun for a month. Then a hungry old man asked the way, and he left with the way and with the whole bun. "That is a generous child," the neighbors said.
when curious
show-trait hero trait
    There was a barrel without a lid, and {hero} had to look into it, deeper and deeper, until only two shoes were to be seen. "That is a curious child," the neighbors said and pulled.
when proud
show-trait hero trait
    {Hero} fell flat into a puddle, got up, looked around and said, "I did that on purpose." "That is a proud child," the neighbors said.
when patient
show-trait hero trait
    A snail was crossing the square between all the wheels, and {hero} walked beside it with a red rag until it was over, for two hours and a half. "That is a patient child," the neighbors said.
end
---
close hero
    Such things are not forgotten in a village.
    And what the neighbors have said once, they go on saying.
night-talk hero
    {Hero} did not think that it was anything special, and said so at supper. But by then the story had gone through all the kitchens and had become longer in each of them.
    In the evening it was told at the inn, and on Sunday in front of the church. {Hero} wished that people would talk about the weather again.

episode noise | The Noise in the Barn | Who Is There?
from known-as hero trait after 2
who friend
go hero place/the_barn; come friend hero
    Something was bumping about in the barn. The door was shut, and it was nobody's barn any more. {Hero} and {friend} stood in front of it and listened.
    "Did you hear that?" asked {friend}. There it was again: somebody or something was bumping about in the old barn. {Hero} had heard it, too.
---
by trait
when brave
work hero
    {Hero} took one deep breath and pushed the door open with both hands.
when careful
work hero
    {Hero} went home for a lantern, a rope and a long stick first, and only then opened the door by the width of a hand.
when generous
work hero
    {Hero} put all the bread of the day in front of the door, in case that it was hungry, and called, "That is for you!"
when curious
work hero
    {Hero} lay down flat, looked through the crack under the door, and then climbed up to look through the hole in the roof, too.
when proud
work hero
    "I know very well what it is," said {hero}, who did not know at all, and walked in as a king walks into his hall.
when patient
work hero
    {Hero} sat down on a stone, folded both hands, and waited for it to come out, until the sun was low.
end
---
see hero barn
    It was the miller's old donkey with a bucket on its head. They took off the bucket, and it walked home as if nothing had happened.
    It was a calf that had lost its way. {Friend} laughed so much that the calf had to laugh, too, or so it looked.
cheer friend hero
    "And now tell me," said {friend} on the way home, "what did you think it was?" {Hero} gave no answer to that, and they both had to laugh.
    They brought it some hay and sat there with it for a while. Then it was time to go home and to be asked where they had been.

episode big_cake | The Biggest Cake | Sugar and Almonds
from known-as hero trait after 2
who friend
go hero place/the_market; come friend hero
    The biggest cake that anybody had ever seen stood on the market square, and whoever guessed its weight should have it. {Friend} guessed wrong. {Hero} guessed right.
    There was a drawing of lots on the market square. {Friend} drew a blank, but {hero} drew the number of the big cake, the one with the almonds.
---
by trait
when brave
work hero
    {Hero} climbed on the table and carried it down alone on one hand, high above all the heads, and everybody held their breath.
when careful
work hero
    {Hero} walked around it three times, tapped the plate, tested the table, and then had it rolled home on four small wheels.
when generous
work hero
    {Hero} cut it at once into as many pieces as there were people, and then had to be told that there was none left for the winner.
when curious
work hero
    {Hero} wanted to know what was inside, dug a tunnel with a spoon, and came out at the other end, white as flour.
when proud
work hero
    {Hero} had it carried home through every street of the village, with a drum before it, and through the longest street twice.
when patient
work hero
    {Hero} did not touch it at all, but waited for Sunday, when it is said to taste best, and sat beside it for three days.
end
cheer friend hero
    "Just like you," said {friend}. People stood at the windows, and one old man said that he had not seen such a thing since he was seven.
    The people on the square talked about it for a long time. {Friend} had seen it from close by and had to tell it again and again.
---
eat-together hero friend
    In the end {hero} and {friend} ate the last crumbs from the plate, with wet fingers.
    And {friend} said that it was a good cake, whatever one might say of how it got there.

episode log_bridge | The Log over the Brook | High Water
seasons spring summer autumn
from known-as hero trait after 2
who friend
go hero place/the_wood; come friend hero
    The brook by the wood had risen, and there was only a wet log to cross it. {Hero} and {friend} had to get home before supper.
    After three days of rain the path by the wood was gone, and over the brook lay one thin log. On this side stood {hero} and {friend}, and on the other side was supper.
---
by trait
when brave
work hero
    {Hero} ran across without looking down, and then came back and did it once more, because it had been over so quickly.
when careful
work hero
    {Hero} tied a rope to a tree, tried every inch of the log with a heel, and needed half an hour for nine steps.
when generous
work hero
    {Hero} gave away both dry shoes, so that {friend} could cross without slipping, and came after on bare feet.
when curious
work hero
    {Hero} got as far as the middle, and there was a nest in the log, and in the nest was an egg, and so it took a while.
when proud
work hero
    {Hero} bowed to the left and to the right, stepped on the log as if a thousand people were watching, and fell in.
when patient
work hero
    {Hero} put a stick into the bank to mark the water, sat down, and said, "It will fall." And it did, towards midnight.
end
cheer friend hero
    Then they were both on the right side, and the brook roared behind them as if it were angry. {Friend} shook a fist at it.
    "I thought that we would never get over," said {friend} when it was done. The moon was up already.
---
eat-supper hero friend
    There was cold soup, and both had two bowls of it. {Friend} told the story at the table, and it was longer than the brook was wide.
    At home their stockings hung over the stove and steamed. "Well," said {friend}, "that was just like you."
"""

FEARS = """
episode fear | The Sleepless Night | A Small Secret | Pale at Breakfast
often 1.5
who hero without fears brave-now
who friend
new fear fear
go hero place/the_well; come friend hero
    {He:hero} was pale that morning and let the bucket fall into the well twice. {Friend} fished it out. "What is the matter with you?"
    {He:hero} had not slept. {Friend} saw it at once when they met at the well. "Tell me," {he:friend} said.
fear hero fear; tell-of hero fear friend
    {He:hero} looked to the left and to the right and then said it. It was {fear}. {Hero} was afraid of {fear}, and had always been.
    "You will laugh," said {hero}. "I'm afraid of {fear}. I know that it is silly, and I'm afraid all the same."
tell-of friend hero-fear hero
    "Always?" asked {friend}. "Always. When I was three, I hid in the flour bin because of it, and they found me by my sneezing."
    For a while one heard only the water drip. "How bad is it?" asked {friend}. "As bad as falling," said {hero}, "only that one never gets to the bottom."
---
comfort friend hero
    {Friend} did not laugh. "My uncle is a soldier and runs away from butterflies," {he:friend} said. Then they carried the water home together.
    {Friend} thought about it. "Everybody has one thing," {he:friend} said, "and whoever says that he has none has two." That helped a little.
    "Good that I know," said {friend}. "From now on, I'll walk on that side." And so it was done, on all their ways.

episode fright | A Fright | Who Ran Away? | Over the Fence
seasons spring summer autumn
often 2
from fears hero fear after 2
who friend
new place place
silent go hero place; come friend hero
play-together hero friend
    Some children were playing catch {at:place}, and {friend} was it. All at once {comes:fear}.
    The children had built a hut of branches {at:place}, and {friend} was just thinking of a name for it when {comes:fear}.
feel hero scared
    One of them gave a cry and ran, over the fence, through the nettles, and all the way home. It was {hero}, and everybody knew why.
    Nobody minded, but for one. "Where is {hero}?" somebody asked. {He:hero} sat high up in a tree and held on with both arms.
---
comfort friend hero
    {Friend} went after {him:hero} and said nothing at all, which is sometimes best. They sat there until it was dinner time.
    "It is gone," {friend} called after a while. "Quite gone?" "Quite gone." Then the game went on, but near the house.
    {Friend} told {him:hero} a story about a bear that was afraid of jam. It was not a good story, but it was long, and that was what was needed.
close hero
    On the way home nobody spoke of it. Only the dog, who understands nothing, ran ahead and looked around again and again.
    The game was played to its end the next day, and nobody counted what had gone before. That is how it should be among friends.

episode overcome | The Brave Day | Step by Step | Not This Time
upto 3 brave-now
from fears hero fear after 3
who friend
go hero place/the_bridge; come friend hero
    "I have had enough of it," said {hero} to {friend}, in the middle of the bridge. "I don't want to be afraid of {fear} any more. How does one stop?"
    "Today," said {hero}, "I'm going to do something about {fear}." {Friend}, who had come across the bridge, whistled through {his:friend} teeth.
practise hero courage
    They tried it in small steps. First {hero} only thought of it, for as long as it takes to count to ten. Then to twenty. Then came the real thing, from far away.
    They made a plan with seven steps, and every step took a day. On the fourth day {hero} wanted to give up. On the fifth day {friend} brought nuts.
overcome hero fear; cheer friend hero
    And then, one evening, {comes:fear}, and {hero} stayed where {he:hero} was. Both knees shook, but {he:hero} stayed.
    On the last day {comes:fear}. {He:hero} stood still like a post, and went on standing there when it was long over. "Was that all?" {he:hero} asked.
boast hero friend
    "And now?" asked {friend} after a while. "Now my heart can sit down again," said {hero}. They both sat down, too, in the middle of the road.
    "I'm still a little bit afraid," said {hero}. "Of course," said {friend}. "But now it is you who has the fear, and not the other way around."
---
praise friend hero
    {Friend} took off {his:friend} cap, as one does for a general.
    {Friend} clapped until the pigeons flew up. It was known in the whole village by supper.

episode not_afraid | All But One | As Calm as a Stone
seasons spring summer autumn
often 2
from brave-now hero fear after 2
who friend
new place place
go friend place; come hero friend
    A crowd of people stood {at:place}. {Friend} was just telling them something when {comes:fear}.
    {Friend} was leading the small ones home, two by two. They had got as far as one can see {at:place} when {comes:fear}.
shine hero
    The small ones screamed, and some of the big ones, too. Only one stood there quietly, and that was the one who had been the most afraid of all: {hero}.
    "Where is {hero}?" cried somebody who remembered how it had been. {He:hero} was there, and was as calm as a stone.
---
thank friend hero
    "You have changed," said {friend}. {Hero} shrugged and went red.
    The small ones wanted to hold {his:hero} hand, all at once, and {friend} had to count fingers.
close hero
    "How does one do it?" asked the smallest. {Hero} thought about it. "One shakes," {he:hero} said, "and stays all the same."
    Then the bell rang for supper, and they all went home in a long line. {Hero} went last and looked around only once.
"""
