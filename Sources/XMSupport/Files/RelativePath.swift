// Paths as they are written into files that other files stand beside.
// SPDX-License-Identifier: Apache-2.0

package import Foundation

package enum RelativePath {
    /// The way from the folder `base` to `url`: "../texts/a.txt", "." for the folder itself.
    package static func path(of url: URL, from base: URL) -> String {
        let target = url.standardizedFileURL.resolvingSymlinksInPath().pathComponents
        let start = base.standardizedFileURL.resolvingSymlinksInPath().pathComponents
        let common = zip(target, start).prefix { $0 == $1 }.count
        let parts = Array(repeating: "..", count: start.count - common) + target[common...]
        return parts.isEmpty ? "." : parts.joined(separator: "/")
    }
}
