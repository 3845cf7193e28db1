"""How good is each method, how sure is that, and what does it cost? From queries to a report.

In the order in which an evaluation goes; each imports only what stands above it:

    intervals, metrics, report
                     how sure a mean is, what a ranking is worth, and the schema of report.json
    queries/         what is asked: held-out images, every item, a folder, a qrels file
    judgements, groups
                     what is relevant to each query, and what a part of them comes to
    ranking/         what answers, what it answers, and what that costs
    studies/         what else is looked at: calibration, changed queries, two stages, votes,
                     queries to see
    comparison, outcome, evaluate
                     what is compared, what comes of it; `evaluate_queries` runs through it
    summary, render/ what the numbers say: in words, tables and plots, as a page and as files
    run              from what the command line is given to a report
"""
