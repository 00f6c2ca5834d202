#include "worker/train/train_parse.h"

#include "proto/base/mem.h"
#include "worker/learn/label.h"
#include "worker/learn/parse.h"
#include "worker/learn/punct.h"
#include "worker/train/oracle.h"

#define FOLLOW_PERCENT 90 /* how often the parser's own move is gone, right or wrong */

struct training {
    struct trainer *move, *label;
    struct random random;
    bool explores;
    struct parse_state state; /* its arrays are room for the longest sentence */
};

/* The best-scored of the moves that cost least. */
static enum parse_move good_move(const struct parse_state *state, const uint16_t *gold,
                                 const int32_t *scores)
{
    uint32_t least = UINT32_MAX;
    enum parse_move best = PARSE_SHIFT;
    for (enum parse_move move = PARSE_SHIFT; move < PARSE_MOVES; move++) {
        uint32_t cost = oracle_cost(state, gold, move);
        if (cost == UINT32_MAX)
            continue;
        if (cost < least || (cost == least && scores[move] > scores[best])) {
            least = cost;
            best = move;
        }
    }
    return best;
}

static enum parse_move learn_move(struct training *t, const struct sample *sample)
{
    int32_t scores[PERCEPTRON_LABELS];
    struct features f;
    parse_move_features(&t->state, &f);
    trainer_score(t->move, f.id, f.count, scores);
    enum parse_move mine = parse_best_move(&t->state, scores);
    enum parse_move good = good_move(&t->state, sample->head, scores);
    bool right = oracle_cost(&t->state, sample->head, mine) ==
                 oracle_cost(&t->state, sample->head, good);
    if (!right)
        trainer_update(t->move, f.id, f.count, good, mine, sample->amount);
    trainer_step(t->move);
    if (right || (t->explores && random_below(&t->random, 100) < FOLLOW_PERCENT))
        return mine;
    return good;
}

static uint8_t learn_label(struct training *t, const struct sample *sample,
                           enum parse_move move)
{
    int32_t scores[PERCEPTRON_LABELS];
    struct features f;
    uint32_t head, child;
    parse_arc(&t->state, move, &head, &child);
    if (head == sample->count)
        return DEPREL_ROOT;
    parse_label_features(&t->state, head, child, &f);
    trainer_score(t->label, f.id, f.count, scores);
    scores[DEPREL_ROOT - 1] = INT32_MIN;
    uint32_t best = perceptron_best(scores, DEPREL_COUNT - 1);
    uint8_t gold = sample->deprel[child];
    if (sample->head[child] == head && gold && best != gold - 1u)
        trainer_update(t->label, f.id, f.count, gold - 1u, best, sample->amount);
    trainer_step(t->label);
    return (uint8_t)(best + 1);
}

static void learn_sentence(struct training *t, const struct sample *sample)
{
    t->state.word = sample->word;
    t->state.count = sample->count;
    parse_begin(&t->state);
    while (!parse_is_done(&t->state)) {
        enum parse_move move = parse_only_move(&t->state);
        uint8_t deprel = DEPREL_NONE;
        if (move == PARSE_MOVES)
            move = learn_move(t, sample);
        if (move != PARSE_SHIFT)
            deprel = learn_label(t, sample, move);
        parse_apply(&t->state, move, deprel);
    }
}

/* The sample as the parser will see it: without what its tags call punctuation. Who hung
 * on that hangs on what it hung on. */
static struct sample without_punct(const struct sample *from, struct arena *arena)
{
    struct sample to = {.amount = from->amount};
    uint16_t *at = arena_alloc(arena, from->count * sizeof *at);
    uint16_t *place = arena_alloc(arena, (from->count + 1u) * sizeof *place);
    to.word = arena_alloc(arena, (from->count + 2 * PUNCT_MARGIN) * sizeof *to.word);
    to.word += PUNCT_MARGIN;
    to.count = punct_take_out(from->word, from->count, to.word, at);
    to.upos = arena_alloc(arena, to.count);
    to.deprel = arena_alloc(arena, to.count);
    to.head = arena_alloc(arena, to.count * sizeof *to.head);
    memset(place, 0xff, (from->count + 1u) * sizeof *place);
    for (uint32_t i = 0; i < to.count; i++)
        place[at[i]] = (uint16_t)i;
    place[from->count] = (uint16_t)to.count;
    for (uint32_t i = 0; i < to.count; i++) {
        uint32_t head = from->head[at[i]];
        while (place[head] == PARSE_NONE)
            head = from->head[head];
        to.head[i] = place[head];
        to.deprel[i] = from->deprel[at[i]];
        to.upos[i] = from->upos[at[i]];
    }
    return to;
}

void train_parse(const struct corpus *corpus, const struct train_parse_options *options,
                 struct trainer **move_out, struct trainer **label_out)
{
    struct training t = {.move = trainer_new(PARSE_MOVES),
                         .label = trainer_new(DEPREL_COUNT - 1)};
    uint32_t *order = mem_zero(corpus->count, sizeof *order);
    struct sample *sample = mem_zero(corpus->count, sizeof *sample);
    for (uint32_t i = 0; i < corpus->count; i++)
        sample[i] = without_punct(&corpus->item[i], corpus->arena);
    t.state.node = mem_zero(PARSE_WORDS_MOST + 1, sizeof *t.state.node);
    t.state.stack = mem_zero(PARSE_WORDS_MOST, sizeof *t.state.stack);
    random_seed(&t.random, options->seed);
    uint32_t runs = options->runs ? options->runs : 1;
    for (uint32_t turn = 0; turn < runs * options->epochs; turn++) {
        t.explores = turn % options->epochs > 0;
        if (turn && !t.explores) {
            trainer_restart(t.move);
            trainer_restart(t.label);
        }
        corpus_shuffle(corpus, &t.random, order);
        for (uint32_t i = 0; i < corpus->count; i++)
            learn_sentence(&t, &sample[order[i]]);
    }
    mem_free(t.state.node);
    mem_free(t.state.stack);
    mem_free(order);
    mem_free(sample);
    *move_out = t.move;
    *label_out = t.label;
}
