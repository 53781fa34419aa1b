// A digest that tells the weights of model files apart without reading them whole: a 1.2B model takes milliseconds.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMFormats
import XMSupport

extension WeightSource {
    /// Bytes taken from the beginning and the end of every tensor.
    private static let sampleBytes = 128

    /// SHA-256 over name, type, shape and some bytes of every tensor, in the order of the names. An optimizer step or
    /// another quantisation changes it; renaming or copying the file does not. It is no check of integrity: a change
    /// between the sampled bytes goes unnoticed.
    package func digest() throws -> String {
        var hash = SHA256()
        func add(_ bytes: [UInt8]) { bytes.withUnsafeBytes { hash.update($0) } }
        for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
            add(Array("\(name) \(tensor.typeName) \(tensor.shape)\n".utf8))
            let count = min(tensor.range.count, Self.sampleBytes)
            add(try tensor.bytes(0..<count))
            add(try tensor.bytes(tensor.range.count - count..<tensor.range.count))
        }
        return hash.finalize()
    }
}
