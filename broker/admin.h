#ifndef BROKER_ADMIN_H
#define BROKER_ADMIN_H

/* What an operator asks (proto/admin.txt): one line of words in, text out. */

#include "broker/line.h"

/* Append the answer to out; 0, or ERR_USAGE, ERR_NOTFOUND, ERR_STATE with err. */
int admin_answer(struct line *line, struct str request, struct buf *out, struct err *err);

/* ---- between the parts ---- */

/* A word, or a text, without what would break the lines and columns of an answer: what
 * strangers named themselves. */
void admin_add_word(struct buf *out, struct str word);
void admin_add_text(struct buf *out, struct str text);

/* A command: its words, word[0] being its name, and STR_NONE behind the last. */
typedef int admin_command(struct line *line, const struct str *word, struct buf *out,
                          struct err *err);

/* admin_show.c */
admin_command admin_say_status, admin_say_stats, admin_say_workers, admin_say_feeders,
    admin_say_feeds, admin_say_tails;
/* admin_dead.c */
admin_command admin_say_dead, admin_show_dead, admin_say_history, admin_replay_dead,
    admin_purge_dead;

#endif
