#include "worker/feed/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct {
    uint8_t net[4];
    unsigned bits;
} closed4[] = {
    {{0, 0, 0, 0}, 8},      {{10, 0, 0, 0}, 8},     {{100, 64, 0, 0}, 10},
    {{127, 0, 0, 0}, 8},    {{169, 254, 0, 0}, 16}, {{172, 16, 0, 0}, 12},
    {{192, 0, 0, 0}, 24},   {{192, 0, 2, 0}, 24},   {{192, 88, 99, 0}, 24},
    {{192, 168, 0, 0}, 16}, {{198, 18, 0, 0}, 15},  {{198, 51, 100, 0}, 24},
    {{203, 0, 113, 0}, 24}, {{224, 0, 0, 0}, 4},    {{240, 0, 0, 0}, 4},
};

/* Within what IPv6 has given out (2000::/3) all but these; what carries an IPv4 address
 * in it (6to4, Teredo) is no way for us. */
static const struct {
    uint8_t net[16];
    unsigned bits;
} closed6[] = {
    {{0x20, 0x01, 0x00, 0x00}, 23}, /* special, Teredo among them */
    {{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documentation */
    {{0x20, 0x02}, 16},             /* 6to4 */
    {{0x3f, 0xff, 0x00, 0x00}, 20}, /* documentation */
};

static bool in_net(const uint8_t *address, const uint8_t *net, unsigned bits)
{
    unsigned bytes = bits / 8, rest = bits % 8;
    if (memcmp(address, net, bytes) != 0)
        return false;
    return rest == 0 || (address[bytes] >> (8 - rest)) == (net[bytes] >> (8 - rest));
}

static bool is_public4(const uint8_t *address)
{
    for (size_t i = 0; i < COUNT(closed4); i++)
        if (in_net(address, closed4[i].net, closed4[i].bits))
            return false;
    return true;
}

static bool is_public6(const uint8_t *address)
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    static const uint8_t given_out[1] = {0x20};
    if (memcmp(address, mapped, sizeof mapped) == 0)
        return is_public4(address + sizeof mapped);
    for (size_t i = 0; i < COUNT(closed6); i++)
        if (in_net(address, closed6[i].net, closed6[i].bits))
            return false;
    return in_net(address, given_out, 3);
}

bool address_is_public(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof in);
        return is_public4((const uint8_t *)&in.sin_addr);
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, address, sizeof in6);
        return is_public6(in6.sin6_addr.s6_addr);
    }
    return false;
}
