import Database
import Foundation
import Synchronization
import Testing

extension MySQLConnection {
    /// Asks until the answer is 1.
    func waitUntil(_ question: String) throws {
        let end = ContinuousClock.now + .seconds(10)
        while try lines(question) != ["1"], ContinuousClock.now < end { usleep(20_000) }
        #expect(try lines(question) == ["1"])
    }

    /// Blocks until one transaction of this database waits for the lock of a row.
    ///
    /// InnoDB renews its list of transactions only if nobody on the whole server has looked at it for 0.1 s
    /// (CACHE_MIN_IDLE_TIME_NS in its trx0i_s.cc), so that two tests which look in turn would both see an
    /// old one for ever: all looks of this process keep apart.
    func waitForLockWait() throws {
        let question = """
            SELECT COUNT(*) FROM information_schema.INNODB_TRX t JOIN information_schema.PROCESSLIST p \
            ON p.ID = t.trx_mysql_thread_id WHERE trx_state = 'LOCK WAIT' AND p.DB = DATABASE()
            """
        let apart = Duration.milliseconds(120)
        let end = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < end {
            let isFound = try LockWaits.lastLook.withLock { last in
                guard last.duration(to: .now) >= apart else { return false }
                defer { last = .now }
                return try lines(question) == ["1"]
            }
            if isFound { return }
            usleep(10_000)
        }
        Issue.record("no transaction waits for a lock")
    }
}

private enum LockWaits {
    static let lastLook = Mutex(ContinuousClock.now)
}
