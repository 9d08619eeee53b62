import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { run } from '../support/program.ts'
import { withTool } from '../support/tools.ts'
import { usePlace } from '../support/place.ts'

/** Completion in the real shells. */

const place = usePlace()
let env: NodeJS.ProcessEnv
beforeEach(() => {
  // The command as it is installed: by its name, in the PATH.
  const bin = join(place.home, 'bin')
  mkdirSync(bin)
  symlinkSync(main, join(bin, 'cq-telemetry'))
  chmodSync(main, 0o755)
  env = { PATH: `${bin}:${process.env['PATH']}`, TERM: 'dumb' }
})

const main = new URL('../../dist/command/main.js', import.meta.url).pathname
const inShell = async (shell: string, script: string): Promise<string> => {
  const file = join(place.cwd, 'script')
  writeFileSync(file, script)
  return (await run(shell, shell === 'zsh' ? ['-f', file] : [file], place, env)).stdout
}

const asked = (words: string) => `
source /usr/share/bash-completion/bash_completion
source <(cq-telemetry completion bash)
COMP_WORDS=(cq-telemetry ${words}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); COMP_LINE="\${COMP_WORDS[*]}"; COMP_POINT=\${#COMP_LINE}
$(complete -p cq-telemetry | sed 's/.*-F \\([^ ]*\\).*/\\1/')
printf '%s\\n' "\${COMPREPLY[@]}"`

withTool('/usr/share/bash-completion/bash_completion', describe)('bash', () => {
  test.each([
    ["''", ['status', 'view', 'exec', 'report']],
    ['sp', ['spool']],
    ["spool ''", ['list', 'clear']],
    ['view --h', ['--html']],
    ["completion ''", ['bash', 'zsh', 'fish']],
  ])('cq-telemetry %s', async (words, expected) => {
    const offered = (await inShell('bash', asked(words))).split('\n').map((line) => line.split(/\s/)[0])
    expect(offered).toEqual(expect.arrayContaining(expected))
  })
})

withTool('fish', describe)('fish', () => {
  test('offers commands and options', async () => {
    const script =
      "cq-telemetry completion fish | source\ncomplete -C 'cq-telemetry st'\ncomplete -C 'cq-telemetry view --ht'"
    expect(await inShell('fish', script)).toMatch(/^status\t[^]*^--html\t/m)
  })
})

withTool('zsh', describe)('zsh', () => {
  test('accepts the script as a completion of the command', async () => {
    const script =
      'autoload -Uz compinit && compinit -u -d $HOME/dump\nsource <(cq-telemetry completion zsh)\necho ${_comps[cq-telemetry]}'
    expect(await inShell('zsh', script)).toMatch(/cq-telemetry/)
  })
})

test('the command itself answers the requests of the scripts', async () => {
  const { stdout, code } = await run(process.execPath, [main, 'complete', '--', 'doc'], place)
  expect(code).toBe(0)
  expect(stdout).toContain('doctor\tcheck files')
})
