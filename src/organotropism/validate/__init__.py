"""How good a model is: discrimination, calibration, usefulness, with death competing."""

from organotropism.validate.numbers import rows
from organotropism.validate.predictions import Predictions, predict, read_predictions
from organotropism.validate.rivals import Rival
from organotropism.validate.several import Several, validate_several
from organotropism.validate.validation import Settings, Validation, validate

__all__ = [
    "Predictions",
    "Rival",
    "Settings",
    "Several",
    "Validation",
    "predict",
    "read_predictions",
    "rows",
    "validate",
    "validate_several",
]
