"""The languages we write. A new one is a folder of texts here, with the files of `en`, and a line below."""

from pathlib import Path

from shared.languages.registry import Language, register

_HERE = Path(__file__).parent

for _code in (
    "en",
    "pt",
    "es",
    "zh",
    "ru",
):
    register(Language(_code, _HERE / _code))
