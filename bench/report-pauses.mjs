// Preloaded into a server that is measured: writes at its end the longest pause of its event loop since SIGUSR2.
import { writeSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'

const resolution = 5
const delay = monitorEventLoopDelay({ resolution })
delay.enable()
process.on('SIGUSR2', () => delay.reset())
process.on('exit', () => writeSync(3, JSON.stringify({ pauseMs: Math.max(0, delay.max / 1e6 - resolution) })))
