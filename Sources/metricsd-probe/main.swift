import CLinux

exit(ProbeCommandLine.run(ProgramArguments.read()) { allCollectors(roots: $0) })
