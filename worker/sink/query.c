#include "worker/sink/query.h"

#include <string.h>

/* Conditions that most questions share. */
#define DAYS(day)                                                                        \
    " AND (:since IS NULL OR " day " >= :since) AND (:until IS NULL OR " day             \
    " <= :until)"
#define SURE(confidence) " AND " confidence " >= :least"
#define LIKE(column, operand) column " LIKE " operand " ESCAPE '\\'"
#define ONCE(seq)                                                                        \
    " AND (NOT :no_copies OR NOT EXISTS (SELECT 1 FROM copies c WHERE c.seq = " seq "))"
#define LIMIT_ROWS " LIMIT :limit"
#define NUMBER                                                                           \
    "CASE WHEN value IS NULL THEN printf('%.15g to %.15g', low, high) ELSE "             \
    "CASE bound WHEN 'min' THEN 'at least ' WHEN 'max' THEN 'at most ' "                 \
    "WHEN 'about' THEN 'about ' ELSE '' END || printf('%.15g', value) END AS number"
/* What a number allows, about taken as a tenth either way. */
#define LEAST "CASE bound WHEN 'about' THEN value * 0.9 WHEN 'max' THEN -1e308 "         \
    "ELSE COALESCE(low, value) END"
#define MOST "CASE bound WHEN 'about' THEN value * 1.1 WHEN 'min' THEN 1e308 "           \
    "ELSE COALESCE(high, value) END"
#define PEOPLE "('actor', 'target')"

