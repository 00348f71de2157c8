"""Deciding and passing on: votes, returns, taking back, signers, handing over, consulting, deputies."""
