import { modules, options } from './program.ts'
import { describeTool, failed, misused, succeeded } from './rows.ts'

describeTool(
  {
    name: 'knex',
    patches: [
      [
        'bin/cli.js',
        "const commander = require('commander');",
        `const commander = require('commander'); require('cq-telemetry/commander').instrumentCommander(commander, ${options('knex', '3.3.0')});`,
      ],
    ],
    files: {
      'db/knexfile.js': "module.exports = { client: 'pg' }",
      'db/broken.js': "throw new Error('no')",
      // It reads the folder and asks the database at once: if both failed, it would say what fails first.
      'migrations/.gitkeep': '',
      'db/migrations/.gitkeep': '',
      'db/unreached.js': "module.exports = { client: 'pg', connection: { host: '127.0.0.1', port: 1 } }",
    },
    // As of a project that has it installed.
    env: { KNEX_PATH: `${modules}knex/knex.js` },
    normalise: (text) => text.replaceAll(/\d{14}_/g, 'TIME_'),
  },
  [
    ['knex --help', 0],
    ['knex migrate:make --help', 0],
    ['knex --version', 0],
    ['knex help migrate:up', 0],
    ['knex', 1],
    ['knex init && cat knexfile.js', 0, ...succeeded('init')],
    ['knex init -x ts', 0, ...succeeded('init')],
    ['knex init -x exe', 1, ...failed('init')],
    ['knex migrate:make first --knexfile db/knexfile.js && ls db/migrations', 0, ...succeeded('migrate:make')],
    ['knex migrate:make first', 1, ...failed('migrate:make')],
    ['knex migrate:make', 1, ...misused('MissingArgumentError')],
    ['knex seed:make first --knexfile db/knexfile.js', 0, ...succeeded('seed:make')],
    ['knex migrate:latest', 1, ...failed('migrate:latest')],
    ['knex migrate:latest --knexfile db/knexfile.js', 1, ...failed('migrate:latest')],
    ['knex migrate:latest --knexfile db/unreached.js', 1, ...failed('migrate:latest')],
    ['knex migrate:latest --knexfile db/broken.js', 1, ...failed('migrate:latest')],
    ['knex migrate:up --knexfile db/unreached.js', 1, ...failed('migrate:up')],
    ['knex migrate:list --client pg', 1, ...failed('migrate:list')],
    ['knex seed:run --knexfile db/knexfile.js', 1, ...failed('seed:run')],
    ['knex init --unknown', 1, ...misused('UnknownOptionError')],
    ['knex nothing', 1, ...misused('UnknownCommandError')],
    ['knex --help | head -n 1', 0],
  ],
)
