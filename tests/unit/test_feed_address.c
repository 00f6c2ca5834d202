#include "tests/support/check.h"

#include "worker/feed/address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

static bool is_public(const char *text)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
        return address_is_public((const struct sockaddr *)(const void *)&in);
    if (inet_pton(AF_INET6, text, &in6.sin6_addr) == 1)
        return address_is_public((const struct sockaddr *)(const void *)&in6);
    fail_msg("%s is no address", text);
    return false;
}

static void addresses_of_the_internet_are_public(void **state)
{
    static const char *const cases[] = {
        "8.8.8.8",         "1.1.1.1",         "9.255.255.255",
        "11.0.0.0",        "100.63.255.255",  "100.128.0.0",
        "126.255.255.255", "128.0.0.0",       "169.253.255.255",
        "169.255.0.0",     "172.15.255.255",  "172.32.0.0",
        "192.167.255.255", "192.169.0.0",     "198.17.255.255",
        "198.20.0.0",      "223.255.255.255", "2001:4860:4860::8888",
        "2400:cb00::1",    "2a00:1450::1",    "2001:200::1",
        "3ffe::1",         "::ffff:8.8.8.8"};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (!is_public(cases[i]))
            fail_msg("%s is not taken for public", cases[i]);
}

static void all_others_are_not(void **state)
{
    static const char *const cases[] = {
        "0.0.0.0", "0.1.2.3", "10.0.0.0", "10.255.255.255", "100.64.0.0",
        "100.127.255.255", "127.0.0.1", "127.255.255.255", "169.254.0.1",
        "169.254.169.254", "172.16.0.0", "172.31.255.255", "192.0.0.1", "192.0.2.1",
        "192.88.99.1", "192.168.0.0", "192.168.255.255", "198.18.0.0", "198.19.255.255",
        "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1",
        "255.255.255.255",
        /* this machine, mapped, compatible, translated (RFC 6052, 8215) */
        "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
        "::127.0.0.1", "::8.8.8.8", "64:ff9b::7f00:1", "64:ff9b::8.8.8.8",
        "64:ff9b:1::a00:1",
        /* link-local, site-local, unique local, multicast, discard */
        "fe80::1", "febf::1", "fec0::1", "fc00::1", "fd00::1", "ff02::1", "100::1",
        /* Teredo, ORCHID, benchmarks, documentation, 6to4 */
        "2001::1", "2001:20::1", "2001:2::1", "2001:db8::1",
        "2002:7f00:1::", "2002:808:808::1", "3fff::1", "4000::1"};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (is_public(cases[i]))
            fail_msg("%s is taken for public", cases[i]);
}

/* Names that mean an address to the resolver: it is the address that is looked at. */
static void forms_of_an_address_are_what_they_resolve_to(void **state)
{
    static const char *const cases[] = {"2130706433", "0x7f000001", "0x7f.1",
                                        "0177.0.0.1", "127.1",      "10.258",
                                        "0",          "0xa9fea9fe"};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct addrinfo how = {.ai_socktype = SOCK_STREAM};
        struct addrinfo *found = NULL;
        assert_int_equal(getaddrinfo(cases[i], "80", &how, &found), 0);
        for (struct addrinfo *at = found; at; at = at->ai_next)
            if (address_is_public(at->ai_addr))
                fail_msg("%s is taken for public", cases[i]);
        freeaddrinfo(found);
    }
}

static void other_families_are_not_public(void **state)
{
    const struct sockaddr_storage local = {.ss_family = AF_UNIX};
    (void)state;
    assert_false(address_is_public((const struct sockaddr *)(const void *)&local));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_of_the_internet_are_public),
        cmocka_unit_test(all_others_are_not),
        cmocka_unit_test(forms_of_an_address_are_what_they_resolve_to),
        cmocka_unit_test(other_families_are_not_public),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
