"""The command line: one small file a verb, each of which parses, calls one library function, and prints."""
