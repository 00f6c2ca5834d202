#include "worker/sink/web_stats.h"

#include "proto/wire/record.h"

#include <inttypes.h>
#include <sqlite3.h>

#define MARK_BEGIN '\002' /* around what was found; no text holds them (proto/article.txt) */
#define MARK_END   '\003'

static struct str number(uint64_t value, char text[24])
{
    snprintf(text, 24, "%" PRIu64, value);
    return str_of(text);
}

/* "name": rows of sql, as an array. */
static int add_rows(sqlite3 *db, const char *name, const char *sql, const struct str *value,
                    size_t count, struct buf *out, struct err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = web_prepare(db, sql, value, count, &statement, err);
    if (rc < 0)
        return rc;
    buf_printf(out, "\"%s\":", name);
    return web_rows(&statement, out, err);
}

int web_stats_entities(sqlite3 *db, const struct web_filter *filter, struct buf *out,
                       struct err *err)
{
#define ENTITIES                                                                         \
    "SELECT f.name, f.type, max(f.country) AS country, count(*) AS articles, "           \
    "min(a.day) AS first_day, max(a.day) AS last_day "                                   \
    "FROM facts f JOIN articles a ON a.seq = f.seq WHERE f.kind = 'entity' "             \
    "AND (?1 IS NULL OR f.type = ?1) AND (?2 IS NULL OR f.country = ?2) "                \
    "AND (?3 IS NULL OR instr(lower(f.name), lower(?3))) "                               \
    "AND (?4 IS NULL OR a.day >= ?4) AND (?5 IS NULL OR a.day <= ?5) "                   \
    "AND (?6 IS NULL OR f.name > ?6) GROUP BY f.name, f.type ORDER BY "
    static const char *const sql[] = {ENTITIES "articles DESC, f.name LIMIT ?7 + 0",
                                      ENTITIES "f.name, f.type LIMIT ?7 + 0"};
    char limit[24];
    const struct str value[] = {filter->value[WEB_TYPE],
                                filter->value[WEB_COUNTRY],
                                filter->value[WEB_TEXT],
                                filter->value[WEB_FROM],
                                filter->value[WEB_TO],
                                filter->oldest ? filter->after_name : STR_NONE,
                                number(filter->limit, limit)};
    return add_rows(db, "items", sql[filter->oldest], value, sizeof value / sizeof *value,
                    out, err);
}

int web_stats_entity(sqlite3 *db, struct str name, struct buf *out, struct err *err)
{
    static const char head[] =
        "SELECT n.name, max(f.type) AS type, max(f.country) AS country, "
        "count(DISTINCT f.seq) AS articles, count(*) AS facts, min(a.day) AS first_day, "
        "max(a.day) AS last_day FROM names n JOIN facts f ON f.fact = n.fact "
        "JOIN articles a ON a.seq = f.seq WHERE n.name = ?1 GROUP BY n.name";
    static const char with[] =
        "SELECT m.name, count(*) AS articles FROM names n JOIN names m "
        "ON m.fact BETWEEN n.fact / 16384 * 16384 AND n.fact / 16384 * 16384 + 16383 "
        "AND m.part = 'entity' AND m.name <> n.name "
        "WHERE n.name = ?1 AND n.part = 'entity' GROUP BY m.name "
        "ORDER BY articles DESC, m.name LIMIT 12";
    static const char days[] =
        "SELECT f.day, f.kind, count(*) AS facts FROM names n JOIN facts f "
        "ON f.fact = n.fact WHERE n.name = ?1 AND f.day IS NOT NULL "
        "GROUP BY f.day, f.kind ORDER BY f.day DESC LIMIT 400";
    size_t at = out->len;
    int rc = add_rows(db, "entity", head, &name, 1, out, err);
    if (rc == 0 && str_ends(buf_str(out), STR("[]"))) {
        out->len = at;
        return err_set(err, ERR_NOTFOUND, "nobody and nothing of this name");
    }
    buf_add_char(out, ',');
    rc = rc ? rc : add_rows(db, "with", with, &name, 1, out, err);
    buf_add_char(out, ',');
    rc = rc ? rc : add_rows(db, "days", days, &name, 1, out, err);
    buf_add_char(out, ',');
    return rc;
}

/* ---- search ---- */

/* [["text", found], ...] of a text with marks. */
static void add_marked(struct buf *out, struct str text)
{
    bool found = false, any = false;
    buf_add_char(out, '[');
    for (size_t from = 0, i = 0; i <= text.len; i++) {
        bool mark = i < text.len && (text.ptr[i] == MARK_BEGIN || text.ptr[i] == MARK_END);
        if (i < text.len && !mark)
            continue;
        if (i > from) {
            buf_add_str(out, any ? STR(",[") : STR("["));
            record_print_text(str_slice(text, from, i), out);
            buf_add_str(out, found ? STR(",true]") : STR(",false]"));
            any = true;
        }
        found = mark && text.ptr[i] == MARK_BEGIN;
        from = i + 1;
    }
    buf_add_char(out, ']');
}

