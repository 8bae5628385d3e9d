"""From a site's own screening log to the settings of a scenario: a prior from its ranges, and what the log adds."""
