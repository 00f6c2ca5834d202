#include "tests/support/check.h"

#include "proto/base/random.h"
#include "worker/learn/label.h"
#include "worker/learn/parse.h"
#include "worker/learn/tag.h"
#include "worker/train/oracle.h"
#include "worker/train/train_parse.h"

enum { WORDS = 12, NODES = WORDS + 1 };

struct fixture {
    struct feature_word words[WORDS + 2 * TAG_MARGIN];
    struct parse_node node[NODES];
    uint16_t stack[WORDS];
    struct parse_state state;
};

static void begin(struct fixture *f, uint32_t count)
{
    *f = (struct fixture){.state = {.count = count}};
    f->state.word = f->words + TAG_MARGIN;
    f->state.node = f->node;
    f->state.stack = f->stack;
    parse_begin(&f->state);
}

/* A random projective tree over words [first, end): a head, and trees on both sides. */
static uint16_t plant(struct random *random, uint32_t first, uint32_t end, uint16_t parent,
                      uint16_t *head)
{
    uint32_t top = first + (uint32_t)random_below(random, end - first);
    head[top] = parent;
    for (uint32_t at = first; at < top;) {
        uint32_t cut = at + 1 + (uint32_t)random_below(random, top - at);
        plant(random, at, cut, (uint16_t)top, head);
        at = cut;
    }
    for (uint32_t at = top + 1; at < end;) {
        uint32_t cut = at + 1 + (uint32_t)random_below(random, end - at);
        plant(random, at, cut, (uint16_t)top, head);
        at = cut;
    }
    return (uint16_t)top;
}

static enum parse_move free_move(const struct parse_state *state, const uint16_t *gold)
{
    for (enum parse_move move = PARSE_SHIFT; move < PARSE_MOVES; move++)
        if (oracle_cost(state, gold, move) == 0)
            return move;
    return PARSE_MOVES;
}

static void moves_that_cost_nothing_lead_to_the_gold_tree(void **state)
{
    (void)state;
    struct random random;
    struct fixture f;
    uint16_t gold[WORDS];
    random_seed(&random, 3);
    for (int turn = 0; turn < 500; turn++) {
        uint32_t n = 1 + (uint32_t)random_below(&random, WORDS);
        plant(&random, 0, n, (uint16_t)n, gold);
        begin(&f, n);
        while (!parse_is_done(&f.state)) {
            enum parse_move move = free_move(&f.state, gold);
            assert_true(move < PARSE_MOVES);
            parse_apply(&f.state, move, DEPREL_DEP);
        }
        for (uint32_t i = 0; i < n; i++)
            assert_int_equal(f.node[i].head, gold[i]);
    }
}

/* Most gold arcs that can be had from here, by trying everything. */
static uint32_t reach(const struct fixture *f, const uint16_t *gold)
{
    uint32_t best = 0;
    if (parse_is_done(&f->state)) {
        for (uint32_t i = 0; i < f->state.count; i++)
            best += f->node[i].head == gold[i];
        return best;
    }
    for (enum parse_move move = PARSE_SHIFT; move < PARSE_MOVES; move++) {
        struct fixture next = *f;
        next.state.word = next.words + TAG_MARGIN;
        next.state.node = next.node;
        next.state.stack = next.stack;
        if (!parse_is_legal(&next.state, move))
            continue;
        parse_apply(&next.state, move, DEPREL_DEP);
        uint32_t got = reach(&next, gold);
        best = got > best ? got : best;
    }
    return best;
}

static void a_moves_cost_is_what_the_best_tree_behind_it_lacks(void **state)
{
    (void)state;
    enum { FEW = 5 };
    struct random random;
    struct fixture f;
    uint16_t gold[WORDS];
    random_seed(&random, 5);
    for (int turn = 0; turn < 60; turn++) {
        plant(&random, 0, FEW, FEW, gold);
        begin(&f, FEW);
        while (!parse_is_done(&f.state)) {
            uint32_t most = reach(&f, gold);
            enum parse_move chosen = PARSE_MOVES;
            for (enum parse_move move = PARSE_SHIFT; move < PARSE_MOVES; move++) {
                struct fixture next = f;
                next.state.node = next.node;
                next.state.stack = next.stack;
                if (!parse_is_legal(&f.state, move)) {
                    assert_int_equal(oracle_cost(&f.state, gold, move), UINT32_MAX);
                    continue;
                }
                parse_apply(&next.state, move, DEPREL_DEP);
                assert_int_equal(oracle_cost(&f.state, gold, move),
                                 most - reach(&next, gold));
                if (chosen == PARSE_MOVES || random_below(&random, 2))
                    chosen = move;
            }
            parse_apply(&f.state, chosen, DEPREL_DEP);
        }
    }
}

