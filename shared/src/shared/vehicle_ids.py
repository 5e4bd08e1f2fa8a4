"""VINs and plates as they are compared: without blanks, hyphens and case, however they were first written."""

import unicodedata


def vehicle_key(written: str) -> str:
    """The form in which two spellings of one VIN or plate are equal.

    What is not seen is left out too, and signs of full width are as wide as others.
    """
    plain = "".join(unicodedata.normalize("NFKC", written).upper().split())
    if plain.isascii():
        return plain.replace("-", "")
    return "".join(sign for sign in plain if not _is_between(sign))


def _is_between(sign: str) -> bool:
    return unicodedata.category(sign) in ("Pd", "Cf", "Zs") or sign == "\u2212"
