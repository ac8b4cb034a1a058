"""Profile: nobody becomes a person by accident, and what that costs."""
