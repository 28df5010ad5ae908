/// Something about a batch's file, or a file beside it, that somebody has to be told.
package struct BatchFinding: Equatable, Sendable, CustomStringConvertible {
    package var host: String
    package var log: String
    /// Of the file.
    package var path: String
    /// What was found, without a full stop.
    package var text: String
    /// What to do about it, without a full stop.
    package var mend: String
    /// Name of the batch's `<delivery>`, whose recipients are told.
    package var delivery: String?
    /// A batch is not whole any more; otherwise only something in the folder was put in order.
    package var isAltered: Bool

    package init(
        host: String,
        log: String,
        path: String,
        text: String,
        mend: String,
        delivery: String? = nil,
        isAltered: Bool
    ) {
        self.host = host
        self.log = log
        self.path = path
        self.text = text
        self.mend = mend
        self.delivery = delivery
        self.isAltered = isAltered
    }

    /// One line.
    package var description: String { "\(path): \(text). \(mend)." }
}
