"""`syncd`, and `python -m syncd`."""

from __future__ import annotations

import sys


def main() -> int:
    """Runs the command line; returns its exit code."""
    if sys.argv[1:] == ["--version"]:  # answered before anything heavy is imported
        from syncd import __version__

        sys.stdout.write(f"syncd {__version__}\n")
        return 0
    from syncd.cli import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
