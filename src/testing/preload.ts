import { beginRecords, readSettings, recordTo } from './preload-records.ts'
import { hideRepository, provideNotice, recordStandardError, switchDebugOn, watchChild } from './preload-command.ts'
import { redirectRequests } from './preload-child.ts'
import { seedRandomness } from './preload-random.ts'
import { stopClock } from './preload-clock.ts'
import { childVariable } from '../machine/variables.ts'

/**
 * Loaded by `assertNonInterference()` before a program and before its delivery child (`--require`), from a copy in the
 * directory of the run. The package itself does not depend on it: it replaces functions of Node before the package
 * reads them.
 */

const directory = __dirname
const settings = readSettings(directory)
const { number, path } = beginRecords(directory)
const note = recordTo(path)

stopClock(settings.now)
seedRandomness(String(number))
const isCommand = process.env[childVariable] === undefined
recordStandardError(isCommand ? 'command' : 'child', note)
if (isCommand) {
  switchDebugOn()
  hideRepository()
  provideNotice(settings.home, new Date(settings.now))
  watchChild(__filename, settings.home, note)
} else redirectRequests(settings.port)
process.getBuiltinModule('node:module').syncBuiltinESMExports()
