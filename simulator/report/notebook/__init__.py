"""What a notebook shows of a result."""
