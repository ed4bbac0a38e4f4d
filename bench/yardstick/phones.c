/* Phones that cost little and are on time, so that what is measured beside them is not they: G.711 mu-law unless told, 50 packets a second, each
 * phone in a phase of its own. phones COUNT: prints a port per phone, then obeys lines on its input and answers each with one:
 *   sound TYPE STEP LOUD HEX...   another codec: payload type, RTP timestamp of 20 ms, more bytes than silence has; FRAMES of speech, FRAMES of none
 *   start EVERY TALKERS PORT...   all send to their ports from now on; of every EVERY phones the first TALKERS talk
 *   report                        sent received missing loud late worst_us, since the last report
 * Ends with its input. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#define N 160
#define MOST 400
#define FRAMES 50
#define AT_ONCE 8
/* Later than this is late, microseconds. */
#define LATE 10000
struct phone { int fd, talks, seen; struct sockaddr_in to; unsigned short seq, heard; unsigned ts, ssrc; long long due; };
static unsigned char speech[FRAMES][MOST], quiet[FRAMES][MOST];
static int speech_size[FRAMES], quiet_size[FRAMES], type = 0, step_of_time = N, loud_size = 0;
static unsigned char inbox[AT_ONCE][2048];
static struct iovec parts[AT_ONCE];
static struct mmsghdr heads[AT_ONCE];
static long long now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1000000LL + t.tv_nsec / 1000; }
static unsigned char encode(int s) {
  int sign = s < 0 ? 0x80 : 0, e = 7;
  if (s < 0) s = -s;
  s = (s > 32635 ? 32635 : s) + 132;
  for (int m = 0x4000; e > 0 && !(s & m); m >>= 1) e--;
  return ~(sign | (e << 4) | ((s >> (e + 3)) & 15));
}
static int unhex(const char *text, unsigned char *to) {
  int n = 0;
  for (unsigned v; n < MOST && sscanf(text + 2 * n, "%2x", &v) == 1; n++) to[n] = v;
  return n;
}
int main(int argc, char **argv) {
  int count = argc > 1 ? atoi(argv[1]) : 1, running = 0;
  struct phone *all = calloc(count, sizeof *all);
  long long sent = 0, received = 0, missing = 0, loud = 0, late = 0, worst = 0;
  srandom(time(0) ^ getpid());
  for (int i = 0; i < FRAMES * N; i++) {
    double t = i / 8000.0;
    speech[i / N][i % N] = encode(6000 * (0.6 + 0.4 * sin(2 * M_PI * 4 * t)) * sin(2 * M_PI * 350 * t + 3 * sin(2 * M_PI * 7 * t)));
    quiet[i / N][i % N] = (unsigned char[]){0xff, 0x7f, 0xfe, 0x7e}[random() & 3];
  }
  for (int i = 0; i < FRAMES; i++) speech_size[i] = quiet_size[i] = N;
  for (int i = 0; i < AT_ONCE; i++) {
    parts[i] = (struct iovec){inbox[i], sizeof inbox[i]};
    heads[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
  }
  for (int i = 0; i < count; i++) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;
    all[i] = (struct phone){.fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), .to = a, .seq = random() & 0x7fff, .ts = random(), .ssrc = random()};
    if (bind(all[i].fd, (struct sockaddr *)&a, n) || getsockname(all[i].fd, (struct sockaddr *)&a, &n)) return 1;
    printf("%d%c", ntohs(a.sin_port), i + 1 < count ? ' ' : '\n');
  }
  fflush(stdout);
  for (;;) {
    struct timespec step = {0, 1000000};
    fd_set in;
    FD_ZERO(&in); FD_SET(0, &in);
    if (pselect(1, &in, 0, 0, running ? &step : 0, 0) > 0) {
      static char line[1 << 18];
      size_t used = 0;
      ssize_t n;
      while ((n = read(0, line + used, sizeof line - 1 - used)) > 0 && line[(used += n) - 1] != '\n');
      if (n <= 0) return 0;
      line[used] = 0;
      char *word = strtok(line, " \n");
      if (word && !strcmp(word, "sound")) {
        type = atoi(strtok(0, " ")); step_of_time = atoi(strtok(0, " ")); loud_size = atoi(strtok(0, " "));
        for (int i = 0; i < FRAMES; i++) speech_size[i] = unhex(strtok(0, " \n"), speech[i]);
        for (int i = 0; i < FRAMES; i++) quiet_size[i] = unhex(strtok(0, " \n"), quiet[i]);
        puts("ok");
      } else if (word && !strcmp(word, "start")) {
        int every = atoi(strtok(0, " ")), talkers = atoi(strtok(0, " "));
        long long begin = now();
        for (int i = 0; i < count; i++) {
          all[i].to.sin_port = htons(atoi(strtok(0, " \n"))); all[i].talks = i % every < talkers;
          all[i].due = begin + random() % 20000;
        }
        running = 1; puts("ok");
      } else printf("%lld %lld %lld %lld %lld %lld\n", sent, received, missing, loud, late, worst);
      sent = received = missing = loud = late = worst = 0;
      fflush(stdout);
    }
    long long t = now();
    for (int i = 0; running && i < count; i++) {
      struct phone *p = &all[i];
      unsigned char packet[2048];
      /* So far behind that it cannot be made up for: what is missed is not sent, and has been late. */
      for (; p->due < t - 60000; p->due += 20000) late++;
      if (p->due <= t) {
        unsigned short seq = htons(p->seq); unsigned ts = htonl(p->ts += step_of_time);
        int frame = p->seq % FRAMES, size = p->talks ? speech_size[frame] : quiet_size[frame], got;
        if (t - p->due > LATE) late++;
        if (t - p->due > worst) worst = t - p->due;
        packet[0] = 0x80; packet[1] = type; memcpy(packet + 2, &seq, 2); memcpy(packet + 4, &ts, 4); memcpy(packet + 8, &p->ssrc, 4);
        memcpy(packet + 12, p->talks ? speech[frame] : quiet[frame], size);
        p->seq++; sent++;
        sendto(p->fd, packet, 12 + size, MSG_DONTWAIT, (struct sockaddr *)&p->to, sizeof p->to);
        while ((got = recvmmsg(p->fd, heads, AT_ONCE, MSG_DONTWAIT, 0)) > 0) {
          for (int k = 0; k < got; k++) {
            unsigned char *q = inbox[k];
            int length = heads[k].msg_len;
            if (length <= 12 || (q[1] & 0x7f) != type) continue;
            unsigned short heard = q[2] << 8 | q[3], gap = heard - p->heard - 1;
            if (p->seen && gap < 0x8000) missing += gap;
            p->heard = heard; p->seen = 1; received++;
            if (loud_size) loud += length - 12 > loud_size;
            else for (int s = 0; s < N; s += 20) if ((~q[12 + s] & 0x7f) > 0x20) { loud++; break; }
          }
          if (got < AT_ONCE) break;
        }
        t = now();
        p->due += 20000;
      }
    }
  }
}
