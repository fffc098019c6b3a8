"""How large a model may be: far above what anybody trains, and so low that whatever is within can be counted; and how large
the embedded world."""

WIDEST, LONGEST_CONTEXT, MOST_LAYERS = 65_536, 2**20, 1_000
FEWEST_CHAPTERS, MOST_CHAPTERS = 2, 400  # of a chronicle
MOST_PARAGRAPHS = 1_000  # more, between what a story sets up and what comes of it
MOST_TOKENS = 1_000_000  # of a vocabulary
MOST_WORKERS = 1024  # processes on one machine
MOST_STORIES = 1_000_000_000  # of a corpus
MOST_GENERATED = 100_000  # stories of one call: each has a place in memory from the beginning
