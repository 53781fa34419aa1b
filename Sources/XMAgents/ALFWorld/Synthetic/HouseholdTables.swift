// What things there are, what can be done with them and where they may lie: ALFWorld's tables, for the furniture that
// synthetic games have.
// SPDX-License-Identifier: Apache-2.0

enum HouseholdTables {
    /// [kind of furniture]: kinds of things that it holds.
    static let contents: [(kind: String, holds: Set<String>)] = [
        table(
            "Cabinet",
            "Book Bowl CD Candle Cloth Cup DishSponge Kettle Ladle Mug Newspaper Pan PepperShaker Plate Pot "
                + "SaltShaker SoapBar SoapBottle SprayBottle Vase WineBottle"),
        table("CounterTop", surface),
        table("DiningTable", surface),
        table("SideTable", surface),
        table("CoffeeTable", surface),
        table(
            "Desk",
            "AlarmClock Book Bowl CD Candle CellPhone Cloth CreditCard Cup KeyChain Laptop Mug Newspaper Pen "
                + "Pencil Plate SoapBottle SprayBottle Statue Vase Watch WineBottle"),
        table(
            "Dresser",
            "AlarmClock Book Bowl CD Candle CellPhone Cloth CreditCard Cup KeyChain Laptop Mug Newspaper Pen "
                + "Pencil Plate SprayBottle Statue Vase Watch WineBottle"),
        table(
            "Drawer",
            "Book ButterKnife CD Candle CellPhone Cloth CreditCard DishSponge Fork KeyChain Knife Ladle "
                + "Newspaper Pen Pencil PepperShaker SaltShaker SoapBar SoapBottle Spatula Spoon SprayBottle Watch"),
        table("Fridge", "Apple Bowl Bread Cup Egg Lettuce Mug Pan Plate Pot Potato Tomato WineBottle"),
        table(
            "GarbageCan",
            "Apple Bread CD Cloth DishSponge Egg Lettuce Newspaper Pen Pencil Potato SoapBar SoapBottle "
                + "SprayBottle Tomato WineBottle"),
        table("Microwave", "Apple Bowl Bread Cup Egg Mug Plate Potato Tomato"),
        table("Safe", "CD CellPhone CreditCard KeyChain Statue Vase Watch"),
        table(
            "Shelf",
            "AlarmClock Book Bowl CD Candle CellPhone Cloth CreditCard Cup Kettle KeyChain Mug Newspaper Pen "
                + "Pencil PepperShaker Plate Pot SaltShaker SoapBar SoapBottle SprayBottle Statue Vase Watch "
                + "WineBottle"),
        table(
            "SinkBasin",
            "Apple Bowl ButterKnife Cloth Cup DishSponge Egg Fork Kettle Knife Ladle Lettuce Mug Pan Plate "
                + "Pot Potato SoapBar Spatula Spoon Tomato"),
        table("StoveBurner", "Kettle Pan Pot"),
    ]

    private static let surface =
        "AlarmClock Apple Book Bowl Bread ButterKnife CD Candle CellPhone Cloth CreditCard Cup DishSponge Egg Fork "
        + "Kettle KeyChain Knife Ladle Laptop Lettuce Mug Newspaper Pan Pen Pencil PepperShaker Plate Pot Potato SaltShaker "
        + "SoapBar SoapBottle Spatula Spoon SprayBottle Statue Tomato Vase Watch WineBottle"

    static let openable = set("Fridge Cabinet Microwave Drawer Safe")
    static let heatable = set("Apple Bread Cup Egg Mug Plate Potato Tomato")
    static let coolable = set("Apple Bowl Bread Cup Egg Lettuce Mug Pan Plate Pot Potato Tomato WineBottle")
    static let cleanable = set(
        "Apple Bowl ButterKnife Cloth Cup DishSponge Egg Fork Kettle Knife Ladle Lettuce Mug Pan Plate Pot Potato "
            + "SoapBar Spatula Spoon Tomato")
    static let sliceable = set("Apple Bread Egg Lettuce Potato Tomato")
    static let receptacleObjects = set("Bowl Cup Mug Plate Pan Pot")

    /// All kinds of things that can be carried, sorted.
    static let things: [String] = Set(contents.flatMap(\.holds)).sorted()

    private static func set(_ words: String) -> Set<String> { Set(words.split(separator: " ").map { String($0) }) }

    private static func table(_ kind: String, _ words: String) -> (kind: String, holds: Set<String>) {
        (kind, set(words))
    }
}
