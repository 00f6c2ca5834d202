#ifndef PROTO_BASE_PROGRAM_H
#define PROTO_BASE_PROGRAM_H

/* What all sub-commands share: their list and their exit codes. Each is
 * `int <name>_main(int argc, char **argv)` with argv[0] the sub-command's name; the one
 * command `warta` (deploy/warta.c) looks it up here. */

#define EXIT_DONE   0   /* did it */
#define EXIT_NO     1   /* ran, and the answer is no */
#define EXIT_NEVER  100 /* will not work if retried: usage, settings, corrupt file */
#define EXIT_LATER  111 /* may work later: out of memory, no connection, port in use */

#define PROGRAM_LIST(X)                                                                  \
    X(up, "the whole line on this machine: broker, workers, one supervisor")             \
    X(broker, "take articles in, hand them to workers, publish facts")                   \
    X(worker, "read articles and extract facts")                                         \
    X(feed, "put articles: JSON Lines, files, directories, standard input")              \
    X(tail, "follow the facts, from any position, filtered")                             \
    X(sink, "write the facts into SQLite, PostgreSQL or files, exactly once")             \
    X(query, "ask what the facts in a SQLite file say")                                  \
    X(web, "serve a page, a JSON API and metrics of the facts")                          \
    X(extract, "facts of files, without a broker")                                       \
    X(explain, "how an article was read: rules, cues, what was dropped")                 \
    X(train, "make the model from treebanks and text, or judge one")                     \
    X(ctl, "ask and steer a running broker; check a journal")

#define X(name, help) int name##_main(int argc, char **argv);
PROGRAM_LIST(X)
#undef X

#endif
