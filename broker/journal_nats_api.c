#include "broker/journal_nats_api.h"

#include "proto/base/hash.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define NS_A_MS 1000000ull

/* ---- names ---- */

void jet_stream_name(const struct jet_place *place, enum jet_stream stream,
                     char out[JET_NAME_BYTES])
{
    static const char *const kinds[JET_STREAMS] = {"ARTICLES", "FACTS", "STATE"};
    snprintf(out, JET_NAME_BYTES, "WARTA-%s-%s", place->name, kinds[stream]);
}

static const char *const roots[JET_STREAMS] = {"article", "fact", "state"};

void jet_entry_subject(const struct jet_place *place, enum jet_stream stream,
                       struct str id, char out[JET_SUBJECT_BYTES])
{
    const struct hash128 hash = hash128(id);
    snprintf(out, JET_SUBJECT_BYTES, "warta.%s.%s.%016llx%016llx", place->name,
             roots[stream], (unsigned long long)hash.high, (unsigned long long)hash.low);
}

void jet_state_subject(const struct jet_place *place, enum jet_state kind, struct str key,
                       char out[JET_SUBJECT_BYTES])
{
    const struct hash128 hash = hash128(key);
    snprintf(out, JET_SUBJECT_BYTES, "warta.%s.state.%c.%016llx%016llx", place->name,
             (char)kind, (unsigned long long)hash.high, (unsigned long long)hash.low);
}

/* warta.NAME.state.KIND.HASH */
char jet_state_kind(struct str subject)
{
    struct str rest = subject, part;
    for (int i = 0; i < 4; i++)
        if (str_split(&rest, '.', &part) != 1)
            return 0;
    return part.len == 1 ? part.ptr[0] : 0;
}

/* ---- answers ---- */

static uint64_t number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    json_int_t n = json_is_integer(value) ? json_integer_value(value) : 0;
    return n > 0 ? (uint64_t)n : 0;
}

static const char *text(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));
    return value ? value : "";
}

static json_t *load(struct str json, struct jet_error *error)
{
    json_t *root = json_loadb(json.ptr, json.len, 0, NULL);
    *error = (struct jet_error){0};
    if (!json_is_object(root)) {
        json_decref(root);
        return NULL;
    }
    const json_t *said = json_object_get(root, "error");
    if (said == NULL)
        return root;
    error->code = (int)number(said, "code");
    error->err_code = (int)number(said, "err_code");
    if (error->code == 0)
        error->code = 500;
    snprintf(error->text, sizeof error->text, "%s", text(said, "description"));
    return root;
}

int jet_read_ack(struct str json, struct jet_ack *out)
{
    *out = (struct jet_ack){0};
    json_t *root = load(json, &out->error);
    if (root == NULL)
        return ERR_FORMAT;
    out->seq = number(root, "seq");
    out->duplicate = json_is_true(json_object_get(root, "duplicate"));
    if (out->error.err_code == JET_E_OTHER_LAST) {
        const char *colon = strrchr(out->error.text, ':');
        out->seq = colon ? strtoull(colon + 1, NULL, 10) : 0;
    }
    json_decref(root);
    return 0;
}

/* "2026-11-22T10:56:51.503431799Z" as Unix milliseconds; 0 where it is none. */
static uint64_t time_ms(const char *stamp)
{
    struct tm tm = {0};
    const char *end = strptime(stamp, "%Y-%m-%dT%H:%M:%S", &tm);
    if (end == NULL || tm.tm_year < 70)
        return 0;
    double part = *end == '.' ? strtod(end, NULL) : 0;
    return (uint64_t)timegm(&tm) * 1000 + (uint64_t)(part * 1000);
}

int jet_read_stream(struct str json, struct jet_stream_state *out,
                    struct jet_error *error)
{
    *out = (struct jet_stream_state){0};
    json_t *root = load(json, error);
    if (root == NULL)
        return ERR_FORMAT;
    const json_t *state = json_object_get(root, "state");
    *out = (struct jet_stream_state){.first = number(state, "first_seq"),
                                     .last = number(state, "last_seq"),
                                     .messages = number(state, "messages"),
                                     .bytes = number(state, "bytes"),
                                     .first_ms = time_ms(text(state, "first_ts"))};
    bool whole = state != NULL || error->code;
    json_decref(root);
    return whole ? 0 : ERR_FORMAT;
}

int jet_read_consumer(struct str json, struct jet_consumer_state *out,
                      struct jet_error *error)
{
    *out = (struct jet_consumer_state){0};
    json_t *root = load(json, error);
    if (root == NULL)
        return ERR_FORMAT;
    snprintf(out->name, sizeof out->name, "%s", text(root, "name"));
    out->waiting = number(root, "num_pending");
    out->in_hand = number(root, "num_ack_pending");
    out->floor = number(json_object_get(root, "ack_floor"), "stream_seq");
    bool whole = *out->name || error->code;
    json_decref(root);
    return whole ? 0 : ERR_FORMAT;
}

