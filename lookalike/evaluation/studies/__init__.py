"""What else is looked at: changed queries, two stages, votes, and a few queries in pictures."""
