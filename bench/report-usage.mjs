// Preloaded into a process that is measured: writes at its end what it has used. The child of a command ends itself by a signal.
import { writeSync } from 'node:fs'

const report = () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
  writeSync(3, JSON.stringify({ rssMb: maxRSS / 1024, cpuMs: (userCPUTime + systemCPUTime) / 1000 }))
}

process.on('exit', report)
const kill = process.kill.bind(process)
process.kill = (pid, signal) => {
  if (pid === process.pid) report()
  return kill(pid, signal)
}