int web_stats_search(sqlite3 *db, const struct web_filter *filter, struct buf *out,
                     struct err *err)
{
    static const char sql[] =
        "SELECT a.seq, a.id, a.url, a.source, a.title, a.published, a.day, "
        "snippet(article_search, -1, char(2), char(3), '…', 32) AS _snippet "
        "FROM article_search s JOIN articles a ON a.seq = s.rowid "
        "WHERE article_search MATCH ?1 AND (?2 IS NULL OR a.day >= ?2) "
        "AND (?3 IS NULL OR a.day <= ?3) AND (?4 IS NULL OR a.source = ?4) "
        "ORDER BY s.rank LIMIT ?5 + 0";
    struct buf match = {0};
    sqlite3_stmt *statement = NULL;
    char limit[24];
    if (filter->value[WEB_TEXT].ptr == NULL)
        return err_set(err, ERR_USAGE, "text says what to search for");
    web_match(filter->value[WEB_TEXT], &match);
    const struct str value[] = {buf_str(&match), filter->value[WEB_FROM],
                                filter->value[WEB_TO], filter->value[WEB_SOURCE],
                                number(filter->limit, limit)};
    int rc = web_prepare(db, sql, value, sizeof value / sizeof *value, &statement, err);
    bool any = false;
    buf_add_str(out, STR("\"items\":["));
    while (rc == 0 && (rc = web_step(statement, err)) == 1) {
        buf_add_str(out, any ? STR(",{") : STR("{"));
        web_row(statement, out);
        buf_add_str(out, STR(",\"snippet\":"));
        add_marked(out, web_column(statement, sqlite3_column_count(statement) - 1));
        buf_add_char(out, '}');
        any = true;
        rc = 0;
    }
    buf_add_char(out, ']');
    sqlite3_finalize(statement);
    buf_fini(&match);
    return rc;
}

/* ---- all ---- */

static void add_minutes(struct web *web, struct buf *out)
{
    uint64_t newest = 0;
    pthread_mutex_lock(&web->lock);
    for (size_t i = 0; i < WEB_MINUTES; i++)
        if (web->minute[i].minute > newest)
            newest = web->minute[i].minute;
    buf_add_str(out, STR("\"minutes\":["));
    bool any = false;
    for (uint64_t m = newest < WEB_MINUTES ? 0 : newest - WEB_MINUTES + 1; m <= newest; m++) {
        const struct web_minute *slot = &web->minute[m % WEB_MINUTES];
        if (slot->minute != m || m == 0)
            continue;
        buf_printf(out, "%s{\"minute\":%" PRIu64 ",\"articles\":%" PRIu64
                   ",\"facts\":%" PRIu64 "}", any ? "," : "", m, slot->articles,
                   slot->facts);
        any = true;
    }
    pthread_mutex_unlock(&web->lock);
    buf_add_char(out, ']');
}

int web_stats_all(struct web *web, sqlite3 *db, const struct web_filter *filter,
                  struct buf *out, struct err *err)
{
#define IN_TIME "(?1 IS NULL OR day >= ?1) AND (?2 IS NULL OR day <= ?2)"
    static const char *const part[][2] = {
        {"kinds", "SELECT kind, count(*) AS facts FROM facts WHERE " IN_TIME
                  " GROUP BY kind ORDER BY kind"},
        {"days", "SELECT day, kind, count(*) AS facts FROM facts WHERE day IS NOT NULL AND "
                 IN_TIME " GROUP BY day, kind ORDER BY day DESC LIMIT 1000"},
        {"events", "SELECT day, coalesce(type, '-') AS type, count(*) AS events FROM facts "
                   "WHERE kind = 'event' AND day IS NOT NULL AND " IN_TIME
                   " GROUP BY day, type ORDER BY day DESC LIMIT 1000"},
        {"units", "SELECT unit, noun, count(*) AS facts FROM facts WHERE kind = 'quantity' "
                  "AND unit IS NOT NULL AND " IN_TIME
                  " GROUP BY unit, noun ORDER BY facts DESC LIMIT 60"},
        {"countries", "SELECT country, count(*) AS facts FROM facts WHERE country IS NOT "
                      "NULL AND " IN_TIME " GROUP BY country ORDER BY facts DESC LIMIT 60"},
        {"outlets", "SELECT source, count(*) AS articles FROM articles WHERE source IS NOT "
                    "NULL AND " IN_TIME " GROUP BY source ORDER BY articles DESC LIMIT 60"},
    };
    const struct str value[] = {filter->value[WEB_FROM], filter->value[WEB_TO]};
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sizeof part / sizeof *part; i++) {
        rc = add_rows(db, part[i][0], part[i][1], value, 2, out, err);
        buf_add_char(out, ',');
    }
    if (rc == 0)
        add_minutes(web, out);
    return rc;
}
