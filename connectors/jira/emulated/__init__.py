"""What the emulated site is made of: its issues, its fields, its JQL."""
