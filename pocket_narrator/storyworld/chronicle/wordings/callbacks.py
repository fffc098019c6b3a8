"""What is told in passing of people and things from earlier chapters, and clauses by which a person is remembered.

The first role that is told says which fact is meant; the others follow from it, for whoever remembers.
"""

CALLBACKS = """
callback fears who fear
    {Who} still slept with [a candle|a stick|the cat] beside the bed, for fear of {fear}.
    "Is anybody here afraid of {fear}?" asked a stranger. "Only {who}," the people said.
    Nobody teased {who} any more about being afraid of {fear}.
callback lives who home
    A lamp was burning {at:home}, where {who} lived.
    {Who} came home late that day and went to bed at once, {at:home}.
"""
CLAUSES = """
clause fears who fear
    Do you remember the child who was afraid of {fear}? That was {who}.
    The child who was afraid of {fear} was awake early. It was {who}.
clause lives who home
    {At:home} a child was up early. It was {who}, of course.
    A child came out of the door {at:home}, and it was {who}.
"""
