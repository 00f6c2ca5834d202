/* Any bytes as an archive, as they stand and gzipped as one member: reading ends, places
 * do not go backwards, a place that was given out leads to the same rest, and what is
 * made of a page is UTF-8 and one of our articles. A plain file and a pipe say the same
 * of good records. */
#include "tests/fuzz/fuzz.h"

#include "proto/base/mem.h"
#include "proto/base/utf8.h"
#include "proto/wire/limits.h"
#include "worker/feed/archive.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#define ARENA_BYTES ((size_t)64 << 20)

struct tally {
    uint64_t articles, hash, broken;
    struct stream_at half; /* behind the first article */
    uint64_t before;       /* articles up to it */
};

static void check_article(const struct article *a, struct tally *tally)
{
    fuzz_require(utf8_bad_at(a->html) == a->html.len && a->html.len <= LIMIT_TEXT_BYTES);
    fuzz_require(a->url.len == 0 || utf8_bad_at(a->url) == a->url.len);
    fuzz_require(article_check(a, NULL) == 0);
    char id[19];
    article_make_id(a, id);
    tally->articles++;
    tally->hash = tally->hash * 31 + strtoull(id + 2, NULL, 16);
}

static void read_from(int fd, struct stream_at from, struct tally *tally)
{
    const struct stream_options options = {0};
    struct archive_counts counts = {0};
    struct archive_item item;
    struct article article;
    struct arena arena;
    struct err err = {0};
    struct stream_at last = from;
    struct stream *stream = stream_open(fd, &options);
    int rc = 0, turns = 0;
    *tally = (struct tally){0};
    if (from.offset || from.within)
        fuzz_require(stream_seek(stream, from, &err) == 0);
    arena_init(&arena, ARENA_BYTES);
    struct archive *archive = archive_open(stream, false, &counts);
    while ((rc = archive_next(archive, &arena, &item, &article, &err)) != 0) {
        fuzz_require(turns++ < 1 << 20);
        if (rc < 0)
            fuzz_check_err(rc, &err);
        fuzz_require(item.behind.offset >= last.offset);
        fuzz_require(item.behind.offset > last.offset ||
                     item.behind.within >= last.within);
        last = item.behind;
        if (rc == 1 && !item.passed)
            check_article(&article, tally);
        if (rc == 1 && !item.passed && tally->articles == 1)
            tally->half = item.behind;
        arena_reset(&arena);
    }
    tally->broken = counts.broken;
    fuzz_require(counts.pages == tally->articles);
    archive_close(&archive);
    arena_fini(&arena);
    stream_close(&stream);
}

static void check(const char *path)
{
    struct tally all, rest;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    fuzz_require(fd >= 0);
    read_from(fd, (struct stream_at){0}, &all);
    if (all.articles > 1) {
        read_from(fd, all.half, &rest);
        fuzz_require(rest.articles == all.articles - 1);
    }
    close(fd);
}

static void zip(struct str plain, struct buf *out)
{
    z_stream z = {0};
    fuzz_require(deflateInit2(&z, 1, Z_DEFLATED, 31, 8, 0) == Z_OK);
    size_t room = deflateBound(&z, plain.len) + 32;
    z.next_out = (unsigned char *)buf_reserve(out, room);
    z.avail_out = (unsigned)room;
    z.next_in = (unsigned char *)plain.ptr;
    z.avail_in = (unsigned)plain.len;
    fuzz_require(deflate(&z, Z_FINISH) == Z_STREAM_END);
    out->len += room - z.avail_out;
    deflateEnd(&z);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct str plain = str_make((const char *)bytes, len);
    struct buf zipped = {0};
    check(fuzz_file(0, "archive", plain));
    zip(plain, &zipped);
    check(fuzz_file(1, "zipped", buf_str(&zipped)));
    buf_fini(&zipped);
    return 0;
}
