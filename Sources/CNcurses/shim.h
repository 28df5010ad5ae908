// ncurses with wide characters (https://invisible-island.net/ncurses/man/ncurses.3x.html). Much of it is macros and
// variadic functions, which Swift does not import.
#pragma once
#include <locale.h>
#include <langinfo.h>
#include <ncurses.h>
#include <term.h>

/// Whether text of the user's locale is UTF-8; sets the locale of characters to the user's.
static inline bool console_is_utf8(void) {
    setlocale(LC_CTYPE, "");
    const char *codeset = nl_langinfo(CODESET);
    return codeset && strcmp(codeset, "UTF-8") == 0;
}

/// The terminal's sequence for a string capability (man 5 terminfo); NULL where it has none. After `newterm`.
static inline const char *console_sequence(const char *capability) {
    const char *sequence = tigetstr(capability);
    return sequence == (char *)-1 ? NULL : sequence;
}

/// Takes the terminal over: newterm(3x), no echo, keys one by one, no cursor. NULL where the terminal is unknown.
static inline SCREEN *console_open(void) {
    SCREEN *screen = newterm(NULL, stdout, stdin);
    if (!screen) return NULL;
    cbreak();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    curs_set(0);
    // Lines of other terminals would otherwise be rolled instead of written anew, which shows as a jump.
    idlok(stdscr, FALSE);
    return screen;
}

enum { console_colors = 4 };

/// Pairs 1… are red, green, yellow and cyan on the terminal's own background. False where it has no colours.
static inline bool console_open_colors(void) {
    if (!has_colors() || start_color() == ERR || use_default_colors() == ERR) return false;
    const short colors[console_colors] = {COLOR_RED, COLOR_GREEN, COLOR_YELLOW, COLOR_CYAN};
    for (short index = 0; index < console_colors; index++) init_pair(index + 1, colors[index], -1);
    return true;
}

static inline void console_put(int row, int column, const char *text, int bytes, bool bold, bool dim, bool reverse, int color) {
    attr_t attributes = A_NORMAL;
    if (bold) attributes |= A_BOLD;
    if (dim) attributes |= A_DIM;
    if (reverse) attributes |= A_REVERSE;
    wattr_set(stdscr, attributes, (short)color, NULL);
    mvwaddnstr(stdscr, row, column, text, bytes);
    wattr_set(stdscr, A_NORMAL, 0, NULL);
}

static inline void console_erase(void) { werase(stdscr); }
static inline void console_refresh(void) { wrefresh(stdscr); }
/// Forgets what is on the screen, so that all of it is drawn anew.
static inline void console_redraw(void) { clearok(stdscr, TRUE); }
static inline int console_rows(void) { return getmaxy(stdscr); }
static inline int console_columns(void) { return getmaxx(stdscr); }

/// The next key, or ERR when none came in so many milliseconds.
static inline int console_key(int milliseconds) {
    wtimeout(stdscr, milliseconds);
    return wgetch(stdscr);
}

enum { console_key_resize = KEY_RESIZE, console_key_error = ERR };
