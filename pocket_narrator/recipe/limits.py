"""How large a model may be: far above what anybody trains, and so low that whatever is within can be counted."""

WIDEST, LONGEST_CONTEXT, MOST_LAYERS = 65_536, 2**20, 1_000
