#include "deploy/version.h"

#include <jansson.h>
#include <lmdb.h>
#include <msgpack.h>
#include <seccomp.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <utf8proc.h>
#include <xxhash.h>
#include <zmq.h>

#define VERSION_BYTES 32

static void zmq_text(char out[VERSION_BYTES])
{
    int major, minor, patch;
    zmq_version(&major, &minor, &patch);
    snprintf(out, VERSION_BYTES, "%d.%d.%d", major, minor, patch);
}

static void lmdb_text(char out[VERSION_BYTES])
{
    int major, minor, patch;
    mdb_version(&major, &minor, &patch);
    snprintf(out, VERSION_BYTES, "%d.%d.%d", major, minor, patch);
}

static void msgpack_text(char out[VERSION_BYTES])
{
    snprintf(out, VERSION_BYTES, "%s", msgpack_version());
}

static void jansson_text(char out[VERSION_BYTES])
{
    snprintf(out, VERSION_BYTES, "%s", jansson_version_str());
}

static void sodium_text(char out[VERSION_BYTES])
{
    snprintf(out, VERSION_BYTES, "%s", sodium_version_string());
}

static void seccomp_text(char out[VERSION_BYTES])
{
    const struct scmp_version *v = seccomp_version();
    snprintf(out, VERSION_BYTES, "%u.%u.%u", v->major, v->minor, v->micro);
}

static void utf8proc_text(char out[VERSION_BYTES])
{
    snprintf(out, VERSION_BYTES, "%s", utf8proc_version());
}

static void xxhash_text(char out[VERSION_BYTES])
{
    unsigned number = XXH_versionNumber(); /* 801: 0.8.1 */
    snprintf(out, VERSION_BYTES, "%u.%u.%u", number / 10000, number / 100 % 100,
             number % 100);
}

/* libzmq: CVE-2020-15166 and three more holes before 4.3.3; what 4.3.4 is, is tested.
 * The others: what deploy/cmake/Warta.cmake asks for when it is built. */
static const struct {
    const char *name, *least;
    void (*text)(char out[VERSION_BYTES]);
} libraries[] = {
    {"libzmq", "4.3.4", zmq_text},         {"lmdb", "0.9.24", lmdb_text},
    {"msgpack-c", "4.0", msgpack_text},    {"jansson", "2.14", jansson_text},
    {"libsodium", "1.0.18", sodium_text},  {"libseccomp", "2.5", seccomp_text},
    {"utf8proc", "2.6", utf8proc_text},    {"xxhash", "0.8", xxhash_text},
};

#define LIBRARIES (sizeof libraries / sizeof *libraries)

bool version_is_least(const char *running, const char *least)
{
    for (;;) {
        char *running_end, *least_end;
        unsigned long have = strtoul(running, &running_end, 10);
        unsigned long want = strtoul(least, &least_end, 10);
        if (have != want)
            return have > want;
        if (*least_end != '.')
            return true;
        least = least_end + 1;
        running = *running_end == '.' ? running_end + 1 : "0";
    }
}

void version_print(struct buf *out)
{
    char text[VERSION_BYTES];
    buf_printf(out, "warta %s\n", WARTA_VERSION);
    for (size_t i = 0; i < LIBRARIES; i++) {
        libraries[i].text(text);
        buf_printf(out, "%s %s\n", libraries[i].name, text);
    }
}

int version_check(struct err *err)
{
    char text[VERSION_BYTES];
    for (size_t i = 0; i < LIBRARIES; i++) {
        libraries[i].text(text);
        if (!version_is_least(text, libraries[i].least))
            return err_set(err, ERR_BUILD, "%s %s is too old: at least %s is needed",
                           libraries[i].name, text, libraries[i].least);
    }
    return zmq_has("curve") ? 0 : err_set(err, ERR_BUILD, "this libzmq has no CURVE");
}
