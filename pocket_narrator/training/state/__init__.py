"""All that the next step of a training depends on, as a checkpoint keeps it."""
