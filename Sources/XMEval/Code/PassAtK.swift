// pass@k: the chance that at least one of k answers passes, estimated from n answers of which c passed
// (Chen et al. 2021, "Evaluating Large Language Models Trained on Code", section 2.1).
// SPDX-License-Identifier: Apache-2.0

/// 1 − C(n−c, k) / C(n, k), as the product 1 − Π_{i = n−c+1 … n} (1 − k/i), which does not overflow.
///
/// - Precondition: 0 ≤ c ≤ n and 1 ≤ k ≤ n.
package func passAtK(samples n: Int, correct c: Int, k: Int) -> Double {
    precondition(c >= 0 && c <= n && k >= 1 && k <= n, "pass@\(k) of \(c) correct among \(n)")
    if n - c < k { return 1 }
    var allFail = 1.0
    for i in n - c + 1..<n + 1 { allFail *= 1 - Double(k) / Double(i) }
    return 1 - allFail
}
