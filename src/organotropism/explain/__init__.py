"""The explain room: reasons for one forecast, determinants of the whole, and nomograms."""
