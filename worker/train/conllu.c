#include "worker/train/conllu.h"

#include "proto/base/file.h"
#include "proto/base/utf8.h"
#include "worker/learn/label.h"

#define FIELDS 10

enum field { ID, FORM, LEMMA, UPOS, XPOS, FEATS, HEAD, DEPREL, DEPS, MISC };

struct reader {
    struct conllu *treebank;
    const char *name;
    struct err *err;
    uint32_t line;
    struct conllu_word word[CONLLU_WORDS_MOST];
    struct conllu_range range[CONLLU_WORDS_MOST];
    uint32_t count, range_count;
};

static int fail(struct reader *r, const char *what)
{
    return err_set(r->err, ERR_FORMAT, "%s:%u: %s", r->name, r->line, what);
}

static struct str lower_of(struct arena *arena, struct str form)
{
    char *out = arena_alloc(arena, form.len * 2 + 4);
    return str_make(out, utf8_lower_str(form, out));
}

static int take_range(struct reader *r, struct str id, struct str form)
{
    struct str first;
    uint64_t begin, end, free_from = r->range_count ? r->range[r->range_count - 1].end : 0;
    str_split(&id, '-', &first);
    if (!str_to_u64(first, &begin) || !str_to_u64(id, &end) || begin != r->count + 1 ||
        begin <= free_from || end <= begin || end > CONLLU_WORDS_MOST ||
        r->range_count == CONLLU_WORDS_MOST)
        return fail(r, "a range of words that does not fit");
    if (form.len == 0 || utf8_bad_at(form) < form.len)
        return fail(r, "no form, or not UTF-8");
    r->range[r->range_count++] = (struct conllu_range){
        arena_str(r->treebank->arena, form), (uint32_t)begin - 1, (uint32_t)end};
    return 0;
}

static int take_word(struct reader *r, const struct str *field)
{
    uint64_t id, head;
    if (r->count == CONLLU_WORDS_MOST)
        return fail(r, "too many words in a sentence");
    if (!str_to_u64(field[ID], &id) || id != r->count + 1)
        return fail(r, "the words are not numbered 1, 2, 3");
    if (!str_to_u64(field[HEAD], &head) || head > CONLLU_WORDS_MOST || head == id)
        return fail(r, "no word can be the head");
    if (field[FORM].len == 0 || utf8_bad_at(field[FORM]) < field[FORM].len)
        return fail(r, "no form, or not UTF-8");
    struct conllu_word *word = &r->word[r->count++];
    struct str form = arena_str(r->treebank->arena, field[FORM]);
    *word = (struct conllu_word){.form = form,
                                 .lower = lower_of(r->treebank->arena, form),
                                 .upos = (uint8_t)upos_of(field[UPOS]),
                                 .deprel = (uint8_t)deprel_of(field[DEPREL]),
                                 .head = (uint16_t)head};
    return 0;
}

static int take_line(struct reader *r, struct str line)
{
    struct str field[FIELDS];
    size_t n = 0;
    while (n < FIELDS && str_split(&line, '\t', &field[n]))
        n++;
    if (n != FIELDS || line.ptr)
        return fail(r, "not ten fields");
    if (memchr(field[ID].ptr, '.', field[ID].len))
        return 0;
    if (memchr(field[ID].ptr, '-', field[ID].len))
        return take_range(r, field[ID], field[FORM]);
    return take_word(r, field);
}

static int end_sentence(struct reader *r)
{
    uint32_t n = r->count, roots = 0;
    struct arena *arena = r->treebank->arena;
    if (n == 0)
        return r->range_count ? fail(r, "a range without words") : 0;
    for (uint32_t i = 0; i < n; i++) {
        struct conllu_word *word = &r->word[i];
        if (word->head > n)
            return fail(r, "a head outside the sentence above");
        roots += word->head == 0;
        word->head = (uint16_t)(word->head ? word->head - 1u : n);
    }
    if (roots != 1)
        return fail(r, "the sentence above has not one root");
    if (r->range_count && r->range[r->range_count - 1].end > n)
        return fail(r, "a range reaches behind the sentence above");
    struct conllu_sentence s = {.count = n, .range_count = r->range_count};
    s.word = arena_alloc(arena, n * sizeof *s.word);
    memcpy(s.word, r->word, n * sizeof *s.word);
    s.range = arena_alloc(arena, (size_t)s.range_count * sizeof *s.range);
    memcpy(s.range, r->range, s.range_count * sizeof *s.range);
    *ARENA_PUSH(arena, r->treebank) = s;
    r->count = r->range_count = 0;
    return 0;
}

int conllu_parse(struct conllu *treebank, struct str text, const char *name,
                 struct err *err)
{
    struct reader *r = arena_zero(treebank->arena, 1, sizeof *r);
    struct str line;
    int result = 0;
    *r = (struct reader){.treebank = treebank, .name = name, .err = err};
    while (result == 0 && str_split(&text, '\n', &line)) {
        r->line++;
        if (line.len && line.ptr[line.len - 1] == '\r')
            line.len--;
        if (line.len == 0)
            result = end_sentence(r);
        else if (line.ptr[0] != '#')
            result = take_line(r, line);
    }
    return result ? result : end_sentence(r);
}

int conllu_read(struct conllu *treebank, const char *path, struct err *err)
{
    struct buf text = {0};
    int result = file_read(path, CONLLU_FILE_BYTES, &text, err);
    if (result == 0)
        result = conllu_parse(treebank, buf_str(&text), path, err);
    buf_fini(&text);
    return result;
}
