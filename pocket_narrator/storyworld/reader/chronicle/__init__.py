"""Chronicles, read with the machinery for short stories: a chapter is a step, and the village is the state. Start at `reading.py`."""
