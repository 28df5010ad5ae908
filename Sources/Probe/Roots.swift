/// Where the kernel's and the system's files are. Replaceable, so that a test reads fixtures.
package struct Roots: Equatable, Sendable {
    package var proc: String
    package var sys: String
    package var etc: String
    package var run: String
    package var `var`: String

    package init(
        proc: String = "/proc",
        sys: String = "/sys",
        etc: String = "/etc",
        run: String = "/run",
        `var`: String = "/var"
    ) {
        self.proc = proc
        self.sys = sys
        self.etc = etc
        self.run = run
        self.var = `var`
    }

    /// All roots as folders of one folder: `FOLDER/proc`, `FOLDER/sys`…
    package init(under folder: String) {
        self.init(
            proc: folder + "/proc",
            sys: folder + "/sys",
            etc: folder + "/etc",
            run: folder + "/run",
            var: folder + "/var"
        )
    }

    /// The running system.
    package static let system = Roots()
}
