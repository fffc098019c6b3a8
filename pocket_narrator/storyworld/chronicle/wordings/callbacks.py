"""What is told in passing of people and things from earlier chapters, and clauses by which a person is remembered.

The first role that is told says which fact is meant; the others follow from it, for whoever remembers.
"""

CALLBACKS = """
callback lives who home
    A lamp was burning {at:home}, where {who} lived.
    {Who} came home late that day and went straight to bed, {at:home}.
    "Who lives {at:home}?" asked a traveler. "{Who}," said the people.
    Smoke rose {at:home}. {Who} had burned the milk again.
    Somebody sang in the dark {at:home}. It was {who}, who could not sleep.
    {Who} ran home through the dusk. Somebody was already waiting {at:home}.
callback trade elder trade
    {Trade} had a cold, and people brought {elder} soup.
    "Ask {trade}," somebody said. And {elder} was asked, and knew it.
    {Trade} was seen dancing in the yard, and that was something, for {elder} never danced.
    {Elder} went to bed at sunset, as {trade} always does.
    There was a light burning late. {Trade} was still at work, and one heard {elder} hum.
callback known-as who trait
    "Such a {trait} child," people said again, and {who} was the one they meant.
    They spoke of {who}, and of how {trait} {he:who} was.
callback fears who fear
    {Who} still slept with a stick beside the bed, for fear of {fear}.
    "Is anybody here afraid of {fear}?" asked a stranger. "Only {who}," the people said.
    Nobody teased {who} any more about being afraid of {fear}.
callback brave-now who fear
    "There's one child that is no longer afraid of {fear}," they said, and that was {who}.
    {Who} had not once run away from {fear} again.
callback can who skill elder
    {Who} practiced {doing:skill} every Sunday, and {elder} was content.
    "Somebody here can {skill}," a man told his wife. It was {who}, and the teacher had been {elder}.
    {Elder} was asked who could {skill}, and said with pride, "{Who} can."
callback favorite who dish
    There was {dish} at the inn, and so everybody knew who would be there first. It was {who}.
    {Who} came home and smelled it at once. It was {dish}.
    "Today there's {dish}!" called the cook, and {who} came running.
callback dreams who dream
    {Who} still wanted to be {dream}, and told it to anybody who would listen.
    "One of you wants to be {dream}," said the teacher. {Who} stood up.
callback pet who animal petname
    {Petname} the {animal} had stolen a sausage, and {who} had to pay for it.
    {Who} was looking for {petname}, who sat in the sun and let {him:who} look.
    "Whose {animal} is that?" asked a stranger. "It's {own:who}, and its name is {petname}."
callback nickname who nick giver
    "{Nick}!" a voice called. It was {giver}, and the one who turned around was {who}.
    The small ones never said {who}. Since {giver} had thought of it, they said {nick}.
callback owns who thing
    {Own:who} {thing} was still the finest thing in the street.
    "Whose is the {thing}?" a new child asked. It was {own:who}.
    The {thing} was where it belonged. It was with {who}.
callback gave giver thing who
    The {thing} was much admired, and {who} told everybody that it came from {giver}.
    {Who} took out the {thing} and thought of {giver}, whose present it had been.
callback lent giver thing who
    {Giver} wondered when the {thing} would come back. It was still with {who}.
    The {thing} lay on {own:who} table, but it was not {his:who} own. It was {own:giver}.
callback hidden who thing spot
    {Who} thought of the {thing} and smiled. It still lay {spot}.
    Somebody had seen the {thing} long ago and asked about it. {Who} said nothing. It lay {spot}, and it lay well.
callback lost who thing place
    {Who} still looked for the {thing} now and then. It had to be somewhere {at:place}.
    The {thing} had not been found yet. {Who} had gone over every inch {at:place}.
callback promised who deed other
    {Who} had not forgotten the promise to {deed}. It was {other} who was waiting for that.
    "When will somebody {deed} for me?" thought {other}. And {who} still meant to do it.
callback owes who debt elder
    {Who} still had a debt. It was {debt}, and it was {elder} who would get it one day.
    {Elder} looked at the chalk on the door. {Who} still had to pay for {debt}.
callback broke who object
    People walked past {object}, which was still broken, and shook their heads at {who}.
    {Who} took the long way around, so as not to see {object}.
callback planted who plant place
    {Who} carried water to the {plant}. It was a small thing yet, {at:place}.
    Somebody had trodden on the {plant}, but it stood up again. {Who} had put a fence of sticks around it, {at:place}.
callback built who boat
    The {boat} had a new coat of paint, and {who} had paint in {his:who} hair.
    On the river somebody sang. It was {who}, who lay in the {boat} and let it drift.
    The {boat} had got a leak, and {who} stuffed it with moss.
callback told who secret other
    {Who} had told one other person {secret}. It was {other}, and {other} had kept it.
    {Other} woke up and thought of what {who} had said once behind a hedge. It was {secret}.
callback quarrel who matter other
    {Who} still did not speak with {other}. It was about {matter}.
    One could not ask both {who} and {other} to supper. There was still that story of {matter}.
callback away who far
    A chair stayed empty, for {who} was still {in:far}.
    "It must be raining {in:far} now," people said and thought of {who}.
"""

CLAUSES = """
clause lives who home
    Somebody was up before the sun {at:home}. It was {who}, of course.
    A door opened {at:home}, and out came {who}.
    Let us see who was awake {at:home}. It was {who}, as you may have guessed.
clause fears who fear
    Do you remember the child who was afraid of {fear}? That was {who}.
    This chapter belongs to the one who was afraid of {fear}. That was {who}.
    {Pronoun:who} was afraid of {fear}, but not of anything else. I speak of {who}.
clause brave-now who fear
    One child had stopped being afraid of {fear}. It was {who}, and that helped with other things, too.
    Whoever is no longer afraid of {fear} can begin with other things. So thought {who}.
clause can who skill elder
    There was only one child who could {skill}. You know that it was {who}.
    Of all the children, one could {skill}. It is {who} that I mean.
clause favorite who dish
    There had been {dish} that morning, and one child had had three plates of it. It was {who}.
    Whom could one wake with {dish} at any hour? {Who}.
clause dreams who dream
    The child who wanted to be {dream} had a free day. It was {who}.
    If you want to be {dream}, you must get up early. That was what {who} thought.
clause pet who animal petname
    {Petname} was scratching at the door, and so {who} had to get up.
    First came {petname}, and then, as always, came {who}.
    {Petname} had to be fed first. {Who} did it with one eye open.
clause nickname who nick giver
    "{Nick}!" somebody had called under the window, until {who} woke up.
    {Nick} had nothing to do that day. So people called {who}, as you know.
clause gave who thing other
    Once there had been a present, and it was the {thing}. The one who had made it was {who}.
clause broke who object
    The one who had broken {object} kept looking at the ground. It was {who}, who had not forgotten it.
    It was because of {object} that one child took the long way around. It was {who}.
clause planted who plant place
    What one has planted one has to look after. It was about the {plant}, and {who} came from there with wet shoes.
    The one who had planted the {plant} had earth on both hands. It was {who}.
clause built who boat
    The {boat} was tied up, and its captain was on land. It was {who}.
    The builder of the {boat} had tar on both hands. I mean {who}.
clause told who secret other
    Do you remember who had found out {secret}? It was {who}.
clause owes who debt elder
    The debt was still not paid. It was {debt}, and {who} thought of it every day.
"""
