"""The JSON Schema of a request, policy, staffing calendar, command or event."""

from __future__ import annotations

import argparse
import json

from supportq import schema


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("form", choices=schema.FORMS, metavar="|".join(schema.FORMS))


def main(args: argparse.Namespace) -> int:
    """Print the JSON Schema."""
    print(json.dumps(schema.json_schema(args.form), indent=2, ensure_ascii=False))
    return 0
