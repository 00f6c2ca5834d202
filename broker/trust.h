#ifndef BROKER_TRUST_H
#define BROKER_TRUST_H

/* What must hold before the broker binds anything. */

#include "broker/settings.h"
#include "proto/base/err.h"

/* TCP needs keys; without, it is for loopback, if that is asked for by name. ERR_USAGE.
 */
int trust_check_address(const struct settings *settings, struct err *err);
/* How many descriptors the connections that settings speak of need. */
uint64_t trust_descriptors(const struct settings *settings);
/* Descriptors for so many connections: the soft limit is raised as far as it must,
 * and by 16,384 more where the hard one allows. ERR_USAGE where the hard one is too low.
 */
int trust_check_descriptors(const struct settings *settings, struct err *err);
/* An ipc:// address is safe by its directory: it must be this user's, and others must
 * neither write nor enter. ERR_DENIED. */
int trust_check_directory(const char *path, struct err *err);

#endif
