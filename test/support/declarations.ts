import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { parseSync, Visitor } from 'oxc-parser'
import { format } from 'prettier'

/** Reads what a file of dist/types exports, with the docstrings. */

/** Where a name is declared. */
export interface Origin {
  readonly file: string
  readonly name: string
}

export interface Declaration {
  readonly doc: string
  /** TypeScript, not formatted. */
  readonly code: string
  /** The names of types that it mentions. */
  readonly mentions: readonly string[]
}

export interface Declarations {
  /** The text of the comment with `@module`. */
  readonly about: string
  readonly own: ReadonlyMap<string, Declaration>
  /** From a name that is known in the file to where it is declared. */
  readonly known: ReadonlyMap<string, Origin>
  readonly exported: readonly string[]
}

type Program = ReturnType<typeof parseSync>['program']
type Comments = ReturnType<typeof parseSync>['comments']
interface Range {
  readonly start: number
  readonly end: number
}

const types = new URL('../../dist/types', import.meta.url).pathname

const proseOf = (comment: string): string =>
  comment
    .replace(/^\*/, '')
    .replaceAll(/^[ \t]*\* ?/gm, '')
    .replace('@module', '')
    .trim()

/** The docstring that ends right before the node. */
const docOf = (text: string, comments: Comments, { start }: Range): string => {
  const before = comments.filter(({ end }) => end <= start).at(-1)
  const isDoc = before?.value.startsWith('*') && !before.value.includes('@module')
  return before && isDoc && text.slice(before.end, start).trim() === '' ? proseOf(before.value) : ''
}

const mentionsIn = (text: string): string[] => {
  const found = new Set<string>()
  new Visitor({
    TSTypeReference: ({ typeName }) => void (typeName.type === 'Identifier' && found.add(typeName.name)),
    TSInterfaceHeritage: ({ expression }) => void (expression.type === 'Identifier' && found.add(expression.name)),
  }).visit(parseSync('mentions.d.ts', text).program)
  return [...found]
}

const without = (text: string, ranges: readonly Range[], from: Range): string => {
  const kept = [from.start, ...ranges.flatMap(({ start, end }) => [start, end]), from.end]
  return kept.flatMap((at, index) => (index % 2 === 0 ? [text.slice(at, kept[index + 1])] : [])).join('')
}

type Statement = Program['body'][number]

/** `const f: (a) => b` as `function f(a): b`, whose parameters have names. */
const asFunction = (text: string, statement: Statement): string | undefined => {
  if (statement.type !== 'VariableDeclaration') return undefined
  const id = statement.declarations[0]?.id
  const type = id?.type === 'Identifier' ? id.typeAnnotation?.typeAnnotation : undefined
  if (id?.type !== 'Identifier' || type?.type !== 'TSFunctionType') return undefined
  const of = ({ start, end }: Range): string => text.slice(start, end)
  const parameters = type.params.map((each) =>
    each.type === 'ObjectPattern' && each.typeAnnotation ? `options${of(each.typeAnnotation)}` : of(each),
  )
  const typeParameters = type.typeParameters ? of(type.typeParameters) : ''
  return `declare function ${id.name}${typeParameters}(${parameters.join(', ')}): ${of(type.returnType.typeAnnotation)}`
}

const codeOf = (text: string, statement: Statement): string => {
  const members = statement.type === 'ClassDeclaration' ? statement.body.body : []
  const hidden = members
    .filter((each) => 'accessibility' in each && each.accessibility === 'private')
    .map(({ start, end }) => ({
      start: start - (/(?:\/\*\*(?:(?!\*\/)[^])*\*\/)?\s*$/.exec(text.slice(0, start))?.[0].length ?? 0),
      end,
    }))
  // The words of `(typeof words)[number]`.
  const withWords = (code: string): string =>
    code.replace(/\(typeof (\w+)\)\[number\]/, (whole, list: string) => {
      const words = new RegExp(`const ${list}: readonly \\[([^\\]]*)\\]`).exec(text)?.[1]
      return words?.replaceAll(', ', ' | ') ?? whole
    })
  return withWords(asFunction(text, statement) ?? without(text, hidden, statement))
}

const namesOf = (statement: Statement): string[] => {
  if (statement.type === 'VariableDeclaration')
    return statement.declarations.flatMap(({ id }) => (id.type === 'Identifier' ? [id.name] : []))
  return 'id' in statement && statement.id?.type === 'Identifier' ? [statement.id.name] : []
}

const resolved = (file: string, specifier: string): string =>
  posix.join(posix.dirname(file), specifier).replace(/\.ts$/, '.d.ts')

const nameOf = (node: { readonly type: string; readonly name?: string }): string => node.name ?? ''

const read = (file: string): Declarations => {
  const text = readFileSync(join(types, file), 'utf8')
  const { program, comments } = parseSync(file, text)
  const own = new Map<string, Declaration>()
  const known = new Map<string, Origin>()
  const exported: string[] = []
  const declare = (statement: Statement, outer: Statement): string[] => {
    const names = namesOf(statement)
    const code = codeOf(text, statement)
    // A type of the words of a list has the docstring of the list.
    const list = /^type \w+ = \(typeof (\w+)\)/.exec(text.slice(statement.start))?.[1] ?? ''
    const doc = docOf(text, comments, outer) || (own.get(list)?.doc ?? '')
    for (const name of names) {
      own.set(name, { doc, code, mentions: mentionsIn(code) })
      known.set(name, { file, name })
    }
    return names
  }
  for (const statement of program.body) {
    if (statement.type === 'ImportDeclaration') {
      if (statement.source.value.startsWith('.'))
        for (const each of statement.specifiers)
          if (each.type === 'ImportSpecifier')
            known.set(each.local.name, { file: resolved(file, statement.source.value), name: nameOf(each.imported) })
    } else if (statement.type === 'ExportNamedDeclaration') {
      if (statement.declaration) exported.push(...declare(statement.declaration as Statement, statement))
      for (const { local, exported: outside } of statement.specifiers) {
        if (statement.source)
          known.set(nameOf(outside), { file: resolved(file, statement.source.value), name: nameOf(local) })
        else known.set(nameOf(outside), known.get(nameOf(local)) ?? { file, name: nameOf(local) })
        exported.push(nameOf(outside))
      }
    } else declare(statement, statement)
  }
  const about = comments.find(({ value }) => value.includes('@module'))?.value ?? ''
  return { about: proseOf(about), own, known, exported }
}

const files = new Map<string, Declarations>()
export const declarationsOf = (file: string): Declarations => {
  const found = files.get(file) ?? read(file)
  files.set(file, found)
  return found
}

/** Where a name that a file knows is declared, through all files that hand it on. */
export const originOf = (file: string, name: string): Origin | undefined => {
  const next = declarationsOf(file).known.get(name)
  return next === undefined || (next.file === file && next.name === name) ? next : originOf(next.file, next.name)
}

export const formatted = async (code: string): Promise<string> => {
  const text = await format(code, { parser: 'typescript', semi: false, singleQuote: true, printWidth: 100 })
  return text.replace(/^(?:export )?declare /, '').trim()
}
