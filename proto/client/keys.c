#include "proto/client/keys.h"

#include "proto/wire/key.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

bool keys_is_command(const char *const *word)
{
    return strcmp(word[0], "keygen") == 0 || strcmp(word[0], "keys") == 0;
}

static int make(const char *dir, const char *const *word, struct err *err)
{
    char public_text[KEY_TEXT_BYTES];
    if (word[1] == NULL || word[2] != NULL)
        return err_set(err, ERR_USAGE, "keygen NAME");
    int rc = key_make(dir, word[1], public_text, err);
    if (rc == 0 && (printf("%s %s\n", word[1], public_text) < 0 || fflush(stdout) != 0))
        rc = err_system(err, "standard output");
    return rc;
}

static int is_public(const struct dirent *entry)
{
    return str_ends(str_of(entry->d_name), STR(".public"));
}

/* What is to be seen of the secret half from outside: it is not opened. */
static const char *describe_secret(const char *dir, struct str name)
{
    char path[4096 + 256];
    struct stat st;
    snprintf(path, sizeof path, "%s/%.*s.secret", dir, STR_ARG(name));
    if (lstat(path, &st) < 0)
        return errno == ENOENT ? "elsewhere" : "unseen";
    if (!S_ISREG(st.st_mode))
        return "not-a-file";
    return st.st_mode & 0077 ? "open-to-others" : "here";
}

static int print_key(const char *dir, const char *file, struct err *err)
{
    char path[4096 + 256], key[KEY_RING][KEY_TEXT_BYTES];
    struct str name = str_of(file);
    struct err problem = {0};
    name.len -= sizeof ".public" - 1;
    snprintf(path, sizeof path, "%s/%s", dir, file);
    if (!key_is_name(name))
        return 0;
    int count = key_read_ring(path, key, &problem);
    if (count < 0)
        fprintf(stderr, "warta ctl: %s\n", problem.text);
    for (int i = 0; i < count; i++)
        if (printf("%.*s %s %s\n", STR_ARG(name), key[i],
                   i == 0 ? describe_secret(dir, name) : "or") < 0)
            return err_system(err, "standard output");
    return 0;
}

static int list(const char *dir, const char *const *word, struct err *err)
{
    struct dirent **entry;
    int rc = 0;
    if (word[1] != NULL)
        return err_set(err, ERR_USAGE, "keys takes no words; see --dir");
    int count = scandir(dir, &entry, is_public, alphasort);
    if (count < 0)
        return err_system(err, "%s", dir);
    for (int i = 0; i < count; i++) {
        if (rc == 0)
            rc = print_key(dir, entry[i]->d_name, err);
        free(entry[i]);
    }
    free(entry);
    if (rc == 0 && fflush(stdout) != 0)
        rc = err_system(err, "standard output");
    return rc;
}

int keys_command(const char *dir, const char *const *word, struct err *err)
{
    if (strlen(dir) > 4096)
        return err_set(err, ERR_USAGE, "the directory's name is too long");
    return strcmp(word[0], "keygen") == 0 ? make(dir, word, err) : list(dir, word, err);
}
