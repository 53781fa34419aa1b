// Errors in a GGUF file: each names the file, the key or tensor, what was found and what was expected.
// SPDX-License-Identifier: Apache-2.0

import XMTensor

package enum GGUFError: Error, CustomStringConvertible, Equatable {
    case malformed(file: String, reason: String)
    case badMetadata(file: String, key: String, reason: String)
    case missingKey(file: String, key: String)
    case wrongType(file: String, key: String, found: String, wanted: String)
    case badTensor(file: String, name: String, reason: String)
    case unknownTensorType(file: String, name: String, type: UInt32)
    case missingTensor(file: String, name: String)
    /// The file is part `number` (from 1) of `count`.
    case missingPart(file: String, number: Int, count: Int, missing: String)

    package var description: String {
        switch self {
        case .malformed(let file, let reason): "\(file): not a readable GGUF file: \(reason)"
        case .badMetadata(let file, let key, let reason): "\(file): metadata '\(key)': \(reason)"
        case .missingKey(let file, let key):
            "\(file): metadata '\(key)' is missing; the file is incomplete or has another architecture: take another "
                + "file"
        case .wrongType(let file, let key, let found, let wanted):
            "\(file): metadata '\(key)' has type \(found) instead of \(wanted); convert the model again"
        case .badTensor(let file, let name, let reason): "\(file): tensor '\(name)': \(reason)"
        case .unknownTensorType(let file, let name, let type):
            "\(file): tensor '\(name)' has the unknown type \(type); supported are "
                + QuantizationType.allCases.map { "\($0.name) (\($0.rawValue))" }.joined(separator: ", ")
                + ": take another quantisation of this model"
        case .missingTensor(let file, let name): "\(file): has no tensor '\(name)'"
        case .missingPart(let file, let number, let count, let missing):
            "\(file): is part \(number) of \(count) of a model, but \(missing) is missing; copy all parts to one folder"
        }
    }
}

/// A problem, before it is known which file, key or tensor to name.
struct GGUFReason: Error {
    let text: String
}
