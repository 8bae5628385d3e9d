"""From the rows of many trials to estimates with their Monte Carlo error; the replicate is the unit."""
