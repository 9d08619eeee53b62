import { options } from './program.ts'
import { describeTool, failed, misused, succeeded } from './rows.ts'

describeTool(
  {
    name: '@dotenvx/dotenvx',
    bin: 'dotenvx',
    patches: [
      [
        'src/cli/dotenvx.js',
        'const program = new Command()',
        `const program = new Command(); require('cq-telemetry/commander').instrumentCommander(program, ${options('dotenvx', '1.75.1')})`,
      ],
    ],
    files: {
      '.env': 'HELLO=world\nNUMBER=3\n',
      '.env.other': 'HELLO=other\n',
      'hello.mjs': "console.log(process.env.HELLO ?? 'nobody')",
      'wait.mjs': "console.log('ready'); setInterval(() => undefined, 1000)",
    },
  },
  [
    ['dotenvx --help', 0],
    ['dotenvx run --help', 0],
    ['dotenvx help', 0],
    ['dotenvx --version', 0],
    ['dotenvx', 1, ...failed('dotenvx')],
    ['dotenvx run -- node hello.mjs', 0, ...succeeded('run')],
    ['dotenvx run -q -f .env.other -- node hello.mjs | cat', 0, ...succeeded('run')],
    ['dotenvx run -- node -e "process.exit(3)"', 3, ...failed('run', 3)],
    ['dotenvx run -f missing --strict -- node hello.mjs', 1, ...failed('run')],
    ['dotenvx run -f missing -- node hello.mjs', 0, ...succeeded('run')],
    ['dotenvx run -- nosuchcommand', 1, ...failed('run')],
    ['dotenvx run', 1, ...failed('run')],
    ['dotenvx get HELLO', 0, ...succeeded('get')],
    ['dotenvx get', 0, ...succeeded('get')],
    ['dotenvx get --format shell | head -n 1', 0, ...succeeded('get')],
    ['dotenvx get MISSING', 0, ...succeeded('get')],
    ['dotenvx set HELLO there --plain && cat .env', 0, ...succeeded('set')],
    ['dotenvx set HELLO', 1, ...misused('MissingArgumentError')],
    ['dotenvx ls', 0, ...succeeded('ls')],
    ['dotenvx ls --unknown', 1, ...misused('UnknownOptionError')],
    ['dotenvx encrypt -f missing', 0, ...succeeded('encrypt')],
    ['dotenvx decrypt', 0, ...succeeded('decrypt')],
    ['dotenvx gitignore && cat .gitignore', 0, ...succeeded('gitignore')],
    ['dotenvx ext genexample && cat .env.example', 0, ...succeeded('ext genexample')],
    ['dotenvx ext nothing', 0, ...succeeded('ext')],
    ['dotenvx nothing', 0, ...succeeded('dotenvx')],
  ],
  [['dotenvx run -- node wait.mjs', 'ready', 1, ...failed('run')]],
)
