import { options } from './program.ts'
import { describeTool, ran } from './rows.ts'

describeTool(
  {
    name: 'concurrently',
    patches: [
      [
        'dist/bin/concurrently.js',
        'const program = (0, yargs_1.default)((0, helpers_1.hideBin)(process.argv))',
        `const program = require('cq-telemetry/yargs').instrumentYargs((0, yargs_1.default)((0, helpers_1.hideBin)(process.argv)), ${options('concurrently', '9.2.5')})`,
      ],
    ],
    files: {
      'package.json': '{ "scripts": { "watch-a": "echo a", "watch-b": "echo b" } }',
      'wait.mjs': "console.log('ready'); setInterval(() => undefined, 1000)",
    },
    normalise: (text) =>
      text
        .replaceAll(/\d+ ?ms|\d\d:\d\d:\d\d\.\d+/g, 'TIME')
        // The shell of a killed command may see its end first.
        .replaceAll(/^\[\d\] Terminated\n/gm, '')
        .replaceAll('exited with code 143', 'exited with code SIGTERM'),
  },
  [
    ['concurrently --help', 0],
    ['concurrently -V', 0],
    ['concurrently --get-yargs-completions --na', 0],
    ['concurrently', 0],
    ["concurrently 'echo one'", 0, ...ran()],
    ["concurrently -m 1 -p none 'echo one' 'echo two'", 0, ...ran()],
    ["concurrently -r 'echo one' | cat", 0, ...ran()],
    ["concurrently -m 1 -n a,b 'echo one' 'echo two' | cat", 0, ...ran()],
    ["concurrently 'exit 3'", 1, ...ran(1)],
    ["concurrently -m 1 -s first 'echo one' 'exit 2'", 0, ...ran()],
    ["concurrently -m 1 -s last 'echo one' 'exit 2'", 1, ...ran(1)],
    ["concurrently -k 'echo one' 'sleep 20'", 1, ...ran(1)],
    ["concurrently --kill-others-on-fail 'exit 1' 'sleep 20'", 1, ...ran(1)],
    ["concurrently -P 'echo {1}' -- telemetry", 0, ...ran()],
    ["concurrently 'telemetry'", 1, ...ran(1)],
    ["concurrently -m 1 'echo one' -- --no-telemetry", 1, ...ran(1)],
    ["concurrently --teardown 'echo down' 'echo up'", 0, ...ran()],
    ["concurrently --restart-tries 1 'exit 1'", 1, ...ran(1)],
    ["concurrently -m 1 'echo one' 'echo two'", 0, ...ran()],
    ["concurrently --hide 0 'echo one'", 0, ...ran()],
    ["concurrently --unknown 'echo one'", 0],
    ['concurrently nosuchcommand', 1, ...ran(1)],
  ],
  // In a session of its own, the command does not get what Ctrl-C sends: if its end came first, concurrently would exit
  // with 1, by itself too (tried: in 6 of 600 runs on a busy machine).
  [["concurrently 'exec setsid node wait.mjs'", 'ready', 0, ...ran()]],
)
