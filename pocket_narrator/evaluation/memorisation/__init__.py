"""What of a text stands in the training text, word for word."""
