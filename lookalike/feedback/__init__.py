"""Votes: what was shown, what visitors said about it, and how that leaves as relevance labels."""
