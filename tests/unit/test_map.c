#include "tests/support/check.h"

#include "proto/base/hash.h"
#include "proto/base/map.h"
#include "proto/base/random.h"

#include <stdio.h>

static struct str key_of(uint64_t n, char text[24])
{
    return str_make(text, (size_t)snprintf(text, 24, "k%llu", (unsigned long long)n));
}

static void what_is_put_is_got_until_deleted(void **state)
{
    (void)state;
    struct map *map = map_new();
    uint64_t value = 0;
    map_put(map, STR("a"), 1);
    map_put(map, STR("a"), 2);
    map_put(map, STR(""), 3);
    map_put(map, STR("a\0b"), 4);
    assert_int_equal(map_count(map), 3);
    assert_true(map_get(map, STR("a"), &value));
    assert_int_equal(value, 2);
    assert_true(map_get(map, STR("a\0b"), NULL));
    assert_true(map_del(map, STR("a")));
    assert_false(map_del(map, STR("a")));
    assert_false(map_get(map, STR("a"), &value));
    assert_true(map_get(map, STR(""), &value));
    assert_int_equal(value, 3);
    map_clear(map);
    assert_int_equal(map_count(map), 0);
    assert_false(map_get(map, STR(""), NULL));
    map_free(&map);
    assert_null(map);
    map_free(&map);
}

/* Against an array that cannot be wrong. */
static void random_puts_and_deletes_agree_with_an_array(void **state)
{
    (void)state;
    enum { KEYS = 500, STEPS = 60000 };
    static uint64_t want[KEYS];
    static bool in[KEYS];
    struct map *map = map_new();
    struct random random;
    char text[24];
    size_t count = 0;
    random_seed(&random, 7);
    for (int step = 0; step < STEPS; step++) {
        size_t k = (size_t)random_below(&random, KEYS);
        if (random_below(&random, 2)) {
            map_put(map, key_of(k, text), want[k] = random_next(&random));
            count += !in[k];
            in[k] = true;
        } else {
            assert_int_equal(map_del(map, key_of(k, text)), in[k]);
            count -= in[k];
            in[k] = false;
        }
        uint64_t got = 0;
        k = (size_t)random_below(&random, KEYS);
        assert_int_equal(map_get(map, key_of(k, text), &got), in[k]);
        assert_true(!in[k] || got == want[k]);
        assert_int_equal(map_count(map), count);
    }
    map_free(&map);
}

static void a_walk_meets_every_key_once(void **state)
{
    (void)state;
    enum { KEYS = 1000 };
    static int met[KEYS];
    struct map *map = map_new();
    char text[24];
    for (uint64_t k = 0; k < KEYS; k++)
        map_put(map, key_of(k, text), k);
    size_t cursor = 0;
    struct str key;
    uint64_t value;
    while (map_next(map, &cursor, &key, &value) == 1) {
        assert_true(str_eq(key, key_of(value, text)));
        met[value]++;
    }
    for (int k = 0; k < KEYS; k++)
        assert_int_equal(met[k], 1);
    map_free(&map);
}

static void stable_hashes_are_the_known_values(void **state)
{
    (void)state;
    char hex[17];
    hash_hex(hash64(STR(""), 0), hex); /* XXH3's own test vectors */
    assert_string_equal(hex, "2d06800538d394c2");
    hash_hex(hash128(STR_NONE).high, hex);
    assert_string_equal(hex, "99aa06d3014798d8");
    hash_hex(hash128(STR("")).low, hex);
    assert_string_equal(hex, "6001c324468d497f");
    assert_true(hash64(STR("a"), 1) != hash64(STR("a"), 2));
    hash_hex(0x1f, hex);
    assert_string_equal(hex, "000000000000001f");
}

static void pieces_hash_as_the_whole(void **state)
{
    (void)state;
    char bytes[3000];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 7 + i / 256);
    for (size_t len = 0; len < sizeof bytes; len += 61) {
        struct hash_stream stream;
        hash_begin(&stream);
        hash_add(&stream, str_make(bytes, len / 3));
        hash_add(&stream, STR_NONE);
        hash_add(&stream, str_make(bytes + len / 3, len - len / 3));
        assert_true(hash_end(&stream) == hash64(str_make(bytes, len), 0));
    }
}

static void the_keyed_hash_is_the_same_within_a_process(void **state)
{
    (void)state;
    assert_true(hash_keyed(STR("id")) == hash_keyed(STR("id")));
    assert_true(hash_keyed(STR("id")) != hash_keyed(STR("ie")));
    assert_true(hash_keyed(STR("")) == hash_keyed(STR_NONE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_is_got_until_deleted),
        cmocka_unit_test(random_puts_and_deletes_agree_with_an_array),
        cmocka_unit_test(a_walk_meets_every_key_once),
        cmocka_unit_test(stable_hashes_are_the_known_values),
        cmocka_unit_test(pieces_hash_as_the_whole),
        cmocka_unit_test(the_keyed_hash_is_the_same_within_a_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