/* clang-format off: statements are laid out by hand */
const struct query query_list[] = {
    {"who-said", "WORD...", 1, -1, "who said what with these words in it",
     "SELECT q.day, q.speaker, q.source AS outlet, q.text, q.url FROM fact_search s"
     " JOIN quotes q ON q.fact = s.rowid WHERE fact_search MATCH :words" DAYS("q.day")
     SURE("q.confidence") ONCE("q.seq") " ORDER BY q.day DESC, q.fact" LIMIT_ROWS},
    {"quotes-by", "PERSON", 1, 1, "what a person, or an organisation, said",
     "SELECT day, speaker, source AS outlet, text, url FROM quotes WHERE "
     LIKE("speaker", ":first") DAYS("day") SURE("confidence") ONCE("quotes.seq")
     " ORDER BY day DESC, fact" LIMIT_ROWS},
    {"numbers-of", "THING", 1, 1, "numbers of a thing, by the day they are of",
     "SELECT day, " NUMBER ", unit, noun, COALESCE(about, holder) AS of, place,"
     " COALESCE(source_name, source_text) AS says, source AS outlet, text FROM quantities"
     " WHERE (" LIKE("noun", ":first") " OR " LIKE("about", ":first") " OR "
     LIKE("holder", ":first") " OR unit = :exact)" DAYS("day") SURE("confidence")
     ONCE("quantities.seq")
     " ORDER BY day DESC, fact" LIMIT_ROWS},
    {"events-between", "NAME NAME", 2, 2, "what two did to, or with, each other",
     "SELECT DISTINCT e.day, e.type, e.actors, e.targets, e.modality, e.source AS outlet,"
     " e.text FROM names a JOIN names b ON b.fact = a.fact AND (a.part, a.i) <> (b.part, b.i)"
     " JOIN events e ON e.fact = a.fact WHERE a.part IN " PEOPLE " AND b.part IN " PEOPLE
     " AND " LIKE("a.name", ":first") " AND " LIKE("b.name", ":second") DAYS("e.day")
     SURE("e.confidence") ONCE("e.seq") " ORDER BY e.day DESC, e.fact" LIMIT_ROWS},
    {"events-by-type", "[TYPE]", 0, 1, "how many events of each type (PLOVER) a day had",
     "SELECT day, COALESCE(type, '-') AS type, COUNT(*) AS events, COUNT(DISTINCT seq) AS"
     " articles FROM facts WHERE kind = 'event' AND (:exact IS NULL OR type = upper(:exact))"
     DAYS("day") SURE("confidence")
     ONCE("facts.seq") " GROUP BY 1, 2 ORDER BY 1 DESC, 3 DESC, 2" LIMIT_ROWS},
    {"roles-of", "PERSON", 1, 1, "what a person is, or was, by outlet's word",
     "SELECT person, title, organisation, country, MAX(former) AS former,"
     " COUNT(*) AS articles, MIN(day) AS first_day, MAX(day) AS last_day FROM roles WHERE "
     LIKE("person", ":first") DAYS("day") SURE("confidence") ONCE("roles.seq")
     " GROUP BY person, title, organisation, country ORDER BY articles DESC, person, title"
     LIMIT_ROWS},
    {"people-in", "ORGANISATION", 1, 1, "who has a role in an organisation",
     "SELECT organisation, person, title, MAX(former) AS former, COUNT(*) AS articles,"
     " MAX(day) AS last_day FROM roles WHERE " LIKE("organisation", ":first") DAYS("day")
     SURE("confidence") ONCE("roles.seq") " GROUP BY organisation, person, title"
     " ORDER BY articles DESC, person, title" LIMIT_ROWS},
    {"timeline", "NAME", 1, 1, "all that is told of somebody or something, by day",
     "SELECT DISTINCT f.day, f.kind, f.type, f.text, a.source AS outlet, a.title AS headline"
     " FROM names n JOIN facts f ON f.fact = n.fact JOIN articles a ON a.seq = f.seq WHERE "
     LIKE("n.name", ":first") " AND f.kind <> 'entity'" DAYS("f.day") SURE("f.confidence")
     ONCE("f.seq")
     " ORDER BY f.day DESC, f.fact" LIMIT_ROWS},
    {"articles-about", "WORD...", 1, -1, "articles with these words, the best match first",
     "SELECT a.day, a.source AS outlet, a.title AS headline, a.url, a.id FROM article_search s"
     " JOIN articles a ON a.seq = s.rowid WHERE article_search MATCH :words" DAYS("a.day")
     ONCE("a.seq")
     " ORDER BY s.rank, a.seq" LIMIT_ROWS},
    {"most-named", "[TYPE]", 0, 1, "who is in most articles; PER, ORG, GPE or LOC only",
     "SELECT f.name, f.type, COUNT(*) AS articles, COUNT(DISTINCT a.source) AS outlets,"
     " MIN(a.day) AS first_day, MAX(a.day) AS last_day FROM facts f JOIN articles a"
     " ON a.seq = f.seq WHERE f.kind = 'entity' AND (:exact IS NULL OR f.type = upper(:exact))"
     DAYS("a.day") SURE("f.confidence") ONCE("f.seq")
     " GROUP BY f.name, f.type ORDER BY articles DESC, f.name, f.type" LIMIT_ROWS},
    {"sources", "[OUTLET]", 0, 1, "whom the outlets' facts lean on",
     "SELECT COALESCE(f.source_name, f.source_text) AS name, COUNT(*) AS facts,"
     " COUNT(DISTINCT f.seq) AS articles, COUNT(DISTINCT a.source) AS outlets,"
     " SUM(f.source_name IS NULL) AS unnamed FROM facts f JOIN articles a ON a.seq = f.seq"
     " WHERE (f.source_name IS NOT NULL OR f.source_text IS NOT NULL)"
     " AND (:exact IS NULL OR a.source = :exact)" DAYS("f.day") SURE("f.confidence")
     ONCE("f.seq")
     " GROUP BY 1 ORDER BY facts DESC, name" LIMIT_ROWS},
    {"disagreements", "[THING]", 0, 1,
     "one thing, one day, and numbers that cannot all be right",
     "SELECT day, noun, COALESCE(about, holder, place) AS of, COUNT(DISTINCT seq) AS articles,"
     " MIN(COALESCE(low, value)) AS lowest, MAX(COALESCE(high, value)) AS highest,"
     " group_concat(DISTINCT source) AS outlets FROM quantities"
     " WHERE COALESCE(about, holder, place) IS NOT NULL AND modality IS NULL"
     " AND (:first IS NULL OR " LIKE("noun", ":first") " OR " LIKE("about", ":first") ")"
     DAYS("day") SURE("confidence") ONCE("quantities.seq")
     " GROUP BY day, unit, noun, 3, change HAVING COUNT(DISTINCT seq) > 1"
     " AND MAX(" LEAST ") > MIN(" MOST ") ORDER BY day DESC, articles DESC, noun, 3"
     LIMIT_ROWS},
    {"planned", "[NAME]", 0, 1, "events that are to come, by the day they are due",
     "SELECT DISTINCT e.day, e.type, e.actors, e.targets, e.object, e.source AS outlet, e.text"
     " FROM events e WHERE e.modality = 'planned' AND (:first IS NULL OR e.fact IN"
     " (SELECT fact FROM names WHERE " LIKE("name", ":first") "))" DAYS("e.day")
     SURE("e.confidence") ONCE("e.seq") " ORDER BY e.day DESC, e.fact" LIMIT_ROWS},
    {"denials", "[NAME]", 0, 1, "what was denied, and by whom",
     "SELECT f.day, f.kind, COALESCE(f.source_name, f.source_text, f.speaker, f.speaker_text)"
     " AS says, a.source AS outlet, f.text FROM facts f JOIN articles a ON a.seq = f.seq"
     " WHERE f.modality = 'denied' AND (:first IS NULL OR f.fact IN"
     " (SELECT fact FROM names WHERE " LIKE("name", ":first") "))" DAYS("f.day")
     SURE("f.confidence") ONCE("f.seq") " ORDER BY f.day DESC, f.fact" LIMIT_ROWS},
    {"events-in", "COUNTRY", 1, 1, "events in a country (ISO 3166-1, two letters), by day",
     "SELECT e.day, e.type, e.place, e.actors, e.targets, e.modality, e.source AS outlet,"
     " e.text FROM events e WHERE e.country = upper(:exact)" DAYS("e.day")
     SURE("e.confidence") ONCE("e.seq") " ORDER BY e.day DESC, e.fact" LIMIT_ROWS},
    {"outlets", "", 0, 0, "articles and facts of each outlet",
     "SELECT COALESCE(a.source, '-') AS outlet, COUNT(*) AS articles, SUM((SELECT COUNT(*)"
     " FROM facts f WHERE f.seq = a.seq)) AS facts, MIN(a.day) AS first_day,"
     " MAX(a.day) AS last_day FROM articles a WHERE 1" DAYS("a.day") ONCE("a.seq")
     " GROUP BY 1 ORDER BY articles DESC, outlet" LIMIT_ROWS},
    {"copies", "[OUTLET]", 0, 1, "which outlets carried the same text, and when",
     "SELECT day, outlet, headline, time, COUNT(*) AS copies,"
     " group_concat(copy_outlet || ' ' || copy_time, ', ') AS carried_by, id FROM"
     " (SELECT c.original, o.day, COALESCE(o.source, '-') AS outlet, o.title AS headline,"
     " COALESCE(o.published, o.fetched, '-') AS time, o.id,"
     " COALESCE(a.source, '-') AS copy_outlet,"
     " COALESCE(a.published, a.fetched, '-') AS copy_time FROM copies c"
     " JOIN articles a ON a.seq = c.seq JOIN articles o ON o.seq = c.original"
     " WHERE 1" DAYS("o.day") " ORDER BY c.seq) GROUP BY original"
     " HAVING :exact IS NULL OR outlet = :exact OR SUM(copy_outlet = :exact)"
     " ORDER BY day DESC, copies DESC, original" LIMIT_ROWS},
    {0},
};
/* clang-format on */

