import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { readFile } from '../machine/read-file.ts'
import { contractVariable } from '../machine/variables.ts'
import { escapeControls } from '../machine/visible.ts'
import { type Difference, differenceOf } from './contract-difference.ts'
import { type Lock, lockOf, lockText, parseLock } from './contract-lock.ts'
import { writeInto } from './project-files.ts'
import { type ExitCode, exitCodes, type Json, print, UsageError } from './setting.ts'
import { why } from './why.ts'

/** The command `contract`: writes what a tool may collect to a file of its repository. */

export interface ContractOptions extends Json {
  readonly lock: string
  readonly check?: boolean
  readonly weaver?: string
}

const maxBytes = 5_000_000
/** Milliseconds. A tool that serves or watches has written its terms long before. */
const timeLimitMs = 60_000

/** Starts the tool as the author does. Its `instrument()` writes what its options allow, and records nothing. */
const termsFrom = ([file = '', ...args]: readonly string[]): ReadonlySet<string> => {
  const directory = mkdtempSync(join(tmpdir(), 'cq-contract-'))
  const path = join(directory, 'terms')
  try {
    const { error } = spawnSync(file, args, {
      env: { ...process.env, [contractVariable]: path },
      stdio: ['ignore', 'ignore', 'inherit'],
      timeout: timeLimitMs,
    })
    const code = (error as NodeJS.ErrnoException | undefined)?.code
    if (code === 'ENOENT' || code === 'EACCES') throw new UsageError(`${escapeControls(file)} cannot be run (${code})`)
    return new Set(readFile(path, maxBytes).toString('utf8').split('\n'))
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(
      'the command has not called instrument(), or an option is wrong: give a command that does, such as -- node cli.js --version',
      { cause: error },
    )
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

const lockIn = (file: string): Lock => {
  try {
    return parseLock(readFile(file, maxBytes).toString('utf8'), file)
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`${file} ${why('read', error, { ENOENT: 'write it first, without --check' })}`, {
      cause: error,
    })
  }
}

const section = (title: string, sentences: readonly string[]): string[] =>
  sentences.length === 0 ? [] : [`${title}:`, ...sentences.map((sentence) => `- ${escapeControls(sentence)}`), '']

const differenceText = ({ wider, narrower, changed }: Difference, file: string): string => {
  const isWider = wider.length > 0 || changed.length > 0
  const says = isWider
    ? `${file} allows ${wider.length > 0 ? 'less' : 'something else'}. Run this without --check, and commit the file with this change.`
    : `${file} allows more than is collected. Run this without --check to write it again.`
  const isEqual = !isWider && narrower.length === 0
  return [
    ...section('Wider', wider),
    ...section('Changed', changed),
    ...section('Narrower', narrower),
    isEqual ? `${file} says what is collected.` : says,
  ].join('\n')
}

/**
 * Compares the contract with the file. It fails only if something more or something else is collected, since a tool
 * that collects less still keeps its promise.
 */
const check = (now: Lock, { lock: file, json }: ContractOptions): ExitCode => {
  const difference = differenceOf(lockIn(file), now)
  print(json, difference, () => differenceText(difference, file))
  return difference.wider.length + difference.changed.length > 0 ? exitCodes.failed : 0
}

export const contract = async (command: readonly string[], options: ContractOptions): Promise<ExitCode> => {
  if (options.check && options.weaver !== undefined)
    throw new UsageError('--check writes nothing: give --weaver in a command of its own')
  const now = lockOf(termsFrom(command))
  if (options.weaver !== undefined) {
    const { registryFiles } = await import('./contract-weaver.ts')
    for (const [name, text] of Object.entries(registryFiles(now))) {
      const directory = resolve(options.weaver)
      writeInto(process.cwd(), join(directory, name), text)
    }
  }
  if (options.check) return check(now, options)
  writeInto(process.cwd(), resolve(options.lock), lockText(now))
  const written = [options.lock, ...(options.weaver === undefined ? [] : [options.weaver])]
  print(options.json, { files: written }, () => `Written: ${written.join(', ')}`)
  return 0
}
