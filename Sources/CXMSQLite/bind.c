// Binding of copied bytes, whose marker is a cast that Swift cannot import (CXMSQLite.h).
// SPDX-License-Identifier: Apache-2.0

#include "CXMSQLite.h"

int xm_sqlite_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, int count) {
    return sqlite3_bind_blob(statement, index, bytes, count, SQLITE_TRANSIENT);
}

int xm_sqlite_bind_text(sqlite3_stmt *statement, int index, const char *text, int count) {
    return sqlite3_bind_text(statement, index, text, count, SQLITE_TRANSIENT);
}