const struct query *query_find(const char *name)
{
    for (const struct query *q = query_list; q->name; q++)
        if (strcmp(q->name, name) == 0)
            return q;
    return NULL;
}

/* "%text%" with its own wild cards made plain. */
static void add_pattern(struct buf *out, struct str text)
{
    buf_add_char(out, '%');
    for (size_t i = 0; i < text.len; i++) {
        if (strchr("%_\\", text.ptr[i]))
            buf_add_char(out, '\\');
        buf_add_char(out, text.ptr[i]);
    }
    buf_add_char(out, '%');
}

/* Every word in quotes, where FTS5 reads nothing into it, and as a beginning: "gempa"*. */
static void add_words(struct buf *out, const char *const *operands)
{
    for (; *operands; operands++) {
        struct str rest = str_of(*operands), word;
        while (str_split(&rest, ' ', &word)) {
            if (word.len == 0)
                continue;
            buf_add_str(out, out->len ? STR(" \"") : STR("\""));
            for (size_t i = 0; i < word.len; i++) {
                if (word.ptr[i] == '"')
                    buf_add_char(out, '"');
                buf_add_char(out, word.ptr[i]);
            }
            buf_add_str(out, STR("\"*"));
        }
    }
}

static void bind(sqlite3_stmt *statement, const char *name, struct str text)
{
    int at = sqlite3_bind_parameter_index(statement, name);
    if (at && text.ptr)
        sqlite3_bind_text(statement, at, text.ptr, (int)text.len, SQLITE_STATIC);
}

int query_bind(sqlite3_stmt *statement, const char *const *operands,
               const struct query_limits *limits, struct buf scratch[3], struct err *err)
{
    int least = sqlite3_bind_parameter_index(statement, ":least");
    int limit = sqlite3_bind_parameter_index(statement, ":limit");
    int no_copies = sqlite3_bind_parameter_index(statement, ":no_copies");
    add_words(&scratch[0], operands);
    if (scratch[0].len == 0 && sqlite3_bind_parameter_index(statement, ":words"))
        return err_set(err, ERR_USAGE, "which words?");
    bind(statement, ":words", buf_str(&scratch[0]));
    if (operands[0]) {
        add_pattern(&scratch[1], str_of(operands[0]));
        bind(statement, ":first", buf_str(&scratch[1]));
        bind(statement, ":exact", str_of(operands[0]));
    }
    if (operands[0] && operands[1]) {
        add_pattern(&scratch[2], str_of(operands[1]));
        bind(statement, ":second", buf_str(&scratch[2]));
    }
    bind(statement, ":since", str_of(limits->since));
    bind(statement, ":until", str_of(limits->until));
    if (least)
        sqlite3_bind_double(statement, least, limits->least);
    if (limit)
        sqlite3_bind_int64(statement, limit, (int64_t)limits->rows);
    if (no_copies)
        sqlite3_bind_int(statement, no_copies, limits->no_copies);
    return 0;
}