static bool from_base64(const char *in, struct buf *out)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = 0;
    int have = 0;
    buf_clear(out);
    for (; *in && *in != '='; in++) {
        const char *at = strchr(digits, *in);
        if (at == NULL)
            return false;
        bits = bits << 6 | (uint32_t)(at - digits);
        have += 6;
        if (have >= 8) {
            have -= 8;
            buf_add_char(out, (char)(bits >> have & 0xff));
        }
    }
    return true;
}

int jet_read_message(struct str json, uint64_t *seq_out, struct buf *data,
                     struct jet_error *error)
{
    json_t *root = load(json, error);
    if (root == NULL)
        return ERR_FORMAT;
    const json_t *message = json_object_get(root, "message");
    *seq_out = number(message, "seq");
    bool whole = error->code || (*seq_out && from_base64(text(message, "data"), data));
    json_decref(root);
    return whole ? 0 : ERR_FORMAT;
}

/* ---- requests ---- */

struct setting {
    const char *key;
    const char *word; /* NULL: a number */
    long long number;
};

#define SETTINGS 6

static void settings_of(enum jet_stream stream, struct setting out[SETTINGS])
{
    const struct setting all[SETTINGS] = {
        {"retention", "limits", 0},
        {"storage", "file", 0},
        {"discard", "new", 0},
        {"max_age", NULL, 0},
        {"max_msgs_per_subject", NULL, stream == JET_STATE ? 1 : -1},
        {"duplicate_window", NULL, (long long)(JET_WINDOW_MS * NS_A_MS)},
    };
    memcpy(out, all, sizeof all);
}

static void subjects_of(const struct jet_place *place, enum jet_stream stream,
                        char out[JET_SUBJECT_BYTES])
{
    snprintf(out, JET_SUBJECT_BYTES, "warta.%s.%s.>", place->name, roots[stream]);
}

void jet_write_stream(const struct jet_place *place, enum jet_stream stream,
                      struct buf *out)
{
    char name[JET_NAME_BYTES], subjects[JET_SUBJECT_BYTES];
    struct setting setting[SETTINGS];
    jet_stream_name(place, stream, name);
    subjects_of(place, stream, subjects);
    settings_of(stream, setting);
    buf_printf(out, "{\"name\":\"%s\",\"subjects\":[\"%s\"],\"num_replicas\":%u", name,
               subjects, place->replicas);
    for (int i = 0; i < SETTINGS; i++)
        if (setting[i].word)
            buf_printf(out, ",\"%s\":\"%s\"", setting[i].key, setting[i].word);
        else
            buf_printf(out, ",\"%s\":%lld", setting[i].key, setting[i].number);
    buf_printf(out, ",\"max_consumers\":-1,\"max_msgs\":-1,\"max_bytes\":-1,"
                    "\"max_msg_size\":-1}");
}

static int mismatch(struct err *err, const char *stream, const char *key,
                    const json_t *is, const char *want)
{
    char *shown = json_dumps(is, JSON_ENCODE_ANY | JSON_COMPACT);
    int rc = err_set(err, ERR_CONFLICT,
                     "nats: stream %s has %s %s, and Warta needs %s; change it there, or "
                     "choose another name=",
                     stream, key, shown ? shown : "not set", want);
    free(shown);
    return rc;
}

static int compare_settings(const json_t *config, const char *name,
                            enum jet_stream stream, struct err *err)
{
    struct setting setting[SETTINGS];
    char want[40];
    settings_of(stream, setting);
    for (int i = 0; i < SETTINGS; i++) {
        const json_t *is = json_object_get(config, setting[i].key);
        bool same = setting[i].word
                        ? strcmp(text(config, setting[i].key), setting[i].word) == 0
                        : json_integer_value(is) == setting[i].number;
        if (same)
            continue;
        snprintf(want, sizeof want, "%lld", setting[i].number);
        return mismatch(err, name, setting[i].key, is,
                        setting[i].word ? setting[i].word : want);
    }
    return 0;
}

int jet_compare_stream(const struct jet_place *place, enum jet_stream stream,
                       struct str json, struct err *err)
{
    char name[JET_NAME_BYTES], subjects[JET_SUBJECT_BYTES], want[16];
    struct jet_error error;
    jet_stream_name(place, stream, name);
    subjects_of(place, stream, subjects);
    snprintf(want, sizeof want, "%u", place->replicas);

    json_t *root = load(json, &error);
    const json_t *config = json_object_get(root, "config");
    if (config == NULL) {
        json_decref(root);
        return err_set(err, ERR_FORMAT, "nats: stream %s: an answer without settings",
                       name);
    }
    const json_t *is = json_object_get(config, "subjects");
    int rc = 0;
    if (json_array_size(is) != 1 ||
        strcmp(json_string_value(json_array_get(is, 0)), subjects) != 0)
        rc = mismatch(err, name, "subjects", is, subjects);
    if (rc == 0 && number(config, "num_replicas") < place->replicas)
        rc = mismatch(err, name, "num_replicas", json_object_get(config, "num_replicas"),
                      want);
    if (rc == 0)
        rc = compare_settings(config, name, stream, err);
    json_decref(root);
    return rc;
}

