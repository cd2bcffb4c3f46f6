"""Verification: what is true of the cluster right now, found out by checks that are data."""
