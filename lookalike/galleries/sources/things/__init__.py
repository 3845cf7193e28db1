"""Things: pictures of everyday things in four media, from packages that anyone can install.

    stamps.csv, gcompris.csv, emoji.csv, openclipart.csv    one line a picture, a file a package
    kinds.toml                                              the kind of every name
    synonyms.csv                                            other words for the names

The tables were made by hand: every picture of the packages was looked at on contact sheets, and
named by what it shows, in the same word whatever its package. Left out are letters, symbols, flags,
money, faces, signs, pictures of nothing in particular, clip art without colour whose name others
have, pictures that came out too small, and the second of two that differ only in their size or in
a shade. What a package says of a picture (author, licence, source) was copied from it, and stands
in the table where it differs from what holds for the whole package.
"""

from lookalike.galleries.sources.things.data_set import Things

__all__ = ["Things"]
