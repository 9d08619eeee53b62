import { options } from './program.ts'
import { describeTool, failed, misused, succeeded } from './rows.ts'

describeTool(
  {
    name: '@stoplight/spectral-cli',
    bin: 'spectral',
    patches: [
      [
        'dist/index.js',
        'exports.default = yargs\n',
        `exports.default = require("cq-telemetry/yargs").instrumentYargs(yargs, ${options('spectral', '6.16.3')})\n`,
      ],
    ],
    files: {
      'rules.yaml':
        'rules:\n  title:\n    given: $\n    severity: error\n    then: { field: title, function: truthy }\n  note:\n    given: $\n    severity: warn\n    then: { field: note, function: truthy }\n',
      'broken.yaml': 'rules: [',
      'good.json': '{ "title": "a", "note": "b" }',
      'warned.json': '{ "title": "a" }',
      'bad.json': '{ "note": "b" }',
      'invalid.json': '{ "title": ',
    },
  },
  [
    ['spectral --help', 0],
    ['spectral lint --help', 0],
    ['spectral --version', 0],
    ['spectral --get-yargs-completions spectral li', 0],
    ['spectral', 1, ...misused('UsageError')],
    ['spectral nothing', 1, ...misused('UsageError')],
    ['spectral lint --unknown good.json', 1, ...misused('UsageError')],
    ['spectral lint -f tar good.json', 1, ...misused('UsageError')],
    ['spectral lint -r rules.yaml good.json', 0, ...succeeded('lint')],
    ['spectral lint -r rules.yaml warned.json', 0, ...succeeded('lint')],
    ['spectral lint -r rules.yaml -F warn warned.json', 1, ...failed('lint')],
    ['spectral lint -r rules.yaml bad.json', 1, ...failed('lint')],
    ['spectral lint -r rules.yaml -D warned.json', 0, ...succeeded('lint')],
    ['spectral lint -r rules.yaml -f json bad.json', 1, ...failed('lint')],
    ['spectral lint -r rules.yaml -f json bad.json | head -n 1', 1, ...failed('lint')],
    ['spectral lint -r rules.yaml -f junit -o out.xml bad.json; cat out.xml', 0, ...failed('lint')],
    ['cat bad.json | spectral lint -r rules.yaml', 1, ...failed('lint')],
    ["spectral lint -r rules.yaml '*.json'", 1, ...failed('lint')],
    ['spectral lint -r rules.yaml invalid.json', 1, ...failed('lint')],
    ['spectral lint -r rules.yaml missing.json', 2, ...failed('lint', 2)],
    ['spectral lint -r missing.yaml good.json', 2, ...failed('lint', 2)],
    ['spectral lint -r broken.yaml good.json', 2, ...failed('lint', 2)],
    ['spectral lint good.json', 2, ...failed('lint', 2)],
  ],
)
