"""A new environment in which nothing of this project is installed, but for its dependencies."""

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

OFFLINE = ("--quiet", "--no-index", "--no-deps", "--no-build-isolation")
"""Options of pip: without network, since what it needs is there already."""


def run(*command: str | Path, folder: Path) -> str:
    """Run a command to its end and return what it prints."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def empty_environment(folder: Path) -> Path:
    """Make an environment and return the folder of its commands.

    Only the dependencies are those of the running environment: a path file shows where they lie. Path files of
    that place are not read, so this checkout is not found through it.
    """
    environment = folder / "environment"
    venv.create(environment, symlinks=True)
    bin_folder = environment / "bin"
    places = run(
        bin_folder / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", folder=folder
    )
    dependencies = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (Path(places.strip()) / "dependencies.pth").write_text("\n".join(sorted(dependencies)))
    return bin_folder


def pip_install(bin_folder: Path, what: Path) -> None:
    """Install a project, building it, or a wheel."""
    pip = (sys.executable, "-m", "pip", "--python", bin_folder / "python")
    folder = what if what.is_dir() else what.parent
    run(*pip, "install", *OFFLINE, "--ignore-installed", what, folder=folder)


def built_wheel(project: Path, folder: Path) -> Path:
    """Build the project's wheel into a folder and return it."""
    run(sys.executable, "-m", "pip", "wheel", *OFFLINE, "--wheel-dir", folder, project, folder=project)
    [wheel] = folder.glob("*.whl")
    return wheel


def assert_is_inside(bin_folder: Path, folder: Path) -> None:
    """Assert that the environment's own copy of the package is the one that runs."""
    code = "import simulator; print(simulator.__file__)"
    module = run(bin_folder / "python", "-c", code, folder=folder)
    assert Path(module).is_relative_to(bin_folder.parent)
