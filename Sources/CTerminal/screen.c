#define _GNU_SOURCE
#define NCURSES_WIDECHAR 1
#include "CTerminal.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <term.h>
#include <unistd.h>

static SCREEN *screen;
// Keys are read from a pad: reading from a window would refresh it.
static WINDOW *keys;
static bool is_up;
static bool mouse_on;

// What curses writes to: a descriptor of the terminal of its own, so that a frame can be gathered in
// memory and sent at once. Curses by itself writes piece by piece, and each wakes the terminal.
static FILE *output;
static int gathered = -1;
static char *frame;
static size_t frame_room;

static char restore[512];
static size_t restore_count;

static int append(int byte) {
  if (restore_count < sizeof restore) restore[restore_count++] = (char)byte;
  return byte;
}

static void append_capability(const char *name) {
  char *value = tigetstr((char *)name);
  if (value && value != (char *)-1) tputs(value, 1, append);
}

static const char mouse_off_bytes[] = "\033[?1006l\033[?1002l\033[?1000l";

// What a crash sends: the same as an orderly end, built while there is time for it.
static void build_restore(void) {
  static const char end_synchronised[] = "\033[?2026l";
  restore_count = 0;
  for (const char *p = end_synchronised; *p; p++) append(*p);
  for (const char *p = mouse_off_bytes; *p; p++) append(*p);
  append_capability("sgr0");
  append_capability("op");
  append_capability("rmkx");
  append_capability("cnorm");
  append_capability("rmcup");
}

enum ct_start ct_start(const char *type) {
  if (screen) {
    ct_resume();
    return CT_STARTED;
  }
  if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) return CT_NO_TERMINAL;
  // The kernel knows the size better than LINES and COLUMNS do.
  use_env(FALSE);
  use_tioctl(TRUE);
  ct_remember_modes();
  int own = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  output = own < 0 ? NULL : fdopen(own, "w");
  screen = newterm(type, output ? output : stdout, stdin);
  if (!screen) return CT_UNKNOWN_TERMINAL;
  // Without it every piece is sent as it comes.
  if (output) gathered = memfd_create("frame", MFD_CLOEXEC);
  is_up = true;
  build_restore();
  ct_guard(restore, restore_count);
  // Whoever calls exit, and wherever: the terminal is given back.
  atexit(ct_end);
  cbreak();
  noecho();
  nonl();
  set_escdelay(25);
  // Else a held key keeps frames from being drawn.
  typeahead(-1);
  leaveok(stdscr, TRUE);
  scrollok(stdscr, FALSE);
  curs_set(0);
  if (has_colors()) {
    start_color();
    use_default_colors();
  }
  keys = newpad(1, 1);
  if (keys) {
    keypad(keys, TRUE);
    nodelay(keys, TRUE);
    // Reports of the mouse come as bytes; curses would take their start for itself.
    keyok(KEY_MOUSE, FALSE);
  }
  ct_capture_errors();
  return CT_STARTED;
}

void ct_end(void) {
  if (!is_up) return;
  is_up = false;
  if (mouse_on) ct_send(mouse_off_bytes, sizeof mouse_off_bytes - 1);
  if (!enter_ca_mode) {
    // The shell goes on below this picture, not in it: the last line is given to it.
    move(LINES - 1, 0);
    clrtoeol();
    wnoutrefresh(stdscr);
    doupdate();
  }
  endwin();
  ct_unguard();
  ct_release_errors();
}

void ct_resume(void) {
  if (is_up || !screen) return;
  ct_guard(restore, restore_count);
  ct_capture_errors();
  is_up = true;
  reset_prog_mode();
  clearok(curscr, TRUE);
  // Leaves the state after endwin, and enters the alternate screen.
  doupdate();
  curs_set(0);
  if (keys) keypad(keys, TRUE);
  if (mouse_on) ct_mouse(true);
}

int ct_color_count(void) { return has_colors() ? COLORS : 0; }

int ct_pair_count(void) { return has_colors() ? COLOR_PAIRS : 0; }

int ct_pair(int foreground, int background) {
  int pair = alloc_pair(foreground, background);
  return pair < 0 ? 0 : pair;
}

void ct_forget_pairs(void) {
  reset_color_pairs();
  clearok(curscr, TRUE);
}

