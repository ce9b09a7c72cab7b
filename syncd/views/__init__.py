"""Read models: what the command line, the API and the board show of the same states."""
