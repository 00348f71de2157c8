"""What every page stands in: addresses, languages, errors, forms, words, security."""
