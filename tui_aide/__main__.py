"""`python -m tui_aide` is `tui-aide`."""

import sys

from tui_aide.cli import main

sys.exit(main())
