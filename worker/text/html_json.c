#include "worker/text/html_meta.h"

#include <jansson.h>
#include <string.h>

#define JSON_BYTES_MOST 1000000
#define PERSONS_MOST    64 /* looked through for one that is named by its id */
#define DESCENT_MOST    3  /* arrays and graphs in one another */

static struct str text_of(const json_t *value)
{
    return json_is_string(value)
               ? str_make(json_string_value(value), json_string_length(value))
               : STR_NONE;
}

static bool has_type(const json_t *object, const char *part)
{
    const json_t *type = json_object_get(object, "@type"), *one;
    size_t i;
    struct str name = text_of(type);
    json_array_foreach(json_is_array(type) ? type : NULL, i, one)
    {
        struct str each = text_of(one);
        if (each.ptr && strstr(each.ptr, part))
            return true;
    }
    return name.ptr && strstr(name.ptr, part);
}

static bool is_article(const json_t *object)
{
    static const char *const kinds[] = {"Article", "Posting", "Report", "Review"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (has_type(object, kinds[i]))
            return true;
    return false;
}

/* The object, or the one of the graph that its "@id" names. */
static const json_t *resolve(const json_t *object, const json_t *graph)
{
    struct str id = text_of(json_object_get(object, "@id"));
    if (id.ptr == NULL || json_object_get(object, "name"))
        return object;
    for (size_t i = 0; i < json_array_size(graph) && i < PERSONS_MOST; i++) {
        const json_t *other = json_array_get(graph, i);
        struct str its = text_of(json_object_get(other, "@id"));
        if (its.ptr && str_eq(its, id))
            return other;
    }
    return object;
}

static struct str name_of(const json_t *value, const json_t *graph)
{
    if (json_is_array(value))
        value = json_array_get(value, 0);
    if (!json_is_object(value))
        return text_of(value);
    return text_of(json_object_get(resolve(value, graph), "name"));
}

static void read_author(struct meta *m, const json_t *value, const json_t *graph)
{
    if (json_is_array(value))
        value = json_array_get(value, 0);
    const json_t *who = json_is_object(value) ? resolve(value, graph) : value;
    meta_set(m, has_type(who, "Organization") ? &m->house : &m->author,
             name_of(who, graph));
}

static void read_object(struct meta *m, const json_t *object, const json_t *graph)
{
    bool article = is_article(object);
    if (!article && !has_type(object, "WebPage"))
        return;
    meta_set_date(m, article ? &m->published : &m->time,
                  text_of(json_object_get(object, "datePublished")));
    meta_set(m, &m->page->language, text_of(json_object_get(object, "inLanguage")));
    if (!article)
        return;
    meta_set(m, &m->headline, text_of(json_object_get(object, "headline")));
    meta_set(m, &m->page->site, name_of(json_object_get(object, "publisher"), graph));
    read_author(m, json_object_get(object, "author"), graph);
}

static void read_value(struct meta *m, const json_t *value, unsigned descent)
{
    const json_t *graph = json_object_get(value, "@graph"), *item;
    size_t i;
    if (json_is_array(value))
        graph = value;
    else if (json_is_object(value))
        read_object(m, value, graph);
    if (descent < DESCENT_MOST)
        json_array_foreach(graph, i, item)
        {
            if (json_is_array(item) || json_object_get(item, "@graph"))
                read_value(m, item, descent + 1);
            else
                read_object(m, item, graph);
        }
}

void meta_read_json(struct meta *m, const xmlNode *script)
{
    xmlChar *text = xmlNodeGetContent(script);
    size_t len = text ? strlen((const char *)text) : 0;
    json_t *json = NULL;
    if (len && len < JSON_BYTES_MOST)
        json = json_loadb((const char *)text, len, JSON_DISABLE_EOF_CHECK, NULL);
    read_value(m, json, 0);
    json_decref(json);
    xmlFree(text);
}
