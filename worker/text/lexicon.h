#ifndef WORKER_TEXT_LEXICON_H
#define WORKER_TEXT_LEXICON_H

/* Word lists of a language pack, compiled at build from text files into one read-only
 * block (worker/lang/compile.c), which is linked into the program or mapped from a file.
 *
 * Source: worker/lang/<code>/<list>.txt, one entry a line, `key` or `key<TAB>value`,
 * UTF-8 NFC, # comments. A key is a word or a phrase of up to LEXICON_PHRASE words,
 * separated by single spaces, as the tokeniser splits them. Keys are matched in lower
 * case unless the file says `# case: exact` in its head. A key may stand once in a list.
 * The value is the list's own business: a few fields separated by single spaces, or text.
 */

#include "proto/base/err.h"
#include "proto/base/str.h"

#define LEXICON_PHRASE    8   /* words in a key */
#define LEXICON_KEY_BYTES 255 /* bytes in a key; the compiler refuses longer ones */

struct lexicon;  /* a compiled pack */
struct wordlist; /* one list in it; borrowed from the lexicon */

/* block: borrowed for the lexicon's life. Checks magic, version, sizes and checksum. */
int lexicon_open(struct str block, struct lexicon **out, struct err *err);
void lexicon_close(struct lexicon **lexicon);
uint64_t lexicon_version(const struct lexicon *lexicon); /* hash of all lists */

/* The list compiled from <name>.txt; NULL where the pack has none (every query on NULL
 * finds nothing). */
const struct wordlist *lexicon_list(const struct lexicon *lexicon, const char *name);
size_t wordlist_count(const struct wordlist *list);

/* A path: some words in a row, as far as keys of any list begin with them. Looked up once
 * for all lists, then asked list by list for the price of a bit. {0, 0}: no key begins
 * so.
 */
struct lexicon_path {
    uint32_t set;  /* of the lists whose keys begin so */
    uint32_t slot; /* 1 + its place in the table of paths; 0: none */
};

/* The path of one word, in lower case; none where lexicon is NULL. */
struct lexicon_path lexicon_word(const struct lexicon *lexicon, struct str form);
/* The path with one word more. */
struct lexicon_path lexicon_on(const struct lexicon *lexicon, struct lexicon_path path,
                               struct str form);
static inline bool lexicon_knows(struct lexicon_path path)
{
    return path.slot != 0;
}

/* What a list begins with, for the tests below; the rest of it is the module's. */
struct wordlist_bit {
    const unsigned char *sets;                /* of the lexicon */
    uint32_t begin_byte, whole_byte, on_byte; /* the list's places in a set */
    unsigned char bit;
    bool exact; /* case: exact. Its keys' paths are in lower case all the same. */
};
/* A key of the list begins with the path. */
static inline bool wordlist_begins(const struct wordlist *list, struct lexicon_path path)
{
    const struct wordlist_bit *at = (const struct wordlist_bit *)list;
    return at && at->sets[path.set + at->begin_byte] & at->bit;
}
/* … and is longer. */
static inline bool wordlist_goes_on(const struct wordlist *list, struct lexicon_path path)
{
    const struct wordlist_bit *at = (const struct wordlist_bit *)list;
    return at && at->sets[path.set + at->on_byte] & at->bit;
}
/* The path is a key of the list, but for the case of an exact one. */
static inline bool wordlist_ends(const struct wordlist *list, struct lexicon_path path)
{
    const struct wordlist_bit *at = (const struct wordlist_bit *)list;
    return at && at->sets[path.set + at->whole_byte] & at->bit;
}
static inline bool wordlist_exact(const struct wordlist *list)
{
    return list && ((const struct wordlist_bit *)list)->exact;
}

/* The entry whose key is the path. key: its words as they are written, looked at only
 * where the list is exact. value_out may be NULL, and is left alone where there is none.
 */
bool wordlist_take(const struct wordlist *list, struct lexicon_path path, struct str key,
                   struct str *value_out);
/* The same from the key alone (as stored: lower-cased by the caller unless exact). */
bool wordlist_get(const struct wordlist *list, struct str key, struct str *value_out);
/* Entry i, 0 <= i < count, in order of key. */
void wordlist_at(const struct wordlist *list, size_t i, struct str *key_out,
                 struct str *value_out);

#endif
