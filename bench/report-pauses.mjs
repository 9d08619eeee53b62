// Preloaded into a server that is measured: writes at its end the longest pauses of its event loop since SIGUSR2, one by
// the clock and one by the processor time of its main thread. On a busy machine the first is mostly that of others.
import { readFileSync, writeSync } from 'node:fs'

const tickMs = 5
const wallMs = () => performance.now()
// Nanoseconds that the thread has run; the entry of a process is that of its first thread.
const cpuMs = () => Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ')[0]) / 1e6

let longest = { wallMs: 0, cpuMs: 0 }
let [wall, cpu] = [wallMs(), cpuMs()]
const tick = () => {
  const [wallNow, cpuNow] = [wallMs(), cpuMs()]
  longest = { wallMs: Math.max(longest.wallMs, wallNow - wall - tickMs), cpuMs: Math.max(longest.cpuMs, cpuNow - cpu) }
  ;[wall, cpu] = [wallNow, cpuNow]
}
setInterval(tick, tickMs).unref()
process.on('SIGUSR2', () => (longest = { wallMs: 0, cpuMs: 0 }))
process.on('exit', () => writeSync(3, JSON.stringify(longest)))
