"""Parts that a host may put in the place of the engine's own, each by a library that it installs with an extra."""
