"""Checks before a run: this installation, the profile and the cluster."""
