import { dirname, fs, join, nodeModule, vm } from './node.ts'

/**
 * Runs files of this package that a bundled host carries as texts. V8 parses all code of a file when it loads it, but
 * only scans a string. The `import` of a Node module is executed even if nothing uses it. Figures:
 * docs/architecture.md.
 */

/** The path of the script, without the symbolic link that npm makes for a tool's `bin`. */
const script = (): string => {
  const started = process.argv[1] ?? process.execPath
  try {
    return fs.realpathSync(started)
  } catch {
    return started
  }
}

/**
 * Runs the text of a CommonJS file and returns its exports. The text looks for the child and for `pg` as if it were in
 * this package, which may be installed beside the script: some bundlers replace `import.meta.url` with a path of the
 * build machine.
 */
export const fromText = (
  name: string,
  text: string,
  file = join(dirname(script()), 'node_modules/cq-telemetry/dist', name),
): unknown => {
  const module = { exports: {} }
  const run = vm().compileFunction(text, ['exports', 'require', 'module', '__filename'], {
    filename: `cq-telemetry/${name}`,
  }) as (...given: readonly unknown[]) => void
  run(module.exports, nodeModule().createRequire(file), module, file)
  return module.exports
}
