#include "proto/base/tally.h"

#include "proto/base/hash.h"

static bool is_over(const struct tally *tally, const struct tally_message *message,
                    uint64_t now_ms)
{
    return now_ms - message->since_ms >= tally->per_ms;
}

static void copy(char *to, size_t size_bytes, const char *text)
{
    size_t len = strlen(text);
    len = len < size_bytes ? len : size_bytes - 1;
    memcpy(to, text, len);
    to[len] = '\0';
}

/* The place of this message, or one that it may have; NULL: all are in use. */
static struct tally_message *find(struct tally *tally, uint64_t hash, uint64_t now_ms)
{
    struct tally_message *spare = NULL;
    for (int i = 0; i < TALLY_MESSAGES; i++) {
        struct tally_message *message = &tally->message[i];
        if (message->hash == hash)
            return message;
        if (message->hash == 0 ||
            (message->suppressed == 0 && is_over(tally, message, now_ms)))
            spare = message;
    }
    return spare;
}

bool tally_admit(struct tally *tally, int level, const char *module, const char *text,
                 uint64_t now_ms, uint64_t *suppressed_out)
{
    uint64_t hash = hash64(str_of(text), hash64(str_of(module), 0)) | 1;
    *suppressed_out = 0;
    struct tally_message *message = tally->lines ? find(tally, hash, now_ms) : NULL;
    if (message == NULL)
        return true;
    if (message->hash != hash || is_over(tally, message, now_ms)) {
        *suppressed_out = message->suppressed; /* none where it was another's place */
        *message = (struct tally_message){.hash = hash, .since_ms = now_ms};
    }
    if (message->said < tally->lines) {
        message->said++;
        return true;
    }
    if (message->suppressed++ == 0) {
        message->level = level;
        copy(message->module, sizeof message->module, module);
        copy(message->text, sizeof message->text, text);
    }
    return false;
}

int tally_due(struct tally *tally, uint64_t now_ms, bool all, struct tally_message *out)
{
    for (int i = 0; i < TALLY_MESSAGES; i++) {
        struct tally_message *message = &tally->message[i];
        if (message->suppressed == 0 || !(all || is_over(tally, message, now_ms)))
            continue;
        *out = *message;
        message->suppressed = 0;
        return 1;
    }
    return 0;
}
