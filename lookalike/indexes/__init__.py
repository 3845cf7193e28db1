"""What an index consists of on the disk, and how it is built, grown, merged and checked.

`lookalike.index` opens indexes and searches them; `lookalike.indexing` makes them for a method.
"""
