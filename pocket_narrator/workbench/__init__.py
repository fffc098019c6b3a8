"""From a recipe to a told story."""
