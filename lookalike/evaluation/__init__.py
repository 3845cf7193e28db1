"""How good is each method, how sure is that, and what does it cost? From queries to a report.

In the order in which an evaluation goes; each imports only what stands above it:

    queries/       what is asked: held-out images, every item, a folder, a qrels file
    metrics, intervals, judgements, groups
                   what is relevant, what a ranking is worth, how sure that is
    ranking/       what answers, what it answers, and what that costs
    studies/       what else is looked at: changed queries, two stages, votes, a few queries to see
    comparison, outcome, evaluate
                   what is compared, what comes of it; `evaluate_queries` runs through it
    report, summary
                   report.json, and what its numbers say
    render/        the report as files, as a page, as plots and in the terminal
    run            from what the command line is given to a report
"""
