"""What a distance is worth: how likely a result is right, as far as labels can tell.

pairs        results of queries whose labels are known: how far, whether right, of which medium
curves       probability by distance, by isotonic regression
reliability  how far claimed probabilities are from what came true
record       what an index keeps of it
"""
