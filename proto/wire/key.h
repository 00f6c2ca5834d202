#ifndef PROTO_WIRE_KEY_H
#define PROTO_WIRE_KEY_H

/* CURVE keys: their files, and how a socket is given them (proto/README.md,
 * deploy/KEYS.md).
 *
 * A key is 40 characters of Z85. NAME.secret holds the secret one and nothing else, and
 * is readable by its owner only (root's by the program's group, too); NAME.public the
 * public one. Secrets exist in files, in a struct key as long as it takes to give them to
 * a socket, and in libzmq; key_wipe ends the struct's. A process that reads a secret
 * leaves no core file and cannot be traced by others of its user (key_guard, which
 * key_read_secret calls).
 *
 * The keys that libzmq's manual prints are refused everywhere, by value. */

#include "proto/base/buf.h"
#include "proto/base/err.h"
#include "proto/base/str.h"

#include <stdbool.h>

#define KEY_LEN        40
#define KEY_TEXT_BYTES (KEY_LEN + 1)
#define KEY_NAME_BYTES 64 /* longest name of a key */
#define KEY_RING       4  /* most keys by which one side may know the other */

struct key {
    char public_text[KEY_TEXT_BYTES], secret_text[KEY_TEXT_BYTES];
};

/* Letters, digits, '.', '_' and '-', beginning with a letter or digit. */
bool key_is_name(struct str name);
/* 40 characters of Z85 that are no key of a manual, copied out; ERR_FORMAT, ERR_DENIED.
 */
int key_parse_public(struct str text, char public_out[KEY_TEXT_BYTES], struct err *err);

/* A file only its owner (this user, or root) may read, and where that is root, also our
 * group; the public key follows from it. ERR_DENIED names what is wrong with the file. */
int key_read_secret(const char *path, struct key *key_out, struct err *err);
/* A file only its owner may write. */
int key_read_public(const char *path, char public_out[KEY_TEXT_BYTES], struct err *err);
/* A file of the same kind with up to KEY_RING keys, one a line: those that the other side
 * may have. How many there are, or negative. */
int key_read_ring(const char *path, char public_out[KEY_RING][KEY_TEXT_BYTES],
                  struct err *err);
/* The same checks for any file that grants something: append the whole of it. */
int key_read_trusted(const char *path, size_t max_bytes, struct buf *buf,
                     struct err *err);

/* Make a pair and write dir/name.public and dir/name.secret (0600). Neither is ever
 * overwritten: ERR_CONFLICT. public_out: the public key. */
int key_make(const char *dir, const char *name, char public_out[KEY_TEXT_BYTES],
             struct err *err);
void key_wipe(struct key *key);

/* No core files, and no tracing by others of the same user, from now on. */
void key_guard(void);

/* Before bind: only clients that know the public key and that the ZAP handler accepts in
 * `domain` get in. Before connect: own key, and whom to expect. */
int key_serve(void *socket, const struct key *key, const char *domain, struct err *err);
int key_join(void *socket, const struct key *key, const char *server_public,
             struct err *err);
/* Expect another one at the next connect. */
int key_expect(void *socket, const char *server_public, struct err *err);

#endif
