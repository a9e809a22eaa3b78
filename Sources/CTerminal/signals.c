#define _GNU_SOURCE
#include "CTerminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

// Signals are taken by handlers, which note their numbers in a pipe, and not by blocking them:
// a library may have started threads before main, where they would not be blocked, and where they
// would end the process.
static int notes[2] = {-1, -1};
static int calls = -1;
static volatile sig_atomic_t stopping;

static const int ends[] = {SIGINT, SIGTERM, SIGHUP};
static const int screen_signals[] = {SIGTSTP, SIGCONT, SIGWINCH};
enum { end_count = sizeof ends / sizeof *ends };
enum { screen_count = sizeof screen_signals / sizeof *screen_signals };

static void note(int number) {
  // What wakes us from a stop of our own has done its work.
  if (number == SIGCONT && stopping) return;
  int saved = errno;
  char byte = (char)number;
  if (write(notes[1], &byte, 1) < 0) {
    // Only a full pipe refuses, and then there is more than enough to be told of.
  }
  errno = saved;
}

static void catch(int number) {
  struct sigaction action;
  // What a shell or nohup ignores for us stays ignored.
  if (sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN) return;
  action = (struct sigaction){.sa_handler = note, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  sigaction(number, &action, NULL);
}

// Whoever started us may have blocked them.
static void unblock(const int *numbers, int count) {
  sigset_t set;
  sigemptyset(&set);
  for (int i = 0; i < count; i++) sigaddset(&set, numbers[i]);
  pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

bool ct_note_ends(void) {
  if (notes[0] < 0 && pipe2(notes, O_NONBLOCK | O_CLOEXEC) != 0) return false;
  for (int i = 0; i < end_count; i++) catch(ends[i]);
  unblock(ends, end_count);
  return true;
}

void ct_forget_ends(void) {
  for (int i = 0; i < end_count; i++) {
    struct sigaction action;
    if (sigaction(ends[i], NULL, &action) == 0 && action.sa_handler == note) signal(ends[i], SIG_DFL);
  }
  int number = ct_next_signal();
  if (number) raise(number);
}

bool ct_listen(void) {
  if (calls < 0) calls = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (calls < 0 || !ct_note_ends()) return false;
  for (int i = 0; i < screen_count; i++) catch(screen_signals[i]);
  unblock(screen_signals, screen_count);
  // A terminal that goes away while we write must not kill us before the run is saved.
  signal(SIGPIPE, SIG_IGN);
  return true;
}

// Readable with nothing to read is how a terminal that was closed looks. Asked twice, because
// somebody else may have read what there was.
static bool is_closed(void) {
  for (int attempt = 0; attempt < 2; attempt++) {
    struct pollfd input = {STDIN_FILENO, POLLIN, 0};
    int count = 0;
    if (poll(&input, 1, 0) == 0) return false;
    if (ioctl(STDIN_FILENO, FIONREAD, &count) == 0 && count > 0) return false;
  }
  return true;
}

int ct_wait(int64_t nanoseconds) {
  // A closed terminal stays readable: it is told of once, then no longer asked.
  static bool hung_up;
  struct pollfd sources[] = {
      {hung_up ? -1 : STDIN_FILENO, POLLIN, 0}, {notes[0], POLLIN, 0}, {calls, POLLIN, 0}};
  struct timespec limit = {nanoseconds / 1000000000, nanoseconds % 1000000000};
  int count = ppoll(sources, 3, nanoseconds < 0 ? NULL : &limit, NULL);
  // Interrupted by a signal: its note is there now.
  if (count < 0) count = ppoll(sources, 3, &(struct timespec){0, 0}, NULL);
  if (count <= 0) return 0;
  int came = 0;
  if (sources[0].revents) {
    hung_up = is_closed();
    came |= hung_up ? CT_HANGUP : CT_INPUT;
  }
  if (sources[1].revents & POLLIN) came |= CT_SIGNAL;
  if (sources[2].revents & POLLIN) {
    uint64_t times;
    if (read(calls, &times, sizeof times) == sizeof times) came |= CT_WAKE;
  }
  return came;
}

void ct_wake(void) {
  uint64_t one = 1;
  int saved = errno;
  if (calls >= 0 && write(calls, &one, sizeof one) < 0) {
    // Only a full counter refuses, and that wakes as well.
  }
  errno = saved;
}

int ct_next_signal(void) {
  char number;
  return notes[0] >= 0 && read(notes[0], &number, 1) == 1 ? number : 0;
}

bool ct_signal_waits(void) {
  struct pollfd note = {.fd = notes[0], .events = POLLIN};
  return notes[0] >= 0 && poll(&note, 1, 0) == 1;
}

void ct_stop(void) {
  struct sigaction standard = {.sa_handler = SIG_DFL}, before;
  sigaction(SIGTSTP, &standard, &before);
  stopping = 1;
  // To the whole job: the shell must see all of it stop. On the main thread, which takes it, this
  // returns when the job goes on.
  kill(0, SIGTSTP);
  stopping = 0;
  sigaction(SIGTSTP, &before, NULL);
}

// ---- crashes ----

static const int crashes[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGQUIT};
enum { crash_count = sizeof crashes / sizeof *crashes };
static struct sigaction before_crash[crash_count];
// Swift's runtime prints a backtrace, and on a terminal then asks whether to examine the process.
// Only whoever has set it up in the environment gets that; otherwise a crash just ends.
static bool chained;

static const char *volatile guard_bytes;
static volatile size_t guard_count;
static volatile sig_atomic_t guarded;
static struct termios modes;
static bool modes_known;

static int captured = -1;
static int real_errors = -1;

void ct_remember_modes(void) { modes_known = tcgetattr(STDIN_FILENO, &modes) == 0; }

static void write_all(int file, const char *bytes, size_t count) {
  while (count > 0) {
    ssize_t written = write(file, bytes, count);
    if (written > 0) {
      bytes += written;
      count -= (size_t)written;
    } else if (!(written < 0 && errno == EINTR)) {
      return;
    }
  }
}

// Only calls that a signal handler may make.
static void replay(void) {
  enum { limit = 64 * 1024 };
  off_t end = lseek(captured, 0, SEEK_END);
  off_t place = end > limit ? end - limit : 0;
  char bytes[1024];
  for (ssize_t count; (count = pread(captured, bytes, sizeof bytes, place)) > 0; place += count)
    write_all(real_errors, bytes, (size_t)count);
}

static void crash(int number) {
  if (guarded) {
    guarded = 0;
    write_all(STDOUT_FILENO, guard_bytes, guard_count);
    if (modes_known) tcsetattr(STDIN_FILENO, TCSANOW, &modes);
    if (captured >= 0 && real_errors >= 0) replay();
  }
  struct sigaction standard = {.sa_handler = SIG_DFL};
  sigaction(number, &standard, NULL);
  for (int i = 0; i < crash_count && chained; i++)
    if (crashes[i] == number) sigaction(number, &before_crash[i], NULL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  pthread_sigmask(SIG_UNBLOCK, &set, NULL);
  raise(number);
}

void ct_guard(const char *bytes, size_t count) {
  guard_bytes = bytes;
  guard_count = count;
  if (guarded) return;
  chained = getenv("SWIFT_BACKTRACE") != NULL;
  // A stack that has run over cannot hold the handler.
  static char stack[64 * 1024];
  stack_t spare = {.ss_sp = stack, .ss_size = sizeof stack};
  sigaltstack(&spare, NULL);
  struct sigaction action = {.sa_handler = crash, .sa_flags = SA_ONSTACK};
  sigfillset(&action.sa_mask);
  for (int i = 0; i < crash_count; i++) sigaction(crashes[i], &action, &before_crash[i]);
  guarded = 1;
}

void ct_unguard(void) {
  if (!guarded) return;
  guarded = 0;
  for (int i = 0; i < crash_count; i++) sigaction(crashes[i], &before_crash[i], NULL);
}

// ---- standard error ----

void ct_capture_errors(void) {
  if (captured >= 0 || !isatty(STDERR_FILENO)) return;
  int file = memfd_create("standard error", MFD_CLOEXEC);
  int copy = dup(STDERR_FILENO);
  if (file < 0 || copy < 0 || dup2(file, STDERR_FILENO) < 0) {
    if (file >= 0) close(file);
    if (copy >= 0) close(copy);
    return;
  }
  captured = file;
  real_errors = copy;
}

void ct_release_errors(void) {
  if (captured < 0) return;
  dup2(real_errors, STDERR_FILENO);
  replay();
  close(captured);
  close(real_errors);
  captured = real_errors = -1;
}
