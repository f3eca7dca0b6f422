"""`python -m tenure.api FILE` writes the OpenAPI document, as tests/golden/openapi.json keeps it."""

import sys
from pathlib import Path

from tenure.api.app import described
from tenure.api.schema import text_of

Path(sys.argv[1]).write_text(text_of(described()), encoding="utf-8")
