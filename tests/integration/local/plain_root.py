"""Carries out a Dockerfile's steps without an engine: each stage in an empty root, with this machine's /usr under it.

Every process runs in a mount namespace of its own and changes its root, so it sees what the steps made and nothing of
the checkout. Needs root, as an image build does.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path, PurePosixPath

from harness.dockerfile_steps import Stage, Step, kept_out

ETC = ("ssl", "pip.conf", "resolv.conf", "hosts", "nsswitch.conf", "ld.so.conf", "ld.so.conf.d", "login.defs")
USR = ("bin", "sbin", "lib", "lib32", "lib64", "libexec", "share")
PATH = "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
PASSED_ON = ("PIP_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")


@dataclass(frozen=True)
class Image:
    """What a stage has come to."""

    root: Path
    environment: Mapping[str, str] = field(default_factory=lambda: {"PATH": PATH})
    folder: str = "/"
    user: str = "0:0"
    entrypoint: Sequence[str] = ()
    healthcheck: Sequence[str] = ()

    def inside(self, path: str) -> Path:
        """Where a path of the image is on this machine."""
        return self.root / str(PurePosixPath(self.folder) / path).lstrip("/")

    def command(self, *command: str, shown: Sequence[Path] = ()) -> list[str]:
        """The command line that runs `command` in the image; `shown` folders of this machine are seen there too."""
        binds = [
            *_machine_folders(self.root),
            *((folder, self.root / str(folder).lstrip("/"), False) for folder in shown),
        ]
        mounts = []
        for source, target, read_only in binds:
            target.mkdir(parents=True, exist_ok=True)
            option = "bind,ro" if read_only else "rbind"
            mounts.append(shlex.join(["mount", "-o", option, str(source), str(target)]))
        enter = ["/usr/sbin/chroot", f"--userspec={self.user}", "--groups=", str(self.root)]
        enter += ["/usr/bin/env", f"--chdir={self.folder}", *command]
        script = "\n".join([*mounts, f"exec {shlex.join(enter)}"])
        return ["/usr/bin/unshare", "--mount", "--propagation=private", "/bin/sh", "-ec", script]


def empty_root(root: Path) -> Image:
    """What stands for the base image: this machine's programs and its Python in /usr/local, and an /etc of its own."""
    for folder in ("app", "dev", "proc", "usr/local/bin", "var/lib", "etc", "root"):
        (root / folder).mkdir(parents=True)
    (root / "tmp").mkdir(mode=0o777)
    (root / "tmp").chmod(0o1777)
    for link in ("bin", "sbin", "lib", "lib32", "lib64"):
        if Path("/", link).is_symlink():
            (root / link).symlink_to(Path("/", link).readlink())
    for name in ETC:
        if Path("/etc", name).is_dir():
            shutil.copytree(Path("/etc", name), root / "etc" / name, symlinks=True)
        elif Path("/etc", name).exists():
            shutil.copy(Path("/etc", name), root / "etc" / name)
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (root / "etc/group").write_text("root:x:0:\n")
    if sys.base_prefix == "/usr":
        (root / "usr/local/bin/python").symlink_to(os.path.realpath(sys.executable))
    image = Image(root)
    _run(image.command("/sbin/ldconfig"), image.environment)
    return image


def _machine_folders(root: Path) -> list[tuple[Path, Path, bool]]:
    folders = [(Path("/usr", name), root / "usr" / name, True) for name in USR if Path("/usr", name).is_dir()]
    if sys.base_prefix != "/usr":
        folders.append((Path(sys.base_prefix), root / "usr/local", True))
    for name in ("bin", "sbin", "lib", "lib64"):
        if Path("/", name).is_dir() and not Path("/", name).is_symlink():
            folders.append((Path("/", name), root / name, True))
    return [*folders, (Path("/dev"), root / "dev", False), (Path("/proc"), root / "proc", False)]


@dataclass
class Builder:
    """Builds stages on demand, each once, below `folder`."""

    folder: Path
    context: Path
    stages: Mapping[str, Stage]
    patterns: Sequence[str]
    built: dict[str, Image] = field(default_factory=dict)

    def build(self, name: str) -> Image:
        """The image of a stage. Raises CalledProcessError with what the failing step said."""
        if name not in self.built:
            stage = self.stages[name]
            root = self.folder / name
            if stage.base in self.stages:
                base = self.build(stage.base)
                shutil.copytree(base.root, root, symlinks=True, copy_function=os.link)
                _keep_owners(base.root, root)
                image = replace(base, root=root)
            else:
                image = empty_root(root)
            for step in stage.steps:
                image = self._carry_out(image, step)
            self.built[name] = image
        return self.built[name]

    def _carry_out(self, image: Image, step: Step) -> Image:
        match step.instruction:
            case "RUN":
                passed_on = {name: value for name, value in os.environ.items() if name.startswith(PASSED_ON)}
                _run(image.command("/bin/sh", "-c", step.value), {**image.environment, **passed_on})
            case "COPY":
                self._copy(image, step)
            case "ENV":
                told = dict(pair.split("=", 1) for pair in shlex.split(step.value))
                return replace(image, environment={**image.environment, **told})
            case "WORKDIR":
                image.inside(step.value).mkdir(parents=True, exist_ok=True)
                return replace(image, folder=step.value)
            case "USER":
                return replace(image, user=step.value)
            case "ENTRYPOINT":
                return replace(image, entrypoint=json.loads(step.value))
            case "HEALTHCHECK":
                command = step.value.removeprefix("CMD ")
                return replace(image, healthcheck=[] if command == "NONE" else json.loads(command))
            case "EXPOSE" | "STOPSIGNAL":
                pass
            case unknown:
                raise ValueError(f"what does {unknown} do without an engine?")
        return image

    def _copy(self, image: Image, step: Step) -> None:
        *sources, target = step.value.split()
        stage = step.flags.get("from")
        for source in sources:
            there = self.build(stage).inside(source) if stage else self.context / source
            to = image.inside(f"{target}/{there.name}" if target.endswith("/") else target)
            to.parent.mkdir(parents=True, exist_ok=True)
            if there.is_dir():
                ignore = None if stage else partial(_ignored, self.context, self.patterns)
                copy = os.link if stage else shutil.copy2
                shutil.copytree(there, to, symlinks=True, copy_function=copy, ignore=ignore, dirs_exist_ok=True)
            elif stage or not kept_out(PurePosixPath(source), self.patterns):
                shutil.copy2(there, to)
            else:
                raise FileNotFoundError(f"{source} is not in the build context")


def _ignored(context: Path, patterns: Sequence[str], folder: str, names: list[str]) -> list[str]:
    here = PurePosixPath(Path(folder).relative_to(context))
    return [name for name in names if kept_out(here / name, patterns)]


def _keep_owners(source: Path, target: Path) -> None:
    """Folders are made anew by the copy and would be root's."""
    for folder in source.rglob("*"):
        if folder.is_dir() and not folder.is_symlink():
            status = folder.stat()
            os.chown(target / folder.relative_to(source), status.st_uid, status.st_gid)


def _run(command: Sequence[str], environment: Mapping[str, str]) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command[-1][-400:]}\n{done.stdout[-1500:]}\n{done.stderr[-1500:]}"
