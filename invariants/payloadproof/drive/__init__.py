"""Carries out the steps of scenarios: runner, directories, processes, networks shut in."""
