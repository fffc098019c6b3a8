"""Keys of a recipe as people write them: by their last word, by other names, and with a value behind an equals sign."""