static void any_scores_give_a_tree_with_one_root(void **state)
{
    (void)state;
    struct random random;
    struct fixture f;
    random_seed(&random, 7);
    for (int turn = 0; turn < 300; turn++) {
        uint32_t n = 1 + (uint32_t)random_below(&random, WORDS), roots = 0;
        begin(&f, n);
        while (!parse_is_done(&f.state)) {
            int32_t scores[PARSE_MOVES];
            for (int i = 0; i < PARSE_MOVES; i++)
                scores[i] = (int32_t)random_below(&random, 10);
            parse_apply(&f.state, parse_best_move(&f.state, scores), DEPREL_DEP);
        }
        for (uint32_t i = 0; i < n; i++) {
            uint32_t steps = 0, at = i;
            roots += f.node[i].head == n;
            while (at != n && steps++ <= n)
                at = f.node[at].head;
            assert_int_equal(at, n);
        }
        assert_int_equal(roots, 1);
    }
}

static void children_are_linked_outwards(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, 4); /* 0 <- 1 <- 2 -> 3, with 0 <- 2 */
    parse_apply(&f.state, PARSE_SHIFT, 0);
    parse_apply(&f.state, PARSE_SHIFT, 0);
    parse_apply(&f.state, PARSE_LEFT, DEPREL_CASE);
    parse_apply(&f.state, PARSE_LEFT, DEPREL_NSUBJ);
    parse_apply(&f.state, PARSE_SHIFT, 0);
    parse_apply(&f.state, PARSE_SHIFT, 0);
    parse_apply(&f.state, PARSE_RIGHT, DEPREL_OBJ);
    assert_int_equal(f.node[2].left[0], 0);
    assert_int_equal(f.node[2].left[1], 1);
    assert_int_equal(f.node[2].left_count, 2);
    assert_int_equal(f.node[2].right[0], 3);
    assert_int_equal(f.node[3].deprel, DEPREL_OBJ);
    assert_false(parse_is_legal(&f.state, PARSE_SHIFT));
    assert_false(parse_is_legal(&f.state, PARSE_RIGHT));
    assert_true(parse_is_legal(&f.state, PARSE_LEFT));
}

/* Three sentences over and over: what was seen is parsed as it was. */
static void a_tiny_treebank_is_learnt(void **state)
{
    (void)state;
    static const char text[] =
        "1\tAni\t_\tPROPN\t_\t_\t2\tnsubj\t_\t_\n2\tmembaca\t_\tVERB\t_\t_\t0\troot\t_\t_\n"
        "3\tbuku\t_\tNOUN\t_\t_\t2\tobj\t_\t_\n4\tbaru\t_\tADJ\t_\t_\t3\tamod\t_\t_\n\n"
        "1\tBuku\t_\tNOUN\t_\t_\t3\tnsubj:pass\t_\t_\n2\titu\t_\tDET\t_\t_\t1\tdet\t_\t_\n"
        "3\tdibaca\t_\tVERB\t_\t_\t0\troot\t_\t_\n4\toleh\t_\tADP\t_\t_\t5\tcase\t_\t_\n"
        "5\tAni\t_\tPROPN\t_\t_\t3\tobl:agent\t_\t_\n\n";
    static const struct trainer_options all = {1, 1};
    static const struct train_parse_options options = {.epochs = 12, .runs = 2, .seed = 1};
    struct arena arena;
    struct clusters none = {0};
    struct parse_state s;
    struct parser parser;
    struct trainer *move, *label;
    struct buf a = {0}, b = {0};
    struct err err = {0};
    arena_init(&arena, 4u << 20);
    struct conllu treebank = {.arena = &arena};
    struct corpus corpus = {.arena = &arena};
    assert_ok(conllu_parse(&treebank, STR(text), "t", &err), &err);
    corpus_add(&corpus, &treebank, &none, 1);
    train_parse(&corpus, &options, &move, &label);
    trainer_finish(move, &all, &a);
    trainer_finish(label, &all, &b);
    assert_ok(perceptron_open(&parser.move, buf_str(&a), &err), &err);
    assert_ok(perceptron_open(&parser.label, buf_str(&b), &err), &err);
    for (uint32_t i = 0; i < corpus.count; i++) {
        struct fixture f;
        begin(&f, corpus.item[i].count);
        s = f.state;
        s.word = corpus.item[i].word;
        parse_words(&parser, &s);
        for (uint32_t j = 0; j < s.count; j++) {
            assert_int_equal(s.node[j].head, corpus.item[i].head[j]);
            assert_int_equal(s.node[j].deprel, corpus.item[i].deprel[j]);
        }
    }
    trainer_free(&move);
    trainer_free(&label);
    buf_fini(&a);
    buf_fini(&b);
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moves_that_cost_nothing_lead_to_the_gold_tree),
        cmocka_unit_test(a_moves_cost_is_what_the_best_tree_behind_it_lacks),
        cmocka_unit_test(any_scores_give_a_tree_with_one_root),
        cmocka_unit_test(children_are_linked_outwards),
        cmocka_unit_test(a_tiny_treebank_is_learnt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
