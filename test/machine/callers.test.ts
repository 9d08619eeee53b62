import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { agent, agentVariables } from '../../src/machine/agent.ts'
import { installKindOf, installPaths, packageManager, packageManagerNames } from '../../src/machine/installation.ts'
import { container, remote, remoteVariables } from '../../src/machine/remote.ts'
import { agents, installKinds, packageManagers, remotes } from '../../src/schema/vocabulary.ts'
import { inspectLog, newPlace, runFixture } from '../support/program.ts'
import { attributesOf } from '../support/receiver.ts'

test('the lists of the table match those of the code', () => {
  expect([...agents].sort()).toEqual([...Object.keys(agentVariables), '_OTHER'].sort())
  expect([...installKinds].sort()).toEqual([...Object.keys(installPaths), 'standalone'].sort())
  expect([...packageManagers].sort()).toEqual([...packageManagerNames, '_OTHER'].sort())
  expect([...remotes].sort()).toEqual([...Object.keys(remoteVariables), 'stackblitz'].sort())
})

const variables = Object.entries(agentVariables).flatMap(([name, own]) =>
  own.map((variable) => [variable, name] as const),
)

test.each(variables)('%s belongs to %s', (variable, name) => {
  expect(agent({ [variable]: '1' })).toBe(name)
  expect(agent({ [variable]: '0' })).toBeUndefined()
})

test.each([
  [{}, undefined],
  [{ AI_AGENT: 'claude-code_2-1-232_agent' }, 'claude-code'],
  [{ AI_AGENT: 'claude' }, 'claude-code'],
  [{ AI_AGENT: 'devin@1' }, 'devin'],
  [{ AI_AGENT: 'PI' }, 'pi'],
  [{ AI_AGENT: 'Claude Code 2.1' }, 'claude-code'],
  [{ AI_AGENT: 'claudecode/2.1' }, 'claude-code'],
  [{ AI_AGENT: 'codex-cli/0.5 (linux)' }, 'codex'],
  [{ AI_AGENT: 'Kilo' }, 'kilo-code'],
  [{ AI_AGENT: 'roo' }, 'roo-code'],
  [{ AI_AGENT: 'no' }, undefined],
  [{ AI_AGENT: ' Off ' }, undefined],
  [{ CLAUDECODE: ' ', CURSOR_AGENT: '1' }, 'cursor'],
  [{ CLAUDECODE: 'no', CODEX_CI: '1' }, 'codex'],
  [{ AI_AGENT: 'picasso' }, '_OTHER'],
  [{ AI_AGENT: 'a name of a person' }, '_OTHER'],
  [{ AI_AGENT: 'github_copilot_vscode_agent' }, 'copilot'],
  [{ AI_AGENT: '' }, undefined],
  [{ AI_AGENT: '0' }, undefined],
  [{ AGENT: 'goose' }, 'goose'],
  [{ AGENT: 'amp' }, 'amp'],
  [{ AGENT: 'jenkins-agent-7' }, undefined],
  [{ AGENT: 'constructor' }, undefined],
  [{ AI_AGENT: 'constructor' }, '_OTHER'],
  [{ CLAUDECODE: '1', AI_AGENT: 'my-wrapper' }, 'claude-code'],
  [{ KILO_PID: '42', OPENCODE: '1' }, 'kilo-code'],
  [{ QWEN_CODE: '1', GEMINI_CLI: '1' }, 'qwen-code'],
  [{ CURSOR_EXTENSION_HOST_ROLE: 'agent-exec' }, 'cursor'],
  [{ CURSOR_TRACE_ID: 'x' }, undefined],
  [{ GOOSE_PROVIDER: 'x', REPL_ID: 'x', COPILOT_GITHUB_TOKEN: 'x' }, undefined],
])('with %j the agent is %s', (env, expected) => {
  expect(agent(env)).toBe(expected)
})

