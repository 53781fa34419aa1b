// Paths relative to a folder, for recipes and indexes that move together with the files they name.
// SPDX-License-Identifier: Apache-2.0

package import Foundation

package enum RelativePath {
    /// The path of `url` seen from the folder `base`: "../texts/a.txt", or "." for the folder itself.
    package static func path(of url: URL, from base: URL) -> String {
        let target = url.standardizedFileURL.resolvingSymlinksInPath().pathComponents
        let start = base.standardizedFileURL.resolvingSymlinksInPath().pathComponents
        let common = zip(target, start).prefix { $0 == $1 }.count
        let parts = Array(repeating: "..", count: start.count - common) + target[common...]
        return parts.isEmpty ? "." : parts.joined(separator: "/")
    }
}
