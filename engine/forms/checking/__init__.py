"""What is wrong with a form before it is deployed."""
