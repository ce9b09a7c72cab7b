"""What each command does, without its screen: the functions that the command line, and tests, call."""
