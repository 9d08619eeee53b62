import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync, Visitor } from 'oxc-parser'

/** The regular expressions of the sources, and texts that make a slow one slow. */

const root = new URL('../..', import.meta.url).pathname

export interface Expression {
  /** File and line. */
  readonly where: string
  readonly regexp: RegExp
}

export interface Expressions {
  readonly literals: readonly Expression[]
  /** Where an expression is made from a text: file, line and the source of the argument. */
  readonly made: readonly { readonly where: string; readonly argument: string }[]
}

const sources = (): string[] =>
  ['src', 'collector-config/tooling']
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, String(name))))
    .filter((name) => /\.tsx?$/.test(name))
    .sort()

export const expressions = (): Expressions => {
  const literals: Expression[] = []
  const made: { where: string; argument: string }[] = []
  for (const file of sources()) {
    const text = readFileSync(join(root, file), 'utf8')
    const where = (start: number) => `${file}:${text.slice(0, start).split('\n').length}`
    const making = ({
      callee,
      arguments: [argument],
      start,
    }: {
      callee: object
      arguments: { start: number; end: number }[]
      start: number
    }) => {
      if ('name' in callee && callee.name === 'RegExp' && argument)
        made.push({ where: where(start), argument: text.slice(argument.start, argument.end) })
    }
    new Visitor({
      Literal: (node) => {
        if (!('regex' in node) || !node.regex) return
        literals.push({ where: where(node.start), regexp: new RegExp(node.regex.pattern, node.regex.flags) })
      },
      NewExpression: making,
      CallExpression: making,
    }).visit(parseSync(file, text).program)
  }
  return { literals, made }
}

/** One of each class of characters that an expression may name, and what stands in it literally. */
const unitsOf = ({ source }: RegExp): string[] => {
  const literal = source.replaceAll(/\\[pPukcx](?:\{[^}]*\}|[0-9a-f]{2,4})?|\\[dwsbDWSBntrfv0]|\\/g, ' ')
  const words = literal.split(/[^\w/:=@.-]+/).filter((word) => word !== '' && word.length < 20)
  return [
    ...new Set([
      ...Array.from('aA0 /=@.-_:;"`<\n\t\\+\u{1f44d}\u0001'),
      ...words,
      'a.',
      'a-',
      'a/',
      '/a',
      '0.',
      'a=',
      '= ',
      ' \n',
      'a@',
      '//',
    ]),
  ]
}

/** Beginnings that bring a match under way: the literal beginning of the expression, and some that are usual here. */
const beginningsOf = ({ source }: RegExp): string[] => {
  const literal = /^\^?((?:[\w/:@"=-]|\\[/.])*)/.exec(source)?.[1]?.replaceAll('\\', '') ?? ''
  return [...new Set(['', 'a', 'https://a', '0', literal, `${literal}a`])]
}

/** Texts of about that length: a beginning, a repeated unit, and an end that breaks a match off or completes it. */
export const attacks = function* (regexp: RegExp): Generator<(length: number) => string> {
  for (const beginning of beginningsOf(regexp))
    for (const unit of unitsOf(regexp))
      for (const end of ['', '!', '\0', '\n\n'])
        yield (length) => `${beginning}${unit.repeat(Math.ceil(length / unit.length))}${end}`
}
