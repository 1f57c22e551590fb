"""Every measurement of this folder, one after the other: `make bench`, or `python -m benchmarks`.

Each runs in a process of its own. One that misses its target, or breaks, does not keep the others from running: at the
end it is named, and the exit status is 1.
"""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

FIRST = "text"
"""What Tailor is for; whoever stops the rest halfway has this at least."""


def main() -> None:
    """Run all; exit with status 1 where one has not ended well, 130 where a person stopped them."""
    try:
        failed = run_all(names(Path(__file__).parent))
    except KeyboardInterrupt:
        sys.exit(130)
    print(f"\n{verdict(failed)}", flush=True)
    sys.exit(1 if failed else 0)


def names(folder: Path) -> list[str]:
    """The measurements that a folder holds, in the order in which they run."""
    return sorted((path.stem for path in folder.glob("[a-z]*.py")), key=lambda name: (name != FIRST, name))


def run_all(measurements: Sequence[str]) -> dict[str, int]:
    """{name: exit status} of those that ended with another status than 0."""
    failed: dict[str, int] = {}
    for name in measurements:
        print(f"== benchmarks/{name}.py", flush=True)
        status = subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode
        if status:
            failed[name] = status
    return failed


def verdict(failed: dict[str, int]) -> str:
    """What to say at the end. Status 1 is a missed target, as far as a benchmark has one, or an error that it shows."""
    if not failed:
        return "All benchmarks ran, and none missed a target."
    told = ", ".join(f"{name} (status {status})" for name, status in failed.items())
    return f"Missed a target, or could not be measured: {told}. What each printed above says which."


if __name__ == "__main__":
    main()
