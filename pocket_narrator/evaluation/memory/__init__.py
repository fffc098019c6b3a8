"""What a model remembers of a story, asked with twins of it that differ in one decision."""
