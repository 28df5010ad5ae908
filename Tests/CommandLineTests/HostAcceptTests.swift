import TestServers
import Testing

/// `metricsd host accept`. That a machine is accepted stands in `MachineChangeTests`.
struct HostAcceptTests {
    @Test func whatCannotBeAcceptedIsSaid() throws {
        let site = try Site("<host name=\"web-1\" address=\"127.0.0.1\" port=\"$PORT\"/>")
        let early = try site.metricsd("host", "accept", "web-1")
        #expect(early.status == 69 && early.output == "")
        #expect(early.errors.contains("there is no journal") && early.errors.contains("`metricsd run`"))
        let unknown = try site.metricsd("host", "accept", "wbe-1")
        #expect(unknown.status == 64)
        #expect(unknown.errors.contains("no host wbe-1 in server_config.xml; it has web-1; did you mean web-1"))
        #expect(try site.metricsd("host").status == 0)

        #expect(try site.metricsd("run", "--once").status == 0)
        let bound = try site.metricsd("host", "accept", "web-1")
        #expect(bound.status == 69 && bound.output == "")
        #expect(bound.errors.contains("metricsd: nothing to accept: web-1 is "), "\(bound.errors)")
        #expect(bound.errors.contains("is bound to the machine") || bound.errors.contains("not bound to a machine yet"))
    }
}
