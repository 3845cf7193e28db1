"""Makes what is shipped in models/, each by `python -m lookalike train NAME`.

registry      what can be trained, by name
embeddings/   networks that turn an image into a vector: recipe, pictures, objective, loop
words/        CLIP: a lexicon, and pictures beside their names
codebooks/    SIFT's and ORB's: PCA and k-means, no label used
subject/      the detector: composites with known boxes, and how it is judged
adaptation/   two small layers on top of a method, for a user's own labels
"""
