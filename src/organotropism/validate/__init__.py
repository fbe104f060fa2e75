"""How good a model is: discrimination, calibration, usefulness, with death competing."""
