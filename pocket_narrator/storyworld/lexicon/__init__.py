"""Who and what there is in StoryWorld: names, kinds, places, things and words for feelings. Data only."""
