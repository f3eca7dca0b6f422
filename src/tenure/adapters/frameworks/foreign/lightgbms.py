"""LightGBM's text: opened by LightGBM, its trees taken over as they are."""

import json
from importlib.metadata import version

import numpy as np
import pyarrow as pa

from tenure.adapters.frameworks import trees
from tenure.adapters.frameworks.encode import Encoding, Feature, Floats
from tenure.adapters.frameworks.foreign.forests import check_width, tree_original
from tenure.adapters.frameworks.foreign.original import (
    Contributions,
    Original,
    inputs,
    numeric,
    unreadable,
    wrong_inputs,
)
from tenure.adapters.frameworks.trees import Forest
from tenure.core.columns import Column, ColumnType
from tenure.core.errors import TenureError
from tenure.core.signatures import Signature

_CATEGORIES = "\npandas_categorical:"


def opened(data: bytes, signature: Signature) -> Original:
    """Open LightGBM's text."""
    import lightgbm as library

    forest = parsed(data)
    try:
        loaded = library.Booster(model_str=data.decode())
    except library.basic.LightGBMError as error:
        raise unreadable("LightGBM model", error) from error
    names = loaded.feature_name()
    columns = inputs(_named(names, "Column_"), len(names), signature)
    encoding = _categories(data, columns)
    check_width(forest.width, signature)

    def answer(table: pa.Table) -> Floats:
        outputs = loaded.predict(encoding.matrix(table), num_threads=1)
        return np.asarray(outputs, np.float64).reshape(table.num_rows, forest.width)

    def contributed(table: pa.Table) -> Floats:
        found = loaded.predict(encoding.matrix(table), pred_contrib=True, num_threads=1)
        return np.asarray(found, np.float64).reshape(table.num_rows, forest.width, -1)

    exact = Contributions(tuple(column.name for column in columns), contributed)
    return tree_original(f"lightgbm {version('lightgbm')}", answer, forest, encoding, exact)


def parsed(data: bytes) -> Forest:
    try:
        return trees.from_text(data)
    except TenureError as error:
        raise unreadable("LightGBM model", error.message) from error


def _named(names: list[str], prefix: str) -> list[str] | None:
    """Return the names, or None when the library made them up."""
    return None if names == [f"{prefix}{place}" for place in range(len(names))] else names


def _categories(data: bytes, columns: tuple[Column, ...]) -> Encoding:
    """Return the encoding: levels and their codes stand in the text's last line."""
    _, found, line = data.decode().rpartition(_CATEGORIES)
    try:
        levels = json.loads(line.splitlines()[0]) if found else None
    except (ValueError, IndexError) as error:
        raise unreadable("LightGBM model", error) from error
    texts = [column for column in columns if column.type is ColumnType.CATEGORY]
    if not levels:
        return numeric(columns)
    if len(levels) != len(texts):
        raise wrong_inputs(
            f"the model was trained with {len(levels)} category columns, of its inputs "
            f"{len(texts)} are categories here",
            "declare them in [features] with the type they had",
        )
    known = {c.name: tuple(map(str, each)) for c, each in zip(texts, levels, strict=True)}
    return Encoding(tuple(Feature(column.name, known.get(column.name)) for column in columns))
