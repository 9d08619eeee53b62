import { options } from './program.ts'
import { describeTool, failed, misused, succeeded, threw } from './rows.ts'

const image = '<svg xmlns="http://www.w3.org/2000/svg"><!-- note --><rect width="10.00" height="10"/><g></g></svg>'

describeTool(
  {
    name: 'svgo',
    patches: [
      [
        'bin/svgo.js',
        "import { program } from 'commander';",
        "import { program } from 'commander'; import { instrumentCommander } from 'cq-telemetry/commander';",
      ],
      [
        'bin/svgo.js',
        'makeProgram(program);',
        `makeProgram(program); instrumentCommander(program, ${options('svgo', '4.1.0')});`,
      ],
    ],
    files: {
      'in.svg': image,
      'broken.svg': '<svg><rect',
      // One file: svgo prints several in the order in which it is done with them.
      'folder/a.svg': image,
      'empty/note.txt': '',
      'bad.config.mjs': "throw new RangeError('no')",
      'good.config.mjs': 'export default { multipass: true }',
    },
    normalise: (text) => text.replaceAll(/\d+ ms/g, 'N ms'),
  },
  [
    ['svgo --help', 0],
    ['svgo --version', 0],
    ['svgo in.svg -o -', 0, ...succeeded('svgo')],
    ['svgo in.svg -o out.svg && cat out.svg', 0, ...succeeded('svgo')],
    ['svgo -i in.svg --multipass --pretty --indent 2 -o -', 0, ...succeeded('svgo')],
    ['cat in.svg | svgo -i - -o -', 0, ...succeeded('svgo')],
    ["svgo -s '<svg><g/></svg>' -o - --datauri base64", 0, ...succeeded('svgo')],
    ['svgo -f folder -o out', 0, ...succeeded('svgo')],
    ['svgo -rqf folder', 0, ...succeeded('svgo')],
    ['svgo --config good.config.mjs in.svg -o -', 0, ...succeeded('svgo')],
    ['svgo --show-plugins', 0, ...succeeded('svgo')],
    ['svgo --show-plugins | head -n 1', 0, ...succeeded('svgo')],
    ['svgo --no-color in.svg -o -', 0, ...succeeded('svgo')],
    ['svgo telemetry', 1, ...threw('svgo')],
    ['svgo missing.svg', 1, ...threw('svgo')],
    ['svgo -f empty', 1, ...threw('svgo')],
    ['svgo --config bad.config.mjs in.svg', 1, ...threw('svgo', 'internal RangeError')],
    ['svgo broken.svg -o -', 1, ...failed('svgo')],
    ['svgo --indent many in.svg', 1, ...failed('svgo')],
    ['svgo --datauri tar in.svg', 1, ...failed('svgo')],
    ['svgo --unknown in.svg', 1, ...misused('UnknownOptionError')],
    ['svgo -o', 1, ...misused('MissingArgumentError')],
  ],
)
