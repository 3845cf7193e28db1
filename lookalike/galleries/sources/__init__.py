"""The data sets that `gallery build` makes galleries of: one file each, and a line in build.py.

data_set    what has to be known of a data set
hub, local  where its rows come from; rows is what they have in common
build       from a name to a gallery
"""
