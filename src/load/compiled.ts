import { join } from 'node:path'
import type { Script } from 'node:vm'
import { readBytes } from '../policy/files.ts'
import { runScript, type Source } from './script.ts'

/**
 * Runs a CommonJS file of ours as V8 has compiled it in an earlier run, which saves 10 to 15 ms (docs/benchmarks.md). Node's own compile
 * cache is for the whole process, and so the host's to switch on.
 */

/** What V8 has compiled in this run, to be kept for the next. */
export interface Fresh {
  readonly directory: string
  readonly path: string
  readonly script: Script
}

export interface Loaded<Exports> {
  readonly exports: Exports
  /** Undefined where it was kept, or nothing can be. */
  readonly fresh?: Fresh
}

interface Place {
  /** Undefined where nothing can be kept. */
  readonly directory: string | undefined
  /** Of the file's content: V8 itself compares the lengths alone. */
  readonly hash: string
}

/** Bytes; what is kept is half a megabyte. */
const maxBytes = 4_000_000

/** FNV-1a, 32 bits. */
const checksum = (text: string): string => {
  let sum = 0x811c9dc5
  for (let at = 0; at < text.length; at++) sum = Math.imul(sum ^ text.charCodeAt(at), 0x01000193)
  return (sum >>> 0).toString(16)
}

/** V8 refuses what another version of it has compiled, or the same under other flags. */
const nameFor = (hash: string): string => {
  const flags = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ')
  return `${hash}-${process.version}-${process.arch}-${checksum(flags)}`
}

/** What is kept, where both of its halves are the same. */
const once = (bytes: Buffer): Buffer | undefined => {
  const half = bytes.subarray(0, bytes.length / 2)
  return half.length > 0 && half.equals(bytes.subarray(bytes.length / 2)) ? half : undefined
}

/** It is run, so nobody else may have written it, whoever may write to the directories above. */
const readKept = ({ path }: { path: string }): Buffer | undefined => {
  const read = readBytes(path, maxBytes, 'us')
  return read.kind === 'content' ? once(read.bytes) : undefined
}

const placeOf = ({ directory, hash }: Place): { directory: string; path: string } | undefined =>
  directory === undefined || process.env['NODE_DISABLE_COMPILE_CACHE']
    ? undefined
    : { directory, path: join(directory, nameFor(hash)) }

/** Throws what the file throws. */
export const loadCompiled = <Exports>(source: Source, kept?: Place): Loaded<Exports> => {
  const place = kept && placeOf(kept)
  const cachedData = place && readKept(place)
  const { exports, script } = runScript<Exports>(source, cachedData)
  const used = cachedData !== undefined && script.cachedDataRejected === false
  return { exports, ...(place && !used && { fresh: { ...place, script } }) }
}
