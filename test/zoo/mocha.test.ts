import { options } from './program.ts'
import { describeTool, failed, ran, succeeded } from './rows.ts'

const passing = "describe('sum', () => { it('adds', () => {}) })"

describeTool(
  {
    name: 'mocha',
    patches: [
      [
        'lib/cli/cli.js',
        '  yargs()\n',
        `  require("cq-telemetry/yargs").instrumentYargs(yargs(), ${options('mocha', '11.8.0')})\n`,
      ],
    ],
    files: {
      'pass.js': passing,
      'fail.js': "it('fails', () => { throw new Error('no') }); it('fails too', () => { throw new Error('no') })",
      'later.js': "it('waits', function (done) { this.timeout(0); setTimeout(done, 20) })",
      'exit.js': "it('exits', () => process.exit(5))",
      'broken.js': 'it(',
      'rejected.js': "it('passes', () => { Promise.reject(new TypeError('no')) })",
      'hang.js':
        "it('hangs', function () { this.timeout(0); console.log('ready'); return new Promise(() => setInterval(() => {}, 1000)) })",
      'test/spec.js': passing,
      'module.mjs': "it('is a module', async () => {})",
    },
    normalise: (text) =>
      // Mocha says how long a test took if it was slow.
      text.replaceAll(/ \(\d+m?s\)/g, '').replaceAll(/"(duration|start|end|speed)": ("[^"]*"|\d+)/g, '"$1": N'),
  },
  [
    ['mocha --help', 0],
    ['mocha --version', 0],
    ['mocha init --help', 0],
    ['mocha --get-yargs-completions mocha in', 0],
    ['mocha', 0, ...succeeded('mocha')],
    ['mocha pass.js', 0, ...succeeded('mocha')],
    ['mocha fail.js', 2, ...failed('mocha', 2)],
    ['mocha fail.js --bail', 1, ...failed('mocha')],
    ['mocha fail.js --posix-exit-codes', 1, ...failed('mocha')],
    ['mocha later.js module.mjs', 0, ...succeeded('mocha')],
    ['mocha pass.js --reporter json', 0, ...succeeded('mocha')],
    ['mocha pass.js --reporter dot | cat', 0, ...succeeded('mocha')],
    ['mocha pass.js --exit', 0, ...succeeded('mocha')],
    ['mocha fail.js --exit', 2, ...failed('mocha', 2)],
    ['mocha pass.js --no-warnings', 0, ...succeeded('mocha')],
    ['mocha fail.js --no-warnings', 2, ...failed('mocha', 2)],
    // One file: Mocha prints several in the order in which its processes are done with them.
    ['mocha later.js --parallel', 0, ...succeeded('mocha')],
    ['mocha exit.js', 5, ...failed('mocha', 5)],
    ['mocha broken.js', 1, ...failed('mocha')],
    ['mocha rejected.js', 0, ...succeeded('mocha')],
    ['mocha missing.js', 1, ...failed('mocha')],
    ['mocha pass.js --reporter nothing', 1, ...ran(1)],
    ['mocha --ui nothing pass.js', 1, ...ran(1)],
    ['mocha init site && ls site', 0, ...succeeded('init')],
    ['mocha init', 1, 'run false user UsageError 1'],
    ['mocha telemetry', 1, ...failed('mocha')],
    ['mocha --dry-run fail.js', 0, ...succeeded('mocha')],
    ['mocha pass.js --list-reporters', 0, ...ran()],
  ],
)
