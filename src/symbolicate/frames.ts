import type { Crash, Fault } from './crashes.ts'
import type { Release } from './release.ts'
import { isMissing, type NoMap, type Original, type SourceMap, sourceMapOf } from './source-map.ts'

/** A frame of a report, and its origin if the release shows it. */
export interface Frame {
  readonly published: string
  readonly original?: Original
}

const shape = /^((?:@[^/]+\/)?[^/]+)\/(.+):(\d+):(\d+)$/

/** Finds the source of frames in releases. Each file's map is read once. */
export class Symbolicator {
  /** Problems that were found, each once. */
  readonly problems = new Set<string>()
  private readonly releases: readonly Release[]
  private readonly maps = new Map<string, SourceMap | NoMap>()

  constructor(releases: readonly Release[]) {
    this.releases = releases
  }

  private releaseOf(version: string): Release | undefined {
    return this.releases.find((release) => release.version.replace(/^v/, '') === version)
  }

  /** The latest report of a version that has a release. Without one, the latest report. */
  reportFor({ versions }: Fault): Crash {
    const latest = [...versions.values()].map((each) => each.latest).sort((one, other) => other.time - one.time)
    return (latest.find(({ version }) => this.releaseOf(version)) ?? latest[0]) as Crash
  }

  framesOf({ version, frames }: Crash): Frame[] {
    const release = this.releaseOf(version)
    if (!release) {
      this.problems.add(`no release of version ${version} is given: name it by --release`)
      return frames.map((published) => ({ published }))
    }
    return frames.map((published) => this.frameOf(published, release))
  }

  private frameOf(published: string, release: Release): Frame {
    const [, name = '', path = '', line, column] = shape.exec(published) ?? []
    // Frames in Node itself, and `_OTHER`.
    if (path === '' || published.startsWith('node:')) return { published }
    const map = this.mapOf(name === release.name ? path : `node_modules/${name}/${path}`, release)
    if (isMissing(map)) {
      this.problems.add(map.problem)
      return { published }
    }
    const original = map.original(Number(line), Number(column))
    return original ? { published, original } : { published }
  }

  private mapOf(file: string, release: Release): SourceMap | NoMap {
    const key = `${release.path}\0${file}`
    const map = this.maps.get(key) ?? sourceMapOf(file, release)
    this.maps.set(key, map)
    return map
  }
}
