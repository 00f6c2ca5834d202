#ifndef WORKER_INPUT_H
#define WORKER_INPUT_H

/* The articles that `warta extract` is given: text files, one article each, then JSON
 * Lines files, one article a line; in this order, numbered alike by every process that
 * reads the same input. */

#include "proto/base/buf.h"
#include "proto/base/err.h"
#include "proto/wire/article.h"

struct input;

struct input_options {
    const char *const *text;  /* paths, NULL-terminated; "-" is standard input */
    const char *const *jsonl; /* likewise */
    size_t jsonl_count;
    const char *stdin_path;  /* read for "-" instead of standard input; or NULL */
    struct article defaults; /* what articles do not say of themselves; text absent */
};

struct input_item {
    const char *path; /* as given; borrowed */
    uint64_t line;    /* from 1; 0: a text file */
    struct str bytes; /* borrowed until the next input_next */
};

/* options: borrowed until input_close. */
struct input *input_new(const struct input_options *options);
void input_free(struct input **input);

/* 1 an item, 0 the end, negative: this item (item_out names it) cannot be read; go on
 * with the next. Blank lines are no items. A text file that is not wanted counts, but is
 * not read: bytes are absent. */
int input_next(struct input *input, bool wanted, struct input_item *item_out,
               struct err *err);

/* The item as an article, checked; JSON keys that are null count as absent, unknown ones
 * are passed over. Strings are in arena or borrowed from item and defaults. The id of a
 * text file is the stem of its name, "_" for what an id cannot have. */
int input_article(const struct input *input, const struct input_item *item,
                  struct arena *arena, struct article *out, struct err *err);

#endif
