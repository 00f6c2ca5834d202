/* Runs a fuzz target over files and directories given as arguments, in name order. */
#include "tests/fuzz/fuzz.h"

#include "proto/base/buf.h"
#include "proto/base/file.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static int replay_file(const char *path)
{
    struct buf buf = {0};
    struct err err = {0};
    if (file_read(path, 64u << 20, &buf, &err) < 0) {
        fprintf(stderr, "%s\n", err.text);
        return -1;
    }
    /* An allocation of its own size, so that reading past the end shows. */
    uint8_t *bytes = malloc(buf.len + (buf.len == 0));
    if (buf.len)
        memcpy(bytes, buf.ptr, buf.len);
    LLVMFuzzerTestOneInput(bytes, buf.len);
    free(bytes);
    buf_fini(&buf);
    return 1;
}

static int replay_dir(const char *dir)
{
    struct dirent **entry;
    int count = scandir(dir, &entry, NULL, alphasort), done = 0;
    for (int i = 0; i < count; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", dir, entry[i]->d_name);
        if (entry[i]->d_name[0] != '.' && done >= 0)
            done = replay_file(path) < 0 ? -1 : done + 1;
        free(entry[i]);
    }
    if (count >= 0)
        free(entry);
    return done;
}

int main(int argc, char **argv)
{
    int total = 0;
    for (int i = 1; i < argc; i++) {
        struct stat what;
        if (stat(argv[i], &what) != 0) {
            perror(argv[i]);
            return 1;
        }
        int done = S_ISDIR(what.st_mode) ? replay_dir(argv[i]) : replay_file(argv[i]);
        if (done < 0)
            return 1;
        total += done;
    }
    printf("%d inputs\n", total);
    return total == 0; /* an empty corpus tests nothing */
}
