#include "worker/text/text.h"
#include "worker/text/text_private.h"

#include "proto/wire/limits.h"

void text_lists_open(struct text_lists *lists, const struct lang *lang)
{
    const struct lexicon *lexicon = lang ? lang->lexicon : NULL;
    *lists = (struct text_lists){
        .lexicon = lexicon,
        .abbrev = lexicon_list(lexicon, "abbrev"),
        .domain = lexicon_list(lexicon, "domain"),
        .glue = lexicon_list(lexicon, "glue"),
        .hyphen = lexicon_list(lexicon, "hyphen"),
        .letter = lexicon_list(lexicon, "letter"),
        .stop = lexicon_list(lexicon, "stop"),
        .teaser = lexicon_list(lexicon, "teaser"),
        .prompt = lexicon_list(lexicon, "prompt"),
        .furniture = lexicon_list(lexicon, "furniture"),
        .byline = lexicon_list(lexicon, "byline"),
        .within = lexicon_list(lexicon, "within"),
    };
}

static void drop_all(struct doc *doc)
{
    for (uint32_t i = 0; i < doc->lines.count; i++) {
        doc->lines.item[i].drop = DROP_LANGUAGE;
        doc->lines.item[i].cue = "language";
    }
}

static struct str clean_field(struct str raw, struct arena *arena)
{
    return raw.ptr ? clean_text(raw, arena) : raw;
}

int text_read(struct doc *doc, const struct lang_set *langs, struct err *err)
{
    struct text_lists lists;
    struct article *article = &doc->article;
    article->text = doc->text = clean_text(article->text, doc->arena);
    article->title = clean_field(article->title, doc->arena);
    article->author = clean_field(article->author, doc->arena);
    if (doc->text.len > LIMIT_TEXT_BYTES)
        return err_set(err, ERR_LIMIT, "text has %zu bytes once repaired, more than %d",
                       doc->text.len, LIMIT_TEXT_BYTES);
    doc_check(doc);

    doc->lang = detect_language(doc->text, article->language, langs, &article->language);
    text_lists_open(&lists, doc->lang);
    line_read(doc, &lists);
    doc_check(doc);
    if (doc->lang == NULL) {
        drop_all(doc);
        return 0;
    }
    int result = token_read(doc, &lists, err);
    if (result)
        return result;
    doc_check(doc);
    sentence_read(doc, &lists);
    return 0;
}
