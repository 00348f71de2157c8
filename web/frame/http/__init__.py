"""What every answer goes through: headers, compression, bundles, errors, health."""
