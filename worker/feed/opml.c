#include "worker/feed/opml.h"

#include "proto/base/file.h"
#include "worker/feed/xml.h"

#include <strings.h>

#define FILE_BYTES ((size_t)8 * 1024 * 1024)

typedef int each_url(void *context, const char *url, struct err *err);

static int read_lines(struct str rest, each_url *each, void *context, struct err *err)
{
    struct str line;
    struct buf url = {0};
    int rc = 0;
    while (rc >= 0 && str_split(&rest, '\n', &line) == 1) {
        line = str_trim(line);
        size_t len = 0;
        while (len < line.len && !strchr(" \t", line.ptr[len]))
            len++;
        if (len == 0 || line.ptr[0] == '#')
            continue;
        buf_clear(&url);
        buf_add(&url, line.ptr, len);
        rc = each(context, buf_cstr(&url), err);
    }
    buf_fini(&url);
    return rc < 0 ? rc : 0;
}

static int read_node(xmlTextReaderPtr reader, each_url *each, void *context,
                     struct err *err)
{
    const char *name = (const char *)xmlTextReaderConstLocalName(reader);
    if (xmlTextReaderNodeType(reader) != XML_READER_TYPE_ELEMENT || name == NULL ||
        strcasecmp(name, "outline") != 0)
        return 0;
    xmlChar *url = xmlTextReaderGetAttribute(reader, (const xmlChar *)"xmlUrl");
    if (url == NULL)
        url = xmlTextReaderGetAttribute(reader, (const xmlChar *)"xmlurl");
    int rc = url ? each(context, (const char *)url, err) : 0;
    xmlFree(url);
    return rc;
}

static int read_outlines(struct str bytes, each_url *each, void *context, struct err *err)
{
    struct buf text = {0};
    struct charset_found found;
    unsigned complaints = 0;
    bool mended;
    int rc = xml_prepare(bytes, STR_NONE, &text, &found, &mended, err), more = 1;
    xmlTextReaderPtr reader = rc == 0 ? xml_reader(buf_str(&text), &complaints) : NULL;
    while (reader && rc == 0 && (more = xmlTextReaderRead(reader)) == 1)
        rc = read_node(reader, each, context, err);
    if (rc == 0 && more < 0)
        rc = err_set(err, ERR_FORMAT, "is no OPML");
    xmlFreeTextReader(reader);
    buf_fini(&text);
    return rc;
}

int opml_read_bytes(struct str bytes, each_url *each, void *context, struct err *err)
{
    struct str begin = str_trim(bytes);
    if (str_starts(begin, STR("\xEF\xBB\xBF")))
        begin = str_from(begin, 3);
    return begin.len && begin.ptr[0] == '<' ? read_outlines(begin, each, context, err)
                                            : read_lines(begin, each, context, err);
}

int opml_read(const char *path, each_url *each, void *context, struct err *err)
{
    struct buf bytes = {0};
    int rc = file_read(path, FILE_BYTES, &bytes, err);
    if (rc == 0)
        rc = opml_read_bytes(buf_str(&bytes), each, context, err);
    buf_fini(&bytes);
    return rc;
}

static void add_attribute(struct buf *out, const char *name, struct str value)
{
    buf_printf(out, " %s=\"", name);
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        if (strchr("&<>\"", c) || (unsigned char)c < 32)
            buf_printf(out, "&#%d;", (unsigned char)c < 32 ? ' ' : c);
        else
            buf_add_char(out, c);
    }
    buf_add_char(out, '"');
}

void opml_begin(struct buf *out)
{
    buf_add_str(out,
                STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opml version=\"2.0\">\n"
                    "<head><title>Warta</title></head>\n<body>\n"));
}

void opml_add(struct buf *out, struct str url, struct str title)
{
    buf_add_str(out, STR("<outline type=\"rss\""));
    add_attribute(out, "text", title.len ? title : url);
    add_attribute(out, "xmlUrl", url);
    buf_add_str(out, STR("/>\n"));
}

void opml_end(struct buf *out)
{
    buf_add_str(out, STR("</body>\n</opml>\n"));
}
