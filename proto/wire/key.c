#include "proto/wire/key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

/* 40 characters, perhaps a newline or two; more is another kind of file. */
#define KEY_FILE_BYTES 64
#define BINARY_BYTES   32

/* The public keys of zmq_curve(7): whoever reads the manual has their secrets. */
static const char *const known_to_all[] = {
    "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7",
    "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID",
};

bool key_is_name(struct str name)
{
    if (name.len == 0 || name.len > KEY_NAME_BYTES)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool plain =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!plain && (i == 0 || (c != '.' && c != '_' && c != '-')))
            return false;
    }
    return true;
}

/* ---- texts ---- */

static int parse(struct str text, char out[KEY_TEXT_BYTES], struct err *err)
{
    unsigned char binary[BINARY_BYTES];
    if (text.len != KEY_LEN || memchr(text.ptr, '\0', text.len))
        return err_set(err, ERR_FORMAT, "a key has %d characters", KEY_LEN);
    memcpy(out, text.ptr, KEY_LEN);
    out[KEY_LEN] = '\0';
    bool good = zmq_z85_decode(binary, out) != NULL;
    explicit_bzero(binary, sizeof binary);
    if (good)
        return 0;
    explicit_bzero(out, KEY_TEXT_BYTES);
    return err_set(err, ERR_FORMAT, "not a key: it has characters that are not Z85");
}

static int refuse_known(const char *public_text, struct err *err)
{
    for (size_t i = 0; i < sizeof known_to_all / sizeof known_to_all[0]; i++)
        if (strcmp(public_text, known_to_all[i]) == 0)
            return err_set(err, ERR_DENIED,
                           "this key is printed in libzmq's manual; make one with "
                           "warta ctl keygen");
    return 0;
}

int key_parse_public(struct str text, char public_out[KEY_TEXT_BYTES], struct err *err)
{
    int rc = parse(text, public_out, err);
    return rc < 0 ? rc : refuse_known(public_out, err);
}

/* ---- reading ---- */

/* Root may let our group read a file of its own: so do systemd and Kubernetes hand secrets
 * to a service. */
static int check_file(int fd, mode_t refused, struct err *err)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return err_system(err, "stat");
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_DENIED, "not a regular file");
    if (st.st_uid != geteuid() && st.st_uid != 0)
        return err_set(err, ERR_DENIED, "belongs to another user");
    if (st.st_uid == 0 && geteuid() != 0)
        refused &= ~(mode_t)S_IRGRP;
    if (st.st_mode & refused)
        return err_set(err, ERR_DENIED, "others may %s it (mode %04o; chmod %s)",
                       refused & 0044 ? "read" : "write", (unsigned)st.st_mode & 07777,
                       refused & 0044 ? "600" : "go-w");
    return 0;
}

/* Not through file_read: its buffer would keep copies of a secret as it grows. Returns
 * the bytes read, at most `room`. */
static ssize_t read_file(const char *path, mode_t refused, char *to, size_t room,
                         struct err *err)
{
    size_t len = 0;
    ssize_t got = 1;
    /* NONBLOCK: a FIFO must not hold us up before it is refused. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return err_system(err, errno == ELOOP ? "a symbolic link" : "open");
    int rc = check_file(fd, refused, err);
    while (rc == 0 && len < room && got != 0) {
        got = read(fd, to + len, room - len);
        if (got < 0 && errno != EINTR)
            rc = err_system(err, "read");
        len += got > 0 ? (size_t)got : 0;
    }
    close(fd);
    return rc < 0 ? rc : (ssize_t)len;
}

static int read_key(const char *path, mode_t refused, char out[KEY_TEXT_BYTES],
                    struct err *err)
{
    char text[KEY_FILE_BYTES];
    ssize_t len = read_file(path, refused, text, sizeof text, err);
    int rc = len < 0 ? (int)len : 0;
    if (rc == 0)
        rc = parse(str_trim(str_make(text, (size_t)len)), out, err);
    explicit_bzero(text, sizeof text);
    if (rc < 0)
        err_prefix(err, "%s", path);
    return rc;
}

int key_read_secret(const char *path, struct key *key_out, struct err *err)
{
    key_guard();
    int rc = read_key(path, 0077, key_out->secret_text, err);
    if (rc == 0 && zmq_curve_public(key_out->public_text, key_out->secret_text) != 0)
        rc = err_set(err, ERR_SYSTEM, "%s: %s", path, zmq_strerror(zmq_errno()));
    if (rc == 0 && (rc = refuse_known(key_out->public_text, err)) < 0)
        err_prefix(err, "%s", path);
    if (rc < 0)
        key_wipe(key_out);
    return rc;
}

int key_read_public(const char *path, char public_out[KEY_TEXT_BYTES], struct err *err)
{
    int rc = read_key(path, 0022, public_out, err);
    if (rc == 0 && (rc = refuse_known(public_out, err)) < 0)
        err_prefix(err, "%s", path);
    return rc;
}

static int parse_ring(struct str text, char public_out[KEY_RING][KEY_TEXT_BYTES],
                      struct err *err)
{
    struct str line;
    int count = 0, rc;
    while (str_split(&text, '\n', &line) == 1) {
        line = str_trim(line);
        if (line.len == 0 && count > 0)
            continue;
        if (count == KEY_RING)
            return err_set(err, ERR_LIMIT, "more than %d keys", KEY_RING);
        if ((rc = key_parse_public(line, public_out[count], err)) < 0)
            return rc;
        count++;
    }
    return count > 0 ? count : key_parse_public(STR(""), public_out[0], err);
}

int key_read_ring(const char *path, char public_out[KEY_RING][KEY_TEXT_BYTES],
                  struct err *err)
{
    struct buf text = {0};
    int rc = key_read_trusted(path, KEY_RING * KEY_FILE_BYTES, &text, err);
    if (rc == 0 && (rc = parse_ring(buf_str(&text), public_out, err)) < 0)
        err_prefix(err, "%s", path);
    buf_fini(&text);
    return rc;
}

int key_read_trusted(const char *path, size_t max_bytes, struct buf *buf, struct err *err)
{
    ssize_t len =
        read_file(path, 0022, buf_reserve(buf, max_bytes + 1), max_bytes + 1, err);
    if (len >= 0 && (size_t)len > max_bytes)
        len = err_set(err, ERR_LIMIT, "more than %zu bytes", max_bytes);
    if (len < 0) {
        err_prefix(err, "%s", path);
        return (int)len;
    }
    buf->len += (size_t)len;
    return 0;
}

/* ---- making ---- */

static int write_key(const char *path, mode_t mode, const char *text, struct err *err)
{
    char line[KEY_TEXT_BYTES + 1];
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd < 0 && errno == EEXIST)
        return err_set(err, ERR_CONFLICT, "%s: there is a key of this name", path);
    if (fd < 0)
        return err_system(err, "%s", path);
    int len = snprintf(line, sizeof line, "%s\n", text), rc = 0;
    if (write(fd, line, (size_t)len) != len || fsync(fd) < 0)
        rc = err_system(err, "%s: write", path);
    explicit_bzero(line, sizeof line);
    if (close(fd) < 0 && rc == 0)
        rc = err_system(err, "%s: close", path);
    if (rc < 0)
        unlink(path);
    return rc;
}

