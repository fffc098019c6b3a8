"""The ledger: where a model pays more bits than StoryWorld's own decisions cost, by what is told there."""
