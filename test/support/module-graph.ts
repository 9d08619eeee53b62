import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { parseSync, Visitor } from 'oxc-parser'

/** What a file of `src/` refers to: other files of `src/` by their path, packages and modules of Node by their name. */
export type ModuleGraph = ReadonlyMap<string, readonly string[]>

const literal = (node: { readonly type: string; readonly value?: unknown }): string[] =>
  node.type === 'Literal' && typeof node.value === 'string' ? [node.value] : []

/** Imports, exports from, `import()`, `require()` and `import('…')` as a type; those of types count too. */
const specifiersIn = (path: string, text: string): string[] => {
  const { program, errors } = parseSync(path, text)
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`)
  const found: string[] = []
  new Visitor({
    ImportDeclaration: ({ source }) => void found.push(source.value),
    ExportAllDeclaration: ({ source }) => void found.push(source.value),
    ExportNamedDeclaration: ({ source }) => void (source && found.push(source.value)),
    ImportExpression: ({ source }) => void found.push(...literal(source)),
    TSImportType: ({ source }) => void found.push(source.value),
    CallExpression: ({ callee, arguments: [argument] }) => {
      const isRequire = callee.type === 'Identifier' && callee.name === 'require'
      if (isRequire && argument) found.push(...literal(argument))
    },
  }).visit(program)
  return [...new Set(found)]
}

/** The graph of all source files below a directory, as posix paths relative to it. */
export const moduleGraph = (directory: string): ModuleGraph => {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => /\.tsx?$/.test(path))
  return new Map(
    files.map((file) => {
      const specifiers = specifiersIn(file, readFileSync(join(directory, file), 'utf8'))
      return [file, specifiers.map((each) => (each.startsWith('.') ? posix.join(posix.dirname(file), each) : each))]
    }),
  )
}

/** Everything that a file refers to, directly or through others. */
export const reachedFrom = (graph: ModuleGraph, file: string): ReadonlySet<string> => {
  const reached = new Set<string>()
  const queue = [file]
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const each of graph.get(next) ?? []) {
      if (!reached.has(each)) queue.push(each)
      reached.add(each)
    }
  }
  return reached
}

/** A circle of names that lead to one another, if there is one. */
export const cycleIn = (graph: ModuleGraph): readonly string[] | undefined => {
  const done = new Set<string>()
  const search = (name: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name]
    if (done.has(name)) return undefined
    for (const next of graph.get(name) ?? []) {
      const cycle = search(next, [...path, name])
      if (cycle) return cycle
    }
    done.add(name)
    return undefined
  }
  for (const name of graph.keys()) {
    const cycle = search(name, [])
    if (cycle) return cycle
  }
  return undefined
}
