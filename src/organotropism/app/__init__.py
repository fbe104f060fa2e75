"""The web application: calculator, evidence explorer and JSON API over the same figures and words."""
