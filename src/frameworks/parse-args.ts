import { parseArgs, type ParseArgsConfig } from 'node:util'
import type { UsedOption } from './used-options.ts'

/** The option of an argument. `--no-color` is the option `color` if the parser accepts it as such. */
const optionOf = (
  name: string,
  text: string | undefined,
  { options = {}, ...config }: ParseArgsConfig,
): UsedOption | undefined => {
  const isNo = !Object.hasOwn(options, name) && 'allowNegative' in config && config.allowNegative === true
  const own = isNo ? name.replace(/^no-/, '') : name
  if (!Object.hasOwn(options, own)) return undefined
  const boolean = options[own]?.type === 'boolean'
  return { names: [own], boolean, ...(boolean && { value: !isNo && text !== 'false' }) }
}

/** The options that Node's parser finds. It knows short names, and which arguments are values. */
export const usedIn = (argv: readonly string[], config: ParseArgsConfig | undefined): readonly UsedOption[] => {
  if (!config) return []
  try {
    const { tokens } = parseArgs({ args: [...argv], ...config, strict: false, tokens: true })
    return tokens.flatMap((token) => {
      if (token.kind !== 'option') return []
      // The name of a negated option differs between versions of Node.
      const name = token.rawName.startsWith('--') ? token.rawName.slice(2) : token.name
      return optionOf(name, token.value, config) ?? []
    })
  } catch {
    // The tool's own call of the parser reports the mistake.
    return []
  }
}
