"""What the commands print: plain text from tables and results."""
