"""How wheels are made: the kernels compiled for six systems on one, and one wheel for each. `make wheels`."""
