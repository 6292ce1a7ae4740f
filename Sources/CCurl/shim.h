// Typed faces of libcurl's variadic functions, which Swift cannot call.
#ifndef CCURL_SHIM_H
#define CCURL_SHIM_H

#include <curl/curl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

/// curl_easy_setopt for options of type long.
static inline CURLcode ccurl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

/// curl_easy_setopt for options of type curl_off_t.
static inline CURLcode ccurl_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

/// curl_easy_setopt for strings, which libcurl copies.
static inline CURLcode ccurl_set_string(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

/// curl_easy_setopt for pointers that the caller keeps alive.
static inline CURLcode ccurl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}

typedef size_t (*ccurl_data_callback)(char *data, size_t size, size_t count, void *context);

/// curl_easy_setopt for the write, header and read callbacks.
static inline CURLcode ccurl_set_callback(CURL *handle, CURLoption option, ccurl_data_callback callback) {
    return curl_easy_setopt(handle, option, callback);
}

/// curl_easy_setopt for the callback that makes sockets.
static inline CURLcode ccurl_set_opensocket(CURL *handle, curl_opensocket_callback callback, void *context) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, callback);
    return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, context);
}

/// Whether an IPv4 address, in host order, is none of the public Internet's (IANA special-purpose registry, RFC 6890).
static inline int ccurl_is_private_ipv4(uint32_t a) {
    return a >> 24 == 0 || a >> 24 == 10 || a >> 24 == 127 || a >> 22 == (100u << 2 | 1) /* 100.64/10 */
        || a >> 16 == (169u << 8 | 254) || a >> 20 == (172u << 4 | 1) || a >> 16 == (192u << 8 | 168)
        || a >> 8 == (192u << 16) || a >> 8 == (192u << 16 | 2) || a >> 17 == (198u << 7 | 9) /* 198.18/15 */
        || a >> 8 == (198u << 16 | 51u << 8 | 100) || a >> 8 == (203u << 16 | 113) || a >> 28 >= 14 /* 224/4, 240/4 */;
}

/// Whether a socket address is a loopback, private, link-local or otherwise special one, or of another family than IP.
static inline int ccurl_is_private_address(int family, const void *address) {
    if (family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof in);
        return ccurl_is_private_ipv4(ntohl(in.sin_addr.s_addr));
    }
    if (family != AF_INET6) return 1;
    struct sockaddr_in6 in6;
    memcpy(&in6, address, sizeof in6);
    const uint8_t *b = in6.sin6_addr.s6_addr;
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    static const uint8_t translated[12] = {0x00, 0x64, 0xFF, 0x9B};
    static const uint8_t zero[12] = {0};
    uint32_t last = (uint32_t)b[12] << 24 | (uint32_t)b[13] << 16 | (uint32_t)b[14] << 8 | b[15];
    /* An IPv4 address inside: mapped (RFC 4291), translated (RFC 6052), 6to4 (RFC 3056); :: and ::1 too. */
    if (!memcmp(b, mapped, 12) || !memcmp(b, translated, 12) || !memcmp(b, zero, 12)) return ccurl_is_private_ipv4(last);
    if (b[0] == 0x20 && b[1] == 0x02) return ccurl_is_private_ipv4((uint32_t)b[2] << 24 | (uint32_t)b[3] << 16 | (uint32_t)b[4] << 8 | b[5]);
    /* Unicast of the Internet is 2000::/3; of it documentation and Teredo's relays are none. */
    if (b[0] >> 5 != 1) return 1;
    return b[0] == 0x20 && b[1] == 0x01 && ((b[2] == 0x0D && b[3] == 0xB8) || (b[2] == 0 && b[3] == 0));
}

/// The same of an address that a connection is about to be made to.
static inline int ccurl_is_private(const struct curl_sockaddr *address) {
    return ccurl_is_private_address(address->family, &address->addr);
}

/// A socket as libcurl wants it, which children do not inherit.
static inline curl_socket_t ccurl_socket(const struct curl_sockaddr *address) {
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/// curl_easy_getinfo for values of type long.
static inline long ccurl_get_long(CURL *handle, CURLINFO info) {
    long value = 0;
    curl_easy_getinfo(handle, info, &value);
    return value;
}

/// curl_easy_getinfo for times in microseconds.
static inline curl_off_t ccurl_get_offset(CURL *handle, CURLINFO info) {
    curl_off_t value = 0;
    curl_easy_getinfo(handle, info, &value);
    return value;
}

/// curl_easy_getinfo(CURLINFO_PRIVATE).
static inline void *ccurl_get_private(CURL *handle) {
    char *value = NULL;
    curl_easy_getinfo(handle, CURLINFO_PRIVATE, &value);
    return value;
}

/// curl_multi_setopt for options of type long.
static inline CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

/// The next finished transfer, or null: the union in CURLMsg has no Swift form worth having.
static inline CURL *ccurl_next_finished(CURLM *multi, CURLcode *result) {
    int remaining;
    CURLMsg *message;
    while ((message = curl_multi_info_read(multi, &remaining)) != NULL) {
        if (message->msg == CURLMSG_DONE) {
            *result = message->data.result;
            return message->easy_handle;
        }
    }
    return NULL;
}

#endif
