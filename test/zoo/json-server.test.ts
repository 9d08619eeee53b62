import { options } from './program.ts'
import { describeTool, ran } from './rows.ts'

describeTool(
  {
    name: 'json-server',
    patches: [
      [
        'lib/cli/index.js',
        "const argv = yargs.config('config')",
        `const argv = require('cq-telemetry/yargs').instrumentYargs(yargs, ${options('json-server', '0.17.4')}).config('config')`,
      ],
    ],
    files: {
      'db.json': '{ "posts": [{ "id": 1 }] }',
      'broken.json': '{ "posts": ',
      'list.json': '[1]',
      'throws.js': "module.exports = () => { throw new TypeError('no') }",
      'routes.json': '{ "/all": "/posts" }',
      'middleware.js': "console.log('loaded'); module.exports = (request, response, next) => next()",
      'exits.js': 'module.exports = () => process.exit(4)',
      'json-server.json': '{ "port": 0 }',
    },
    normalise: (text) => text.replaceAll(/localhost:\d+/g, 'localhost:PORT'),
  },
  [
    ['json-server --help', 0],
    ['json-server --version', 0],
    ['json-server --help | head -n 1', 0],
    ['json-server --get-yargs-completions --po', 0],
    ['json-server', 1, 'run false user UsageError 1'],
    ['json-server broken.json', 1, ...ran(1)],
    ['json-server list.json', 1, ...ran(1)],
    ['json-server missing.js', 1, ...ran(1)],
    ['json-server throws.js', 1, ...ran(1)],
    ['json-server exits.js', 4, ...ran(4)],
    ['json-server db.txt', 1, ...ran(1)],
    ['json-server db.json -H 203.0.113.1', 1, ...ran(1)],
    ['json-server db.json -r missing.json', 1, ...ran(1)],
    ['json-server db.json -m missing.js', 1, ...ran(1)],
    ['json-server telemetry', 1, ...ran(1)],
    ['json-server telemetry status', 1, ...ran(1)],
  ],
  [
    ['json-server db.json', 'Type s + enter', 'SIGINT'],
    ['json-server db.json -m middleware.js', 'Type s + enter', 'SIGINT'],
    ['json-server -r routes.json db.json', 'Type s + enter', 'SIGINT'],
    ['json-server --watch db.json', 'Watching...\n\n', 'SIGINT'],
    ['json-server db.json --unknown', 'Type s + enter', 'SIGINT'],
  ],
)