void ct_put(int y, int x, const struct ct_cell *cells, int count) {
  enum { chunk = 256 };
  cchar_t row[chunk];
  if (!is_up || y < 0 || y >= LINES || x < 0) return;
  if (count > COLS - x) count = COLS - x;
  while (count > 0) {
    int length = count < chunk ? count : chunk;
    for (int i = 0; i < length; i++) {
      wchar_t text[2] = {(wchar_t)cells[i].glyph, 0};
      attr_t attributes = A_NORMAL;
      if (cells[i].attributes & CT_BOLD) attributes |= A_BOLD;
      if (cells[i].attributes & CT_FAINT) attributes |= A_DIM;
      if (cells[i].attributes & CT_REVERSE) attributes |= A_REVERSE;
      if (cells[i].attributes & CT_UNDERLINE) attributes |= A_UNDERLINE;
      // The pair goes through the last argument: the short one ends at 255.
      int pair = cells[i].pair;
      if (setcchar(&row[i], text, attributes, 0, &pair) == ERR) {
        wchar_t blank[2] = {L'?', 0};
        setcchar(&row[i], blank, attributes, 0, &pair);
      }
    }
    mvadd_wchnstr(y, x, row, length);
    x += length;
    cells += length;
    count -= length;
  }
}

static void send_to(int file, const char *bytes, size_t count) {
  while (count > 0) {
    ssize_t written = write(file, bytes, count);
    if (written > 0) {
      bytes += written;
      count -= (size_t)written;
    } else if (written < 0 && errno == EAGAIN) {
      // The terminal belongs to other processes too, and one of them made it non-blocking.
      struct pollfd out = {file, POLLOUT, 0};
      poll(&out, 1, 1000);
    } else if (written < 0 && errno != EINTR) {
      return;
    }
  }
}

// Two lines at a time: where three or more have moved, curses scrolls a part of the screen, which
// some terminal emulators cannot do, and which saves next to nothing with panes side by side.
static void show_lines(void) {
  enum { most = 512 };
  bool touched[most];
  int rows = LINES < most ? LINES : most;
  for (int y = 0; y < rows; y++) touched[y] = is_linetouched(stdscr, y);
  untouchwin(stdscr);
  int waiting = 0;
  for (int y = 0; y < rows; y++) {
    if (!touched[y]) continue;
    wtouchln(stdscr, y, 1, 1);
    if (++waiting < 2) continue;
    wnoutrefresh(stdscr);
    doupdate();
    waiting = 0;
  }
  wnoutrefresh(stdscr);
  doupdate();
}

// From here on what curses writes goes to memory. Returns whether it does.
static bool begin_gathering(void) {
  return gathered >= 0 && lseek(gathered, 0, SEEK_SET) == 0 &&
         dup3(gathered, fileno(output), O_CLOEXEC) >= 0;
}

// Curses writes to the terminal again, and what was gathered is sent.
static void end_gathering(void) {
  dup3(STDOUT_FILENO, fileno(output), O_CLOEXEC);
  off_t size = lseek(gathered, 0, SEEK_CUR);
  if (size <= 0) return;
  size_t count = (size_t)size;
  if (count > frame_room) {
    char *larger = realloc(frame, 2 * count);
    if (larger) {
      frame = larger;
      frame_room = 2 * count;
    }
  }
  for (size_t sent = 0; sent < count && frame_room > 0;) {
    size_t most = count - sent < frame_room ? count - sent : frame_room;
    ssize_t length = pread(gathered, frame, most, (off_t)sent);
    if (length <= 0) break;
    ct_send(frame, (size_t)length);
    sent += (size_t)length;
  }
}

void ct_show(bool synchronised) {
  if (!is_up) return;
  bool gathers = begin_gathering();
  int out = gathers ? gathered : STDOUT_FILENO;
  // Directly: putp writes to stdio's buffer, which is not the one that doupdate uses.
  if (synchronised) send_to(out, "\033[?2026h", 8);
  show_lines();
  if (synchronised) send_to(out, "\033[?2026l", 8);
  if (gathers) end_gathering();
}

void ct_redraw(void) { clearok(curscr, TRUE); }

void ct_fit(int *width, int *height) {
  struct winsize size;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
    // A kernel can be told sizes that no screen has.
    int across = size.ws_col < 1000 ? size.ws_col : 1000;
    int down = size.ws_row < 500 ? size.ws_row : 500;
    if (is_up && (across != COLS || down != LINES)) {
      resizeterm(down, across);
      // A terminal may have moved text about when its size changed.
      clearok(curscr, TRUE);
    }
  }
  *width = COLS;
  *height = LINES;
}

