#include "broker/trust.h"

#include "proto/wire/frame.h"

#include <inttypes.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* A connection has one descriptor, and another while its successor comes before it has
 * been given up; journal, sockets, threads and listeners need well under the rest. */
#define DESCRIPTORS_EACH 2
#define DESCRIPTORS_ELSE 256
/* Had, where that is allowed, and never given out: see budget.h. */
#define DESCRIPTORS_SPARE 16384

int trust_check_address(const struct settings *settings, struct err *err)
{
    const char *listen = settings->listen;
    if ((settings->key == NULL) != (settings->allow == NULL))
        return err_set(err, ERR_USAGE, "key and allow go together: %s is missing",
                       settings->key ? "--allow FILE" : "--key FILE");
    if (settings->key || str_starts(str_of(listen), STR("ipc://")))
        return 0;
    if (!frame_is_local(listen))
        return err_set(err, ERR_USAGE,
                       "%s: TCP needs keys: --key FILE and --allow FILE (see warta ctl "
                       "keygen); without, only loopback can be had",
                       listen);
    if (!settings->insecure_loopback)
        return err_set(err, ERR_USAGE,
                       "%s: without keys (--key, --allow) any user of this machine can "
                       "connect; say --insecure-loopback if that is right, or use "
                       "ipc://DIR",
                       listen);
    return 0;
}

uint64_t trust_descriptors(const struct settings *settings)
{
    return settings->connections * DESCRIPTORS_EACH + DESCRIPTORS_ELSE;
}

int trust_check_descriptors(const struct settings *settings, struct err *err)
{
    struct rlimit limit;
    uint64_t need = trust_descriptors(settings);
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return err_system(err, "getrlimit");
    if (limit.rlim_cur >= need + DESCRIPTORS_SPARE)
        return 0;
    if (limit.rlim_max < need)
        return err_set(err, ERR_USAGE,
                       "%" PRIu64 " connections need %" PRIu64 " descriptors, and the "
                       "limit is %" PRIu64 ": raise it (ulimit -Hn, LimitNOFILE=) or "
                       "lower --connections",
                       settings->connections, need, (uint64_t)limit.rlim_max);
    need += DESCRIPTORS_SPARE;
    limit.rlim_cur = (rlim_t)(need < limit.rlim_max ? need : limit.rlim_max);
    return setrlimit(RLIMIT_NOFILE, &limit) < 0 ? err_system(err, "setrlimit") : 0;
}

int trust_check_directory(const char *path, struct err *err)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return err_system(err, "%s", path);
    if (st.st_uid != geteuid())
        return err_set(err, ERR_DENIED,
                       "%s: the directory of the sockets is another user's", path);
    if (st.st_mode & (S_IWGRP | S_IRWXO))
        return err_set(
            err, ERR_DENIED,
            "%s: others may write here or enter: whoever reaches the sockets is "
            "trusted (chmod 700, or 750 for a group)",
            path);
    return 0;
}
