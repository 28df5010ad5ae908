/// Another machine that answered under a host's address, and what is known of both.
package struct RefusedMachine: Equatable, Sendable {
    package var host: String
    /// Empty for one without a machine-id.
    package var machineID: String
    /// What it calls itself (`uname -n`); foreign text.
    package var nodeName: String
    package var address: String
    /// The machine whose rows the host's are.
    package var boundID: String
    /// Where that one last answered; empty where it is not known.
    package var boundAddress: String
    /// Other configured hosts that the machine is known as.
    package var knownAs: [String]

    package init(
        host: String,
        machineID: String,
        nodeName: String,
        address: String,
        boundID: String,
        boundAddress: String,
        knownAs: [String]
    ) {
        self.host = host
        self.machineID = machineID
        self.nodeName = nodeName
        self.address = address
        self.boundID = boundID
        self.boundAddress = boundAddress
        self.knownAs = knownAs
    }

    /// What is the matter, then in further lines what that means and the mend.
    package var lines: [String] {
        let name = ForeignText.line(nodeName, limit: 80)
        let itsName = name.isEmpty ? "" : "; it calls itself \(name)"
        let itsID = machineID.isEmpty ? "It has no machine-id" : "Its machine-id is \(ForeignText.line(machineID))"
        let last = boundAddress.isEmpty ? "" : ", which last answered at \(boundAddress)"
        var lines = [
            "another machine answers at \(address)",
            "\(itsID)\(itsName). \(host) is bound to the machine \(boundID)\(last).",
        ]
        let mend =
            "If \(host) was reinstalled or replaced on purpose: `metricsd host accept \(host)`. Otherwise correct its "
            + "address, DNS or DHCP; it is tried again by itself."
        if knownAs.isEmpty {
            lines.append("Nothing of it is recorded.")
            lines.append(mend)
        } else {
            let shown = knownAs.prefix(3).joined(separator: ", ")
            let more = knownAs.count > 3 ? " and \(knownAs.count - 3) more" : ""
            lines.append(
                "It is the machine that is configured as \(shown)\(more), so addresses were probably exchanged. Nothing of "
                    + "it is recorded under \(host)."
            )
            lines.append(mend)
        }
        return lines
    }

    /// All of it in one line, for the log and `hosts.last_error`.
    package var sentence: String {
        "\(host): \(lines[0]). " + lines.dropFirst().joined(separator: " ")
    }
}
