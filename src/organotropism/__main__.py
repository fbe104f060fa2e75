"""``python -m organotropism``: the same as the command ``organotropism``."""

import sys

from organotropism.cli import main

if __name__ == "__main__":
    sys.exit(main())
