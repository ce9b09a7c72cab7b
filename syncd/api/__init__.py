"""The HTTP window. So far: is this process alive, and is its work up to date."""