void jet_write_worker(const struct jet_place *place, struct buf *out)
{
    char name[JET_NAME_BYTES];
    jet_stream_name(place, JET_ARTICLES, name);
    buf_printf(out,
               "{\"stream_name\":\"%s\",\"config\":{\"durable_name\":\"" JET_CONSUMER
               "\",\"deliver_policy\":\"all\",\"ack_policy\":\"explicit\","
               "\"ack_wait\":%llu,\"max_deliver\":-1,\"max_ack_pending\":%d,"
               "\"replay_policy\":\"instant\"}}",
               name, JET_ACK_WAIT_MS * NS_A_MS, JET_MAX_PENDING);
}

void jet_write_reader(const struct jet_place *place, enum jet_stream stream,
                      uint64_t from, struct buf *out)
{
    char name[JET_NAME_BYTES];
    jet_stream_name(place, stream, name);
    buf_printf(out,
               "{\"stream_name\":\"%s\",\"config\":{\"deliver_policy\":"
               "\"by_start_sequence\",\"opt_start_seq\":%llu,\"ack_policy\":\"none\","
               "\"replay_policy\":\"instant\",\"mem_storage\":true,\"num_replicas\":1,"
               "\"inactive_threshold\":%llu}}",
               name, (unsigned long long)(from ? from : 1), 30000 * NS_A_MS);
}

void jet_write_pull(unsigned messages, size_t bytes, unsigned expires_ms, struct buf *out)
{
    buf_printf(out, "{\"batch\":%u,\"expires\":%llu", messages, expires_ms * NS_A_MS);
    if (bytes)
        buf_printf(out, ",\"max_bytes\":%zu", bytes);
    buf_add_char(out, '}');
}

/* ---- deliveries ---- */

int jet_read_delivery(struct str reply, struct jet_delivery *out)
{
    struct str rest = reply, part[13];
    int n = 0;
    while (n < 13 && str_split(&rest, '.', &part[n]) == 1)
        n++;
    /* $JS.ACK.[domain.account.]stream.consumer.delivered.seq.seq.time.pending[.random] */
    int at = n == 9 ? 2 : 4;
    if (n < 9 || n == 10 || !str_is(part[0], "$JS") || !str_is(part[1], "ACK"))
        return ERR_FORMAT;
    out->consumer = part[at + 1];
    bool whole = str_to_u64(part[at + 2], &out->delivered) &&
                 str_to_u64(part[at + 3], &out->seq) &&
                 str_to_u64(part[at + 4], &out->consumer_seq);
    return whole && out->seq ? 0 : ERR_FORMAT;
}

/* ---- entries ---- */

#define MAGIC   0x31545257u /* "WRT1" */
#define VERSION 1

/* On the wire: the machines we run on are little-endian (proto/wire says so of records).
 */
struct head {
    uint32_t magic;
    uint8_t version, gone;
    uint16_t id_len;
    uint32_t note_len, deaths, failures, begun;
    uint64_t seq, stored_ms;
    uint64_t checksum; /* of the whole, this field taken as 0 */
};
_Static_assert(sizeof(struct head) == 48, "no holes: it is hashed and sent");

static uint64_t checksum_of(struct head head, struct str rest)
{
    head.checksum = 0;
    return hash64(rest, hash64(str_make((const char *)&head, sizeof head), 0));
}

void jet_write_entry(const struct jet_entry *entry, struct buf *out)
{
    struct head head = {.magic = MAGIC,
                        .version = VERSION,
                        .gone = entry->gone,
                        .id_len = (uint16_t)entry->id.len,
                        .note_len = (uint32_t)entry->note.len,
                        .deaths = entry->deaths,
                        .failures = entry->failures,
                        .begun = entry->begun,
                        .seq = entry->seq,
                        .stored_ms = entry->stored_ms};
    size_t at = out->len;
    buf_add(out, &head, sizeof head);
    buf_add_str(out, entry->id);
    buf_add_str(out, entry->note);
    buf_add_str(out, entry->bytes);
    head.checksum = checksum_of(head, str_from(buf_str(out), at + sizeof head));
    memcpy(out->ptr + at, &head, sizeof head);
}

int jet_read_entry(struct str data, struct jet_entry *out)
{
    struct head head;
    *out = (struct jet_entry){0};
    if (data.len < sizeof head)
        return ERR_CORRUPT;
    memcpy(&head, data.ptr, sizeof head);
    struct str rest = str_from(data, sizeof head);
    if (head.magic != MAGIC)
        return ERR_CORRUPT;
    if (head.version > VERSION)
        return ERR_VERSION;
    if (checksum_of(head, rest) != head.checksum ||
        (size_t)head.id_len + head.note_len > rest.len)
        return ERR_CORRUPT;
    *out = (struct jet_entry){
        .id = str_slice(rest, 0, head.id_len),
        .note = str_slice(rest, head.id_len, (size_t)head.id_len + head.note_len),
        .bytes = str_from(rest, (size_t)head.id_len + head.note_len),
        .stored_ms = head.stored_ms,
        .deaths = head.deaths,
        .failures = head.failures,
        .begun = head.begun,
        .seq = head.seq,
        .gone = head.gone,
    };
    return 0;
}
