import Configuration
import Database
import TestServers
import Testing

/// How long rows are kept, with a server of one's own and with the private one.
struct RetentionSettingsTests {
    private static let day = Duration.seconds(86_400)

    private func load(database: String) throws -> ServerConfiguration {
        let folder = try TestFolder("retention")
        let path = try folder.file("server_config.xml", "<metricsd>\(database)<host name=\"a\"/></metricsd>")
        return try ServerConfiguration.load(path)
    }

    @Test func thirtyDaysFourHundredDaysTenYears() throws {
        let configuration = try load(database: "")
        #expect(configuration.database == nil)
        #expect(
            configuration.retention
                == RetentionSettings(keep: Self.day * 30, keepHourly: Self.day * 400, keepDaily: Self.day * 3_650)
        )
    }

    @Test(arguments: [
        #"<database keep="7d" keep-hourly="1y" keep-daily="20y"/>"#, #"<database keep="7d"/>"#, "<database/>",
    ])
    func whatNamesNoServerIsThePrivateOne(text: String) throws {
        #expect(try load(database: text).database == nil)
    }

    @Test(arguments: [#"host="db""#, #"name="m""#, #"user="m""#, #"port="3307""#, #"socket="s""#, #"tls="required""#])
    func whatNamesAnythingOfAServerIsThat(attribute: String) throws {
        let configuration = try load(database: #"<database keep="7d" \#(attribute)/>"#)
        #expect(configuration.database != nil)
        #expect(configuration.retention == RetentionSettings(keep: Self.day * 7))
    }

    @Test func aLongerTimeTakesTheDefaultsBehindItAlong() throws {
        let retention = try load(database: #"<database keep="2y"/>"#).retention
        #expect(retention.keepHourly == Self.day * 730 && retention.keepDaily == Self.day * 3_650)
    }
}
