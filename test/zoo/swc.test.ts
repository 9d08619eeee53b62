import { options } from './program.ts'
import { describeTool, misused, ran } from './rows.ts'

describeTool(
  {
    name: '@swc/cli',
    bin: 'swc',
    patches: [
      [
        'lib/swc/options.js',
        'program = new commander_1.default.Command();',
        `program = new commander_1.default.Command(); require('cq-telemetry/commander').instrumentCommander(program, ${options('swc', '0.8.1')});`,
      ],
    ],
    files: {
      'in.ts': 'export const one: number = 1',
      'broken.ts': 'export const =',
      'folder/a.ts': 'export const a: string = "a"',
      'folder/b.ts': 'export const b: string = "b"',
      'cli.json': '{ "sourceMaps": "inline" }',
      'broken.json': '{',
    },
    normalise: (text) => text.replaceAll(/\d+(\.\d+)?ms/g, 'Nms'),
  },
  [
    ['swc --help', 0],
    ['swc --version', 0],
    ['swc in.ts', 0, ...ran()],
    ['swc in.ts | head -n 1', 0, ...ran()],
    ['swc in.ts -o out.js && cat out.js', 0, ...ran()],
    ['swc in.ts -s inline', 0, ...ran()],
    ['swc in.ts -C module.type=commonjs', 0, ...ran()],
    ['cat in.ts | swc -f in.ts', 0, ...ran()],
    ['swc folder -d out && ls out/folder', 0, ...ran()],
    ['swc folder -d out --sync', 0, ...ran()],
    ['swc folder -d out -q --strip-leading-paths && ls out', 0, ...ran()],
    ['swc --cli-config-file cli.json in.ts', 0, ...ran()],
    ['swc --cli-config-file broken.json in.ts', 2, ...ran(2)],
    ['swc broken.ts', 1, ...ran(1)],
    ['swc broken.ts in.ts -d out', 1, ...ran(1)],
    ['swc missing.ts', 0, ...ran()],
    ['swc', 2, ...ran(2)],
    ['swc -o a.js -d out in.ts', 2, ...ran(2)],
    ['swc --workers many in.ts', 2, ...ran(2)],
    ['swc telemetry', 0, ...ran()],
    ['swc --unknown in.ts', 1, ...misused('UnknownOptionError')],
    ['swc -C', 1, ...misused('MissingArgumentError')],
  ],
)
