/* The yardstick: a conference mixer as one would first write it in C. One epoll loop; a packet is read when it comes, kept as the talker's
 * frame, and every 20 ms each room is summed once, talkers hear the sum without themselves and all others one encoding of it.
 * mixer LEGS PER_ROOM: prints a port per leg; sends to where each leg's packets come from. G.711 mu-law, no jitter buffer, no RTCP, no latch. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>
#define N 160
struct leg { int fd; struct sockaddr_in peer; short pcm[N]; int fresh; unsigned short seq; unsigned ts, ssrc; };
static short decode[256];
static unsigned char encode(int s) {
  int sign = s < 0 ? 0x80 : 0, e = 7;
  if (s < 0) s = -s;
  s = (s > 32635 ? 32635 : s) + 132;
  for (int m = 0x4000; e > 0 && !(s & m); m >>= 1) e--;
  return ~(sign | (e << 4) | ((s >> (e + 3)) & 15));
}
static void deliver(struct leg *l, unsigned char *p) {
  unsigned short seq = htons(l->seq++); unsigned ts = htonl(l->ts += N);
  if (!l->peer.sin_port) return;
  p[0] = 0x80; p[1] = 0; memcpy(p + 2, &seq, 2); memcpy(p + 4, &ts, 4); memcpy(p + 8, &l->ssrc, 4);
  sendto(l->fd, p, 12 + N, MSG_DONTWAIT, (struct sockaddr *)&l->peer, sizeof l->peer);
}
int main(int argc, char **argv) {
  int legs = argc > 1 ? atoi(argv[1]) : 3, per = argc > 2 ? atoi(argv[2]) : legs, ep = epoll_create1(0);
  struct leg *all = calloc(legs, sizeof *all);
  for (int i = 0; i < 256; i++) {
    int u = ~i, v = ((((u & 15) << 3) + 132) << ((u & 0x70) >> 4)) - 132;
    decode[i] = u & 0x80 ? -v : v;
  }
  for (int i = 0; i < legs; i++) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;
    all[i].fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0); all[i].ssrc = random();
    if (bind(all[i].fd, (struct sockaddr *)&a, n) || getsockname(all[i].fd, (struct sockaddr *)&a, &n)) return 1;
    epoll_ctl(ep, EPOLL_CTL_ADD, all[i].fd, &(struct epoll_event){.events = EPOLLIN, .data.u32 = i});
    printf("%d%c", ntohs(a.sin_port), i + 1 < legs ? ' ' : '\n');
  }
  fflush(stdout);
  int timer = timerfd_create(CLOCK_MONOTONIC, 0);
  timerfd_settime(timer, 0, &(struct itimerspec){{0, 20000000}, {0, 20000000}}, 0);
  epoll_ctl(ep, EPOLL_CTL_ADD, timer, &(struct epoll_event){.events = EPOLLIN, .data.u32 = legs});
  for (;;) {
    struct epoll_event events[256];
    int due = 0, count = epoll_wait(ep, events, 256, -1);
    for (int k = 0; k < count; k++) {
      unsigned char p[2048];
      unsigned i = events[k].data.u32;
      if (i == (unsigned)legs) { unsigned long t; due = read(timer, &t, 8) == 8; continue; }
      socklen_t n = sizeof all[i].peer;
      if (recvfrom(all[i].fd, p, sizeof p, 0, (struct sockaddr *)&all[i].peer, &n) < 12 + N) continue;
      int peak = 0;
      for (int s = 0; s < N; s += 4) { int v = decode[p[12 + s]]; peak = abs(v) > peak ? abs(v) : peak; }
      if (peak < 200 && per > 11) continue;
      for (int s = 0; s < N; s++) all[i].pcm[s] = decode[p[12 + s]];
      all[i].fresh = 1;
    }
    for (int room = 0; due && room < legs; room += per) {
      int sum[N] = {0}, end = room + per < legs ? room + per : legs;
      unsigned char full[12 + N], own[12 + N];
      for (int i = room; i < end; i++) for (int s = 0; all[i].fresh && s < N; s++) sum[s] += all[i].pcm[s];
      for (int s = 0; s < N; s++) full[12 + s] = encode(sum[s]);
      for (int i = room; i < end; i++) {
        for (int s = 0; all[i].fresh && s < N; s++) own[12 + s] = encode(sum[s] - all[i].pcm[s]);
        deliver(&all[i], all[i].fresh ? own : full);
        all[i].fresh = 0;
      }
    }
  }
}
