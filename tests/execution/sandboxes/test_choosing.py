from __future__ import annotations

import json
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import tui_aide
from tui_aide.errors import ExecutionError, UsageError
from tui_aide.execution.sandboxes import choosing
from tui_aide.execution.sandboxes.choosing import choose, explain, try_out

_NONE_ALLOWED = "echo 0 >/proc/sys/user/max_user_namespaces && exec "


def fenced(code: str) -> dict[str, str]:
    """Run code where the kernel lets nobody make user namespaces, and return what it prints as JSON."""
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("there is no unshare here")
    command = [unshare, "--user", "--map-root-user", "sh", "-c", f'{_NONE_ALLOWED}"$0" "$@"', sys.executable, "-c"]
    environment = {"PYTHONPATH": str(Path(tui_aide.__file__).parents[1]), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [*command, textwrap.dedent(code)], capture_output=True, text=True, check=False, env=environment
    )
    if "unshare" in done.stderr or "max_user_namespaces" in done.stderr:
        pytest.skip(f"no user namespace can be made here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    told: dict[str, str] = json.loads(done.stdout)
    return told


def test_auto_is_the_first_that_works() -> None:
    words = {"bwrap": "bubblewrap", "namespaces": "namespaces", "landlock": "Landlock"}
    working = [words[name] for name in words if try_out(name).sandbox is not None]
    place = choose().place
    assert place.words == (working[0] if working else "no sandbox")
    assert bool(place.warning) is (place.words in ("Landlock", "no sandbox"))


def test_without_namespaces_it_falls_back_and_names_one_command() -> None:
    told = fenced(
        """
        import json
        from tui_aide.execution.sandboxes.choosing import choose
        place = choose().place
        print(json.dumps({"words": place.words, "warning": place.warning, "remedy": place.remedy}))
        """
    )
    assert told["words"] == ("Landlock" if try_out("landlock").sandbox else "no sandbox")
    assert told["warning"].endswith(": the kernel is set to allow no namespaces") or not shutil.which("bwrap")
    assert told["remedy"] == "sudo sysctl -w user.max_user_namespaces=10000"


def test_one_that_was_named_and_does_not_work_is_an_error_with_the_remedy() -> None:
    told = fenced(
        """
        import json
        from tui_aide.errors import ExecutionError
        from tui_aide.execution.sandboxes.choosing import choose
        try:
            choose("namespaces")
        except ExecutionError as error:
            print(json.dumps({"error": str(error)}))
        """
    )
    assert told["error"] == (
        "--sandbox namespaces does not work here: the kernel is set to allow no namespaces; "
        "sudo sysctl -w user.max_user_namespaces=10000"
    )


def test_none_is_none_and_says_so() -> None:
    place = choose("none").place
    assert (place.words, place.warning) == ("no sandbox", "scripts can read your files and use the network")


def test_a_name_of_none_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="--sandbox 'jail' is none of auto, bwrap, namespaces, landlock, none"):
        choose("jail")


def test_a_python_that_cannot_run_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ExecutionError, match="no Python that can be run"):
        choose("auto", tmp_path / "python")


@pytest.mark.parametrize(
    ("setting", "value", "why", "remedy"),
    [
        ("_APPARMOR", "1", "AppArmor lets no user make namespaces", "sudo tee /etc/apparmor.d/bwrap"),
        ("_CLONE", "0", "only root", "sudo sysctl -w kernel.unprivileged_userns_clone=1"),
        ("_MOST", "0", "allow no namespaces", "sudo sysctl -w user.max_user_namespaces=10000"),
    ],
)
def test_what_a_system_forbids_is_told_with_the_command_that_allows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str, value: str, why: str, remedy: str
) -> None:
    for name in ("_APPARMOR", "_CLONE", "_MOST"):
        monkeypatch.setattr(choosing, name, str(tmp_path / name))
    (tmp_path / setting).write_text(f"{value}\n")
    monkeypatch.setattr("os.getuid", lambda: 1000)
    told = explain("bwrap: setting up uid map: Permission denied")
    assert why in told[0]
    assert remedy in told[1]
    assert "\n" not in told[1]
