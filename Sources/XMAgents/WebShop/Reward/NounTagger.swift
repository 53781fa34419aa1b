// stub while building
package enum NounTagger {
    package static func nouns(_ text: String) -> [String] { text.pythonLowercased.pythonWords }
}
