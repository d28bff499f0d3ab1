/* bareserver PORT: answers every segment with the same bytes; the least that any server takes. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST_EVENTS 64
#define PADDING 188

static char received[65536], answer[512];

static void watch(int queue, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(queue, EPOLL_CTL_ADD, fd, &event))
        exit(1);
}

static int listener(const char *port)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(port))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, MOST_EVENTS))
        exit(1);
    return fd;
}

int main(int count, char **words)
{
    if (count != 2)
        return 1;
    int head = sprintf(answer, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", PADDING), on = 1;
    int size = head + PADDING, door = listener(words[1]), queue = epoll_create1(0);
    memset(answer + head, 'x', PADDING);
    watch(queue, door);
    puts("{}");
    fflush(stdout);
    for (;;) {
        struct epoll_event events[MOST_EVENTS];
        int ready = epoll_wait(queue, events, MOST_EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            int fd = events[i].data.fd;
            if (fd == door) {
                int fresh = accept(door, NULL, NULL);
                setsockopt(fresh, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                watch(queue, fresh);
            } else if (recv(fd, received, sizeof received, 0) <= 0 || send(fd, answer, size, MSG_NOSIGNAL) < 0) {
                close(fd);
            }
        }
    }
}
