#include "tests/fuzz/door.h"

#include "broker/journal_mem.h"
#include "broker/line.h"
#include "proto/base/diag.h"
#include "tests/fuzz/door_private.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

#define GRANTS     5
#define LAST_TURNS 4

/* ---- the script ---- */

unsigned door_u8(struct door *door)
{
    if (door->script.len == 0)
        return 0;
    unsigned byte = (unsigned char)door->script.ptr[0];
    door->script = str_from(door->script, 1);
    return byte;
}

static struct str take_bytes(struct door *door, size_t len)
{
    if (len > door->script.len)
        len = door->script.len;
    struct str bytes = str_slice(door->script, 0, len);
    door->script = str_from(door->script, len);
    return bytes;
}

static unsigned take_u16(struct door *door)
{
    unsigned low = door_u8(door);
    return low | door_u8(door) << 8;
}

/* ---- the broker ---- */

static void make_token(void *context, unsigned char out[DISPATCH_TOKEN_BYTES])
{
    struct door *door = context;
    uint64_t token = ++door->tokens;
    memset(out, 0xa5, DISPATCH_TOKEN_BYTES);
    memcpy(out, &token, sizeof token);
}

static uint64_t wall_ms(void *context)
{
    return 1700000000000 + ((struct door *)context)->now_ms;
}

static void start(struct door *door)
{
    const struct line_host host = {.send = door_hear,
                                   .token = make_token,
                                   .context = door,
                                   .name = "fuzz",
                                   .wall_ms = wall_ms};
    door->line = line_new(&door->settings, &host, door->journal, door->now_ms);
}

static void turn(struct door *door, uint64_t later_ms)
{
    door->now_ms += later_ms;
    line_turn(door->line, door->now_ms);
}

static void crash(struct door *door)
{
    line_free(&door->line);
    journal_mem_crash(door->journal);
    door->leases = 0;
    start(door);
}

/* ---- who may do what ---- */

static const char *const lines[GRANTS] = {
    "feeder,worker,consumer,operator all 0123456789abcdefghijklmnopqrstuvwxyzABCD\n",
    "feeder desk 123456789abcdefghijklmnopqrstuvwxyzABCD0\n",
    "worker,observer pool 23456789abcdefghijklmnopqrstuvwxyzABCD01\n",
    ("consumer desk-b 3456789abcdefghijklmnopqrstuvwxyzABCD012 kinds=entity "
     "sources=a.id\n"),
    "operator root 456789abcdefghijklmnopqrstuvwxyzABCD0123\n",
};

static struct grants *grants_without(unsigned key)
{
    struct buf text = {0};
    struct grants *grants;
    for (unsigned i = 0; i < GRANTS; i++)
        if (i != key)
            buf_add_str(&text, str_of(lines[i]));
    fuzz_require(grants_parse("allow", buf_str(&text), &grants, NULL) == 0);
    buf_fini(&text);
    return grants;
}

/* Whose message it is, as broker.c would know: NULL, nobody is asked. false: it would not
 * have come so far. */
static bool choose_grant(const struct door *door, unsigned who, enum frame_endpoint to,
                         const struct grant **grant_out)
{
    unsigned key = who / 3 % (GRANTS + 1);
    *grant_out = NULL;
    if (key == GRANTS)
        return true;
    struct str text = str_of(lines[key]);
    while (text.len > 40 && !grants_find(door->grants, str_slice(text, 0, 40)))
        text = str_from(text, 1);
    *grant_out = text.len > 40 ? grants_find(door->grants, str_slice(text, 0, 40)) : NULL;
    return *grant_out && grant_opens(*grant_out, to);
}

/* ---- messages in ---- */

static void add_frame(struct door *door)
{
    unsigned first;
    switch (door_u8(door) % 8) {
    case 0:
        frames_add(&door->message, take_bytes(door, door_u8(door)));
        break;
    case 1:
        frames_add_text(&door->message,
                        message_name((enum message)(1 + door_u8(door) % MESSAGE_ERROR)));
        break;
    case 2:
        first = door_u8(door);
        door_add_jobs(door, first, door_u8(door));
        break;
    case 3:
        door_add_article(door, door_u8(door));
        break;
    case 4:
        first = door_u8(door);
        unsigned at = take_u16(door);
        door_add_entry(door, first, at, door_u8(door));
        break;
    case 5:
        door_add_ready(door, door_u8(door));
        break;
    case 6:
        door_add_from(door);
        break;
    default:
        frames_add(&door->message, take_bytes(door, take_u16(door)));
    }
}

