"""How words that were sent are recognised in a provider's list, without keeping the words."""

from hashlib import sha256


def fingerprint(text: str) -> str:
    """The same for the same words, whatever white space a provider has put around them or at the end of lines."""
    plain = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return sha256(plain.encode()).hexdigest()
