"""The what-if page: controls, exact numbers at once, calendar numbers on a button. Needs the extra `notebook`."""
