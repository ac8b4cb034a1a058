"""A report as one page of HTML, and a comparison of two releases as another."""
