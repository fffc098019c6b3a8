"""What a recipe names, and others may add: tables, options, and what one recipe uses of them."""
