// Where a shopper is and what has been chosen: the state that WebShop's server keeps for an episode.
// SPDX-License-Identifier: Apache-2.0

package struct WebShopSession: Sendable, Equatable {
    package enum Location: Sendable, Equatable {
        case search, results, item, subPage(WebShopPage.SubPage), done
    }

    /// A chosen value of an option.
    package struct Choice: Sendable, Equatable {
        package let name: String
        package var value: String
    }

    var location = Location.search
    var keywords: [String] = []
    /// The page of the results, from 1.
    var page = 1
    var asin: String?
    /// Products opened since the search page.
    var visited: Set<String> = []
    /// In the order of the first choice for each option.
    var choices: [Choice] = []

    /// One value for each option: a later choice replaces an earlier one.
    mutating func choose(_ value: String, for name: String) {
        if let place = choices.firstIndex(where: { $0.name.utf8.elementsEqual(name.utf8) }) {
            choices[place].value = value
        } else {
            choices.append(Choice(name: name, value: value))
        }
    }
}
