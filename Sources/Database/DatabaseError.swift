/// What the database, or the way to it, refused.
package struct DatabaseError: Error, Equatable, CustomStringConvertible, Sendable {
    /// What was tried: `connect`, `write samples`, `apply the schema`.
    package var operation: String
    /// `DatabaseSettings.server`.
    package var server: String
    /// The server's or the client library's error number (1045, 2003…); 0 where metricsd itself objects.
    package var code: UInt32
    /// Five characters of the SQL standard; `HY000` where there is nothing better, empty with `code` 0.
    package var sqlState: String
    /// The server's or the library's own words.
    package var text: String
    /// What to do about it, as one sentence; nil where only waiting helps or nothing is known.
    package var mend: String?
    /// Whether the same may succeed later with nobody's help. False: somebody has to act first.
    package var isTransient: Bool
    /// Whether the connection is gone, so that a new one has to be made.
    package var isConnectionLost: Bool

    package init(
        operation: String,
        server: String,
        code: UInt32 = 0,
        sqlState: String = "",
        text: String,
        mend: String? = nil,
        isTransient: Bool = false,
        isConnectionLost: Bool = false
    ) {
        self.operation = operation
        self.server = server
        self.code = code
        self.sqlState = sqlState
        self.text = text
        self.mend = mend
        self.isTransient = isTransient
        self.isConnectionLost = isConnectionLost
    }

    /// Whether a value itself is refused (SQLSTATE class 22, "data exception"): the same row will never be taken.
    package var isRefusalOfData: Bool { sqlState.hasPrefix("22") }

    /// `database db.example.org:3306: connect: Access denied… (error 1045, 28000). Check user and password…`
    package var description: String {
        var sentence = "database \(server): \(operation): \(text)"
        if code != 0 { sentence += " (error \(code), \(sqlState))" }
        if let mend { sentence += ". \(mend)" }
        return sentence.hasSuffix(".") ? sentence : sentence + "."
    }
}
