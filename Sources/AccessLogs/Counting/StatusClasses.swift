/// Requests by the class of their status.
package struct StatusClasses: Hashable, Sendable {
    package var informational: UInt64 = 0
    package var successful: UInt64 = 0
    package var redirected: UInt64 = 0
    package var clientErrors: UInt64 = 0
    package var serverErrors: UInt64 = 0
    /// No status, or one outside 100…599.
    package var other: UInt64 = 0

    package init() {}

    package mutating func count(_ status: UInt16, _ hits: UInt64 = 1) {
        switch status {
        case 200..<300: successful &+= hits
        case 300..<400: redirected &+= hits
        case 400..<500: clientErrors &+= hits
        case 500..<600: serverErrors &+= hits
        case 100..<200: informational &+= hits
        default: other &+= hits
        }
    }

    package static func += (left: inout StatusClasses, right: StatusClasses) {
        left.informational &+= right.informational
        left.successful &+= right.successful
        left.redirected &+= right.redirected
        left.clientErrors &+= right.clientErrors
        left.serverErrors &+= right.serverErrors
        left.other &+= right.other
    }
}
