"""Where cards stand in the drawing."""
