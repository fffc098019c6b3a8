"""The command line: one small file a command, each of which parses, calls one library function, and prints."""