test.each([
  ['/root/.npm/_npx/0a1b/node_modules/mytool/bin.js', 'one-off'],
  ['/home/me/.cache/pnpm/dlx/abc/node_modules/mytool/bin.js', 'one-off'],
  ['/tmp/xfs-1234/dlx-77/node_modules/mytool/bin.js', 'one-off'],
  ['/tmp/bunx-0-mytool@latest/node_modules/mytool/bin.js', 'one-off'],
  ['/home/me/.bun/install/cache/.bunx-1000/mytool@latest/node_modules/mytool/bin.js', 'one-off'],
  ['C:\\Users\\me\\AppData\\Local\\npm-cache\\_npx\\0a\\node_modules\\mytool\\bin.js', 'one-off'],
  ['/opt/homebrew/Cellar/mytool/1.0.0/libexec/lib/node_modules/mytool/bin.js', 'brew'],
  ['/usr/local/Cellar/mytool/1.0.0/libexec/bin.js', 'brew'],
  ['/opt/homebrew/Caskroom/mytool/1.0.0/bin.js', 'brew'],
  ['/opt/homebrew/lib/node_modules/mytool/bin.js', 'global'],
  ['/home/linuxbrew/.linuxbrew/lib/node_modules/mytool/bin.js', 'global'],
  ['/home/homebrew/project/node_modules/mytool/bin.js', 'local'],
  ['/home/linuxbrew/.linuxbrew/Cellar/mytool/1.0.0/bin.js', 'brew'],
  ['/usr/lib/node_modules/mytool/bin.js', 'global'],
  ['/home/me/.nvm/versions/node/v22.0.0/lib/node_modules/mytool/bin.js', 'global'],
  ['C:\\Users\\me\\AppData\\Roaming\\npm\\node_modules\\mytool\\bin.js', 'global'],
  ['/home/me/.local/share/pnpm/global/5/node_modules/mytool/bin.js', 'global'],
  ['/Users/me/Library/pnpm/global/5/.pnpm/mytool@1.0.0/node_modules/mytool/bin.js', 'global'],
  ['/opt/pnpm-home/global/v11/e331f1ad/node_modules/mytool/bin.js', 'global'],
  ['/home/me/global/node_modules/mytool/bin.js', 'local'],
  ['C:\\Users\\me\\AppData\\Local\\Yarn\\Data\\global\\node_modules\\mytool\\bin.js', 'global'],
  ['C:\\Users\\me\\AppData\\Local\\Volta\\tools\\image\\packages\\mytool\\node_modules\\mytool\\bin.js', 'global'],
  ['/home/me/.asdf/installs/nodejs/22.12.0/lib/node_modules/mytool/bin.js', 'global'],
  ['/home/me/project/.yarn/cache/mytool-npm-1.0.0-f463.zip/node_modules/mytool/bin.js', 'local'],
  ['/tmp/xfs-b51c/dlx-189/.yarn/cache/mytool-npm-1.0.0-f463.zip/node_modules/mytool/bin.js', 'one-off'],
  ['/home/me/.config/yarn/global/node_modules/mytool/bin.js', 'global'],
  ['/home/me/.bun/install/global/node_modules/mytool/bin.js', 'global'],
  ['/home/me/.volta/tools/image/packages/mytool/lib/node_modules/mytool/bin.js', 'global'],
  ['/home/me/project/node_modules/mytool/bin.js', 'local'],
  ['/home/me/project/node_modules/.pnpm/mytool@1.0.0/node_modules/mytool/bin.js', 'local'],
  ['/home/me/mytool/bin.js', undefined],
  ['/home/me/.local/share/mise/installs/npm-mytool/1.0.0/lib/node_modules/mytool/bin.js', 'global'],
  ['/home/me/.local/share/mise/installs/npm-mytool/1.0.0/node_modules/mytool/bin.js', 'global'],
  ['C:\\Users\\me\\AppData\\Local\\mise\\installs\\npm-mytool\\1.0.0\\node_modules\\mytool\\bin.js', 'global'],
  ['C:\\Users\\me\\scoop\\persist\\nodejs\\bin\\node_modules\\mytool\\bin.js', 'global'],
  ['C:\\Users\\me\\scoop\\apps\\nodejs-lts\\current\\bin\\node_modules\\mytool\\bin.js', 'global'],
  ['/home/me/scoop/node_modules/mytool/bin.js', 'local'],
])('a tool at %s is installed as %s', (path, kind) => {
  expect(installKindOf(path)).toBe(kind)
})

/** Seen with pnpm 12.21 (`add -g`), and as nvm-windows and fnm lay it out. */
const store = '/home/me/.local/share/pnpm/store/v11/links/@/mytool/1.0.0/18da/node_modules/mytool/bin.js'
test.each([
  ['/home/me/.local/share/pnpm/global/v11/e331/node_modules/mytool/bin.js', store, '/usr/bin', 'global'],
  ['/home/me/.cache/pnpm/dlx/6bda/mwxh/node_modules/mytool/bin.js', store, '/usr/bin', 'one-off'],
  ['/home/me/project/node_modules/mytool/bin.js', store, '/usr/bin', 'local'],
  ['/usr/local/bin/mytool', '/usr/local/lib/node_modules/mytool/bin.js', '/usr/local/bin', 'global'],
  ['/home/me/project/node_modules/.bin/mytool', '/home/me/project/packages/mytool/bin.js', '/usr/bin', undefined],
  [
    'C:\\Program Files\\nodejs\\node_modules\\mytool\\bin.js',
    'C:\\Users\\me\\AppData\\Roaming\\nvm\\v22.12.0\\node_modules\\mytool\\bin.js',
    'C:\\Program Files\\nodejs',
    'global',
  ],
  [
    'C:\\Users\\me\\project\\node_modules\\mytool\\bin.js',
    'C:\\Users\\me\\project\\node_modules\\mytool\\bin.js',
    'C:\\Program Files\\nodejs',
    'local',
  ],
])('a tool that is started as %s, and is %s, with Node in %s, is installed as %s', (script, real, node, kind) => {
  expect(installKindOf(script, real, node)).toBe(kind)
})

