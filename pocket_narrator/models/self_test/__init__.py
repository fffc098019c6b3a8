"""Every fast path beside its plain reference, on this machine."""
