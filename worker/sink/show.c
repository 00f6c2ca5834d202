#include "worker/sink/show.h"

#include "proto/base/utf8.h"

#include <math.h>

enum style { STYLE_PLAIN, STYLE_BOLD, STYLE_DIM, STYLE_WHO, STYLE_NUMBER, STYLE_MODE };

static const char *const style_code[] = {"",         "\033[1m",  "\033[2m",
                                         "\033[36m", "\033[33m", "\033[35m"};

static void add_safe(struct buf *out, struct str s, size_t most)
{
    const char *p = s.ptr, *end = s.ptr + s.len;
    while (p < end) {
        uint32_t cp;
        unsigned len = utf8_decode(p, end, &cp);
        if (most && (size_t)(p - s.ptr) + len > most) {
            buf_add_str(out, STR("…"));
            return;
        }
        if (len == 0 || utf8_is_unsafe(cp))
            buf_add_char(out, cp == '\n' || cp == '\t' ? ' ' : '?');
        else
            buf_add(out, p, len);
        p += len ? len : 1;
    }
}

static void add_styled(const struct show_options *options, enum style style, struct str s,
                       struct buf *out)
{
    bool on = options->colour && style != STYLE_PLAIN;
    if (on)
        buf_add_str(out, str_of(style_code[style]));
    add_safe(out, s, 0);
    if (on)
        buf_add_str(out, STR("\033[0m"));
}

static void add_number(struct buf *out, double value)
{
    if (value == floor(value) && fabs(value) < 1e15)
        buf_printf(out, "%.0f", value);
    else
        buf_printf(out, "%.10g", value);
}

static void add_quantity(const struct show_options *options, const struct fact *fact,
                         struct buf *out)
{
    static const char *const bound[] = {"", "about ", "at least ", "at most "};
    static const char *const change[] = {"", "up ", "down "};
    struct buf number = {0};
    buf_printf(&number, "%s%s", change[fact->change], bound[fact->bound]);
    if (!isnan(fact->value)) {
        add_number(&number, fact->value);
    } else {
        add_number(&number, fact->low);
        buf_add_str(&number, STR(" to "));
        add_number(&number, fact->high);
    }
    add_styled(options, STYLE_NUMBER, buf_str(&number), out);
    buf_fini(&number);
    buf_add_char(out, ' ');
    add_safe(out, fact->noun.ptr ? fact->noun : fact->unit, 0);
    struct str of = fact->about.ptr ? fact->about : fact->holder;
    if (of.ptr) {
        buf_add_str(out, STR(" of "));
        add_safe(out, of, 0);
    }
}

static void add_names(const struct show_options *options, const struct record_strs *names,
                      struct str text, struct buf *out)
{
    for (uint32_t i = 0; i < names->count; i++) {
        if (i)
            buf_add_str(out, STR(", "));
        add_styled(options, STYLE_WHO, names->item[i], out);
    }
    if (names->count == 0 && text.ptr)
        add_safe(out, text, 0);
    else if (names->count == 0)
        buf_add_char(out, '?');
}

static void add_role(const struct show_options *options, const struct fact *fact,
                     struct buf *out)
{
    add_styled(options, STYLE_WHO, fact->person, out);
    buf_add_str(out, fact->former == RECORD_TRUE ? STR(": former ") : STR(": "));
    add_safe(out, fact->title, 0);
    if (fact->organisation.ptr) {
        buf_add_str(out, STR(", "));
        add_safe(out, fact->organisation, 0);
    }
}

static void add_what(const struct show_options *options, const struct fact *fact,
                     struct buf *out)
{
    static const char *const type[] = {"", "person", "organisation", "place (GPE)",
                                       "place"};
    static const char *const plover[] = {
        "does",    "AGREE",    "CONSULT",  "SUPPORT", "COOPERATE", "AID",
        "CONCEDE", "RETREAT",  "REQUEST",  "ACCUSE",  "REJECT",    "THREATEN",
        "PROTEST", "SANCTION", "MOBILIZE", "COERCE",  "ASSAULT"};
    switch (fact->kind) {
    case FACT_ENTITY:
        add_styled(options, STYLE_WHO, fact->name, out);
        buf_printf(out, ", %s", type[fact->type]);
        break;
    case FACT_TIME:
        add_styled(options, STYLE_NUMBER, fact->time_value, out);
        break;
    case FACT_QUANTITY:
        add_quantity(options, fact, out);
        break;
    case FACT_QUOTE:
        add_styled(options, STYLE_WHO,
                   fact->speaker.ptr ? fact->speaker : fact->speaker_text, out);
        buf_add_str(out, fact->direct == RECORD_TRUE ? STR(" said, word for word")
                                                     : STR(" said"));
        break;
    case FACT_ROLE:
        add_role(options, fact, out);
        break;
    case FACT_EVENT:
        add_names(options, &fact->actors, fact->actor_text, out);
        buf_add_char(out, ' ');
        add_styled(options, STYLE_BOLD, str_of(plover[fact->plover]), out);
        buf_add_char(out, ' ');
        add_names(options, &fact->targets, fact->target_text, out);
        break;
    default:
        break;
    }
}

static void add_source(const struct show_options *options, const struct fact *fact,
                       struct buf *out)
{
    static const char *const modality[] = {"", "planned", "possible", "conditional",
                                           "denied"};
    if (fact->modality) {
        buf_add_str(out, STR("  "));
        add_styled(options, STYLE_MODE, str_of(modality[fact->modality]), out);
    }
    const struct fact_attribution *from = fact->attribution;
    if (from && (from->name.ptr || from->text.ptr)) {
        buf_add_str(out, STR("  says "));
        add_styled(options, STYLE_WHO, from->name.ptr ? from->name : from->text, out);
    }
}

void show_heading(const struct show_options *options, const struct fact *fact,
                  struct buf *out)
{
    const struct article *article = fact->article;
    struct str title = article->title.ptr ? article->title : article->id;
    if (article->source.ptr) {
        add_safe(out, article->source, 0);
        buf_add_str(out, STR("  "));
    }
    add_styled(options, STYLE_BOLD, title, out);
    if (article->published.ptr) {
        buf_add_str(out, STR("  "));
        add_safe(out, article->published, 0);
    }
    buf_add_char(out, '\n');
}

void show_fact(const struct show_options *options, const struct fact *fact,
               struct buf *out)
{
    if (fact->kind == FACT_ARTICLE) {
        show_heading(options, fact, out);
        return;
    }
    buf_printf(out, "  %-9s ", fact_kind_names[fact->kind]);
    add_what(options, fact, out);
    add_source(options, fact, out);
    if (fact->kind != FACT_ENTITY) {
        buf_add_str(out, STR("\n            "));
        if (options->colour)
            buf_add_str(out, str_of(style_code[STYLE_DIM]));
        buf_add_str(out, STR("“"));
        size_t most = options->columns > 20 ? options->columns - 16 : 0;
        add_safe(out, fact->text, most);
        buf_add_str(out, STR("”"));
        if (options->colour)
            buf_add_str(out, STR("\033[0m"));
    }
    buf_add_char(out, '\n');
}
