"""Evidence judged by what it holds, and compared."""
