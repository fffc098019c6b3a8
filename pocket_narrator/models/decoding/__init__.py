"""A model that generates many stories at once, a token a step."""
