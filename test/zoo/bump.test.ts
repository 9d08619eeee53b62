import { options } from './program.ts'
import { describeTool, failed, misused, succeeded } from './rows.ts'

const hook = (identifier: string) => ({ target: './dist/index.js', identifier })
const hooks = { init: hook('init'), prerun: hook('prerun'), finally: hook('atTheEnd') }
const document = '{ "openapi": "3.1.0", "info": { "title": "a", "version": "1" }, "paths": {} }'

describeTool(
  {
    name: 'bump-cli',
    bin: 'bump',
    patches: [
      ['package.json', '    "dirname": "bump",', `    "dirname": "bump", "hooks": ${JSON.stringify(hooks)},`],
      [
        'dist/index.js',
        "export { run } from '@oclif/core';",
        `export { run } from '@oclif/core'; import { oclifHooks } from 'cq-telemetry/oclif'; const hooks = oclifHooks(${options('bump', '2.11.0')}); export const { init, prerun } = hooks; export const atTheEnd = hooks.finally;`,
      ],
    ],
    files: {
      'api.json': document,
      'api2.json': document.replace('"a"', '"b"'),
      'overlay.json':
        '{ "overlay": "1.0.0", "info": { "title": "o", "version": "1" }, "actions": [{ "target": "$.info", "update": { "title": "z" } }] }',
      'notes.json': '{ "a": 1 }',
      'broken.json': '{',
    },
    // No network, and no file of the plugin that asks the registry for a newer version.
    env: { BUMP_SKIP_NEW_VERSION_CHECK: '1', BUMP_HOST: 'http://127.0.0.1:9', BUMP_TOKEN: 'none' },
    normalise: (text) => text.replaceAll(/\[[\d:.]+\]|\d+ms/g, 'TIME'),
  },
  [
    ['bump --help', 0],
    ['bump help', 0],
    ['bump overlay --help', 0],
    ['bump --version', 0],
    ['bump --help | head -n 1', 0],
    ['bump', 0],
    ['bump overlay api.json overlay.json', 0, ...succeeded('overlay')],
    ['bump overlay api.json overlay.json | head -n 1', 0, ...succeeded('overlay')],
    ['bump overlay api.json overlay.json -o out.json && cat out.json', 0, ...succeeded('overlay')],
    ['bump overlay api.json', 2, ...failed('overlay', 2, 'user MissingArgumentError')],
    ['bump overlay', 2, ...failed('overlay', 2, 'user MissingArgumentError')],
    ['bump overlay --unknown api.json overlay.json', 2, ...failed('overlay', 2, 'user UnknownOptionError')],
    ['bump overlay missing.json overlay.json', 2, ...failed('overlay', 2, 'user Error')],
    ['bump overlay broken.json overlay.json', 2, ...failed('overlay', 2, 'user Error')],
    ['bump overlay notes.json overlay.json', 2, ...failed('overlay', 2, 'user Error')],
    ['bump diff api.json api2.json', 100, ...failed('diff', 100, 'user Error')],
    ['bump diff', 2, ...failed('diff', 2, 'user MissingArgumentError')],
    ['bump deploy api.json --doc some', 100, ...failed('deploy', 100, 'user Error')],
    ['bump deploy api.json', 2, ...failed('deploy', 2, 'user Error')],
    ['bump preview api.json', 100, ...failed('preview', 100, 'user Error')],
    ['bump nothing', 2, ...misused('UnknownCommandError', 2)],
    ['bump telemetry', 2, ...misused('UnknownCommandError', 2)],
  ],
)
