#include "worker/learn/learn.h"

#include "proto/base/mem.h"
#include "worker/learn/label.h"
#include "worker/learn/tree.h"

static int open_weights(const struct model *model, const char *name, uint32_t labels,
                        struct perceptron *out, struct err *err)
{
    struct str section = model_section(model, name);
    if (section.ptr == NULL)
        return err_set(err, ERR_NOTFOUND, "model: no section %s", name);
    int result = perceptron_open(out, section, err);
    if (result)
        return result;
    if (out->labels != labels)
        return err_set(err, ERR_FORMAT, "model: %s has %u labels, not %u", name,
                       out->labels, labels);
    return 0;
}

int learn_open(struct learn *learn, struct str block, const struct lexicon *lexicon,
               struct err *err)
{
    *learn = (struct learn){0};
    struct model *model = &learn->model;
    int result = model_open(model, block, err);
    if (result == 0)
        result =
            clusters_open(&learn->clusters, model_section(model, LEARN_CLUSTER), err);
    if (result == 0)
        result = open_weights(model, LEARN_TAG, UPOS_COUNT - 1, &learn->tagger, err);
    if (result == 0)
        result = open_weights(model, LEARN_MOVE, PARSE_MOVES, &learn->parser.move, err);
    if (result == 0)
        result =
            open_weights(model, LEARN_LABEL, DEPREL_COUNT - 1, &learn->parser.label, err);
    if (result)
        return result;
    struct str names = model_section(model, NAME_SECTION);
    learn->has_names = names.ptr != NULL;
    if (names.ptr &&
        (result = name_open(&learn->names, names, &learn->clusters, lexicon, err)) != 0)
        return result;
    struct str whole = model_section(model, LEARN_WHOLE);
    learn->whole = (struct learn_whole){whole.ptr, (uint32_t)(whole.len / 4)};
    return 0;
}

bool learn_is_whole(const struct learn *learn, uint32_t lower)
{
    const struct learn_whole *whole = &learn->whole;
    uint32_t begin = 0, end = whole->count;
    while (begin < end) {
        uint32_t middle = begin + (end - begin) / 2;
        uint32_t here = model_u32(whole->item + (size_t)middle * 4);
        if (here == lower)
            return true;
        if (here < lower)
            begin = middle + 1;
        else
            end = middle;
    }
    return false;
}

void learn_read(const struct learn *learn, struct doc *doc)
{
    if (doc->lang == NULL)
        return;
    if (learn->has_names)
        name_begin(&learn->names, doc);
    tree_begin(learn, doc);
}

struct learn_set {
    const struct lang_set *langs;
    struct learn learn[]; /* as lang_at counts; without a block: no model */
};

int learn_set_open(const struct lang_set *langs, struct learn_set **out, struct err *err)
{
    size_t count = lang_count(langs);
    struct learn_set *set = mem_zero(1, sizeof *set + count * sizeof *set->learn);
    int result = 0;
    set->langs = langs;
    for (size_t i = 0; i < count && result == 0; i++) {
        const struct lang *lang = lang_at(langs, i);
        if (lang->model.ptr == NULL)
            continue;
        result = learn_open(&set->learn[i], lang->model, lang->lexicon, err);
        if (result)
            err_prefix(err, "language %s", lang->code);
    }
    if (result)
        learn_set_close(&set);
    *out = set;
    return result;
}

void learn_set_close(struct learn_set **set)
{
    mem_free(*set);
    *set = NULL;
}

const struct learn *learn_set_find(const struct learn_set *set, const struct lang *lang)
{
    for (size_t i = 0; i < lang_count(set->langs); i++)
        if (lang_at(set->langs, i) == lang && lang->model.ptr)
            return &set->learn[i];
    return NULL;
}
