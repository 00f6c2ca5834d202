#ifndef WORKER_SINK_WEB_HOST_H
#define WORKER_SINK_WEB_HOST_H

/* Where we listen, and by what name we let ourselves be called. A page of somebody else's
 * whose name is made to lead here (DNS rebinding) comes with that name in Host: only
 * addresses, localhost and names that were listed are let in. */

#include "proto/base/err.h"
#include "proto/base/option.h"

struct MHD_Connection;

/* 0; ERR_FORMAT: no Host, or two; ERR_DENIED: not ours. */
int web_host_check(struct MHD_Connection *connection, const struct option_list *names);
bool web_host_is_ours(struct str host, const struct option_list *names);
/* A listening socket at ADDRESS:PORT or [ADDRESS]:PORT; port 0: any. */
int web_host_listen(const char *text, int *fd_out, unsigned *port_out, struct err *err);

#endif
