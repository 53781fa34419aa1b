// Writes one shard: tokens, index, and optionally loss mask and categories. The files have hidden names until they are
// complete.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

/// A document as stored in a shard: ids terminated by EOS.
package struct EncodedDocument: Sendable, Equatable {
    package var tokens: [Int32]
    /// Loss mask: whether each token is a target; nil if all are.
    package var trained: [Bool]?
    package var category: InstructionCategory?

    package init(tokens: [Int32], trained: [Bool]? = nil, category: InstructionCategory? = nil) {
        precondition(trained.map { $0.count == tokens.count } ?? true)
        (self.tokens, self.trained, self.category) = (tokens, trained, category)
    }
}

package final class ShardWriter {
    private let name: String
    private let width: TokenWidth
    private let tokenFile: HashedFile
    private let indexFile: HashedFile
    private let maskFile: HashedFile?
    private let categoryFile: HashedFile?
    package private(set) var tokens = 0
    package private(set) var documents = 0
    /// Bits of the mask's last, incomplete byte.
    private var maskBits: UInt8 = 0

    package init(folder: URL, name: String, width: TokenWidth, hasMask: Bool, hasCategories: Bool) throws {
        func file(_ part: ShardPart) throws -> HashedFile {
            try HashedFile(folder.appending(path: "\(name).\(part.rawValue)"))
        }
        (self.name, self.width) = (name, width)
        tokenFile = try file(.tokens)
        indexFile = try file(.index)
        maskFile = hasMask ? try file(.mask) : nil
        categoryFile = hasCategories ? try file(.categories) : nil
    }

    package func append(_ document: EncodedDocument) throws {
        switch width {
        case .uint16: try tokenFile.append(values: document.tokens.map { UInt16($0).littleEndian })
        case .uint32: try tokenFile.append(values: document.tokens.map { UInt32($0).littleEndian })
        }
        if let maskFile { try appendMask(document, to: maskFile) }
        try categoryFile?.append([document.category?.code ?? 0])
        tokens += document.tokens.count
        documents += 1
        try indexFile.append(values: [UInt64(tokens).littleEndian])
    }

    private func appendMask(_ document: EncodedDocument, to file: HashedFile) throws {
        var bytes: [UInt8] = []
        for index in document.tokens.indices {
            let bit = (tokens + index) & 7
            if document.trained?[index] ?? true { maskBits |= 1 << UInt8(bit) }
            if bit == 7 {
                bytes.append(maskBits)
                maskBits = 0
            }
        }
        try file.append(bytes)
    }

    /// Completes the files and gives them their names.
    package func finish() throws -> Shard {
        if tokens & 7 != 0 { try maskFile?.append([maskBits]) }
        var files: [ShardPart: Shard.File] = [:]
        for (part, file) in parts {
            let hash = try file.finish()
            files[part] = Shard.File(bytes: file.sizeBytes, sha256: hash)
        }
        return Shard(name: name, tokens: tokens, documents: documents, files: files)
    }

    /// Removes the unfinished files.
    package func abandon() { for (_, file) in parts { file.abandon() } }

    private var parts: [(ShardPart, HashedFile)] {
        [(ShardPart.tokens, tokenFile), (.index, indexFile)] + (maskFile.map { [(.mask, $0)] } ?? [])
            + (categoryFile.map { [(.categories, $0)] } ?? [])
    }
}
