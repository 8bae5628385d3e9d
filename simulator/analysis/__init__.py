"""From the rows of many trials to estimates and tables with their Monte Carlo error; the replicate is the unit."""
