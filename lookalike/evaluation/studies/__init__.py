"""What else is looked at: calibration, changed queries, two stages, votes, queries in pictures."""
