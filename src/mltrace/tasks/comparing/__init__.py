"""Whether two models, or two windows, differ by more than chance."""
