import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { automaticCaller } from '../../src/consent/automatic.ts'
import { usePlace } from '../support/place.ts'
import { run, runFixture } from '../support/program.ts'
import { sawNotice, states } from '../support/spool.ts'
import { withTool } from '../support/tools.ts'

const place = usePlace()
const completion = 'the completion of a shell'
const hook = 'a hook of git'

test.each<[caller: string | undefined, argv: readonly string[], env: Record<string, string>, script?: string]>([
  [undefined, [], {}],
  [undefined, ['build', 'complete'], { PS1: '$ ', GIT_DIR: '/repo', EDITOR: 'vi' }],
  [undefined, ['build', '__complete'], {}],
  [completion, ['completion', '--', 'mytool', 'b'], { COMP_LINE: 'mytool b', COMP_POINT: '8', COMP_CWORD: '1' }],
  [completion, ['b'], { COMP_LINE: '' }],
  [completion, [], { _ARGCOMPLETE: '1' }],
  [completion, [], { _MY_TOOL_COMPLETE: 'bash_source' }],
  [completion, ['__complete', 'build', ''], {}],
  [completion, ['__completeNoDesc', ''], {}],
  [completion, ['--get-yargs-completions', 'mytool', 'b'], {}],
  [completion, ['--compzsh', '--compgen', '1', 'mytool'], {}],
  [hook, ['lint'], { GIT_EXEC_PATH: '/usr/lib/git-core', GIT_INDEX_FILE: '.git/index' }],
  [hook, ['lint'], { GIT_EXEC_PATH: '/usr/lib/git-core' }],
  [undefined, [], { GIT_EXEC_PATH: '/usr/lib/git-core' }, '/usr/bin/git-mytool'],
  [undefined, [], { GIT_EXEC_PATH: '/usr/lib/git-core' }, '/lib/git-mytool.js'],
])('%s: %j %j', (caller, argv, env, script = '/usr/bin/my-tool') => {
  expect(automaticCaller('my-tool', argv, env, script)).toBe(caller)
})

describe('a call that no user makes', () => {
  const env = { RUDDER_URL: 'http://127.0.0.1:1', DELIVERY: 'manual', NOTICE: 'anywhere', CQ_DEBUG_TELEMETRY: '1' }

  test('is not recorded, and prints no notice', async () => {
    const { stdout, stderr } = await runFixture('fetch.mjs', place, { ...env, COMP_LINE: 'cloudquery f' })
    expect(stdout).toBe('enabled false\n')
    expect(stderr).toBe(`cq-telemetry: telemetry is off (${completion})\n`)
    expect(states(place)).toEqual([])
  })

  test('is inspected on request', async () => {
    const { stdout } = await runFixture('fetch.mjs', place, { ...env, COMP_LINE: 'f', CQ_INSPECT_TELEMETRY: '1' })
    expect(stdout).toBe('enabled true\n')
  })

  withTool('git', describe)('of a hook of git', () => {
    test('is not recorded', async () => {
      sawNotice(place)
      const fixture = new URL('../fixtures/fetch.mjs', import.meta.url).pathname
      const git = (...args: string[]) =>
        run('git', ['-c', 'user.name=x', '-c', 'user.email=x@example.org', ...args], place, env)
      await git('init', '-q')
      const file = join(place.cwd, '.git/hooks/pre-commit')
      writeFileSync(file, `#!/bin/sh\n'${process.execPath}' '${fixture}'\n`)
      chmodSync(file, 0o755)
      const { stderr, stdout, code } = await git('commit', '-q', '--allow-empty', '-m', 'x')
      expect({ code, said: stdout + stderr }).toEqual({
        code: 0,
        said: expect.stringContaining('enabled false') as string,
      })
      expect(states(place)).toEqual([])
    })
  })
})
