"""The process that lives on, and the commands of a person: where the pipeline meets a program."""
