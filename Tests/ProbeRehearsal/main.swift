import CLinux

// The probe's own sources, in its own kind of build, with collectors that misbehave on purpose.
exit(ProbeCommandLine.run(ProgramArguments.read()) { _ in rehearsedCollectors() })
