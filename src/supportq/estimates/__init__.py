"""When each client will be answered: a forward pass over the real queue, and honest silence (rules E1, E2).

Usable without a desk: describe a `Situation`, and `forecast` makes the pass. `Measures` is what a desk learns from its log.
`Calibration` learns from promises when they fall due (rule E3).
"""

from supportq.estimates._calibration import Calibrated, Calibration, CalibrationReport, Kept
from supportq.estimates._forecast import Forecast, forecast
from supportq.estimates._measures import SAMPLED, Measures
from supportq.estimates._values import Estimate, Situation

__all__ = [
    "SAMPLED",
    "Calibrated",
    "Calibration",
    "CalibrationReport",
    "Estimate",
    "Forecast",
    "Kept",
    "Measures",
    "Situation",
    "forecast",
]
