"""The doors to the outside. They carry and translate; they decide nothing."""
