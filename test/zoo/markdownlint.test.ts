import { options } from './program.ts'
import { describeTool, misused, ran } from './rows.ts'

const file = 'markdownlint.js'

describeTool(
  {
    name: 'markdownlint-cli',
    bin: 'markdownlint',
    patches: [
      [
        file,
        "import {program} from 'commander';",
        "import {program} from 'commander'; import {instrumentCommander} from 'cq-telemetry/commander';",
      ],
      [
        file,
        'program.parse(process.argv);',
        `instrumentCommander(program, ${options('markdownlint', '0.48.0')}); program.parse(process.argv);`,
      ],
    ],
    files: {
      'good.md': '# Title\n\nText.\n',
      'bad.md': '#Title\n\n\n\nText.  \n',
      'docs/one.md': '# One\n',
      'off.json': '{ "default": false }',
      'broken.json': '{',
    },
  },
  [
    ['markdownlint --help', 0],
    ['markdownlint --version', 0],
    ['markdownlint', 0],
    ['markdownlint good.md', 0, ...ran()],
    ['markdownlint bad.md', 1, ...ran(1)],
    ['markdownlint bad.md good.md docs', 1, ...ran(1)],
    ['markdownlint --json bad.md', 1, ...ran(1)],
    ['markdownlint --json bad.md 2>&1 | head -n 1', 1, ...ran(1)],
    ['markdownlint -q bad.md', 1, ...ran(1)],
    ['markdownlint -o found.txt bad.md; cat found.txt', 0, ...ran(1)],
    ['markdownlint -o no/found.txt bad.md', 2, ...ran(2)],
    ['markdownlint -c off.json bad.md', 0, ...ran()],
    ['markdownlint -c broken.json good.md', 4, ...ran(4)],
    ['markdownlint -r missing.cjs good.md', 3, ...ran(3)],
    ['markdownlint --fix bad.md; cat bad.md', 0, ...ran()],
    ['markdownlint --disable MD018 MD012 MD009 MD041 -- bad.md', 0, ...ran()],
    ['cat bad.md | markdownlint -s', 1, ...ran(1)],
    ["markdownlint 'docs/**/*.md' -i docs/one.md", 0, ...ran()],
    ['markdownlint telemetry', 0],
    ['markdownlint --unknown bad.md', 1, ...misused('UnknownOptionError')],
    ['markdownlint -c', 1, ...misused('MissingArgumentError')],
  ],
)
