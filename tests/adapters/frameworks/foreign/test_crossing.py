"""A statistic of CatBoost's over several columns is one crossed feature with a code per case."""

import pytest

from tenure.adapters.frameworks.foreign import crossing
from tenure.core.errors import TenureError

INFO = {
    "float_features": [{"flat_feature_index": 0, "borders": [0.5, 1.5]}],
    "categorical_features": [{"flat_feature_index": 1, "values": [7]}],
}
TEXT = {"combination_element": "cat_feature_value", "cat_feature_index": 0}
NUMBER = {"combination_element": "float_feature", "float_feature_index": 0, "border": 1.5}
CTRS = [{"borders": [1.0, 2.0], "elements": [TEXT]}, {"borders": [3.0], "elements": [NUMBER, TEXT]}]


def test_a_split_names_the_columns_it_is_about() -> None:
    splits = crossing.Splits(CTRS, INFO)
    wanted = {3: ((1,), ()), 4: ((1,), ()), 5: ((1,), ((0, 1.5),))}
    for number, key in wanted.items():
        assert splits.of({"split_type": "OnlineCtr", "split_index": number}) == key
    assert splits.of({"split_type": "OneHotFeature", "cat_feature_index": 0}) == ((1,), ())
    with pytest.raises(TenureError, match="of the kind Text"):
        splits.of({"split_type": "Text"})
