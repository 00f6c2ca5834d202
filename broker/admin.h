#ifndef BROKER_ADMIN_H
#define BROKER_ADMIN_H

/* What an operator asks (proto/admin.txt): one line of words in, text out. */

#include "broker/line.h"

/* Append the answer to out; 0, or ERR_USAGE, ERR_NOTFOUND, ERR_STATE with err. */
int admin_answer(struct line *line, struct str request, struct buf *out, struct err *err);

#endif
