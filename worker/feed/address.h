#ifndef WORKER_FEED_ADDRESS_H
#define WORKER_FEED_ADDRESS_H

/* Addresses a stranger's feed may not send us to. Asked about what a name was resolved
 * to, at the moment a connection is made: neither a redirect nor a name that changes its
 * address between check and use gets around it. */

#include <stdbool.h>
#include <sys/socket.h>

/* True where the address is of the public internet: not this machine, not a private or
 * local network, not a carrier's (RFC 6598), not multicast or reserved, nor any of these
 * within an IPv6 address (mapped, 6to4, NAT64, Teredo). Sources: RFC 6890 and the
 * IANA special-purpose registries. */
bool address_is_public(const struct sockaddr *address);

#endif
