"""Where a run's figures go besides its own folder."""
