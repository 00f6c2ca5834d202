/* Any bytes as a key file: secret, public, or one that grants something. What is read is
 * 40 characters of Z85, reads back the same, and a file that others may touch is refused
 * whatever it holds. */
#include "tests/fuzz/fuzz.h"

#include "proto/wire/key.h"

#include <sys/stat.h>

static void check_public(const char *path, struct str bytes)
{
    char text[KEY_TEXT_BYTES], again[KEY_TEXT_BYTES];
    struct err err = {0};
    int rc = key_read_public(path, text, &err);
    if (rc < 0) {
        fuzz_check_err(rc, &err);
        return;
    }
    fuzz_require(strlen(text) == KEY_LEN && str_find(bytes, str_of(text)) != (size_t)-1);
    fuzz_require(key_parse_public(str_of(text), again, NULL) == 0 &&
                 strcmp(text, again) == 0);
}

static void check_secret(const char *path, struct str bytes)
{
    struct key key = {0};
    struct err err = {0};
    char text[KEY_TEXT_BYTES];
    int rc = key_read_secret(path, &key, &err);
    if (rc < 0) {
        fuzz_check_err(rc, &err);
        fuzz_require(key.secret_text[0] == '\0' && key.public_text[0] == '\0');
        return;
    }
    /* an error must never say what a secret file holds */
    fuzz_require(str_find(bytes, str_of(key.secret_text)) != (size_t)-1);
    fuzz_require(key_parse_public(str_of(key.public_text), text, NULL) == 0);
    fuzz_require(chmod(path, 0640) == 0);
    fuzz_require(key_read_secret(path, &key, &err) == ERR_DENIED);
    fuzz_require(str_find(str_of(err.text), str_trim(bytes)) == (size_t)-1);
    fuzz_require(chmod(path, 0600) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct str text = str_make((const char *)bytes, len);
    const char *path = fuzz_file(0, "key", text);
    struct buf buf = {0};
    check_public(path, text);
    check_secret(path, text);
    int rc = key_read_trusted(path, 256, &buf, NULL);
    fuzz_require(len > 256 ? rc == ERR_LIMIT && buf.len == 0
                           : rc == 0 && str_eq(buf_str(&buf), text));
    if (key_is_name(text)) /* it becomes part of a path */
        fuzz_require(text.ptr[0] != '.' && memchr(text.ptr, '/', text.len) == NULL);
    buf_fini(&buf);
    return 0;
}
