"""What a public forge and a container engine read: the CI file, and the Dockerfile with what it may see."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CI = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")


def test_ci_tests_every_python_that_the_project_names_by_the_test_command() -> None:
    named = {c.rpartition(" ")[2] for c in PROJECT["project"]["classifiers"] if "Python :: 3." in c}
    tested = [set(re.findall(r'"(3\.\d+)"', line)) for line in CI.splitlines() if "python: [" in line]
    assert named == {"3.11", "3.12", "3.13"}
    assert tested
    assert all(pythons == named for pythons in tested)
    assert "run: .ci/run\n" in CI


def test_ci_runs_only_lanes_that_there_are() -> None:
    marks = {mark.partition(":")[0] for mark in PROJECT["tool"]["pytest"]["ini_options"]["markers"]}
    lanes = set(re.findall(r"lane: (\w+),", CI))
    assert {"docker", "ray", "browser"} <= lanes <= marks


def test_the_image_sees_all_that_the_wheel_is_made_of_and_nothing_else() -> None:
    """Docker's rules, as far as the file uses them: all is left out but what a line with `!` takes."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    taken = {line[1:] for line in lines if line.startswith("!")}
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    project = PROJECT["project"]
    needed = {
        *("pyproject.toml", project["readme"], *project["license-files"], *wheel["packages"], *wheel["force-include"]),
        *wheel["shared-data"],
    }
    assert lines[1] == "*"
    assert {n for n in needed if not any(n == t or n.startswith(f"{t}/") for t in taken)} == set()
    assert {t for t in taken if not any(n == t or n.startswith(f"{t}/") for n in needed)} == set()


def test_the_image_s_user_is_not_root() -> None:
    last = (ROOT / "Dockerfile").read_text(encoding="utf-8").rpartition("\nFROM ")[2]
    assert re.search(r"^USER aide$", last, re.MULTILINE)
    assert "--uid 1000" in last
    assert re.search(r"^VOLUME /sessions$", last, re.MULTILINE)


def test_the_ci_file_is_tracked_and_names_no_secret() -> None:
    done = subprocess.run(["git", "ls-files", ".github"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ".github/workflows/ci.yml" in done.stdout
    assert "secrets." not in CI
    assert "permissions:\n  contents: read\n" in CI
