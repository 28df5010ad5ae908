/// Lines one after the other, in the order in which a merge takes them.
///
/// Belongs to one thread. Calls block for what the lines come from.
package protocol LineStream: AnyObject {
    /// Goes on to the next line; false at the end.
    func advance() throws -> Bool

    /// What lines are sorted by: never less than the one before, in milliseconds since 1970 by the server's clock.
    var key: Int64 { get }

    /// The line's own time by the server's clock; that of the line before where it has none.
    var time: Int64 { get }

    /// Without its newline. Valid until the next `advance`.
    var line: UnsafeRawBufferPointer { get }

    /// Who the line is from: a place in a list of the caller's.
    var label: Int { get }
}
