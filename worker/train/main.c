/* `warta train`: makes the model file from treebanks and text (recipe.h), and tells how
 * right one is (eval.h). */

#include "proto/base/clock.h"
#include "proto/base/diag.h"
#include "proto/base/file.h"
#include "proto/base/option.h"
#include "proto/base/program.h"
#include "worker/train/eval.h"
#include "worker/train/recipe.h"
#include "worker/train/train_name.h"

#include <stdio.h>

#define EVAL_BYTES ((size_t)1 << 30)

struct settings {
    const char *data, *out, *model;
    struct option_list without;
    bool speed;
};

#define AT(member) offsetof(struct settings, member)

static const struct option options[] = {
    {"data", 'd', OPTION_TEXT, AT(data), "DIR", ".", 0, 0,
     "directory of the training data: ud/, ner/, news/"},
    {"out", 'o', OPTION_TEXT, AT(out), "FILE", "id.model", 0, 0, "model file to write"},
    {"without", 0, OPTION_LIST, AT(without), "NAME", NULL, 0, 0,
     "treebank to leave out, as NAME.conllu; may be given again"},
    {"model", 'm', OPTION_TEXT, AT(model), "FILE", NULL, 0, 0,
     "model file to judge (default: the one in this program)"},
    {"speed", 0, OPTION_FLAG, AT(speed), NULL, NULL, 0, 0,
     "also tell how many words a second were read"},
    {0},
};

static const struct option_program program = {
    .name = "warta train",
    .usage = "[options]\n       warta train [options] eval tag|parse FILE.conllu\n"
             "       warta train [options] eval names FILE",
    .summary = "Make the model file from the training data, always the same from the same "
               "data,\nor tell how right a model is on a treebank.",
    .option = options,
    .help_tail = "Exits 0 when done, 100 on wrong use or data, 111 on what may pass.",
};

static void say(const char *step)
{
    diag(DIAG_INFO, "train", step, NULL);
}

static int make(const struct settings *settings, struct err *err)
{
    const struct recipe recipe = {
        .data = settings->data,
        .without = settings->without.item,
        .without_count = settings->without.count,
        .say = say};
    struct buf model = {0};
    int result = recipe_make(&recipe, &model, err);
    if (result == 0)
        result = file_replace(settings->out, buf_str(&model), err);
    buf_fini(&model);
    return result;
}

static double percent(uint32_t part, uint32_t whole)
{
    return whole ? 100.0 * part / whole : 0;
}

static void print(const struct eval *eval, bool parse)
{
    if (parse)
        printf("UAS %.2f LAS %.2f\n", percent(eval->head, eval->words),
               percent(eval->label, eval->words));
    else
        printf("UPOS %.2f\n", percent(eval->upos, eval->words));
}

/* The model to judge: a file's, or that of the first pack which has one. */
struct judged {
    struct learn learn;
    struct str file;
    struct lang_set *langs;
};

static int open_shipped(struct judged *judged, struct err *err)
{
    int result = lang_open(&judged->langs, err);
    for (size_t i = 0; result == 0 && i < lang_count(judged->langs); i++) {
        struct str model = lang_at(judged->langs, i)->model;
        if (model.len)
            return learn_open(&judged->learn, model, NULL, err);
    }
    return result ? result : err_set(err, ERR_NOTFOUND, "no model is in this program");
}

static int open_judged(const struct settings *settings, struct judged *judged,
                       struct err *err)
{
    *judged = (struct judged){0};
    if (settings->model == NULL)
        return open_shipped(judged, err);
    int result = file_map(settings->model, &judged->file, err);
    if (result == 0 && (result = learn_open(&judged->learn, judged->file, NULL, err)) != 0)
        err_prefix(err, "%s", settings->model);
    return result;
}

static void close_judged(struct judged *judged)
{
    file_unmap(&judged->file);
    lang_close(&judged->langs);
}

static int judge(const struct settings *settings, const char *what, const char *path,
                 struct err *err)
{
    struct arena arena;
    struct conllu treebank = {.arena = &arena};
    struct judged judged;
    struct eval eval;
    bool parse = strcmp(what, "parse") == 0;
    arena_init(&arena, EVAL_BYTES);
    int result = open_judged(settings, &judged, err);
    if (result == 0)
        result = conllu_read(&treebank, path, err);
    if (result == 0) {
        uint64_t begin = clock_now_ns();
        eval_run(&judged.learn, &treebank, parse, &eval);
        double seconds = (double)(clock_now_ns() - begin) / 1e9;
        print(&eval, parse);
        if (settings->speed)
            printf("%u words, %.0f a second\n", eval.words, eval.words / seconds);
    }
    close_judged(&judged);
    arena_fini(&arena);
    return result;
}

static double share(uint32_t part, uint32_t whole)
{
    return whole ? (double)part / whole : 0;
}

static int judge_names(const struct settings *settings, const char *path, struct err *err)
{
    struct judged judged;
    struct name_score score;
    int result = open_judged(settings, &judged, err);
    if (result == 0)
        result = train_name_judge(&judged.learn, path, &score, err);
    if (result == 0)
        printf("P %.3f R %.3f F1 %.3f\n", share(score.right[0], score.said[0]),
               share(score.right[0], score.gold[0]),
               share(2 * score.right[0], score.said[0] + score.gold[0]));
    close_judged(&judged);
    return result;
}

static int run(const struct settings *settings, const char **operand, struct err *err)
{
    if (operand[0] == NULL)
        return make(settings, err);
    if (strcmp(operand[0], "eval") == 0 && operand[1] && operand[2] && !operand[3] &&
        strcmp(operand[1], "names") == 0)
        return judge_names(settings, operand[2], err);
    bool known = strcmp(operand[0], "eval") == 0 && operand[1] &&
                 (strcmp(operand[1], "tag") == 0 || strcmp(operand[1], "parse") == 0);
    if (!known || operand[2] == NULL || operand[3])
        return err_set(err, ERR_USAGE, "what to do: eval tag|parse|names FILE, or "
                                       "nothing, to make a model");
    return judge(settings, operand[1], operand[2], err);
}

int train_main(int argc, char **argv)
{
    struct settings settings;
    struct option_set *set = NULL;
    const char **operands = NULL;
    struct err err = {0};
    int result = option_parse(&program, argc, argv, &settings, &set, &operands, &err);
    if (result == 0)
        return EXIT_DONE;
    if (result == 1)
        result = run(&settings, operands, &err);
    if (result != 0)
        fprintf(stderr, "warta train: %s\n", err.text);
    option_free(&set);
    if (result == 0)
        return EXIT_DONE;
    return result == ERR_SYSTEM || result == ERR_NOSPACE ? EXIT_LATER : EXIT_NEVER;
}
