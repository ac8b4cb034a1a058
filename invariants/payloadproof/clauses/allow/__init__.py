"""Allow: what is not listed is denied."""
