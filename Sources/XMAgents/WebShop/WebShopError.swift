// Faults in WebShop's files. Each names the file and the row, what was found, and what to do.
// SPDX-License-Identifier: Apache-2.0

package enum WebShopError: Error, Equatable, CustomStringConvertible {
    /// File, row from 1, the parser's reason.
    case notJSON(String, row: Int, String)
    /// File and what its whole must be.
    case wrongForm(String, wanted: String)
    case wrongValue(String, row: Int, key: String, wanted: String)
    case badPrice(String, row: Int, found: String)
    case badIdentifier(String, row: Int, found: String)
    /// File, key of the product.
    case badInstruction(String, product: String, key: String, wanted: String)
    case noProducts(String)
    case noGoal(index: Int, count: Int)
    /// File and what is wrong with it.
    case badIndex(String, String)

    package var description: String {
        switch self {
        case .notJSON(let file, let row, let reason):
            "\(file): row \(row) is not JSON (\(reason)); fetch the file again"
        case .wrongForm(let file, let wanted): "\(file): is not \(wanted); use one of WebShop's published files"
        case .wrongValue(let file, let row, let key, let wanted):
            "\(file): in row \(row), '\(key)' is missing or not \(wanted); correct the row or fetch the file again"
        case .badPrice(let file, let row, let found):
            "\(file): in row \(row), 'pricing' is '\(found)' and not '$' with one or two amounts; correct the row"
        case .badIdentifier(let file, let row, let found):
            "\(file): in row \(row), 'asin' is '\(found)' and not of upper-case letters and digits; correct the row"
        case .badInstruction(let file, let product, let key, let wanted):
            "\(file): for product \(product), '\(key)' is missing or not \(wanted); correct it or fetch the file again"
        case .noProducts(let file): "\(file): has no products; use one of WebShop's published files"
        case .badIndex(let file, let reason):
            "\(file): \(reason); make the folder anew with xmodel agent webshop index"
        case .noGoal(let index, let count):
            "goal \(index) does not exist: the loaded files make \(count) goals, counted from 0; choose one of them"
        }
    }
}
