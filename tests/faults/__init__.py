"""Faults put in on purpose: processes killed at random moments, files altered at random. See `__main__`."""
