// Starts a process that does nothing, in the background: the least that any telemetry with a child of its own costs.
import { lastStatement } from './last-statement.mjs'

process.on('exit', () => {
  const { spawn } = process.getBuiltinModule('node:child_process')
  spawn(process.execPath, ['-e', '0'], { detached: true, stdio: 'ignore' }).unref()
})
lastStatement()
