"""How good is each method, how sure is that, and what does it cost? From queries to a report.

In the order in which an evaluation goes:

    what is asked      queries, query, judged_queries (qrels), votes
    what is relevant   judgements, condensed (where only some results were judged)
    what is compared   plan, systems
    what is answered   rankings, costs (time, and what the engine overlooks), kept (files to resume)
    what it is worth   metrics, intervals, measuring, groups, two_stage, quantised, robustness
    what is reported   protocol, outcome, entries, strips, summary, table
    what is written    running, writing, trec, plots/, report/

`protocol.evaluate` runs through it. subject.py judges the detector and stands alone.
"""