static int sync_dir(const char *dir, struct err *err)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = fd < 0 || fsync(fd) < 0 ? err_system(err, "%s", dir) : 0;
    if (fd >= 0)
        close(fd);
    return rc;
}

int key_make(const char *dir, const char *name, char public_out[KEY_TEXT_BYTES],
             struct err *err)
{
    char secret_path[4096], public_path[4096];
    struct key key;
    key_guard();
    if (!key_is_name(str_of(name)))
        return err_set(err, ERR_USAGE,
                       "a key's name has letters, digits, '.', '_' and '-', at most %d",
                       KEY_NAME_BYTES);
    if (strlen(dir) + KEY_NAME_BYTES + sizeof "/.secret" > sizeof secret_path)
        return err_set(err, ERR_USAGE, "the directory's name is too long");
    snprintf(secret_path, sizeof secret_path, "%s/%s.secret", dir, name);
    snprintf(public_path, sizeof public_path, "%s/%s.public", dir, name);
    if (zmq_curve_keypair(key.public_text, key.secret_text) != 0)
        return err_set(err, ERR_BUILD, "libzmq has no CURVE: %s",
                       zmq_strerror(zmq_errno()));
    int rc = write_key(secret_path, 0600, key.secret_text, err);
    if (rc == 0 && (rc = write_key(public_path, 0644, key.public_text, err)) < 0)
        unlink(secret_path);
    if (rc == 0)
        rc = sync_dir(dir, err);
    memcpy(public_out, key.public_text, KEY_TEXT_BYTES);
    key_wipe(&key);
    return rc;
}

void key_wipe(struct key *key)
{
    explicit_bzero(key, sizeof *key);
}

void key_guard(void)
{
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
}

/* ---- sockets ---- */

/* Around each message CURVE puts less than this; ZMQ_MAXMSGSIZE counts it. */
#define ENVELOPE_BYTES 64

static int give(void *socket, const struct key *key, struct err *err)
{
    int64_t most = 0;
    size_t len = sizeof most;
    zmq_getsockopt(socket, ZMQ_MAXMSGSIZE, &most, &len);
    most += most > 0 ? ENVELOPE_BYTES : 0;
    if (zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &most, sizeof most) == 0 &&
        zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, key->public_text, KEY_TEXT_BYTES) ==
            0 &&
        zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, key->secret_text, KEY_TEXT_BYTES) ==
            0)
        return 0;
    return err_set(err, ERR_SYSTEM, "CURVE: %s", zmq_strerror(zmq_errno()));
}

int key_serve(void *socket, const struct key *key, const char *domain, struct err *err)
{
    int on = 1;
    if (give(socket, key, err) < 0)
        return ERR_SYSTEM;
    if (zmq_setsockopt(socket, ZMQ_CURVE_SERVER, &on, sizeof on) == 0 &&
        zmq_setsockopt(socket, ZMQ_ZAP_DOMAIN, domain, strlen(domain)) == 0)
        return 0;
    return err_set(err, ERR_SYSTEM, "CURVE: %s", zmq_strerror(zmq_errno()));
}

int key_expect(void *socket, const char *server_public, struct err *err)
{
    if (zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, server_public, KEY_TEXT_BYTES) == 0)
        return 0;
    return err_set(err, ERR_SYSTEM, "CURVE: %s", zmq_strerror(zmq_errno()));
}

int key_join(void *socket, const struct key *key, const char *server_public,
             struct err *err)
{
    if (give(socket, key, err) < 0)
        return ERR_SYSTEM;
    return key_expect(socket, server_public, err);
}
