// What can be wrong with a message, a command, or a saved conversation.
// SPDX-License-Identifier: Apache-2.0

package enum ChatError: Error, CustomStringConvertible, Equatable {
    case messageTooLong(tokens: Int, context: Int)
    case notAConversation(file: String, reason: String)
    case unknownCommand(name: String, nearest: String?)
    case unknownSetting(name: String, nearest: String?)
    case wrongArgument(command: String, wanted: String)
    case unwantedText(command: String, text: String)

    package var description: String {
        switch self {
        case .messageTooLong(let tokens, let context):
            "the message takes \(tokens) tokens with the chat template and the context holds \(context), the answer "
                + "included; shorten it, or start with a larger --context"
        case .notAConversation(let file, let reason): "\(file): not a saved conversation: \(reason)"
        case .unknownCommand(let name, let nearest):
            "there is no command /\(name)" + (nearest.map { "; did you mean /\($0)?" } ?? "; /help lists them all")
        case .unknownSetting(let name, let nearest):
            "there is no setting '\(name)'" + (nearest.map { "; did you mean '\($0)'?" } ?? "; /set lists them all")
        case .wrongArgument(let command, let wanted): "/\(command) needs \(wanted)"
        case .unwantedText(let command, let text):
            "/\(command) takes no argument and was followed by '\(Self.beginning(of: text))': nothing was done; give the "
                + "command by itself, or begin with a blank to send the line as a message"
        }
    }

    /// Enough of a text to recognise it.
    package static func beginning(of text: String) -> String {
        let line = text.split(separator: "\n").first ?? ""
        return line.count > 60 ? line.prefix(60) + "…" : line.count < text.count ? line + " …" : text
    }
}
