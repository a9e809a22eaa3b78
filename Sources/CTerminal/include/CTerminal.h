#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What CursesTerminal needs of curses and of the kernel, in plain functions: macros, variadic calls
// and C's globals stay on this side. All of it is for one thread, but for ct_wake.

// ---- screen.c: the only file that includes curses ----

enum ct_start { CT_STARTED, CT_UNKNOWN_TERMINAL, CT_NO_TERMINAL };

/// Takes over the terminal at standard input and output: alternate screen, no echo, key by key.
/// `type` is the terminal type, NULL for that of the environment.
enum ct_start ct_start(const char *type);

/// Gives the terminal back as it was; does nothing when it is not taken.
void ct_end(void);

/// Takes it again after `ct_end`; everything must be drawn anew.
void ct_resume(void);

/// How many colours it has; 0 for none.
int ct_color_count(void);

/// How many pairs of colours can be in use at once.
int ct_pair_count(void);

/// A pair of colours by number, -1 for the terminal's own; 0 (the standard pair) where it fails.
int ct_pair(int foreground, int background);

/// Forgets all pairs; everything must be drawn anew.
void ct_forget_pairs(void);

enum { CT_BOLD = 1, CT_FAINT = 2, CT_REVERSE = 4, CT_UNDERLINE = 8 };

struct ct_cell {
  uint32_t glyph;
  int32_t pair;
  uint8_t attributes;
};

/// Puts cells onto the next frame, from a column on; what lies outside the screen is left out.
void ct_put(int y, int x, const struct ct_cell *cells, int count);

/// Brings the next frame to the terminal: only what differs from what it shows.
/// `synchronised` asks the terminal to show it in one go.
void ct_show(bool synchronised);

/// The next `ct_show` draws every cell, whatever the terminal shows.
void ct_redraw(void);

/// Makes the screen as large as the kernel says the terminal is; the size of the screen then.
void ct_fit(int *width, int *height);

/// Turns the reports of mouse buttons and drags on or off.
void ct_mouse(bool on);

/// Sends bytes to the terminal as they are.
void ct_send(const char *bytes, size_t count);

/// What a key press is made of.
enum ct_token {
  CT_NOTHING,
  /// `value` is a byte: text in UTF-8, or a part of a sequence that the terminal type knows not.
  CT_BYTE,
  /// `value` is a `ct_key`, with CT_SHIFT and CT_CONTROL added where they were held.
  CT_KEY,
};

enum ct_key {
  CT_KEY_OTHER,
  CT_KEY_UP, CT_KEY_DOWN, CT_KEY_LEFT, CT_KEY_RIGHT,
  CT_KEY_HOME, CT_KEY_END, CT_KEY_PAGE_UP, CT_KEY_PAGE_DOWN,
  CT_KEY_INSERT, CT_KEY_DELETE, CT_KEY_BACKSPACE, CT_KEY_ENTER, CT_KEY_TAB,
};

enum { CT_KEY_MASK = 0xFF, CT_SHIFT = 0x100, CT_CONTROL = 0x200 };

/// The next token that has been typed; never waits longer than the 25 ms in which an escape
/// sequence must follow its first byte.
enum ct_token ct_read(int *value);

// ---- signals.c: signals, waiting, what must happen when the program dies ----

/// From now on INT, TERM and HUP do not end the process but are noted for `ct_next_signal`, on
/// whatever thread they come; those that are ignored stay so. False when the kernel refuses.
bool ct_note_ends(void);

/// INT, TERM and HUP end the process again, at once if one has come that nobody asked for.
void ct_forget_ends(void);

/// Starts to listen to what `ct_wait` tells of: INT, TERM, HUP, TSTP, CONT and WINCH, and calls of
/// `ct_wake`; false when the kernel refuses.
bool ct_listen(void);

enum { CT_INPUT = 1, CT_SIGNAL = 2, CT_WAKE = 4, CT_HANGUP = 8 };

/// Waits for input, a signal or a call of `ct_wake`, at most so many nanoseconds (negative: for
/// ever). Returns which of them came.
int ct_wait(int64_t nanoseconds);

/// Makes `ct_wait` return, from any thread.
void ct_wake(void);

/// The next signal that was noted, 0 for none.
int ct_next_signal(void);

/// Whether there is one, which stays noted.
bool ct_signal_waits(void);

/// Stops the job as ^Z does and returns when it goes on.
void ct_stop(void);

/// From now on a crash (SEGV, ABRT, BUS, FPE, ILL, TRAP, QUIT) sends `bytes` to the terminal, puts
/// its modes back and then takes its course.
void ct_guard(const char *bytes, size_t count);
void ct_unguard(void);

/// Remembers the terminal's modes, to be put back by a crash.
void ct_remember_modes(void);

/// Keeps what is written to standard error, so that it does not spoil the screen.
void ct_capture_errors(void);

/// Ends that, and writes what was kept (the last 64 KiB of it).
void ct_release_errors(void);
