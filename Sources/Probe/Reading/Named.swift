/// One of several things of a kind that a file lists: an interface, a device.
protocol Named {
    var name: String { get }
}

extension Array where Element: Named {
    /// The element of that name, looked for first where it stood in the newer reading: lists rarely change.
    func named(_ name: String, expectedAt place: Int) -> Element? {
        if place < count, self[place].name == name { return self[place] }
        for element in self where element.name == name { return element }
        return nil
    }
}
