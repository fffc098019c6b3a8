"""What a model's stories of StoryWorld contradict: read by the reader, which knows the world."""
