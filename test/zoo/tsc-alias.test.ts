import { options } from './program.ts'
import { describeTool, misused, ran } from './rows.ts'

const settings = (more: object) =>
  JSON.stringify({ compilerOptions: { baseUrl: './src', outDir: './out', paths: { '@/*': ['*'] }, ...more } })

describeTool(
  {
    name: 'tsc-alias',
    patches: [
      [
        'dist/bin/index.js',
        "const { version } = require('../../package.json');",
        `const { version } = require('../../package.json'); require('cq-telemetry/commander').instrumentCommander(commander_1.program, ${options('tsc-alias', '1.9.10')});`,
      ],
    ],
    files: {
      'tsconfig.json': settings({}),
      'nopaths.json': settings({ paths: undefined }),
      'noout.json': settings({ outDir: undefined }),
      'broken.json': '{ "compilerOptions": ',
      'src/a.ts': "import { b } from '@/b'; console.log(b)",
      'src/b.ts': 'export const b = 1',
      'out/a.js': "import { b } from '@/b'; console.log(b)",
      'out/b.js': 'export const b = 1',
      'replacer.cjs': 'exports.default = ({ orig }) => orig',
    },
    // With --debug it says which files are done, in the order in which the threads of Node have read them.
    env: { UV_THREADPOOL_SIZE: '1' },
    normalise: (text) => text.replaceAll(/\d+(\.\d+)?\s?ms/g, 'N ms').replaceAll(/\d\d:\d\d:\d\d/g, 'TIME'),
  },
  [
    ['tsc-alias --help', 0],
    ['tsc-alias --version', 0],
    ['tsc-alias', 0, ...ran()],
    ['tsc-alias && cat out/a.js', 0, ...ran()],
    ['tsc-alias -f && cat out/a.js', 0, ...ran()],
    ['tsc-alias -f -fe .mjs && cat out/a.js', 0, ...ran()],
    ['tsc-alias -v', 0, ...ran()],
    ['tsc-alias --debug | cat', 0, ...ran()],
    ['tsc-alias --outDir out', 0, ...ran()],
    ['tsc-alias --dir nowhere', 0, ...ran()],
    ['tsc-alias -p tsconfig.json -s', 0, ...ran()],
    ['tsc-alias -p missing.json', 1, ...ran(1)],
    ['tsc-alias -p broken.json', 1, 'crash false internal SyntaxError', 'run false internal SyntaxError 1'],
    ['tsc-alias -p nopaths.json', 0, ...ran()],
    ['tsc-alias -p noout.json', 1, ...ran(1)],
    ['tsc-alias -r replacer.cjs', 0, ...ran()],
    ['tsc-alias -r missing.cjs', 0, ...ran()],
    ['tsc-alias telemetry', 0, ...ran()],
    ['tsc-alias telemetry status', 0, ...ran()],
    ['tsc-alias -fe .exe', 1, ...misused('InvalidArgumentError')],
    ['tsc-alias --unknown', 1, ...misused('UnknownOptionError')],
    ['tsc-alias -p', 1, ...misused('MissingArgumentError')],
  ],
  [['tsc-alias --watch', 'Watching', 'SIGINT']],
)
