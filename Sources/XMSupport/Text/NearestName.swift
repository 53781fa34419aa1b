// "Did you mean …?": the known name that a misspelt one probably stands for.
// SPDX-License-Identifier: Apache-2.0

/// The known name closest to `name` by edit distance, if it is close enough for a slip: at most a third of the letters
/// differ, or two. Of names at the same distance, the first in alphabetical order.
package func nearestName(to name: String, in known: some Sequence<String>) -> String? {
    let best = known.map { (editDistance(name, $0), $0) }.min { $0 < $1 }
    guard let best, best.0 <= max(2, name.count / 3) else { return nil }
    return best.1
}

/// Levenshtein's distance: the fewest insertions, deletions and substitutions of a character that turn `a` into `b`.
func editDistance(_ a: String, _ b: String) -> Int {
    let (a, b) = (Array(a), Array(b))
    // Row i of the dynamic program: row[j] is the distance between the first i characters of a and the first j of b.
    var row = Array(0...b.count)
    for i in a.indices {
        var diagonal = row[0]
        row[0] = i + 1
        for j in b.indices {
            let substitute = diagonal + (a[i] == b[j] ? 0 : 1)
            diagonal = row[j + 1]
            row[j + 1] = min(substitute, diagonal + 1, row[j] + 1)
        }
    }
    return row[b.count]
}
