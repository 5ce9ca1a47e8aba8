"""How often chance alone does as much: distributions of statistics, by formula or by deals."""
