#include "tests/support/check.h"

#include "proto/base/heap.h"
#include "proto/base/random.h"

enum { ITEMS = 300 };

struct lease {
    int name;
    struct heap_slot slot;
};

static void an_empty_heap_has_no_first(void **state)
{
    (void)state;
    struct heap heap;
    struct heap_slot slot = {0};
    heap_init(&heap);
    assert_null(heap_first(&heap));
    heap_del(&heap, &slot);
    heap_fini(&heap);
}

static void the_owner_of_a_slot_is_found(void **state)
{
    (void)state;
    struct heap heap;
    struct lease lease = {.name = 5};
    heap_init(&heap);
    heap_put(&heap, &lease.slot, 1);
    assert_int_equal(HEAP_OWNER(heap_first(&heap), struct lease, slot)->name, 5);
    heap_fini(&heap);
    assert_int_equal(lease.slot.place, 0);
}

static void check_heap(const struct heap *heap)
{
    uint64_t least = UINT64_MAX;
    for (size_t i = 0; i < heap->count; i++) {
        assert_int_equal(heap->slot[i]->place, i + 1);
        if (i > 0)
            assert_true(heap->slot[(i - 1) / 2]->key <= heap->slot[i]->key);
        if (heap->slot[i]->key < least)
            least = heap->slot[i]->key;
    }
    if (heap->count)
        assert_true(heap_first(heap)->key == least);
}

static void random_puts_moves_and_deletes_keep_the_least_first(void **state)
{
    (void)state;
    struct heap_slot slot[ITEMS] = {0};
    struct heap heap;
    struct random random;
    heap_init(&heap);
    random_seed(&random, 11);
    for (int step = 0; step < 5000; step++) {
        struct heap_slot *s = &slot[random_below(&random, ITEMS)];
        if (random_below(&random, 3) == 0)
            heap_del(&heap, s);
        else
            heap_put(&heap, s, random_below(&random, 1000));
        check_heap(&heap);
    }
    heap_fini(&heap);
}

static void taking_the_first_sorts(void **state)
{
    (void)state;
    struct heap_slot slot[ITEMS] = {0}, *first;
    struct heap heap;
    uint64_t last = 0;
    size_t taken = 0;
    heap_init(&heap);
    for (uint64_t i = 0; i < ITEMS; i++)
        heap_put(&heap, &slot[i], i * 7919 % 1009);
    for (; (first = heap_first(&heap)) != NULL; taken++) {
        assert_true(first->key >= last);
        last = first->key;
        heap_del(&heap, first);
    }
    assert_int_equal(taken, ITEMS);
    heap_fini(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_heap_has_no_first),
        cmocka_unit_test(the_owner_of_a_slot_is_found),
        cmocka_unit_test(random_puts_moves_and_deletes_keep_the_least_first),
        cmocka_unit_test(taking_the_first_sorts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
