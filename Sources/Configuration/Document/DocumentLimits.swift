/// What a configuration file may take, so that a hostile or mistaken one costs bounded time and memory. 5,000 hosts
/// with ten elements each stay far below.
struct DocumentLimits: Sendable {
    var fileBytes = 4 << 20
    var attributeBytes = 64 << 10
    var attributesPerElement = 64
    var elements = 100_000
    var depth = 32

    static let standard = DocumentLimits()
}

/// Why a file is not a document that could be looked into; there is one of these, and nothing after it is read.
struct DocumentError: Error, Equatable {
    var location: SourceLocation?
    var what: String
    var allowed: String?
}
