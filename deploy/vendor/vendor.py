"""Copies the console's fonts and scripts out of npm packages into journey-api, with their licences and checksums.

`make vendor` installs the packages that `package-lock.json` pins (by hash, without install scripts) and runs this.
"""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
MODULES: Final = HERE / "node_modules"
TARGET: Final = HERE.parents[1] / "services/journey-api/src/journey_api/console/static/vendor"
SUBSETS: Final = ("latin", "latin-ext", "cyrillic", "cyrillic-ext")
FONTS: Final = ("inter", "ysabeau-office")
SCRIPTS: Final = {
    "htmx.org": ("dist/htmx.min.js",),
    "uplot": ("dist/uPlot.iife.min.js", "dist/uPlot.min.css"),
}


def files_of_fonts() -> dict[str, tuple[str, ...]]:
    """The font files wanted, by package."""
    return {
        f"@fontsource-variable/{font}": tuple(f"files/{font}-{subset}-wght-normal.woff2" for subset in SUBSETS)
        for font in FONTS
    }


def copy_package(package: str, files: tuple[str, ...]) -> dict[str, object]:
    """Copy the files and the licence of a package; answers its entry in the manifest."""
    about = json.loads((MODULES / package / "package.json").read_text())
    licence = f"{package.rpartition('/')[2]}.LICENSE"
    shutil.copyfile(MODULES / package / "LICENSE", TARGET / licence)
    copied = {}
    for file in files:
        content = (MODULES / package / file).read_bytes()
        name = Path(file).name
        (TARGET / name).write_bytes(content)
        copied[name] = hashlib.sha256(content).hexdigest()
    return {"version": about["version"], "license": about["license"], "text": licence, "files": copied}


def font_faces() -> str:
    """The stylesheet that declares the fonts; a browser fetches the subsets whose characters a page has."""
    faces = []
    for font in FONTS:
        family = f"{font.replace('-', ' ').title()} Variable"
        ranges = json.loads((MODULES / f"@fontsource-variable/{font}/unicode.json").read_text())
        metadata = json.loads((MODULES / f"@fontsource-variable/{font}/metadata.json").read_text())
        weights = metadata["variable"]["wght"]
        faces += [
            f'@font-face {{ font-family: "{family}"; font-style: normal; font-display: swap;'
            f" font-weight: {weights['min']} {weights['max']};"
            f' src: url("{font}-{subset}-wght-normal.woff2") format("woff2"); unicode-range: {ranges[subset]}; }}'
            for subset in SUBSETS
        ]
    return "\n".join(faces) + "\n"


def main() -> None:
    """Make the folder anew."""
    shutil.rmtree(TARGET, ignore_errors=True)
    TARGET.mkdir(parents=True)
    wanted = files_of_fonts() | SCRIPTS
    manifest = {package: copy_package(package, files) for package, files in sorted(wanted.items())}
    (TARGET / "fonts.css").write_text(font_faces())
    (TARGET / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


if __name__ == "__main__":
    main()
