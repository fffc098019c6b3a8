"""How large a model may be: far above what anybody trains, and so low that whatever is within can be counted."""

WIDEST, LONGEST_CONTEXT, MOST_LAYERS = 65_536, 2**20, 1_000
MOST_TOKENS = 1_000_000  # of a vocabulary
MOST_WORKERS = 1024  # processes on one machine
