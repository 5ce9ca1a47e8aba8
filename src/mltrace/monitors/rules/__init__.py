"""Statistics by which monitors judge what they measure: pure, numbers in and verdicts out."""
