// The tasks and groups that can be named: those that come with the program, and files of the user's. A file whose name
// begins with "_" only serves others as `include`.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

package struct TaskLibrary: Sendable {
    /// In the order of their files.
    package private(set) var tasks: [TaskDefinition] = []
    package private(set) var groups: [TaskGroup] = []
    private var taskByName: [String: Int] = [:]
    private var groupByName: [String: Int] = [:]

    /// Reads all files of a folder and its folders.
    package init(_ folder: URL) throws {
        guard let paths = FileManager.default.enumerator(atPath: folder.path) else {
            throw TaskLibraryError.noFolder(folder.path)
        }
        let files = paths.compactMap { $0 as? String }.filter { path in
            path.hasSuffix(".yaml") && !(path.split(separator: "/").last ?? "").hasPrefix("_")
        }
        guard !files.isEmpty else { throw TaskLibraryError.noFolder(folder.path) }
        for file in files.sorted() { try add(folder.appending(path: file)) }
    }

    /// The folder of what comes with the program, with the folders `tasks` and `datasets`: beside the program, where
    /// the build puts it.
    package static func bundledFolder() throws -> URL {
        let program = Bundle.main.executableURL ?? URL(filePath: CommandLine.arguments[0])
        let folder = program.resolvingSymlinksInPath().deletingLastPathComponent()
            .appending(path: "xmodel_XMEval.resources")
        guard FileManager.default.fileExists(atPath: folder.path) else {
            throw TaskLibraryError.noFolder(folder.path)
        }
        return folder
    }

    /// Adds the tasks or the group of a file; returns their names. What has a known name replaces it.
    @discardableResult
    package mutating func add(_ file: URL) throws -> [String] {
        switch try Recipe.load(TaskFile.self, including: file) {
        case .task(let definition):
            var definition = definition
            // A dataset that is a file of the user's stands beside the task's file.
            if DatasetFile.isFile(definition.dataset) {
                definition.dataset = file.deletingLastPathComponent().appending(path: definition.dataset).path
            }
            let tasks = definition.expanded
            for task in tasks {
                if let place = taskByName[task.task] {
                    self.tasks[place] = task
                } else {
                    taskByName[task.task] = self.tasks.count
                    self.tasks.append(task)
                }
            }
            return tasks.map(\.task)
        case .group(let group):
            if let place = groupByName[group.group] {
                groups[place] = group
            } else {
                groupByName[group.group] = groups.count
                groups.append(group)
            }
            return [group.group]
        }
    }

    /// The tasks behind names of tasks, groups and tags or paths of files, each once, in order; and the groups that
    /// were named, with the groups inside them, outer ones first.
    package mutating func resolve(_ names: [String]) throws -> (tasks: [TaskDefinition], groups: [ResolvedGroup]) {
        var chosen: [String] = []
        var resolved: [ResolvedGroup] = []
        for name in names {
            let isFile = name.hasSuffix(".yaml") || name.hasSuffix(".yml")
            for name in isFile ? try add(URL(filePath: name)) : [name] {
                chosen += try members(of: name, into: &resolved, path: [])
            }
        }
        var seen: Set<String> = []
        return (chosen.filter { seen.insert($0).inserted }.map { tasks[taskByName[$0]!] }, resolved)
    }

    /// Names of the tasks behind one name.
    private func members(of name: String, into resolved: inout [ResolvedGroup], path: [String]) throws -> [String] {
        guard !path.contains(name) else { throw TaskLibraryError.circular(path + [name]) }
        if let place = groupByName[name] {
            let slot = resolved.count
            let isNew = !resolved.contains { $0.group.group == name }
            if isNew { resolved.append(ResolvedGroup(group: groups[place], members: [], tasks: [])) }
            var all: [String] = []
            var direct: [String] = []
            for member in groups[place].task {
                let tasks = try members(of: member, into: &resolved, path: path + [name])
                all += tasks
                direct += groupByName[member] == nil ? tasks : [member]
            }
            if isNew { (resolved[slot].members, resolved[slot].tasks) = (direct, all) }
            return all
        }
        if taskByName[name] != nil { return [name] }
        let tagged = tasks.filter { $0.tag.contains(name) }.map(\.task)
        guard !tagged.isEmpty else {
            let known = tasks.map(\.task) + groups.map(\.group) + tasks.flatMap(\.tag)
            throw TaskLibraryError.unknown(name, group: path.last, nearest: nearestName(to: name, in: known))
        }
        return tagged
    }
}

package struct ResolvedGroup: Sendable {
    package let group: TaskGroup
    /// Tasks and groups of the next level.
    package fileprivate(set) var members: [String]
    /// All tasks below it.
    package fileprivate(set) var tasks: [String]
}

package enum TaskLibraryError: Error, CustomStringConvertible, Equatable {
    case noFolder(String)
    case unknown(String, group: String?, nearest: String?)
    case circular([String])

    package var description: String {
        switch self {
        case .noFolder(let path):
            "\(path): no task files; install this folder beside the program, or name a folder with --task-folder"
        case .unknown(let name, let group, let nearest):
            "\(group.map { "group '\($0)': " } ?? "")there is no task, group or tag '\(name)'"
                + (nearest.map { "; did you mean '\($0)'?" } ?? "; 'xmodel eval --list' shows all")
        case .circular(let path): "group '\(path[0])' contains itself: \(path.joined(separator: " > "))"
        }
    }
}
