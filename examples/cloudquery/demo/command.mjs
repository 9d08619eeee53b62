// Runs the command in the demo's place; nothing of the caller's environment decides about its telemetry.
import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const cli = fileURLToPath(new URL('../bin/cloudquery.js', import.meta.url))

const environment = (home) => {
  const { PATH, SystemRoot, NO_COLOR } = process.env
  return { PATH, SystemRoot, HOME: home, USERPROFILE: home, TMPDIR: tmpdir(), ...(NO_COLOR && { NO_COLOR }) }
}

/** `ended` resolves with the exit code. */
export const startCommand = (place, args, env) => {
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: place,
    // Its own process group: a Ctrl-C in the terminal reaches it through the demo alone.
    detached: true,
    env: { ...environment(join(place, 'home')), ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const ended = new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  return { ended, cancel: () => child.kill('SIGINT') }
}
