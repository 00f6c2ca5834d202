#include "broker/note.h"

#include "broker/journal.h"
#include "proto/base/clock.h"
#include "proto/base/utf8.h"

/* So that five attempts have room. */
#define WORKER_BYTES 40
#define REASON_BYTES 100

static const char *const lane_names[] = {
#define X(lane, name) name,
    NOTE_LANES(X)
#undef X
};

const char *note_lane_name(enum note_lane lane)
{
    return lane < NOTE_LANE_COUNT ? lane_names[lane] : "";
}

enum note_lane note_lane_of(struct str name)
{
    int lane = 0;
    while (lane < NOTE_LANE_COUNT && !str_is(name, lane_names[lane]))
        lane++;
    return (enum note_lane)lane;
}

void note_read(struct str text, struct note *out)
{
    *out = (struct note){NOTE_LIVE, STR(NOTE_NO_FEED), text};
    if (text.len == 0 || text.ptr[0] != '@')
        return;
    struct str rest = str_from(text, 1), lane = STR_NONE, first = STR_NONE;
    str_split(&rest, '\n', &first);
    str_split(&first, ' ', &lane);
    if (note_lane_of(lane) == NOTE_LANE_COUNT || first.len == 0)
        return;
    *out = (struct note){note_lane_of(lane), first, rest.ptr ? rest : STR_NONE};
}

void note_begin(enum note_lane lane, struct str feed, struct buf *out)
{
    if (lane != NOTE_LIVE || !str_is(feed, NOTE_NO_FEED))
        buf_printf(out, "@%s %.*s", note_lane_name(lane), STR_ARG(feed));
}

/* What strangers wrote must not look like a line or a column of ours, and a cut must not
 * leave half a character. */
static void add_plain(struct buf *out, struct str text, size_t most, char space)
{
    if (text.len > most) {
        text.len = most;
        while (text.len > 0 && ((unsigned char)text.ptr[text.len] & 0xc0) == 0x80)
            text.len--;
    }
    utf8_add_safe(out, text, space);
}

static void add_line(struct buf *out, const struct note_attempt *attempt)
{
    char when[32];
    clock_rfc3339(attempt->wall_ms, when);
    buf_printf(out, "%s ", when);
    add_plain(out, attempt->worker.len ? attempt->worker : STR("-"), WORKER_BYTES, '_');
    buf_printf(out, " %s ", attempt->outcome);
    add_plain(out, attempt->reason, REASON_BYTES, ' ');
}

void note_add(struct str text, const struct note_attempt *attempt, struct buf *out)
{
    struct note note;
    struct str forgotten = STR_NONE;
    struct buf line = {0}, head = {0};
    note_read(text, &note);
    note_begin(note.lane, note.feed, &head);
    add_line(&line, attempt);
    while (note.history.len > 0 &&
           head.len + note.history.len + line.len + 2 > JOURNAL_NOTE_BYTES)
        str_split(&note.history, '\n', &forgotten);
    buf_add_str(out, buf_str(&head));
    if (head.len > 0)
        buf_add_char(out, '\n');
    buf_add_str(out, note.history);
    if (note.history.len > 0)
        buf_add_char(out, '\n');
    buf_add_str(out, buf_str(&line));
    buf_fini(&head);
    buf_fini(&line);
}
