import { options } from './program.ts'
import { cancelled, describeTool, misused, ran } from './rows.ts'

const file = 'dist/parse-args.js'

describeTool(
  {
    name: 'env-cmd',
    patches: [
      [
        file,
        "import { parseArgList } from './utils.js';",
        "import { parseArgList } from './utils.js'; import { instrumentCommander } from 'cq-telemetry/commander';",
      ],
      [
        file,
        "return new Command('env-cmd')",
        `const program = new Command('env-cmd'); instrumentCommander(program, ${options('env-cmd', '11.0.0')}); return program`,
      ],
    ],
    files: {
      '.env': 'HELLO=world\n',
      'other.env': 'HELLO=other\n',
      '.env-cmdrc.json': '{ "test": { "HELLO": "rc" } }',
      'hello.mjs': "console.log(process.env.HELLO ?? 'nobody', ...process.argv.slice(2))",
      'wait.mjs': "console.log('ready'); setInterval(() => undefined, 1000)",
    },
  },
  [
    ['env-cmd --help', 0],
    ['env-cmd --version', 0],
    ['env-cmd -- node hello.mjs', 0, ...ran()],
    ['env-cmd node hello.mjs', 0, ...ran()],
    ['env-cmd -f other.env -- node hello.mjs | cat', 0, ...ran()],
    ['env-cmd -f missing.env -- node hello.mjs', 1, ...ran(1)],
    ['env-cmd -f missing.env --fallback -- node hello.mjs', 0, ...ran()],
    ['env-cmd --silent -f missing.env -- node hello.mjs', 0, ...ran()],
    ['env-cmd -e test -- node hello.mjs', 0, ...ran()],
    ['env-cmd -e nothing -- node hello.mjs', 1, ...ran(1)],
    ['HELLO=mine env-cmd --no-override -- node hello.mjs', 0, ...ran()],
    ["env-cmd -x -- node hello.mjs '$HELLO'", 0, ...ran()],
    ['env-cmd --use-shell -- "node hello.mjs a && node hello.mjs b"', 0, ...ran()],
    ['env-cmd --verbose -- node hello.mjs', 0, ...ran()],
    ['env-cmd -- node -e "process.exit(3)"', 3, ...ran(3)],
    ['env-cmd -- node hello.mjs --telemetry status', 0, ...ran()],
    ['env-cmd -- node hello.mjs telemetry', 0, ...ran()],
    ['env-cmd -- nosuchcommand', 'SIGINT', ...cancelled(130)],
    ['env-cmd', 1, ...ran(1)],
    ['env-cmd -r .env -- node hello.mjs', 1, 'crash false user CommanderError', ...misused('CommanderError')],
    ['env-cmd -- node -e "process.kill(process.pid, \'SIGTERM\')"', 'SIGTERM', ...cancelled(143)],
  ],
  [['env-cmd -- node wait.mjs', 'ready', 'SIGINT', ...cancelled(130)]],
)
