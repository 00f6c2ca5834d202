#include "worker/text/shingle.h"

#define PRIME ((uint64_t)0x100000001b3)      /* FNV-1a's, as is */
#define BASIS ((uint64_t)0xcbf29ce484222325) /* its start */
#define MIX   ((uint64_t)0x9e3779b97f4a7c15) /* 2^64 over the golden ratio: odd */

/* A byte as it counts in a word; 0: it is in none. */
struct letters {
    unsigned char of[256];
};

static void fill(struct letters *letters)
{
    for (int c = 0; c < 256; c++) {
        bool upper = c >= 'A' && c <= 'Z';
        bool counts =
            upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c >= 128;
        letters->of[c] = (unsigned char)(counts ? (upper ? c | 0x20 : c) : 0);
    }
}

struct run {
    uint64_t before[SHINGLE_WORDS - 1]; /* words; the last is in before[0] */
    uint32_t count;
};

static void add_word(struct run *run, uint64_t word, struct sketch *out)
{
    uint64_t hash = ((run->before[1] * MIX ^ run->before[0]) * MIX ^ word) * MIX;
    run->before[1] = run->before[0];
    run->before[0] = word;
    if (++run->count < SHINGLE_WORDS)
        return;
    uint32_t value = (uint32_t)(((hash ^ hash >> 32) * MIX) >> 32);
    if (sketch_wants(out, value))
        sketch_add(out, value);
}

static void add_line(struct str line, const struct letters *letters, struct run *run,
                     struct sketch *out)
{
    const unsigned char *p = (const unsigned char *)line.ptr, *end = p + line.len;
    while (p < end) {
        uint64_t word = BASIS;
        unsigned char c;
        for (; p < end && (c = letters->of[*p]) != 0; p++)
            word = (word ^ c) * PRIME;
        if (word != BASIS)
            add_word(run, word, out);
        p++;
    }
}

void shingle_sketch(const struct doc *doc, struct sketch *out)
{
    struct letters letters;
    struct run run = {0};
    fill(&letters);
    *out = (struct sketch){0};
    for (uint32_t i = 0; i < doc->lines.count; i++) {
        const struct doc_line *line = &doc->lines.item[i];
        struct str text = str_slice(doc->text, line->span.begin, line->span.end);
        if (line->drop == DROP_NOT || line->drop == DROP_LANGUAGE)
            add_line(text, &letters, &run, out);
    }
    if (out->count < SKETCH_LEAST)
        *out = (struct sketch){0};
}