void ct_mouse(bool on) {
  static const char on_bytes[] = "\033[?1000h\033[?1002h\033[?1006h";
  mouse_on = on;
  if (on) {
    ct_send(on_bytes, sizeof on_bytes - 1);
  } else {
    ct_send(mouse_off_bytes, sizeof mouse_off_bytes - 1);
  }
}

void ct_send(const char *bytes, size_t count) { send_to(STDOUT_FILENO, bytes, count); }

// Keys with modifiers that have no code of their own: terminal types name them `kRIT5`, a key and
// the number that xterm sends (1 + 1 for Shift + 2 for Alt + 4 for Control).
static int named_key(int code) {
  static const struct { const char *name; int key; } keys_by_name[] = {
      {"kUP", CT_KEY_UP}, {"kDN", CT_KEY_DOWN}, {"kLFT", CT_KEY_LEFT}, {"kRIT", CT_KEY_RIGHT},
      {"kHOM", CT_KEY_HOME}, {"kEND", CT_KEY_END}, {"kPRV", CT_KEY_PAGE_UP},
      {"kNXT", CT_KEY_PAGE_DOWN}, {"kIC", CT_KEY_INSERT}, {"kDC", CT_KEY_DELETE}};
  const char *name = keyname(code);
  if (!name) return CT_KEY_OTHER;
  for (size_t i = 0; i < sizeof keys_by_name / sizeof *keys_by_name; i++) {
    size_t length = strlen(keys_by_name[i].name);
    if (strncmp(name, keys_by_name[i].name, length) != 0) continue;
    // Without a number it is Shift.
    int digit = name[length] == 0 ? 2 : name[length] - '0';
    if (digit < 1 || digit > 9 || (name[length] && name[length + 1])) continue;
    int modifiers = digit - 1;
    return keys_by_name[i].key | (modifiers & 1 ? CT_SHIFT : 0) | (modifiers & 4 ? CT_CONTROL : 0);
  }
  return CT_KEY_OTHER;
}

static int key_of(int code) {
  switch (code) {
    case KEY_UP: return CT_KEY_UP;
    case KEY_DOWN: return CT_KEY_DOWN;
    case KEY_LEFT: return CT_KEY_LEFT;
    case KEY_RIGHT: return CT_KEY_RIGHT;
    case KEY_SR: return CT_KEY_UP | CT_SHIFT;
    case KEY_SF: return CT_KEY_DOWN | CT_SHIFT;
    case KEY_SLEFT: return CT_KEY_LEFT | CT_SHIFT;
    case KEY_SRIGHT: return CT_KEY_RIGHT | CT_SHIFT;
    case KEY_HOME: case KEY_FIND: case KEY_A1: return CT_KEY_HOME;
    case KEY_SHOME: return CT_KEY_HOME | CT_SHIFT;
    case KEY_END: case KEY_SELECT: case KEY_C1: case KEY_LL: return CT_KEY_END;
    case KEY_SEND: return CT_KEY_END | CT_SHIFT;
    case KEY_PPAGE: case KEY_A3: return CT_KEY_PAGE_UP;
    case KEY_SPREVIOUS: return CT_KEY_PAGE_UP | CT_SHIFT;
    case KEY_NPAGE: case KEY_C3: return CT_KEY_PAGE_DOWN;
    case KEY_SNEXT: return CT_KEY_PAGE_DOWN | CT_SHIFT;
    case KEY_IC: return CT_KEY_INSERT;
    case KEY_DC: return CT_KEY_DELETE;
    case KEY_SDC: return CT_KEY_DELETE | CT_SHIFT;
    case KEY_BACKSPACE: return CT_KEY_BACKSPACE;
    case KEY_ENTER: return CT_KEY_ENTER;
    case KEY_BTAB: return CT_KEY_TAB | CT_SHIFT;
    default: return named_key(code);
  }
}

enum ct_token ct_read(int *value) {
  if (!is_up || !keys) return CT_NOTHING;
  // Not wget_wch: that loses the first bytes of a character whose last ones are still on their way.
  int code = wgetch(keys);
  if (code == ERR) return CT_NOTHING;
  if (code < 256) {
    *value = code;
    return CT_BYTE;
  }
  *value = key_of(code);
  return CT_KEY;
}
