"""One engine over one gallery, encoded by one encoder: how an index is made, kept and searched.

key          what tells one index from another, and where it lies
meta         what an index says about itself
opened       opens one, after checking that it belongs to its gallery and its weights
segments     searches what came since beside what was built
reranking    the second look at the short list
projection   shortens vectors by PCA
encoding     a gallery's vectors, chunk by chunk, so that an interrupted run goes on
writing      builds, grows and merges
checks       what a new index has to show before it is put in place
labelled     what held-out images find in an index, and whether it is right
calibrating  what an index's distances are worth
build        all of it for a method: encode, write, check, calibrate
"""
