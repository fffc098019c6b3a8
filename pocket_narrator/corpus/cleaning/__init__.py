"""Cleaning: from raw stories to stories worth training on, with a reason for every story that is dropped."""
