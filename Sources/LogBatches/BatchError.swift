/// What a batch's file, or its folder, refused.
package struct BatchError: Error, Equatable, CustomStringConvertible, Sendable {
    /// What was tried: `append`, `create the folder`, `compress`.
    package var operation: String
    /// Of the file or folder.
    package var path: String
    /// `errno`; 0 where metricsd itself objects.
    package var number: Int32
    /// Sentences of somebody else's may come with their full stop.
    package var text: String
    /// What to do about it, as one sentence.
    package var mend: String
    /// Whether the same may succeed later with nobody's help, or once there is room again.
    package var isTransient: Bool
    /// The file system, or the user's share of it, is full.
    package var isFull: Bool
    /// The file is not what was written: it was edited, cut off or removed.
    package var isAltered: Bool

    package init(
        operation: String,
        path: String,
        number: Int32 = 0,
        text: String,
        mend: String,
        isTransient: Bool = false,
        isFull: Bool = false,
        isAltered: Bool = false
    ) {
        self.operation = operation
        self.path = path
        self.number = number
        self.text = text
        self.mend = mend
        self.isTransient = isTransient
        self.isFull = isFull
        self.isAltered = isAltered
    }

    /// `/var/lib/metricsd/logs/web-1/access/access_….log: append: No space left on device (error 28). Free space…`
    package var description: String {
        var sentence = "\(path): \(operation): \(text)"
        if number != 0 { sentence += " (error \(number))" }
        return "\(sentence)\(sentence.hasSuffix(".") ? "" : ".") \(mend)."
    }
}
