"""What the scenarios of all families are made of."""
