import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Debug } from '../policy/debug.ts'
import type { Job } from '../deliver/job.ts'

/** Milliseconds that the command waits for the child at most. */
export const awaitMs = 500
/** The child ends by itself before it is killed, and so has time to settle what was delivered. */
const graceMs = 50

/** Variables that a request may need: proxies, certificates, and what an operating system asks of any process. */
const passed =
  /^(?:PATH|HOME|TMPDIR|TEMP|TMP|SystemRoot|USERPROFILE|APPDATA|LOCALAPPDATA|(?:https?|no|all)_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|SSL_CERT_DIR)$/i

const environment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => passed.test(name)))

/** Beside this file in the package. */
const childPath = (): string => fileURLToPath(new URL('./deliver/main.js', import.meta.url))

/**
 * Hands the spool over to the child and waits for it, at most `awaitMs`. The job goes over standard input: arguments
 * and environment can be read by every process of the machine. Never throws.
 */
export const handOver = (job: Omit<Job, 'deadline'>, debug: Debug): void => {
  try {
    const path = childPath()
    if (!existsSync(path)) return debug('the file of the child is missing: what is recorded stays spooled')
    const { error } = spawnSync(process.execPath, [path], {
      input: JSON.stringify({ ...job, deadline: Date.now() + awaitMs - graceMs } satisfies Job),
      stdio: ['pipe', 'ignore', job.debug ? 'inherit' : 'ignore'],
      cwd: tmpdir(),
      env: environment(),
      timeout: awaitMs,
      killSignal: 'SIGKILL',
      windowsHide: true,
    })
    if (error) debug('the child did not end in time: what it has not sent stays spooled')
  } catch {
    debug('the child could not be started: what is recorded stays spooled')
  }
}
