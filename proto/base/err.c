#include "proto/base/err.h"

#include "proto/base/utf8.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* One line of UTF-8: texts quote what strangers sent, may be cut in the middle of a
 * character, and go to terminals, logs and peers. */
static void put_one_line(struct err *err)
{
    for (char *p = err->text, *end = p + strlen(p); p < end;) {
        uint32_t cp;
        unsigned len = utf8_decode(p, end, &cp);
        if (len == 0 || utf8_is_unsafe(cp))
            memset(p, len ? ' ' : '?', len ? len : 1);
        p += len ? len : 1;
    }
}

/* Append behind what the text holds already, cut at the end of the room. */
static void add(struct err *err, const char *text)
{
    size_t have = strlen(err->text);
    size_t room = sizeof err->text - 1 - have;
    size_t len = strnlen(text, room);
    memcpy(err->text + have, text, len);
    err->text[have + len] = '\0';
}

int err_set(struct err *err, int code, const char *format, ...)
{
    if (err == NULL)
        return code;
    va_list args;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    put_one_line(err);
    err->code = code;
    return code;
}

int err_system(struct err *err, const char *format, ...)
{
    int number = errno;
    int code = number == ENOSPC || number == EDQUOT || number == EFBIG ? ERR_NOSPACE
                                                                       : ERR_SYSTEM;
    if (err == NULL)
        return code;
    va_list args;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    add(err, ": ");
    add(err, strerror(number));
    put_one_line(err);
    err->code = code;
    errno = number;
    return code;
}

int err_prefix(struct err *err, const char *format, ...)
{
    if (err == NULL)
        return ERR_SYSTEM;
    char old[sizeof err->text];
    memcpy(old, err->text, sizeof old);
    va_list args;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    add(err, ": ");
    add(err, old);
    put_one_line(err);
    return err->code;
}

const char *err_name(int code)
{
    switch (code) {
#define X(c, name, meaning)                                                              \
    case c:                                                                              \
        return name;
        ERR_LIST(X)
#undef X
    case 0:
        return "none";
    default:
        return "unknown";
    }
}

const char *err_meaning(int code)
{
    switch (code) {
#define X(c, name, meaning)                                                              \
    case c:                                                                              \
        return meaning;
        ERR_LIST(X)
#undef X
    case 0:
        return "no error";
    default:
        return "an error code this program does not know";
    }
}
