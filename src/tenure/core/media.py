"""Files that hold a table, and the media types that they are sent as."""

from tenure.core.errors import invalid

CSV = "text/csv"
PARQUET = "application/vnd.apache.parquet"
JSON = "application/json"

_ROWS = {".csv": CSV, ".tsv": CSV, ".parquet": PARQUET, ".pq": PARQUET}
_LABELS = {**_ROWS, ".json": JSON}


def rows_media(name: str, hint: str = "") -> str:
    """Return the media type of a file of rows by its name's end; raise `data.bad_suffix`.

    Whether commas, semicolons, tabs or bars separate the fields is seen in the file itself.
    """
    media = _ROWS.get(_end(name))
    if media is None:
        words = "rows are read from .csv, .tsv and .parquet files"
        raise invalid("data.bad_suffix", words, where=name, hint=hint)
    return media


def labels_media(name: str) -> str:
    """Return the media type of a file of labels by its name's end; raise `label.bad_suffix`."""
    media = _LABELS.get(_end(name))
    if media is None:
        words = "labels are read from .csv, .tsv, .parquet and .json files"
        raise invalid("label.bad_suffix", words, where=name)
    return media


def _end(name: str) -> str:
    dot = name.rfind(".")
    return name[dot:].lower() if dot >= 0 else ""
