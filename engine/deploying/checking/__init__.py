"""What a deployment is refused or warned for."""
