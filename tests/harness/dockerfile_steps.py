"""A Dockerfile and a .dockerignore as values, as far as ours use them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import PurePosixPath


@dataclass(frozen=True)
class Step:
    """One instruction, its flags (`--from=build`) and the rest of its line."""

    instruction: str
    flags: Mapping[str, str]
    value: str


@dataclass
class Stage:
    """From one FROM to the next."""

    name: str
    base: str
    steps: list[Step] = field(default_factory=list)

    def values(self, instruction: str) -> list[str]:
        """What the stage itself says with this instruction."""
        return [step.value for step in self.steps if step.instruction == instruction]


def read_stages(text: str) -> dict[str, Stage]:
    """The stages by name, in order."""
    stages: dict[str, Stage] = {}
    stage = Stage("", "")
    for line in _lines(text):
        instruction, _, rest = line.partition(" ")
        if instruction == "FROM":
            base, name = rest.split(" AS ")
            stage = stages[name] = Stage(name, base)
        else:
            stage.steps.append(_step(instruction, rest))
    return stages


def _lines(text: str) -> Iterator[str]:
    """Instructions, each joined to one line."""
    uncommented = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for line in re.sub(r"\\\n\s*", "", uncommented).splitlines():
        if line.strip():
            yield line.strip()


def _step(instruction: str, rest: str) -> Step:
    flags = {}
    while found := re.match(r"--([a-z-]+)=(\S+)\s+", rest):
        flags[found[1]] = found[2]
        rest = rest[found.end() :]
    return Step(instruction, flags, rest)


def kept_out(path: PurePosixPath, patterns: Sequence[str]) -> bool:
    """Whether .dockerignore keeps a path out: the last pattern that meets it or a folder above it decides."""
    names = [str(path), *(str(parent) for parent in path.parents if parent.name)]
    out = False
    for pattern in patterns:
        wanted = pattern.startswith("!")
        if any(fnmatch(name, pattern.lstrip("!")) for name in names):
            out = not wanted
    return out


def read_patterns(text: str) -> list[str]:
    """The patterns of a .dockerignore."""
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
