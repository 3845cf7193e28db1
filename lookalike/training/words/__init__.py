"""CLIP's training: a lexicon that reads any English words, and an image tower over features.

lexicon.py     words to vectors, distilled from a sentence encoder
drawings.py    emoji of seven styles as pictures with names
pictures.py    every set of pictures with what they are called
features.py    what EfficientNet-Lite0 sees in them, computed once
train.py       both towers side by side
"""
