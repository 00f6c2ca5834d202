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
bool wordlist_exact(const struct wordlist *list); /* case: exact */
size_t wordlist_count(const struct wordlist *list);

/* What all lists know of a word, looked up once, then asked list by list for the price of
 * a bit. form: one word, in lower case. The number holds for this lexicon; 0 is that of
 * any word not looked up, and lexicon NULL gives it. */
uint32_t lexicon_word(const struct lexicon *lexicon, struct str form);
/* False: no key of any list begins with the word. */
bool lexicon_knows(const struct lexicon *lexicon, uint32_t word);
/* What a list begins with, for the two tests below; the rest of it is the module's. */
struct wordlist_bit {
    const unsigned char *sets;       /* of the lexicon */
    uint32_t begin_byte, whole_byte; /* the list's places in a set */
    unsigned char bit;
    bool certain; /* keys are in lower case, as the words asked for are */
};
/* False: no key of the list begins with the word. True: perhaps one does. */
static inline bool wordlist_may_begin(const struct wordlist *list, uint32_t word)
{
    const struct wordlist_bit *at = (const struct wordlist_bit *)list;
    return at && at->sets[word + at->begin_byte] & at->bit;
}
/* False: the word is no key of the list. True: perhaps it is; it is where the list is
 * certain and the word has been looked up (is not 0). */
static inline bool wordlist_may_have(const struct wordlist *list, uint32_t word)
{
    const struct wordlist_bit *at = (const struct wordlist_bit *)list;
    return at && at->sets[word + at->whole_byte] & at->bit;
}

static inline bool wordlist_is_certain(const struct wordlist *list)
{
    return ((const struct wordlist_bit *)list)->certain;
}

/* The entry of exactly this key (as stored: lower-cased by the caller unless exact).
 * value may be NULL. */
bool wordlist_get(const struct wordlist *list, struct str key, struct str *value_out);
/* Most words of any key that begins with this word; 0: none does. */
uint32_t wordlist_reach(const struct wordlist *list, struct str first_word);
/* Entry i, 0 <= i < count, in order of key. */
void wordlist_at(const struct wordlist *list, size_t i, struct str *key_out,
                 struct str *value_out);

#endif
