/* Addresses of IP as the kernel takes them. */
#ifndef PORTHOLE_ADDRESS_H
#define PORTHOLE_ADDRESS_H

#include <stddef.h>
#include <stdint.h>

enum { FAMILY_IPV4 = 2, FAMILY_IPV6 = 10, ADDRESS_BYTES = 28 };

/* Reads an address into the bytes of a sockaddr; its length, or 0 where `host` is a name, or nothing. IPv4 in all forms of inet_aton(3), as the
   look-up in Node.js has it; IPv6 (RFC 4291), with an IPv4 part and a zone (RFC 4007) where it has them. */
size_t read_address(const char *host, int port, uint8_t address[ADDRESS_BYTES]);

/* The addresses of `host` by turns from 0 on, and 0 behind the last: `localhost` has one of each family, all else only itself. */
const char *address_of(const char *host, int turn);

#endif
