import { options } from './program.ts'
import { describeTool, failed, misused, succeeded, threw } from './rows.ts'

const scripts = {
  hello: 'node -p 1',
  fails: 'node -e "process.exit(3)"',
}

describeTool(
  {
    name: 'nypm',
    patches: [
      ['dist/cli.mjs', 'runMain(main);', `runMain(instrumentCitty(main, ${options('nypm', '0.6.12')}));`],
      [
        'dist/cli.mjs',
        'import { defineCommand, runMain } from "citty";',
        'import { defineCommand, runMain } from "citty"; import { instrumentCitty } from "cq-telemetry/citty";',
      ],
    ],
    // Which asks the registry for a newer release of its own, and names the file of its log.
    env: { npm_config_update_notifier: 'false', npm_config_logs_max: '0' },
    files: {
      'package.json': JSON.stringify({ name: 'user', version: '1.0.0', packageManager: 'npm@10.0.0', scripts }),
      'none/package.json': '{ "name": "none" }',
      'pnpm/package.json': '{ "name": "p", "packageManager": "pnpm@9.0.0" }',
      'odd/package.json': '{ "name": "o", "packageManager": "np$m@9.0.0" }',
    },
  },
  [
    ['nypm --help', 0],
    ['nypm add --help', 0],
    ['nypm --help | head -n 1', 0],
    ['nypm --version', 0],
    ['nypm', 1, ...misused('UsageError')],
    ['nypm nothing', 1, ...misused('UsageError')],
    ['nypm remove', 1, ...misused('UsageError')],
    ['nypm detect', 0, ...succeeded('detect')],
    ['nypm detect --cwd pnpm', 0, ...succeeded('detect')],
    ['nypm detect --cwd odd', 0, ...succeeded('detect')],
    ['nypm detect --cwd /', 1, ...failed('detect')],
    ['nypm install --dry', 0, ...succeeded('install')],
    ['nypm i --dry', 0, ...succeeded('i')],
    ['nypm add left-pad -D --dry', 0, ...succeeded('add')],
    ['nypm add left-pad --dry --unknown', 0, ...succeeded('add')],
    ['nypm rm left-pad --dry', 0, ...succeeded('rm')],
    ['nypm remove left-pad -w some --dry --cwd pnpm', 0, ...succeeded('remove')],
    ['nypm install --dry --silent', 0, ...succeeded('install')],
    ['nypm dedupe --cwd / ', 1, ...threw('dedupe')],
    ['nypm run hello', 0, ...succeeded('run')],
    ['nypm run fails', 1, ...threw('run')],
    ['nypm run missing', 1, ...threw('run')],
  ],
)
