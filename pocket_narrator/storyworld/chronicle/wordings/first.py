"""Beginnings, newcomers, and the last chapter."""

EPISODES_OF_PEOPLE = """
episode beginning | The Village | Where They Lived | Two Friends
newcomer hero child
new home home
newcomer friend child
new house home
settle hero home
    This is the story of {village} and of the people who lived there. {Hero} lived {at:home}.
    In {village} everybody knew everybody. There was {hero}, who lived {at:home}.
settle friend house
    {His:hero} friend was called {friend} and lived {at:house}.
    And there was {friend}, who lived {at:house}.
---
go hero house
    Every morning {hero} ran to {friend} and knocked three times.
    On the day when this story begins, {hero} knocked at {friend}'s door.

episode new_child | New People | A Cart with Furniture | Who Is That?
often 3
newcomer hero child
new home home
who friend
settle hero home
    A cart full of chairs came down the road. New people moved in {at:home}, and with them came a child named {hero}.
    Somebody new had come to {village}. The name was {hero}, and the new home was {at:home}.
go friend home
    {Friend} went there at once to say hello.
    {Friend} looked over the fence and then came in.
---
greet friend hero
    "I'm {friend}," said {friend}. "Do you like it here?" {Hero} nodded.
    "Come, I will show you everything," said {friend}, and {hero} went along.

episode fear | The Sleepless Night | A Small Secret | What Was That?
who hero without fears
who friend
new fear fear
go hero place/the_well
    {Hero} was standing by the well, pale and quiet.
come friend hero
    {Friend} came along. "What is the matter?"
fear hero fear; explain hero fear friend
    "I am afraid of {fear}," said {hero}. "I always was. Don't tell."

episode fright | A Fright | Who Ran Away?
from fears hero fear after 2
who friend
go hero place/the_hill; come friend hero
    {Friend} was on the hill with somebody else, and then {comes:fear}. {Hero} cried out and ran.

episode ending_feast | The Feast | All Together
often 1
who hero
who friend
go hero place/the_market; come friend hero
    There was a feast, and {hero} danced with {friend} until the stars came out.

episode ending_snow | Good Night | The End of the Year
who hero
go hero place/the_hill
    {Hero} stood on the hill and looked down at {village}, where all the lamps were burning.
"""
