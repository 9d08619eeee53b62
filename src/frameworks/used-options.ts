/** An option that the program declares, as its parser describes it. */
export interface DeclaredOption {
  /**
   * Names without dashes, the program's own before its aliases. The first name that is longer than a letter is
   * recorded.
   */
  readonly names: readonly string[]
  /** A switch, which takes no value. */
  readonly boolean?: boolean | undefined
  /** The values of a closed list; only these are recorded. */
  readonly choices?: readonly unknown[] | undefined
}

/** An option that the user gave, and the value that the parser read. In a list, each member counts. */
export interface UsedOption extends DeclaredOption {
  readonly value?: unknown
}

/** `dryRun` as `dry-run`, since parsers show either form. A single letter stays unchanged. */
const kebabCase = (name: string): string =>
  name.length === 1 ? name : name.replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase()

/** Whether the option is the parser's own for help or the version. Not if it takes a value. */
const isAside = (name: string, { boolean }: DeclaredOption): boolean =>
  boolean === true && (name === 'help' || name === 'version')

/**
 * How a used option is recorded: by its name, followed by `=` and its value if that is `false` or from a closed list.
 */
export const recordedNames = (option: UsedOption): readonly string[] => {
  const { names, choices = [], value } = option
  const name = kebabCase(names.find(({ length }) => length > 1) ?? names[0] ?? '')
  if (/^(?:(?:no-|inspect-|debug-)?telemetry)?$/.test(name) || isAside(name, option)) return []
  if (value === false) return [`${name}=false`]
  const known = [value].flat().filter((each) => choices.includes(each))
  return known.length > 0 ? known.map((each) => `${name}=${String(each)}`) : [name]
}

/**
 * Whether the value is what the user gave. The program may convert the value of an option to `false`, so `false` counts
 * only for switches.
 */
const isRead = (option: UsedOption): boolean => 'value' in option && (option.value !== false || option.boolean === true)

type Found = readonly [option: UsedOption, value: unknown]
type Find = (name: string) => UsedOption | undefined

const findLong = (text: string, next: string | undefined, find: Find): readonly Found[] => {
  const [name = '', ...rest] = text.split('=')
  const option = find(name)
  const inline = rest.length > 0 ? rest.join('=') : undefined
  if (option) return [[option, option.boolean ? inline !== 'false' : (inline ?? next)]]
  const denied = name.startsWith('no-') ? find(name.slice('no-'.length)) : undefined
  return denied ? [[denied, false]] : []
}

/** The options in a group of letters, one of which may be followed by its value. */
const findShort = (text: string, next: string | undefined, find: Find): readonly Found[] => {
  const found: Found[] = []
  for (let index = 0; index < text.length; index += 1) {
    const option = find(text.charAt(index))
    const rest = text.slice(index + 1)
    if (option) found.push([option, option.boolean || (rest || next)?.replace(/^=/, '')])
    if (rest.startsWith('=') || (option && !option.boolean)) break
  }
  return found
}

/**
 * The declared options that the arguments contain, up to `--`. It is for a parser that does not tell arguments from
 * defaults and from values of a configuration file. Other arguments are ignored. If the parser has read a `value` for a
 * declared option, that value is used, and an option without one was not used.
 */
export const usedOptions = (argv: readonly string[], declared: readonly UsedOption[]): readonly UsedOption[] => {
  const read = declared.filter((option) => !('value' in option) || option.value !== undefined)
  const entries = read.flatMap((option) => option.names.map((name) => [kebabCase(name), option] as const))
  // The first entry of a name counts, since yargs treats an alias as a key of its own.
  const byName = new Map(entries.reverse())
  const find: Find = (name) => byName.get(kebabCase(name))
  const end = argv.indexOf('--')
  const given = end === -1 ? argv : argv.slice(0, end)
  const used = given.flatMap((argument, index) => {
    const next = given[index + 1]
    const value = next?.startsWith('-') ? undefined : next
    const found = argument.startsWith('--')
      ? findLong(argument.slice(2), value, find)
      : argument.startsWith('-')
        ? findShort(argument.slice(1), value, find)
        : []
    return found.map(([option, text]) => (isRead(option) ? option : { ...option, value: text }))
  })
  // The parser's value covers all occurrences of an option. Once for each would take quadratic time.
  return [...new Set(used)]
}
