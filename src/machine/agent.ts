import { fs } from './node.ts'
import { isSet } from './variables.ts'

/**
 * The coding agents, each with variables that only the agent sets, for the commands that it runs. An agent that is
 * built on another also sets the other's variables, so it comes first. Sources: the agents' documentation, and std-env.
 */
export const agentVariables: Readonly<Record<string, readonly string[]>> = {
  'claude-code': ['CLAUDECODE', 'CLAUDE_CODE'],
  'kilo-code': ['KILO_PID', 'KILOCODE_FEATURE'],
  'qwen-code': ['QWEN_CODE'],
  amp: ['AMP_CURRENT_THREAD_ID'],
  antigravity: ['ANTIGRAVITY_AGENT'],
  augment: ['AUGMENT_AGENT'],
  cline: ['CLINE_ACTIVE'],
  codex: ['CODEX_SANDBOX', 'CODEX_SANDBOX_NETWORK_DISABLED', 'CODEX_THREAD_ID', 'CODEX_CI'],
  copilot: ['COPILOT_AGENT', 'COPILOT_CLI', 'COPILOT_AGENT_SESSION_ID'],
  crush: ['CRUSH'],
  cursor: ['CURSOR_AGENT'],
  devin: [],
  'gemini-cli': ['GEMINI_CLI'],
  goose: ['GOOSE_TERMINAL'],
  grok: ['GROK_AGENT'],
  junie: ['JUNIE_DATA', 'JUNIE_SHIM_PATH'],
  opencode: ['OPENCODE', 'OPENCODE_CLIENT'],
  pi: ['PI_CODING_AGENT'],
  'roo-code': ['ROO_ACTIVE'],
  trae: ['TRAE_AI_SHELL_ID'],
  warp: [],
}

/** Other names that agents give themselves in `AI_AGENT`. */
const otherNames: Readonly<Record<string, string>> = {
  auggie: 'augment',
  claude: 'claude-code',
  claudecode: 'claude-code',
  gemini: 'gemini-cli',
  'github-copilot': 'copilot',
  kilo: 'kilo-code',
  kilocode: 'kilo-code',
  qwen: 'qwen-code',
  roo: 'roo-code',
  roocode: 'roo-code',
}

/** `claude-code_2-1-232_agent`, `devin@1`, `Claude Code 2.1`: the name is followed by a version, or by nothing. */
const byName = (given: string | undefined): string | undefined => {
  const text = (given ?? '')
    .trim()
    .toLowerCase()
    .slice(0, 100)
    .replaceAll(/[^a-z\d]+/g, '-')
  const names = [...Object.keys(agentVariables), ...Object.keys(otherNames)]
  const [name] = names
    .filter((each) => text === each || text.startsWith(`${each}-`))
    .sort((a, b) => b.length - a.length)
  return name === undefined ? undefined : (otherNames[name] ?? name)
}

/**
 * The coding agent that runs the command; undefined for a person, and `_OTHER` for an agent that is not in the list.
 * Any agent may name itself in `AI_AGENT` and `AGENT`, but `AGENT` also has other uses.
 */
export const agent = (env: NodeJS.ProcessEnv = process.env): string | undefined => {
  const found = Object.entries(agentVariables).find(([, names]) => names.some((name) => isSet(env[name])))?.[0]
  if (found !== undefined) return found
  if (env['CURSOR_EXTENSION_HOST_ROLE'] === 'agent-exec') return 'cursor'
  const named = byName(env['AI_AGENT']) ?? byName(env['AGENT'])
  if (named !== undefined) return named
  if (fs.existsSync('/opt/.devin')) return 'devin'
  return isSet(env['AI_AGENT']) ? '_OTHER' : undefined
}
