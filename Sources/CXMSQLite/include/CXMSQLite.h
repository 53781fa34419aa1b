// SQLite's C interface (libsqlite3-dev), with the two calls that Swift cannot make itself: SQLITE_TRANSIENT is a cast.
// SPDX-License-Identifier: Apache-2.0
#ifndef CXM_SQLITE_H
#define CXM_SQLITE_H

#include <sqlite3.h>

/// Binds a copy of the bytes; returns SQLite's result code.
int xm_sqlite_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, int count);
int xm_sqlite_bind_text(sqlite3_stmt *statement, int index, const char *text, int count);

#endif
