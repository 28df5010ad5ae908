/// Stores batches of rows through a connection.
package final class DatabaseWriter {
    package let connection: MySQLConnection

    package init(_ connection: MySQLConnection) {
        self.connection = connection
    }

    package func register(metrics: [MetricRow]) throws(DatabaseError) {}

    package func write(_ batch: DatabaseBatch) throws(DatabaseError) {}
}
