"""The promises: a folder for each family, and beside them what families share."""
