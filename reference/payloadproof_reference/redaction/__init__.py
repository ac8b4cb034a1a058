"""What is taken out of the text of errors before it may leave."""
