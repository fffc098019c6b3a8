"""Settings of this process that libraries would choose otherwise."""
