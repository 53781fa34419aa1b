// Run-time errors of the commands themselves, beyond those of the libraries: one sentence and exit status 1. Arguments
// that no file could make right are ArgumentParser's ValidationError, with the usage and exit status 64.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMSupport
import XMTensor

enum CommandError: Error, CustomStringConvertible, Equatable {
    /// More positions than the model was trained for.
    case tooFewPositions(option: String, needed: Int, model: Int)
    /// --restart on a folder without our lock file.
    case notMadeHere(folder: String, kind: String)
    /// No manifest, and no option that says where the shards are.
    case notPrepared(folder: String, recipe: String)
    /// `data inspect` past the end of a source.
    case noSuchDocument(number: Int, source: String, count: Int)
    /// The flat format holds 16-bit ids.
    case idsTooWide(pieces: Int)
    /// `tokenizer decode` got something other than integers.
    case noIDs(line: String)
    /// A file below the data root is missing.
    case noData(file: String)
    /// XMODEL_ISA has an unknown name.
    case noInstructionSet(name: String)
    /// A conversation needs a chat template.
    case noTemplate(model: String)
    /// A line of JSON without a conversation.
    case noMessages
    /// Outputs are never overwritten silently.
    case exists(file: String, fix: String)
    /// A folder of texts in which nothing could be read.
    case noText(folder: String)
    /// Found before anything is allocated.
    case notEnoughMemory(wanted: Int, available: Int, fix: String)

    /// Throws if `wanted` bytes exceed the available memory; `fix` says which options to lower. Linux overcommits, so
    /// without this check the process would be killed later, without a message.
    static func requireMemory(_ wanted: Int, fix: String) throws {
        let available = MachineMemory.availableBytes
        guard wanted <= available else { throw notEnoughMemory(wanted: wanted, available: available, fix: fix) }
    }
    /// Any error of a line of input, with its place.
    case inLine(file: String, line: Int, reason: String)

    var description: String {
        switch self {
        case .tooFewPositions(let option, let needed, let model):
            "\(option) \(needed) positions, and the model was made for \(model); ask for fewer"
        case .notMadeHere(let folder, let kind):
            "--restart: \(folder) is not a folder of \(kind); remove it yourself or choose another"
        case .notPrepared(let folder, let recipe):
            "\(folder): has no manifest.json, and neither --output nor data.shards names another folder: prepare the "
                + "shards there with 'xmodel data prepare \(recipe)', or name finished ones with --output FOLDER"
        case .noSuchDocument(let number, let source, let count):
            "there is no document \(number): \(source) has \(count), counted from 0"
        case .idsTooWide(let pieces):
            "the vocabulary has \(pieces) pieces: its ids do not fit a file of 16-bit numbers; read the shards instead"
        case .noIDs(let line): "'\(line)' is not a list of ids; write whole numbers with blanks between them"
        case .noData(let file):
            "\(file): there is no such file; name the folder of real data with --data-root or XMODEL_DATA"
        case .noInstructionSet(let name):
            "XMODEL_ISA is '\(name)'; choose " + InstructionSet.allCases.map(\.rawValue).joined(separator: ", ")
        case .noTemplate(let model):
            "\(model): has no chat template; give one with --chat-template FILE, or texts to continue to "
                + "'xmodel generate'"
        case .exists(let file, let fix): "\(file): already exists; \(fix)"
        case .noText(let folder): "\(folder): no file in it has any text"
        case .notEnoughMemory(let wanted, let available, let fix):
            "\(HumanText.bytes(wanted)) are needed and \(HumanText.bytes(available)) are free; \(fix)"
        case .inLine(let file, let line, let reason): "\(file), line \(line): \(reason)"
        case .noMessages: "the conversation has no \"messages\"; give a list of messages, or an object with one"
        }
    }
}
