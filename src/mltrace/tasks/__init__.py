"""How good predictions are when labels come late, partly or never: pure, arrays in, records out."""
