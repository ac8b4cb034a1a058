"""Values as another program's syntax writes them: what is written here is read back as it was."""
