"""From a recipe and tokens to a run: the loop, and everything that keeps it safe."""
