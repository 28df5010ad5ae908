package import Wire

/// That people are not told of an alert at present, or were not, and why.
package struct AlertHold: Codable, Equatable, Sendable {
    /// `silenced until 2026-11-21 20:00 UTC: kernel update`, `gw-1 is unreachable`
    package var cause: String
    /// When people were told after all; nil while they are not.
    package var endedAt: Timestamp?
    /// What nobody was told of so far: that it began, or that it got worse.
    package var untold: AlertNotification.Kind?

    package init(cause: String, endedAt: Timestamp? = nil, untold: AlertNotification.Kind? = nil) {
        self.cause = cause
        self.endedAt = endedAt
        self.untold = untold
    }
}

/// Keeps the notifications of a host's alerts back for a while.
package struct AlertSilence: Equatable, Sendable {
    /// Of alerts; nil for all of them.
    package var type: String?
    /// For people, without a full stop: `silenced until 2026-11-21 20:00 UTC: kernel update`.
    package var cause: String

    package init(type: String? = nil, cause: String) {
        self.type = type
        self.cause = cause
    }
}

/// What may stand on the way to a host and keep it from being reached.
package enum AlertedWay: Hashable, Sendable {
    /// A host that it is reached through at the level of SSH.
    case jump
    /// The host that its `parent` names.
    case parent
}

extension Alert {
    package var isHeldBack: Bool { hold.map { $0.endedAt == nil } ?? false }

    /// Why nobody is told, or was told until it was over; nil where people are told.
    package var heldBackBecause: String? { isHeldBack ? hold?.cause : nil }
}

extension AlertStateMachine {
    /// People are not told from here on, or for another reason than before.
    mutating func holdBack(because cause: String) -> Action {
        guard case .firing(var alert, let savedAt) = state, alert.heldBackBecause != cause else { return .nothing }
        alert.hold = AlertHold(cause: cause, untold: alert.isHeldBack ? alert.hold?.untold : nil)
        state = .firing(alert, savedAt: savedAt)
        return .updated(alert)
    }

    /// People are told again: now of what they have missed, if it still fires.
    mutating func release(at now: Timestamp) -> Action {
        guard case .firing(var alert, let savedAt) = state, alert.isHeldBack, let hold = alert.hold else {
            return .nothing
        }
        guard let untold = hold.untold else {
            alert.hold = nil
            state = .firing(alert, savedAt: savedAt)
            return .updated(alert)
        }
        alert.hold = AlertHold(cause: hold.cause, endedAt: now)
        alert.lastNotifiedAt = now
        state = .firing(alert, savedAt: now)
        return untold == .worsened ? .worsened(alert) : .raised(alert)
    }
}
