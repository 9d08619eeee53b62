import { options } from './program.ts'
import { describeTool, failed, misused, succeeded, threw } from './rows.ts'

describeTool(
  {
    name: 'listhen',
    patches: [
      [
        'dist/cli.mjs',
        "import { isAbsolute } from 'pathe';",
        "import { isAbsolute } from 'pathe'; import { instrumentCitty } from 'cq-telemetry/citty';",
      ],
      ['dist/cli.mjs', 'runMain$1(main);', `runMain$1(instrumentCitty(main, ${options('listhen', '1.10.1')}));`],
    ],
    files: {
      'app.mjs': "export default (request, response) => { response.end('hello') }",
      'throws.mjs': "throw new TypeError('no')",
      'exits.mjs': 'process.exit(4)',
      'broken.mjs': 'export default (',
    },
    normalise: (text) => text.replaceAll(/:\d{4,5}\b/g, ':PORT').replaceAll(/\d+(\.\d+)? ?ms/g, 'N ms'),
  },
  [
    ['listhen --help', 0],
    ['listhen -h', 0],
    ['listhen --help | head -n 1', 0],
    ['listhen --version', 0],
    ['listhen', 1, ...misused('UsageError')],
    ['listhen --port 0', 1, ...misused('UsageError')],
    ['listhen exits.mjs --port 0 --host 127.0.0.1', 4, ...failed('listhen', 4)],
    ['listhen app.mjs --port 0 --host 203.0.113.1', 1, ...threw('listhen', 'internal _OTHER')],
  ],
  [
    ['listhen app.mjs --port 0 --host 127.0.0.1', 'Server initialized', 0, ...succeeded('listhen')],
    ['listhen telemetry --port 0 --host 127.0.0.1', 'Cannot find', 0, ...succeeded('listhen')],
    ['listhen telemetry disable --port 0 --host 127.0.0.1', 'Cannot find', 0, ...succeeded('listhen')],
    ['listhen throws.mjs --port 0 --host 127.0.0.1', 'ERROR', 0, ...succeeded('listhen')],
    ['listhen broken.mjs --port 0 --host 127.0.0.1', 'ERROR', 0, ...succeeded('listhen')],
    ['listhen missing.mjs --port 0 --host 127.0.0.1', 'Cannot find', 0, ...succeeded('listhen')],
    ['listhen app.mjs --unknown --port 0 --host 127.0.0.1', 'Server initialized', 0, ...succeeded('listhen')],
  ],
)
