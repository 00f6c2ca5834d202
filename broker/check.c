#include "broker/broker.h"

#include "broker/journal.h"

#include <inttypes.h>
#include <stdio.h>

static void print_finding(void *context, const char *finding)
{
    (void)context;
    printf("%s\n", finding);
}

int broker_check(const char *uri, struct err *err)
{
    const struct journal_options options = {.read_only = true};
    struct journal *journal = NULL;
    struct journal_stats stats;
    int rc = journal_open(uri, &options, &journal, err);
    if (rc < 0)
        return err_prefix(err, "%s", uri);
    int findings = journal_check(journal, print_finding, NULL, err);
    journal_stats(journal, &stats);
    journal_close(&journal);
    if (findings < 0)
        return err_prefix(err, "%s", uri);
    printf("articles %" PRIu64 "..%" PRIu64 ", facts %" PRIu64 "..%" PRIu64
           ", unfinished %" PRIu64 ", dead %" PRIu64 ": %d findings\n",
           stats.first[JOURNAL_ARTICLES], stats.last[JOURNAL_ARTICLES],
           stats.first[JOURNAL_FACTS], stats.last[JOURNAL_FACTS], stats.unfinished,
           stats.dead, findings);
    return findings > 0;
}
