#ifndef PROTO_CLIENT_IDENTITY_H
#define PROTO_CLIENT_IDENTITY_H

/* Who a client is, and whom it expects: two files (proto/wire/key.h). Both or neither;
 * with neither a client speaks in the clear, which it does to this machine only. The
 * option rows give every program the same two options. */

#include "proto/base/option.h"

struct identity {
    const char *key;        /* own NAME.secret, or NULL */
    const char *server_key; /* the broker's NAME.public, or those it may have, or NULL */
};

#define IDENTITY_OPTIONS(type, member)                                                   \
    {"key", 0, OPTION_TEXT, offsetof(type, member.key),           "FILE",                \
     NULL,  0, 0,           "my secret key; see warta ctl keygen"},                      \
    {                                                                                    \
        "server-key", 0, OPTION_TEXT, offsetof(type, member.server_key), "FILE", NULL,   \
            0, 0, "the broker's public key; or several it may have, one a line"                                              \
    }

#endif
