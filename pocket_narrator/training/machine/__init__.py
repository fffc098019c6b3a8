"""What a training asks of the machine and is told by it: devices, processes, memory, signals, time."""
