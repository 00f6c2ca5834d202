#ifndef PROTO_CLIENT_KEYS_H
#define PROTO_CLIENT_KEYS_H

/* `warta ctl keygen` and `warta ctl keys`: the two commands that need no broker. */

#include "proto/base/err.h"

#include <stdbool.h>

bool keys_is_command(const char *const *word);
/* What it has to say goes to standard output: public keys only. */
int keys_command(const char *dir, const char *const *word, struct err *err);

#endif
