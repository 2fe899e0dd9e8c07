"""A ready policy as JSON, to be read, changed, and given to --policy."""

from __future__ import annotations

import argparse

from supportq import presets, schema


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("name", choices=presets.NAMES, metavar="NAME", help=f"one of {', '.join(presets.NAMES)}")


def main(args: argparse.Namespace) -> int:
    """Print the policy."""
    print(schema.to_json(presets.preset(args.name), indent=2))
    return 0