static void say(struct door *door, enum frame_endpoint to)
{
    const struct grant *grant;
    unsigned who = door_u8(door), count = door_u8(door) % 9;
    char id[] = {'p', (char)('0' + who % 3), '\0'};
    frames_clear(&door->message);
    if (to != FRAME_PUBLIC)
        frames_add_text(&door->message, id);
    for (unsigned i = 0; i < count; i++)
        add_frame(door);
    if (choose_grant(door, who, to, &grant))
        line_receive(door->line, to, grant, &door->message, door->now_ms);
}

static void read_list_again(struct door *door, unsigned without)
{
    struct grants *grants = grants_without(without % (GRANTS + 1));
    line_recheck(door->line, grants);
    grants_close(&door->grants);
    door->grants = grants;
}

static void damage(struct door *door, unsigned which)
{
    struct journal_stats stats;
    enum journal_stream stream = which & 1 ? JOURNAL_FACTS : JOURNAL_ARTICLES;
    uint64_t seq = which >> 1;
    journal_stats(door->journal, &stats);
    if (seq < stats.first[stream] || seq > stats.last[stream])
        return;
    journal_mem_damage(door->journal, stream, seq);
    door->damaged = true;
}

static void play(struct door *door, enum frame_endpoint endpoint)
{
    unsigned op = door_u8(door), what = op % 16;
    if (endpoint == FRAME_ENDPOINTS)
        endpoint = (enum frame_endpoint)(op / 16 % FRAME_ENDPOINTS);
    if (what < 10)
        say(door, endpoint);
    else if (what < 12)
        turn(door, 16 * (uint64_t)door_u8(door));
    else if (what == 12)
        journal_mem_fail_flush(door->journal,
                               door->now_ms & 16 ? ERR_NOSPACE : ERR_SYSTEM);
    else if (what == 13)
        crash(door);
    else if (what == 14)
        read_list_again(door, door_u8(door));
    else
        damage(door, door_u8(door));
}

/* A worker and a feeder that behave: one article has its facts, one is being read. */
static void prepare(struct door *door)
{
    frames_clear(&door->message);
    frames_add_text(&door->message, "p0");
    frames_add_text(&door->message, "READY");
    door_add_ready(door, 4);
    line_receive(door->line, FRAME_WORK, NULL, &door->message, door->now_ms);
    frames_clear(&door->message);
    frames_add_text(&door->message, "p0");
    frames_add_text(&door->message, "PUT");
    frames_add_text(&door->message, "t");
    door_add_article(door, 1);
    door_add_article(door, 2);
    line_receive(door->line, FRAME_FEED, NULL, &door->message, door->now_ms);
    turn(door, 1);
    turn(door, 1);
    fuzz_require(door->leases == 2);
    frames_clear(&door->message);
    frames_add_text(&door->message, "p0");
    frames_add_text(&door->message, "DONE");
    door_add_jobs(door, 0, 0);
    door_add_entry(door, 0, 0, 0);
    line_receive(door->line, FRAME_WORK, NULL, &door->message, door->now_ms);
    turn(door, 30);
}

static void drop_line(enum diag_level level, struct str line, void *context)
{
    (void)level, (void)context;
    fuzz_require(fuzz_is_plain(line) && memchr(line.ptr, '\n', line.len) == NULL);
}

void door_run(enum frame_endpoint endpoint, struct str script)
{
    struct door door = {.script = script, .now_ms = 1000};
    door.settings = (struct settings){.listen = "fuzz",
                                      .journal = "mem:",
                                      .queue_articles = 24,
                                      .queue_bytes = 1 << 20,
                                      .beat_ms = 100,
                                      .dead_ms = 600,
                                      .lease_ms = 2000,
                                      .deaths = 2,
                                      .failures = 3,
                                      .worker_failures = 4,
                                      .idle_flush_ms = 20,
                                      .drain_ms = 1000};
    diag_hook(drop_line, NULL);
    frames_init(&door.message);
    arena_init(&door.arena, (size_t)64 << 20);
    door.grants = grants_without(GRANTS);
    fuzz_require(
        journal_open("mem:", &(struct journal_options){0}, &door.journal, NULL) == 0);
    start(&door);
    prepare(&door);
    while (door.script.len > 0)
        play(&door, endpoint);
    for (int i = 0; i < LAST_TURNS; i++)
        turn(&door, 700);
    door_check_journal(&door);
    line_free(&door.line);
    journal_close(&door.journal);
    grants_close(&door.grants);
    frames_clear(&door.message);
    arena_fini(&door.arena);
    diag_hook(NULL, NULL);
}
