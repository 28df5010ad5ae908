/// Gives every metric name of the configuration its place in the batches' list of names.
struct MetricNumbering {
    private(set) var names: [String] = []
    private var places: [String: Int] = [:]

    mutating func number(of name: String) -> Int {
        if let place = places[name] { return place }
        places[name] = names.count
        names.append(name)
        return names.count - 1
    }
}
