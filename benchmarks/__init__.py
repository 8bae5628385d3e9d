"""How fast each part is: `python -m benchmarks` runs every module and prints one table."""
