// A process that does nothing.
process.exitCode = 0
