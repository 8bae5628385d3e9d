"""Text of a user as a terminal may see it."""


def printable(text: str) -> str:
    """Return the text with control characters escaped, so that no file can drive a terminal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
