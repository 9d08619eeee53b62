import { options } from './program.ts'
import { cancelled, describeTool, failed, ran, succeeded } from './rows.ts'

describeTool(
  {
    name: 'c8',
    patches: [
      [
        'lib/parse-args.js',
        'const yargs = Yargs([])',
        `const yargs = require('cq-telemetry/yargs').instrumentYargs(Yargs([]), ${options('c8', '11.0.0')})`,
      ],
    ],
    files: {
      'package.json': '{ "name": "user", "type": "module" }',
      'all.js': "console.log('all', ...process.argv.slice(2))",
      'half.js':
        'const never = () => {\n  console.log(1)\n  console.log(2)\n}\nif (process.argv[2] === undefined) console.log(typeof never)',
      'exit.js': 'process.exit(3)',
      'throws.js': "throw new Error('no')",
      'wait.js': "console.log('ready'); setInterval(() => undefined, 1000)",
      '.c8rc.json': '{ "reporter": ["text"] }',
      'broken.json': '{',
    },
  },
  [
    ['c8 --help', 0],
    ['c8 --version', 0],
    ['c8 report --help', 0],
    ['c8', 1, 'run false user UsageError 1'],
    ['c8 node all.js', 0, ...ran()],
    ['c8 node all.js | cat', 0, ...ran()],
    ['c8 node all.js --no-telemetry a', 0],
    ['c8 node all.js telemetry', 0, ...ran()],
    ['c8 --reporter json-summary node half.js && cat coverage/coverage-summary.json', 0, ...ran()],
    ['c8 -r text-summary node half.js', 0, ...ran()],
    ['c8 --check-coverage --lines 100 node half.js', 1, ...ran(1)],
    ['c8 --100 node half.js', 1, ...ran(1)],
    ['c8 --check-coverage node all.js', 0, ...ran()],
    ['c8 node exit.js', 3, ...ran(3)],
    ['c8 node throws.js', 1, ...ran(1)],
    ['c8 nosuchcommand', 1, 'crash false user ENOENT', 'run false user ENOENT 1'],
    ['c8 --config broken.json node all.js', 1, 'run false user UsageError 1'],
    ['c8 node half.js && c8 report', 0, ...ran(), ...succeeded('report')],
    ['c8 node half.js && c8 check-coverage --lines 10', 0, ...ran(), ...succeeded('check-coverage')],
    ['c8 node half.js && c8 check-coverage --lines 100', 1, ...ran(), ...failed('check-coverage')],
    ['c8 report', 1, ...failed('report', 1, 'user ENOENT')],
    ['c8 telemetry', 1, 'crash false user ENOENT', 'run false user ENOENT 1'],
    ['c8 --unknown node all.js', 1, 'crash false user ENOENT', 'run false user ENOENT 1'],
  ],
  [['c8 node wait.js', 'ready', 'SIGINT', ...cancelled(130)]],
)
