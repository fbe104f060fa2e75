"""What a person reads: text of forecasts and of the evidence behind them."""
