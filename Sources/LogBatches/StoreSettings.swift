/// A `<store>`: how the lines of a log are kept.
package struct StoreSettings: Equatable, Sendable {
    /// Length of a batch's time, 10 s to a day; a day is a whole number of them.
    package var window: Duration
    /// How long after its window a batch is closed.
    package var closeAfter: Duration
    /// Of the file, see `BatchName`.
    package var namePattern: String
    /// What `{prefix}` stands for.
    package var prefix: String
    /// Name of the `<delivery>`; nil where batches are only kept.
    package var delivery: String?
    /// How long a batch is kept once it is closed, and delivered where it is to be.
    package var keep: Duration
    /// How long after closing it is compressed, once delivered; nil never.
    package var compressAfter: Duration?

    package init(
        window: Duration = .seconds(1_200),
        closeAfter: Duration = .seconds(120),
        namePattern: String = "{prefix}_{yyMMddHH}_{mm-mm}_{address}.log",
        prefix: String,
        delivery: String? = nil,
        keep: Duration = .seconds(7 * 86_400),
        compressAfter: Duration? = .seconds(3 * 3_600)
    ) {
        self.window = window
        self.closeAfter = closeAfter
        self.namePattern = namePattern
        self.prefix = prefix
        self.delivery = delivery
        self.keep = keep
        self.compressAfter = compressAfter
    }
}
