#include "tests/support/check.h"

#include "proto/base/arena.h"
#include "proto/base/mem.h"
#include "proto/base/program.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

static void allocations_are_aligned_and_apart(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 64 * 1024 * 1024);
    unsigned char *p[300];
    for (size_t i = 0; i < 300; i++) {
        p[i] = arena_alloc(&arena, i * 7);
        assert_int_equal((uintptr_t)p[i] % 16, 0);
        memset(p[i], (int)(i & 0xff), i * 7);
    }
    for (size_t i = 0; i < 300; i++)
        for (size_t j = 0; j < i * 7; j++)
            assert_int_equal(p[i][j], i & 0xff);
    arena_fini(&arena);
}

static void one_allocation_may_be_larger_than_a_chunk(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 64 * 1024 * 1024);
    char *small = arena_alloc(&arena, 10);
    char *large = arena_zero(&arena, 1024, 5000);
    memset(small, 1, 10);
    assert_int_equal(large[1024 * 5000 - 1], 0);
    arena_fini(&arena);
}

static void reset_starts_again_and_keeps_the_high_mark(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1024 * 1024);
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < 20; i++)
            memset(arena_alloc(&arena, 40000), round, 40000);
        assert_int_equal(arena.used_bytes, 800000);
        arena_reset(&arena);
        assert_int_equal(arena.used_bytes, 0);
        assert_int_equal(arena.high_bytes, 800000);
    }
    arena_fini(&arena);
}

#if defined(__SANITIZE_ADDRESS__)
#define KEEPS 0 /* every allocation is a malloc of its own */
#else
#define KEEPS 1
#endif

static void use(struct arena *arena, size_t pieces, size_t bytes)
{
    for (size_t i = 0; i < pieces; i++)
        memset(arena_alloc(arena, bytes), 1, bytes);
}

static void what_a_document_used_is_kept_for_the_next(void **state)
{
    (void)state;
    struct arena arena;
    const size_t mega = 1024 * 1024;
    arena_init(&arena, 64 * mega);
    use(&arena, 20, mega);
    size_t held = arena.held_bytes;
    assert_true(held >= 20 * mega);
    arena_reset(&arena);
    assert_int_equal(arena.held_bytes, KEEPS ? held : 0);
    use(&arena, 20, mega);
    assert_int_equal(arena.held_bytes, held);
    arena_reset(&arena);
    use(&arena, 2, mega); /* the next one is small */
    arena_reset(&arena);
    assert_true(arena.held_bytes <= ARENA_KEEP_BYTES);
    assert_true(!KEEPS || arena.held_bytes >= 2 * mega);
    arena_fini(&arena);
}

static void what_is_kept_makes_way_for_what_is_larger(void **state)
{
    (void)state;
    struct arena arena;
    const size_t mega = 1024 * 1024;
    arena_init(&arena, 24 * mega);
    use(&arena, 20, mega);
    arena_reset(&arena);
    use(&arena, 1, 20 * mega);
    assert_true(arena.held_bytes <= 24 * mega + ARENA_KEEP_BYTES);
    arena_fini(&arena);
}

static void jump_back(void *context)
{
    jmp_buf *back = context;
    longjmp(*back, 1);
}

static void passing_the_cap_calls_full(void **state)
{
    (void)state;
    struct arena arena;
    jmp_buf back;
    arena_init(&arena, 1024);
    arena.full = jump_back;
    arena.context = &back;
    arena_alloc(&arena, 1024);
    if (setjmp(back) == 0) {
        arena_alloc(&arena, 1);
        fail_msg("the cap was passed");
    }
    arena_reset(&arena);
    if (setjmp(back) == 0) {
        arena_alloc(&arena, SIZE_MAX);
        fail_msg("a size that wraps was given");
    }
    if (setjmp(back) == 0) {
        arena_zero(&arena, SIZE_MAX / 2, 4);
        fail_msg("a product that wraps was given");
    }
    arena.cap_bytes = SIZE_MAX;
    if (setjmp(back) == 0) {
        arena_alloc(&arena, SIZE_MAX);
        fail_msg("a size whose rounding wraps was given");
    }
    arena_fini(&arena);
}

static void alignment_counts_against_the_cap(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1024);
    arena_alloc(&arena, 1);
    arena_alloc(&arena, 17);
    assert_int_equal(arena.used_bytes, 48);
    arena_fini(&arena);
}

static void texts_are_copies(void **state)
{
    (void)state;
    struct arena arena;
    char text[] = "kata";
    arena_init(&arena, 4096);
    struct str copy = arena_str(&arena, str_of(text));
    text[0] = 'x';
    assert_str(copy, "kata");
    assert_null(arena_str(&arena, STR_NONE).ptr);
    assert_str(arena_str(&arena, STR("")), "");
    struct str printed = arena_printf(&arena, "%s-%d", "a", 5);
    assert_str(printed, "a-5");
    assert_int_equal(printed.ptr[3], '\0');
    arena_fini(&arena);
}

static void pushed_items_stay_in_order(void **state)
{
    (void)state;
    struct {
        uint64_t *item;
        uint32_t count, cap;
    } list = {0};
    struct arena arena;
    arena_init(&arena, 16 * 1024 * 1024);
    for (uint64_t i = 0; i < 10000; i++)
        *ARENA_PUSH(&arena, &list) = i * i;
    assert_int_equal(list.count, 10000);
    for (uint64_t i = 0; i < 10000; i++)
        assert_true(list.item[i] == i * i);
    arena_fini(&arena);
}

static int exit_of_child(void (*body)(void))
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
        body();
        _exit(0);
    }
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void fail_third(void)
{
    mem_fail_at(3);
    void *p = mem_grow(mem_alloc(1), 2, 1);
    mem_zero(1, 1);
    mem_free(p);
}

static void fail_fourth(void)
{
    mem_fail_at(4);
    mem_free(mem_alloc(1));
    mem_free(mem_zero(1, 1));
    mem_free(mem_grow(NULL, 1, 1));
}

static void fail_on_overflow(void)
{
    mem_grow(NULL, SIZE_MAX / 2, 4);
}

static void a_refused_allocation_ends_the_process_with_111(void **state)
{
    (void)state;
    assert_int_equal(exit_of_child(fail_third), EXIT_LATER);
    assert_int_equal(exit_of_child(fail_fourth), 0);
    assert_int_equal(exit_of_child(fail_on_overflow), EXIT_LATER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allocations_are_aligned_and_apart),
        cmocka_unit_test(one_allocation_may_be_larger_than_a_chunk),
        cmocka_unit_test(reset_starts_again_and_keeps_the_high_mark),
        cmocka_unit_test(what_a_document_used_is_kept_for_the_next),
        cmocka_unit_test(what_is_kept_makes_way_for_what_is_larger),
        cmocka_unit_test(passing_the_cap_calls_full),
        cmocka_unit_test(alignment_counts_against_the_cap),
        cmocka_unit_test(texts_are_copies),
        cmocka_unit_test(pushed_items_stay_in_order),
        cmocka_unit_test(a_refused_allocation_ends_the_process_with_111),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