test.each([
  ['npm/10.8.2 node/v22.12.0 linux x64 workspaces/false', 'npm'],
  ['pnpm/10.1.0 npm/? node/v22.12.0 linux x64', 'pnpm'],
  ['yarn/4.6.0 npm/? node/v22.12.0 linux x64', 'yarn'],
  ['bun/1.3.0 npm/? node/v24.3.0 linux x64', 'bun'],
  ['NPM/10.8.2', 'npm'],
  ['npm', 'npm'],
  ['vlt/1.0.0 npm/? node/v22.12.0', '_OTHER'],
  ['a name of a person', '_OTHER'],
  ['constructor/1.0.0', '_OTHER'],
  ['', undefined],
  [' ', undefined],
  ['/', undefined],
  [undefined, undefined],
])('the user agent %s is of %s', (npm_config_user_agent, name) => {
  expect(packageManager({ npm_config_user_agent })).toBe(name)
})

test.each([
  [{ CODESPACES: 'true', SSH_CONNECTION: 'x' }, 'codespaces'],
  [{ GITPOD_WORKSPACE_ID: 'x' }, 'gitpod'],
  [{ GITPOD_ENVIRONMENT_ID: 'x', REMOTE_CONTAINERS: 'true' }, 'gitpod'],
  [{ CODER_WORKSPACE_NAME: 'x' }, 'coder'],
  [{ REPL_ID: 'x' }, 'replit'],
  [{ CLOUD_SHELL: 'true' }, 'cloud-shell'],
  [{ REMOTE_CONTAINERS: 'true' }, 'devcontainer'],
  [{ SSH_CONNECTION: '192.0.2.1 5 192.0.2.2 22' }, 'ssh'],
  [{ CODESPACES: 'false', REMOTE_CONTAINERS: '0', SSH_TTY: '/dev/pts/1' }, 'ssh'],
  [{ GITPOD_WORKSPACE_ID: '', CODER_WORKSPACE_NAME: ' ' }, undefined],
  [{}, undefined],
])('with %j the user works in %s', (env, expected) => {
  expect(remote(env)).toBe(expected)
})

test.each([
  [{ KUBERNETES_SERVICE_HOST: '192.0.2.1', container: 'docker' }, 'kubernetes'],
  [{ WSL_DISTRO_NAME: 'Ubuntu' }, 'wsl'],
  [{ container: 'lxc' }, 'lxc'],
  [{ container: 'Podman' }, 'podman'],
  [{ KUBERNETES_SERVICE_HOST: '', WSL_DISTRO_NAME: ' ', WSL_INTEROP: '', container: 'lxc' }, 'lxc'],
])('with %j the container is %s', (env, expected) => {
  expect(container(env)).toBe(expected)
})

test.each<[string, Record<string, string>, NodeJS.ProcessEnv, string, string | undefined]>([
  ['WSL 2 under sudo', {}, {}, '5.15.167.4-microsoft-standard-WSL2', 'wsl'],
  ['WSL 1 under sudo', {}, {}, '4.4.0-19041-Microsoft', 'wsl'],
  ['Docker on WSL', { '.dockerenv': '' }, {}, '5.15.167.4-microsoft-standard-WSL2', 'docker'],
  ['Podman on WSL', { 'run/.containerenv': '' }, {}, '5.15.167.4-microsoft-standard-WSL2', 'podman'],
  ['systemd-nspawn on WSL', {}, { container: 'systemd-nspawn' }, '5.15.167.4-microsoft-standard-WSL2', '_OTHER'],
  ['a login in LXC', { 'run/systemd/container': 'lxc\n' }, {}, '6.1.0', 'lxc'],
  ['a login in Podman', { 'run/systemd/container': 'podman' }, {}, '6.1.0', 'podman'],
  ['a login in WSL', { 'run/systemd/container': 'wsl' }, {}, '6.1.0', 'wsl'],
])('%s is a container', (_, files, env, kernel, expected) => {
  const root = mkdtempSync(join(tmpdir(), 'cq-root-'))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  expect(container(env, root, kernel)).toBe(expected)
  rmSync(root, { recursive: true })
})

// What the variable does not know, the files of Docker and Podman may.
test.each([['of my own name'], ['oci'], ['constructor']])('%s is no name of a container that leaves', (name) => {
  expect(['docker', 'podman', '_OTHER']).toContain(container({ container: name }))
})

test('a name that is not in the list does not leave', async () => {
  const place = newPlace()
  const secret = 'name-of-a-person'
  const env = { AI_AGENT: secret, npm_config_user_agent: `${secret}/1.0.0`, container: secret, SSH_CONNECTION: secret }
  await runFixture('fetch.mjs', place, env, ['--inspect-telemetry'])
  const log = inspectLog(place)
  const resource = log.find(({ message }) => message === 'inspect resource')
  expect(attributesOf(resource?.data as never)).toMatchObject({
    'cq.agent': '_OTHER',
    'cq.package_manager': '_OTHER',
    'cq.remote': 'ssh',
  })
  expect(JSON.stringify(log)).not.toContain(secret)
  place.remove()
})
