// What can be wrong with a game file or a folder of games.
// SPDX-License-Identifier: Apache-2.0

package enum ALFWorldError: Error, Equatable, CustomStringConvertible {
    case unreadable(path: String, reason: String)
    case notJSON(path: String, reason: String)
    case missingKey(path: String, key: String)
    case noGames(path: String)
    case unknownTaskType(path: String, folder: String)

    package var description: String {
        switch self {
        case .unreadable(let path, let reason):
            "\(path) cannot be read (\(reason)): check the path and its permissions"
        case .notJSON(let path, let reason):
            "\(path) is no JSON text (\(reason)): the file is cut short or damaged; fetch it again"
        case .missingKey(let path, let key):
            "\(path) has no text '\(key)', which every game file has: fetch the file again"
        case .noGames(let path):
            "\(path) has no games: expected folders FOLDER/trial_ID/game.tw-pddl below it"
        case .unknownTaskType(let path, let folder):
            "\(path): the folder '\(folder)' begins with none of ALFWorld's six task types: rename or remove it"
        }
    }
}
