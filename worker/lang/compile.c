/* Build tool: compile the lists of a pack into one block.
 *
 *     compile OUT LIST.txt… */

#include "worker/text/lexicon_write.h"

#include "proto/base/file.h"

#include <stdio.h>
#include <string.h>

#define LIST_BYTES_MOST ((size_t)64 * 1024 * 1024)

static int add_file(struct lexicon_writer *writer, const char *path, struct err *err)
{
    struct buf text = {0};
    const char *slash = strrchr(path, '/');
    int result = file_read(path, LIST_BYTES_MOST, &text, err);
    if (result == 0)
        result =
            lexicon_writer_add(writer, slash ? slash + 1 : path, buf_str(&text), err);
    buf_fini(&text);
    return result;
}

int main(int argc, char **argv)
{
    struct err err = {0};
    struct buf block = {0};
    int result = 0;
    if (argc < 3) {
        fprintf(stderr, "usage: %s OUT LIST.txt...\n", argv[0]);
        return 100;
    }
    struct lexicon_writer *writer = lexicon_writer_new();
    for (int i = 2; i < argc && result == 0; i++)
        result = add_file(writer, argv[i], &err);
    if (result == 0) {
        lexicon_writer_finish(writer, &block);
        result = file_replace(argv[1], buf_str(&block), &err);
    }
    if (result)
        fprintf(stderr, "%s: %s\n", argv[0], err.text);
    lexicon_writer_free(&writer);
    buf_fini(&block);
    return result ? 100 : 0;
}
