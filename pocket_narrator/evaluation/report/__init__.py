"""Reports: one self-contained HTML page for a run, and one for a comparison; no script, no network, nothing to install."""
