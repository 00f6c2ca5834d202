#ifndef BROKER_SETTINGS_H
#define BROKER_SETTINGS_H

/* Settings of the broker: from the table settings_option come the long options, the keys
 * of the config file, --help and --dump-config. SIGHUP re-reads those marked (reload). */

#include "proto/base/option.h"

#include <stdbool.h>
#include <stdint.h>

struct settings {
    const char *listen, *journal, *check_journal, *backup, *restore, *copy_to;
    bool replace;
    const char *key, *allow; /* files; both or neither; the allow list is read anew */
    bool insecure_loopback;
    uint64_t connections;
    uint64_t map_bytes;
    uint64_t queue_articles, queue_bytes;                    /* reload */
    uint64_t beat_ms, dead_ms, lease_ms, feeder_idle_ms;     /* reload */
    uint64_t deaths, failures, worker_failures;              /* reload */
    uint64_t idle_flush_ms, drain_ms;                        /* reload */
    uint64_t copy_window_ms, copy_least;
    uint64_t retain_age_ms, retain_bytes, retain_most_bytes; /* reload */
    bool drop_unread;                                        /* reload */
    uint64_t ready_fd;                                       /* 0: none */
};

extern const struct option settings_option[];

#endif
