"""`python -m supportq` is the command line."""

import sys

from supportq.cli import main

sys.exit(main())
