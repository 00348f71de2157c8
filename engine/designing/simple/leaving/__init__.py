"""The ways out of a card: boundary events, what is done behind them, where they go on."""
